create view ingest.funnel as
select
    (discovered_at at time zone 'UTC')::date as day,
    count(*) as discovered,
    count(*) filter (where disposition = 'loaded') as loaded,
    count(*) filter (where disposition = 'duplicate') as duplicate,
    count(*) filter (where disposition = 'rejected') as rejected,
    count(*) filter (where disposition = 'quarantined') as quarantined,
    count(*) filter (where disposition = 'pending') as pending,
    count(*) = count(*) filter (
        where disposition in ('loaded', 'duplicate', 'rejected', 'quarantined', 'pending')
    ) as adds_up
from ingest.entry
group by 1;
comment on view ingest.funnel is 'By day of discovery (UTC): discovered = loaded + duplicate + rejected + quarantined + pending.';

create view ingest.source_health as
select
    f.id as feed_id,
    f.title,
    f.url,
    case
        when not f.active then 'paused'
        when f.state = 'gone' then 'gone'
        when f.last_polled_at is null then 'new'
        when h.hold_until > now() then 'held'
        when f.failure_weight > 0 then 'failing'
        when f.last_new_at is null then 'empty'
        when f.last_new_at < now() - greatest(interval '1 day', 20 * f.poll_interval) then 'quiet'
        else 'healthy'
    end as state,
    case
        when not f.active then 'not polled; add it again to resume'
        when h.hold_until > now() then 'its host asked for a pause until ' || h.hold_until || ': ' || coalesce(h.hold_reason, '')
        else coalesce(f.last_error, 'answers')
    end as what,
    f.last_polled_at,
    f.last_success_at,
    f.last_new_at,
    f.next_poll_at,
    f.failure_weight,
    (select count(*) from ingest.sighting s where s.feed_id = f.id and s.first_seen_at > now() - interval '1 day') as new_last_day
from ingest.feed f
left join ingest.host h on h.host = f.host;
comment on view ingest.source_health is 'The state of each feed in a word, why, and since when.';

create view ingest.ledger_fault as
select e.id, e.canonical_url, 'loaded, but there is no article' as fault
from ingest.entry e left join media.article a on a.id = e.id
where e.disposition = 'loaded' and (a.id is null or a.duplicate_of is not null or a.duplicate_of_seed is not null)
union all
select e.id, e.canonical_url, 'duplicate, but nothing says of what'
from ingest.entry e
left join media.article a on a.id = e.id
left join media.duplicate d on d.article_id = e.id
where e.disposition = 'duplicate'
    and (a.id is null or d.article_id is null
         or (a.duplicate_of, a.duplicate_of_seed) is distinct from (d.of_article_id, d.of_seed_id))
union all
select a.id, a.canonical_url, 'an article whose entry is ' || e.disposition
from media.article a join ingest.entry e on e.id = a.id
where e.disposition not in ('loaded', 'duplicate')
union all
select e.id, e.canonical_url, 'rejected without a reason'
from ingest.entry e where e.disposition = 'rejected' and e.reason = ''
union all
select e.id, e.canonical_url, 'quarantined, but not in quarantine'
from ingest.entry e
where e.disposition = 'quarantined'
    and not exists (select from ingest.quarantine q where q.entry_id = e.id and q.released_at is null)
union all
select e.id, e.canonical_url, 'no feed has seen it'
from ingest.entry e where not exists (select from ingest.sighting s where s.entry_id = e.id)
union all
select e.id, e.canonical_url, 'its page or draft is missing at stage ' || e.stage
from ingest.entry e
where (e.stage in ('cleaned', 'embedded', 'judged', 'tagged') and not exists (select from ingest.draft d where d.entry_id = e.id))
    or (e.stage in ('embedded', 'judged', 'tagged')
        and exists (select from ingest.draft d where d.entry_id = e.id and d.vector is null))
union all
select e.id, e.canonical_url, 'decided, but its draft was left behind'
from ingest.entry e join ingest.draft d on d.entry_id = e.id where e.disposition in ('loaded', 'duplicate');
comment on view ingest.ledger_fault is 'Rows of the ledger that do not add up, and why. It must be empty.';
