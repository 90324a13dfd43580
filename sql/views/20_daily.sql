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
select
    (e.discovered_at at time zone 'UTC')::date as day,
    s.name as source,
    e.host,
    count(*) as discovered,
    count(*) filter (where e.disposition = 'loaded') as loaded,
    count(*) filter (where e.disposition = 'duplicate') as duplicates,
    count(*) filter (where e.disposition = 'rejected') as rejected,
    count(*) filter (where e.disposition = 'quarantined') as quarantined,
    count(*) filter (where e.disposition = 'pending') as pending,
    w.complete_until,
    ((e.discovered_at at time zone 'UTC')::date + 1) at time zone 'UTC' <= w.complete_until as is_complete
from ingest.entry e
left join media.source s on s.host = e.host
cross join media.watermark w
group by 1, s.name, e.host, w.complete_until;
comment on view media.daily_source is 'What each source delivered by day (UTC) and what became of it; is_complete says whether the day is whole.';
