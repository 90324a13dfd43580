create view media.watermark as
select
    coalesce(
        (select min(discovered_at) from ingest.entry where disposition = 'pending'),
        (select max(polled_at) from ingest.poll),
        '-infinity'
    ) as complete_until,
    (select count(*) from ingest.entry where disposition = 'pending') as pending,
    (select max(polled_at) from ingest.poll) as last_poll_at;
comment on view media.watermark is 'Up to when everything that was discovered has been decided. Numbers for days after it are incomplete.';

create view media.daily_topic as
with counted as (
    select
        (a.first_seen_at at time zone 'UTC')::date as day,
        x.qcode,
        x.name as topic,
        count(*) as articles,
        count(*) filter (where a.duplicate_of is null and a.duplicate_of_seed is null) as independent_reports
    from media.article a join media.current_topic x on x.article_id = a.id
    group by 1, x.qcode, x.name
),
looked as (
    select (a.first_seen_at at time zone 'UTC')::date as day, array_agg(distinct g.tagger order by g.tagger) as taggers
    from media.tagging g join media.article a on a.id = g.article_id where g.serves group by 1
),
turned as (
    select day, taggers, cardinality(taggers) > 1 or taggers <> lag(taggers, 1, taggers) over (order by day) as tagger_changed
    from looked
)
select
    c.day,
    c.qcode,
    c.topic,
    c.articles,
    c.independent_reports,
    w.complete_until,
    (c.day + 1) at time zone 'UTC' <= w.complete_until as is_complete,
    t.taggers,
    t.tagger_changed
from counted c
join turned t using (day)
cross join media.watermark w;
comment on view media.daily_topic is 'Articles and independent reports by day (UTC, first seen) and topic; is_complete says whether the day is whole, tagger_changed whether another tagger than the day before had a say.';

create view media.daily_source as
with spans as (
    select
        host,
        count(*) as entries,
        min(discovered_at) as first_at,
        max(discovered_at) as last_at,
        greatest(1.0, least(56.0, extract(epoch from now() - min(discovered_at)) / 86400)) as days
    from ingest.entry
    where discovered_at > now() - interval '56 days'
    group by host
), slots as (
    select host, extract(dow from discovered_at at time zone 'UTC')::int as dow,
        extract(hour from discovered_at at time zone 'UTC')::int as hour, count(*)::float8 as n
    from ingest.entry where discovered_at > now() - interval '56 days' group by 1, 2, 3
), profile as (
    -- What an hour of the week brings: the weekday's mean of up to eight weeks, spread over the hours as all days have it.
    select h.host, d.dow, h.hour,
        case when s.days < 14 then h.n / s.days else coalesce(w.n, 0) / (s.days / 7) * h.n / s.entries end as rate
    from (select host, hour, sum(n) as n from slots group by 1, 2) h
    join spans s on s.host = h.host
    cross join generate_series(0, 6) as d (dow)
    left join (select host, dow, sum(n) as n from slots group by 1, 2) w on w.host = h.host and w.dow = d.dow
), counted as (
    select
        (discovered_at at time zone 'UTC')::date as day,
        host,
        count(*) as discovered,
        count(*) filter (where disposition = 'loaded') as loaded,
        count(*) filter (where disposition = 'duplicate') as duplicates,
        count(*) filter (where disposition = 'rejected') as rejected,
        count(*) filter (where disposition = 'quarantined') as quarantined,
        count(*) filter (where disposition = 'pending') as pending
    from ingest.entry
    group by 1, 2
), days as (
    select d::date as day, s.host, s.first_at, s.last_at, s.days
    from spans s, generate_series(
        greatest((s.first_at at time zone 'UTC')::date, (now() at time zone 'UTC')::date - 30),
        (now() at time zone 'UTC')::date, interval '1 day') d
), expected as (
    select d.day, d.host, d.last_at, d.days,
        sum(p.rate * greatest(0, least(1, extract(epoch from
            now() - (d.day + make_interval(hours => p.hour)) at time zone 'UTC') / 3600))) as expected
    from days d left join profile p on p.host = d.host and p.dow = extract(dow from d.day)::int
    group by d.day, d.host, d.last_at, d.days
), whole as (
    select
        coalesce(e.day, c.day) as day, coalesce(e.host, c.host) as host,
        coalesce(c.discovered, 0) as discovered, coalesce(c.loaded, 0) as loaded, coalesce(c.duplicates, 0) as duplicates,
        coalesce(c.rejected, 0) as rejected, coalesce(c.quarantined, 0) as quarantined, coalesce(c.pending, 0) as pending,
        case when e.days >= 3 then e.expected end as expected,
        -- What should have come since the last entry, this day included: how a slow source is seen to be silent.
        case when e.days >= 3 and (e.last_at at time zone 'UTC')::date < e.day then sum(e.expected) filter (
            where (e.last_at at time zone 'UTC')::date < e.day) over (partition by e.host order by e.day) else 0 end as missed
    from expected e full join counted c on c.day = e.day and c.host = e.host
)
select
    d.day,
    s.name as source,
    d.host,
    d.discovered,
    d.loaded,
    d.duplicates,
    d.rejected,
    d.quarantined,
    d.pending,
    round(d.expected::numeric, 1) as expected,
    case
        when d.expected is null then 'too new to say'
        when d.discovered = 0 and d.missed > 4.6 then 'silent'
        when d.discovered < d.expected - 2.33 * sqrt(d.expected + (0.3 * d.expected) ^ 2) then 'quiet'
        when d.discovered > d.expected + 3 * sqrt(d.expected + (0.3 * d.expected) ^ 2) + 3 then 'busy'
        else 'as expected'
    end as verdict,
    w.complete_until,
    (d.day + 1)::timestamp at time zone 'UTC' <= w.complete_until as is_complete
from whole d
left join media.source s on s.host = d.host
cross join media.watermark w
union all
select
    (now() at time zone 'UTC')::date, f.title, f.host, 0, 0, 0, 0, 0, 0, null,
    case when f.added_at < now() - interval '1 day' then 'never delivered' else 'too new to say' end,
    w.complete_until, false
from ingest.feed f
cross join media.watermark w
where f.active and not exists (select from ingest.sighting x where x.feed_id = f.id);
comment on view media.daily_source is
    'What each source delivered by day (UTC) and what became of it; how much was expected of it by weekday and hour, and a verdict (silent, quiet, busy, never delivered); is_complete says whether the day is whole.';

create view media.topic_trend as
with days as (
    select d::date as day from generate_series(
        (now() at time zone 'UTC')::date - 41, (now() at time zone 'UTC')::date, interval '1 day') d
), counted as (
    select (a.first_seen_at at time zone 'UTC')::date as day, x.qcode, count(*) as n
    from media.article a join media.article_topic x on x.article_id = a.id
    where a.duplicate_of is null and a.duplicate_of_seed is null and a.first_seen_at > now() - interval '43 days'
    group by 1, 2
), filled as (
    select d.day, t.qcode, coalesce(c.n, 0) as n
    from days d cross join (select distinct qcode from counted) t
    left join counted c on c.day = d.day and c.qcode = t.qcode
), trend as (
    select day, qcode, n, avg(n) over before as usual, count(*) over before as days
    from filled window before as (partition by qcode order by day rows between 28 preceding and 1 preceding)
)
select r.day, r.qcode, t.name as topic, r.n as independent_reports,
    case when r.days >= 7 then round(r.usual, 1) end as usual,
    case when r.days >= 7 then round((r.n - r.usual) / sqrt(r.usual + 1), 1) end as surprise,
    (r.day + 1)::timestamp at time zone 'UTC' <= w.complete_until as is_complete
from trend r join media.topic t using (qcode) cross join media.watermark w
where r.day > (now() at time zone 'UTC')::date - 14;
comment on view media.topic_trend is
    'Independent reports on each topic in the last 14 days, the mean of the 28 days before, and how surprising the day is in standard deviations of a count.';

create view media.share_of_voice as
with spoken as (
    select distinct (a.first_seen_at at time zone 'UTC')::date as day, m.watchlist, m.name, a.id,
        a.duplicate_of is null and a.duplicate_of_seed is null as independent
    from media.mention m join media.article a on a.id = m.article_id
    where a.first_seen_at > now() - interval '31 days'
), counted as (
    select day, watchlist, name, count(*) as articles, count(*) filter (where independent) as independent_reports
    from spoken group by 1, 2, 3
)
select day, watchlist, name, articles, independent_reports,
    round(independent_reports / nullif(sum(independent_reports) over (partition by day, watchlist), 0), 3) as share,
    (day + 1)::timestamp at time zone 'UTC' <= w.complete_until as is_complete
from counted cross join media.watermark w;
comment on view media.share_of_voice is
    'In the last 30 days, by day and watchlist: how many articles mention each name, and its share of all the list''s mentions among independent reports.';
