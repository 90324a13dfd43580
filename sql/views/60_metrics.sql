create view ingest.metric as
with stages as (
    select stage, count(e.id) as n
    from unnest(array['discovered', 'claimed', 'fetched', 'cleaned', 'embedded', 'judged', 'tagged']) as stage
    left join ingest.entry e using (stage)
    where e.id is null or e.disposition = 'pending'
    group by stage
),
waiting as (
    select count(*) as n, coalesce(extract(epoch from now() - min(e.next_try_at)), 0) as oldest
    from ingest.entry e left join ingest.batch b on b.id = e.batch_id
    where e.disposition = 'pending' and e.next_try_at <= now()
        and (b.id is null or b.finished_at is not null or b.lease_until < now())
),
feeds as (
    select
        count(*) filter (where active) as active,
        count(*) filter (where active and next_poll_at <= now()) as due,
        coalesce(extract(epoch from now() - min(next_poll_at) filter (where active and next_poll_at <= now())), 0) as overdue
    from ingest.feed
),
health as (
    select word, count(h.feed_id) as n
    from unnest(array['healthy', 'failing', 'blocked', 'quiet', 'gone', 'held']) as word
    left join (select feed_id, state from ingest.source_health) h on h.state = word
    group by word
),
requests as (
    select
        count(*) as n,
        count(*) filter (where status is null) as failed,
        coalesce(percentile_cont(0.5) within group (order by seconds), 0) as p50,
        coalesce(percentile_cont(0.95) within group (order by seconds), 0) as p95
    from ingest.request where requested_at > now() - interval '5 minutes'
),
fresh as (
    select
        count(*) as n,
        coalesce(extract(epoch from percentile_cont(0.5) within group (order by loaded_at - first_seen_at)), 0) as p50,
        coalesce(extract(epoch from percentile_cont(0.95) within group (order by loaded_at - first_seen_at)), 0) as p95
    from media.article where loaded_at > now() - interval '1 hour'
)
select 'queue.' || stage as name, n::float8 as value from stages
union all select 'queue.due', n from waiting
union all select 'queue.oldest_seconds', oldest from waiting
union all select 'feeds.active', active from feeds
union all select 'feeds.due', due from feeds
union all select 'feeds.overdue_seconds', overdue from feeds
union all select 'feeds.' || word, n from health
union all select 'requests.last_5_minutes', n from requests
union all select 'requests.failed_last_5_minutes', failed from requests
union all select 'requests.latency_p50_seconds', p50 from requests
union all select 'requests.latency_p95_seconds', p95 from requests
union all select 'freshness.articles_last_hour', n from fresh
union all select 'freshness.p50_seconds', p50 from fresh
union all select 'freshness.p95_seconds', p95 from fresh
union all
select 'freshness.newest_seconds', coalesce(extract(epoch from now() - max(loaded_at)), -1) from media.article
union all select 'quarantine.open', count(*) from ingest.quarantine where released_at is null
union all select 'alarms.last_day', count(*) from ingest.alarm where raised_at > now() - interval '1 day';
comment on view ingest.metric is
    'The system''s gauges now, one row each: queue depths by stage, feeds due and by state, latency of requests (last 5 minutes), '
    'freshness (first sight to queryable, last hour; newest_seconds is -1 where there is no article), quarantine, alarms. '
    'The DAG measure sends them as wirewatch.<name>.';

grant select on ingest.metric, ingest.funnel, ingest.source_health, ingest.fetch_audit, ingest.freshness,
    ingest.extraction_drift to observer;
