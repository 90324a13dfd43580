create view ingest.funnel as
select d.day, c.*
from (
    select generate_series((min(discovered_at) at time zone 'UTC')::date, (max(discovered_at) at time zone 'UTC')::date, interval '1 day')::date as day
    from ingest.entry
) d
cross join lateral (
    select
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
    where (discovered_at at time zone 'UTC')::date = d.day
) c
where c.discovered > 0;
comment on view ingest.funnel is 'By day of discovery (UTC): discovered = loaded + duplicate + rejected + quarantined + pending.';

create view ingest.source_health as
with told as (
    select
        f.*, h.hold_until, h.hold_reason, move.from_url, move.moved_at,
        case
            when not f.active and f.state = 'moved' then 'moved'
            when not f.active then 'paused'
            when f.state = 'gone' then 'gone'
            when f.last_polled_at is null then 'new'
            when f.state = 'blocked' and f.failure_weight > 0 then 'blocked'
            when h.hold_until > now() then 'held'
            when f.failure_weight > 0 then 'failing'
            when move.moved_at > now() - interval '7 days' then 'moved'
            when f.last_new_at is null then 'empty'
            when f.last_new_at < now() - greatest(interval '1 day', 20 * f.poll_interval) then 'quiet'
            else 'healthy'
        end as word
    from ingest.feed f
    left join ingest.host h on h.host = f.host
    left join lateral (
        select m.from_url, m.moved_at from ingest.feed_move m where m.feed_id = f.id order by m.moved_at desc limit 1
    ) move on true
)
select
    id as feed_id,
    title,
    url,
    word as state,
    case word
        when 'paused' then 'not polled'
        when 'held' then 'its host asked for a pause until ' || hold_until || ': ' || coalesce(hold_reason, '')
        when 'moved' then coalesce('followed from ' || from_url, last_error, 'it moved')
        when 'quiet' then 'answers, and shows nothing new'
        when 'empty' then 'answers, and has shown no entry yet'
        else coalesce(last_error, 'answers')
    end as what,
    case word
        when 'quiet' then last_new_at
        when 'moved' then coalesce(moved_at, state_since)
        when 'new' then added_at
        when 'held' then least(last_polled_at, hold_until)
        else state_since
    end as since,
    case word
        when 'healthy' then 'nothing'
        when 'new' then 'nothing: it is polled within five minutes'
        when 'held' then 'nothing: it is polled again when the pause is over; a longer WIREWATCH_HOST_SPACING asks less of it'
        when 'moved' then 'nothing where the new address is right; else add the right one and remove this one'
        when 'paused' then '`wirewatch feeds add` with its address resumes it'
        when 'quiet' then 'look at the site: has it stopped, or moved its news to another feed?'
        when 'empty' then 'open the address in a browser: if the feed has entries there, the site answers us with another one'
        when 'failing' then 'nothing for a day: it is tried again by itself; then look at the reason, and at the site'
        when 'blocked' then 'ask the publisher to let our User-Agent in, or remove the feed'
        when 'gone' then 'the publisher took it down: look for its successor on the site, then remove this one'
    end as what_to_do,
    last_polled_at,
    last_success_at,
    last_new_at,
    next_poll_at,
    failure_weight,
    (select count(*) from ingest.sighting s where s.feed_id = told.id and s.first_seen_at > now() - interval '1 day') as new_last_day,
    (select count(*) from ingest.gap g where g.feed_id = told.id and g.state = 'open') as open_gaps
from told;
comment on view ingest.source_health is 'The state of each feed in a word (healthy, new, quiet, empty, held, failing, blocked, moved, gone, paused), why, since when, and what to do.';

create view ingest.request_by_day as
with spaced as (
    select
        *, (requested_at at time zone 'UTC')::date as day,
        extract(epoch from requested_at - lag(requested_at) over (partition by host order by requested_at, id)) as gap
    from ingest.request
)
select
    host,
    day,
    count(*) as requests,
    count(*) filter (where kind = 'robots') as robots,
    count(*) filter (where kind in ('feed', 'sitemap')) as feeds,
    count(*) filter (where kind = 'page') as pages,
    count(*) filter (where status is null) as failed,
    count(*) filter (where status >= 400) as refused,
    sum(bytes)::bigint as bytes,
    max(spacing)::real as spacing_asked,
    min(gap)::real as spacing_least,
    (percentile_cont(0.5) within group (order by gap))::real as spacing_median,
    count(*) filter (where gap < spacing * 0.9) as too_close,
    array_agg(distinct rule order by rule) as rules
from spaced
group by host, day;
comment on view ingest.request_by_day is 'The single requests that are still kept, by host and day (UTC): what ingest.request_day is made of.';

create view ingest.fetch_audit as
with counted as (
    select * from ingest.request_day
    union all
    select * from ingest.request_by_day r
    where not exists (select from ingest.request_day d where d.host = r.host and d.day = r.day)
)
select
    c.*,
    (select count(*) from ingest.hold h where h.host = c.host and (h.held_at at time zone 'UTC')::date = c.day) as holds,
    (select string_agg(distinct h.reason, '; ') from ingest.hold h
     where h.host = c.host and (h.held_at at time zone 'UTC')::date = c.day) as why_held
from counted c;
comment on view ingest.fetch_audit is 'How we behaved, by host and day (UTC): requests, the spacing asked and kept, bytes, the rules of robots.txt applied, pauses kept and why.';

create view media.capture as
select
    l.host as source,
    (coalesce(l.published_at, l.listed_at) at time zone 'UTC')::date as day,
    count(*) as listed,
    count(e.id) as captured,
    count(*) filter (where l.known) as captured_by_feeds,
    count(*) filter (where e.disposition in ('loaded', 'duplicate')) as loaded,
    round(count(e.id)::numeric / count(*), 4) as recall,
    min(l.sitemap) as sitemap
from ingest.listing l
left join ingest.entry e on e.canonical_url = l.canonical_url
group by 1, 2;
comment on view media.capture is 'By source and day (UTC): what share of the articles that its own news sitemap lists is in the ledger (recall), how many by its feeds alone, and how many are loaded.';

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

create view ingest.extraction_drift as
with decided as (
    select
        e.host,
        e.decided_at >= now() - interval '7 days' as recent,
        a.words,
        a.cleaned_by,
        e.disposition = 'rejected' as rejected
    from ingest.entry e
    left join media.article a on a.id = e.id
    where e.decided_at >= now() - interval '35 days'
        and (e.disposition in ('loaded', 'duplicate')
             or e.reason ~ '^(empty|too_short|consent_wall|challenge|soft_404|paywall|section_front|video|live_ticker|not_html)\M')
),
measured as (
    select
        host,
        count(*) filter (where recent) as pages,
        count(*) filter (where not recent) as pages_before,
        percentile_cont(0.5) within group (order by words) filter (where recent and words is not null) as median_words,
        percentile_cont(0.5) within group (order by words) filter (where not recent and words is not null) as median_words_before,
        avg(rejected::int) filter (where recent) as rejected,
        avg(rejected::int) filter (where not recent) as rejected_before,
        mode() within group (order by cleaned_by) filter (where recent and cleaned_by is not null) as method,
        mode() within group (order by cleaned_by) filter (where not recent and cleaned_by is not null) as method_before
    from decided group by host
)
select
    host,
    case
        when pages < 10 or pages_before < 20 then 'too few'
        when rejected > rejected_before + 2 * sqrt(greatest(rejected_before * (1 - rejected_before), 0.05) / pages) then 'more rejected'
        when median_words < median_words_before / 2 then 'shorter'
        when median_words > median_words_before * 2 then 'longer'
        when method is distinct from method_before then 'another method'
        else 'steady'
    end as state,
    pages,
    pages_before,
    median_words,
    median_words_before,
    round(rejected, 3) as rejected,
    round(rejected_before, 3) as rejected_before,
    method,
    method_before
from measured where pages > 0;
comment on view ingest.extraction_drift is
    'What cleaning made of each host''s pages in the last 7 days against the 28 before: words of an article, share rejected '
    '(more than two standard errors above before), and what found the text. A site that was rebuilt shows here first.';

create view ingest.freshness as
select
    coalesce(s.name, 'all sources') as source,
    count(*) as articles,
    percentile_disc(0.5) within group (order by a.loaded_at - a.published_at) as published_to_queryable_p50,
    percentile_disc(0.95) within group (order by a.loaded_at - a.published_at) as published_to_queryable_p95,
    percentile_disc(0.5) within group (order by a.loaded_at - a.first_seen_at) as seen_to_queryable_p50,
    percentile_disc(0.95) within group (order by a.loaded_at - a.first_seen_at) as seen_to_queryable_p95
from media.article a join media.source s on s.id = a.source_id
where a.loaded_at > now() - interval '7 days'
group by grouping sets ((s.name), ());
comment on view ingest.freshness is
    'Of the last 7 days, by source and over all: how long from publication, and from first sight, to being queryable (half of the articles, and 95 in 100).';
