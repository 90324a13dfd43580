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
select
    (a.first_seen_at at time zone 'UTC')::date as day,
    t.qcode,
    t.name as topic,
    count(*) as articles,
    count(*) filter (where a.duplicate_of is null and a.duplicate_of_seed is null) as independent_reports,
    w.complete_until,
    ((a.first_seen_at at time zone 'UTC')::date + 1) at time zone 'UTC' <= w.complete_until as is_complete
from media.article a
join media.article_topic x on x.article_id = a.id
join media.topic t using (qcode)
cross join media.watermark w
group by 1, t.qcode, t.name, w.complete_until;
comment on view media.daily_topic is 'Articles and independent reports by day (UTC, first seen) and topic; is_complete says whether the day is whole.';

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
