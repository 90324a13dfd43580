-- Each view by day works day by day (`cross join lateral`), so that asking for some days reads only these, by the index on time.

create view media.watermark as
select
    coalesce(least(
        (select min(discovered_at) from ingest.entry where disposition = 'pending'),
        (select max(last_success_at) from ingest.feed) - interval '5 minutes'
    ), '-infinity') as complete_until,
    (select count(*) from ingest.entry where disposition = 'pending') as pending,
    (select max(last_polled_at) from ingest.feed) as last_poll_at,
    (select count(*) from ingest.feed
     where active and coalesce(last_success_at, added_at) < now() - greatest(interval '1 day', 3 * poll_interval)) as feeds_behind
where exists (select from ingest.feed where last_success_at is not null)
union all
select '-infinity', (select count(*) from ingest.entry where disposition = 'pending'), (select max(last_polled_at) from ingest.feed),
    (select count(*) from ingest.feed where active and added_at < now() - interval '1 day')
where not exists (select from ingest.feed where last_success_at is not null);
comment on view media.watermark is 'Up to when everything that was discovered has been decided: the oldest entry that waits, or else the last good answer of any feed, less the five minutes that a poll may take to be written. Numbers for days after it can still grow. feeds_behind: feeds that have not answered for a day, whose articles are missing.';

create view media.daily_topic as
select
    d.day,
    c.qcode,
    c.topic,
    c.articles,
    c.independent_reports,
    w.complete_until,
    (d.day + 1)::timestamp at time zone 'UTC' <= w.complete_until as is_complete,
    c.taggers,
    c.tagger_changed
from (
    select generate_series((min(first_seen_at) at time zone 'UTC')::date, (max(first_seen_at) at time zone 'UTC')::date, interval '1 day')::date as day
    from media.article
) d
cross join lateral (
    with seen as materialized (
        select a.id, a.duplicate_of is null and a.duplicate_of_seed is null as independent, g.tagger
        from media.article a join media.tagging g on g.article_id = a.id and g.serves
        where (a.first_seen_at at time zone 'UTC')::date = d.day
    ), told as materialized (
        select array_agg(distinct tagger order by tagger) as taggers from seen
    ), before as materialized (
        select array_agg(distinct g.tagger order by g.tagger) as taggers
        from (
            select (first_seen_at at time zone 'UTC')::date as day from media.article
            where first_seen_at < d.day::timestamp at time zone 'UTC' order by first_seen_at desc limit 1
        ) last
        join media.article a on (a.first_seen_at at time zone 'UTC')::date = last.day
        join media.tagging g on g.article_id = a.id and g.serves
    ), counted as materialized (
        select x.qcode, count(*) as articles, count(*) filter (where s.independent) as independent_reports
        from seen s
        -- "offset 0" has each article's topics looked up by its key: without it a day reads the topics of all years.
        cross join lateral (select qcode from media.article_topic where article_id = s.id and tagger = s.tagger offset 0) x
        group by x.qcode
    )
    select n.qcode, t.name as topic, n.articles, n.independent_reports,
        told.taggers, cardinality(told.taggers) > 1 or told.taggers <> coalesce(before.taggers, told.taggers) as tagger_changed
    from counted n
    join media.topic t on t.qcode = n.qcode
    cross join told cross join before
) c
cross join media.watermark w;
comment on view media.daily_topic is 'Articles and independent reports by day (UTC, first seen) and topic; is_complete says whether the day is whole, tagger_changed whether another tagger than the day before had a say.';

create view media.daily_source as
with today as (
    select (now() at time zone 'UTC')::date as day
), hourly as (
    select host, (discovered_at at time zone 'UTC')::date as day, extract(hour from discovered_at at time zone 'UTC')::int as hour,
        count(*) as n,
        count(*) filter (where disposition = 'loaded') as loaded,
        count(*) filter (where disposition = 'duplicate') as duplicates,
        count(*) filter (where disposition = 'rejected') as rejected,
        count(*) filter (where disposition = 'quarantined') as quarantined,
        count(*) filter (where disposition = 'pending') as pending,
        min(discovered_at) as first_at, max(discovered_at) as last_at
    from ingest.entry where discovered_at > now() - interval '56 days'
    group by 1, 2, 3
), spans as (
    select host, sum(n) as entries, min(first_at) as first_at, max(last_at) as last_at,
        greatest(1.0, least(56.0, extract(epoch from now() - min(first_at)) / 86400)) as days
    from hourly group by host
), slots as (
    select host, extract(dow from day)::int as dow, hour, sum(n)::float8 as n from hourly group by 1, 2, 3
), profile as (
    -- What an hour of the week brings: the weekday's mean of up to eight weeks, spread over the hours as all days have it.
    select h.host, d.dow, h.hour,
        case when s.days < 14 then h.n / s.days else coalesce(w.n, 0) / (s.days / 7) * h.n / s.entries end as rate
    from (select host, hour, sum(n) as n from slots group by 1, 2) h
    join spans s on s.host = h.host
    cross join generate_series(0, 6) as d (dow)
    left join (select host, dow, sum(n) as n from slots group by 1, 2) w on w.host = h.host and w.dow = d.dow
), counted as (
    select h.day, h.host, sum(h.n)::bigint as discovered, sum(h.loaded)::bigint as loaded, sum(h.duplicates)::bigint as duplicates,
        sum(h.rejected)::bigint as rejected, sum(h.quarantined)::bigint as quarantined, sum(h.pending)::bigint as pending
    from hourly h, today t where h.day >= t.day - 30 group by 1, 2
), days as (
    select d::date as day, s.host, s.first_at, s.last_at, s.days
    from spans s cross join today t, generate_series(
        greatest((s.first_at at time zone 'UTC')::date, t.day - 30)::timestamp, t.day::timestamp, interval '1 day') d
), expected as (
    select d.day, d.host, d.last_at, d.days, r.rate as expected
    from days d left join (select host, dow, sum(rate) as rate from profile group by 1, 2) r
        on r.host = d.host and r.dow = extract(dow from d.day)::int
    where d.day < (select day from today) and d.day > (d.first_at at time zone 'UTC')::date
    union all
    -- Of today and of a source's first day only the hours count that have passed, and in which it was known already.
    select d.day, d.host, d.last_at, d.days,
        sum(p.rate * greatest(0, extract(epoch from
            least(now(), (d.day + make_interval(hours => p.hour + 1)) at time zone 'UTC')
            - greatest(d.first_at, (d.day + make_interval(hours => p.hour)) at time zone 'UTC')) / 3600))
    from days d left join profile p on p.host = d.host and p.dow = extract(dow from d.day)::int
    where d.day = (select day from today) or d.day = (d.first_at at time zone 'UTC')::date
    group by d.day, d.host, d.last_at, d.days
), judged as (
    select
        e.day, e.host,
        coalesce(c.discovered, 0) as discovered, coalesce(c.loaded, 0) as loaded, coalesce(c.duplicates, 0) as duplicates,
        coalesce(c.rejected, 0) as rejected, coalesce(c.quarantined, 0) as quarantined, coalesce(c.pending, 0) as pending,
        case when e.days >= 3 then e.expected end as expected,
        -- What should have come since the last entry, this day included: how a slow source is seen to be silent.
        case when e.days >= 3 and (e.last_at at time zone 'UTC')::date < e.day then sum(e.expected) filter (
            where (e.last_at at time zone 'UTC')::date < e.day) over (partition by e.host order by e.day) else e.expected end as missed
    from expected e left join counted c on c.day = e.day and c.host = e.host
), told as (
    select day, host, discovered, loaded, duplicates, rejected, quarantined, pending, expected,
        case
            when expected is null then 'too new to say'
            when discovered = 0 and missed > 4.6 then 'silent'
            when discovered < expected - 2.33 * sqrt(expected + (0.3 * expected) ^ 2) then 'quiet'
            when discovered > expected + 3 * sqrt(expected + (0.3 * expected) ^ 2) + 3 then 'busy'
            else 'as expected'
        end as verdict
    from judged
    union all
    select d.day, c.*, null, 'too long ago to say'
    from (
        select generate_series((min(discovered_at) at time zone 'UTC')::date::timestamp, (select day from today) - interval '31 days', interval '1 day')::date as day
        from ingest.entry
    ) d
    cross join lateral (
        select e.host, count(*),
            count(*) filter (where e.disposition = 'loaded'), count(*) filter (where e.disposition = 'duplicate'),
            count(*) filter (where e.disposition = 'rejected'), count(*) filter (where e.disposition = 'quarantined'),
            count(*) filter (where e.disposition = 'pending')
        from ingest.entry e
        where (e.discovered_at at time zone 'UTC')::date = d.day
        group by e.host
    ) c
)
select
    d.day,
    coalesce(s.name, d.host) as source,
    d.host,
    d.discovered,
    d.loaded,
    d.duplicates,
    d.rejected,
    d.quarantined,
    d.pending,
    round(d.expected::numeric, 1) as expected,
    d.verdict,
    w.complete_until,
    (d.day + 1)::timestamp at time zone 'UTC' <= w.complete_until as is_complete
from told d
left join media.source s on s.host = d.host
cross join media.watermark w
union all
select
    (now() at time zone 'UTC')::date, f.title, f.host, 0, 0, 0, 0, 0, 0, null,
    case when seen.at is not null then 'silent' when f.added_at < now() - interval '1 day' then 'never delivered' else 'too new to say' end,
    w.complete_until, false
from ingest.feed f
left join lateral (
    select first_seen_at as at from ingest.sighting x where x.feed_id = f.id order by first_seen_at desc limit 1
) seen on true
cross join media.watermark w
where f.active and (seen.at is null or seen.at < now() - interval '56 days');
comment on view media.daily_source is
    'What each source delivered by day (UTC) and what became of it; for the last 31 days how much was expected of it by weekday and hour, and a verdict (silent, quiet, as expected, busy, too new to say, never delivered); is_complete says whether the day is whole.';

create view media.topic_trend as
with days as (
    select d::date as day from generate_series(
        (now() at time zone 'UTC')::date - 41, (now() at time zone 'UTC')::date, interval '1 day') d
), counted as (
    -- `by_now`: up to the time of day that it is now, so that a day that runs is compared with as much of the days before.
    select (a.first_seen_at at time zone 'UTC')::date as day, x.qcode, count(*) as n,
        count(*) filter (where (a.first_seen_at at time zone 'UTC')::time <= (now() at time zone 'UTC')::time) as by_now
    from media.article a join media.current_topic x on x.article_id = a.id
    where a.duplicate_of is null and a.duplicate_of_seed is null
        and a.first_seen_at >= ((now() at time zone 'UTC')::date - 41)::timestamp at time zone 'UTC'
    group by 1, 2
), filled as (
    -- Days before the first article of all are no days without news.
    select d.day, t.qcode, coalesce(c.n, 0) as n, coalesce(c.by_now, 0) as by_now
    from days d cross join (select distinct qcode from counted) t
    left join counted c on c.day = d.day and c.qcode = t.qcode
    where d.day >= (select (min(first_seen_at) at time zone 'UTC')::date from media.article)
), trend as (
    select day, qcode, n, count(*) over before as days,
        case when day = (now() at time zone 'UTC')::date then avg(by_now) over before else avg(n) over before end as usual
    from filled window before as (partition by qcode order by day rows between 28 preceding and 1 preceding)
)
select r.day, r.qcode, t.name as topic, r.n as independent_reports,
    case when r.days >= 7 then round(r.usual, 1) end as usual,
    case when r.days >= 7 then round((r.n - r.usual) / sqrt(r.usual + 1), 1) end as surprise,
    (r.day + 1)::timestamp at time zone 'UTC' <= w.complete_until as is_complete
from trend r join media.topic t using (qcode) cross join media.watermark w
where r.day > (now() at time zone 'UTC')::date - 14;
comment on view media.topic_trend is
    'Independent reports on each topic in the last 14 days, the mean of up to 28 days before (for today: of as much of them as has passed of today), and how surprising the day is in standard deviations of a count; null in a warehouse''s first week.';

create view media.share_of_voice as
with spoken as (
    select distinct (a.first_seen_at at time zone 'UTC')::date as day, m.watchlist, m.name, a.id,
        a.duplicate_of is null and a.duplicate_of_seed is null as independent
    from media.mention m join media.article a on a.id = m.article_id
    where a.first_seen_at >= ((now() at time zone 'UTC')::date - 30)::timestamp at time zone 'UTC'
), counted as (
    select day, watchlist, name, count(*) as articles, count(*) filter (where independent) as independent_reports
    from spoken group by 1, 2, 3
)
select day, watchlist, name, articles, independent_reports,
    round(independent_reports / nullif(sum(independent_reports) over (partition by day, watchlist), 0), 3) as share,
    (day + 1)::timestamp at time zone 'UTC' <= w.complete_until as is_complete
from counted cross join media.watermark w;
comment on view media.share_of_voice is
    'In the last 30 days and today, by day and watchlist: how many articles mention each name, and its share of all the list''s mentions among independent reports.';
