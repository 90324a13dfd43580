create view media.seed_coverage as
with copied as (
    select duplicate_of_seed as id, count(*) as copies, count(distinct source_id) as sources,
        min(first_seen_at) as first_at, max(first_seen_at) as last_at
    from media.article where duplicate_of_seed is not null group by 1
),
near as (
    select nearest_seed_id as id,
        count(*) filter (where seed_similarity >= 0.7) as reports,
        count(*) filter (where seed_similarity < 0.7) as on_subject,
        max(first_seen_at) as last_at
    from media.article
    where nearest_seed_id is not null and seed_similarity >= 0.5 and duplicate_of is null and duplicate_of_seed is null
    group by 1
)
select
    s.id as seed_id,
    s.name,
    s.title,
    case
        when c.copies > 0 then 'copies'
        when n.reports > 0 then 'reports'
        when n.on_subject > 0 then 'subject'
        else 'nothing'
    end as drew,
    coalesce(c.copies, 0) as copies,
    coalesce(c.sources, 0) as sources,
    coalesce(n.reports, 0) as reports,
    coalesce(n.on_subject, 0) as on_subject,
    c.first_at as first_copied_at,
    greatest(c.last_at, n.last_at) as last_drawn_at,
    s.added_at,
    s.retired_at
from media.seed s
left join copied c on c.id = s.id
left join near n on n.id = s.id;
comment on view media.seed_coverage is
    'What each seed drew: copies and their sources, independent reports of the same event (similarity from 0.7), others on its subject (from 0.5), or nothing.';
