create view media.latest as
select
    a.id,
    coalesce(a.published_at, a.first_seen_at) as at,
    s.name as source,
    a.title,
    a.language,
    case
        when a.duplicate_of is not null then 'copy of an article'
        when a.duplicate_of_seed is not null then 'copy of a seed'
        else 'original'
    end as kind,
    d.rung,
    d.score,
    coalesce(o.title, seed.title) as copied_title,
    st.title as story,
    topics.names as topics,
    mentions.names as mentions,
    a.seed_similarity,
    a.url,
    a.published_at,
    a.first_seen_at,
    a.loaded_at,
    a.story_id
from media.article a
join media.source s on s.id = a.source_id
left join media.duplicate d on d.article_id = a.id
left join media.article o on o.id = a.duplicate_of
left join media.seed seed on seed.id = a.duplicate_of_seed
left join media.story st on st.id = a.story_id
left join lateral (
    select array_agg(x.name order by x.score desc) as names from media.current_topic x where x.article_id = a.id
) topics on true
left join lateral (
    select array_agg(distinct m.name) as names from media.mention m where m.article_id = a.id
) mentions on true
order by a.first_seen_at desc, a.id desc;
comment on view media.latest is 'Every article, newest first, with source, what it copies, story, topics and mentions in one row.';

create view media.independent as
select a.* from media.article a where a.duplicate_of is null and a.duplicate_of_seed is null;
comment on view media.independent is 'Articles that are no copies: independent reports.';

create view media.syndication as
-- Counted and dated by an index alone; who copied is read only for what is left of that.
with copied as (
    select c.duplicate_of as id, c.duplicate_of_seed as seed_id, count(*) as copies, max(c.first_seen_at) as last_copied_at
    from media.article c
    where c.duplicate_of is not null or c.duplicate_of_seed is not null
    group by 1, 2
)
select
    case when x.seed_id is null then 'article' else 'seed' end as kind,
    x.id,
    x.seed_id,
    coalesce(o.title, seed.title) as title,
    coalesce(s.name, 'seed ' || seed.name) as source,
    coalesce(o.first_seen_at, seed.added_at) as first_seen_at,
    x.copies + (x.id is not null)::int as articles,
    (x.id is not null)::int as independent_reports,
    w.copied_by,
    w.sources,
    x.last_copied_at,
    case when x.id is not null and w.first_copy_at < coalesce(o.published_at, o.first_seen_at)
        then w.first_copy_by else coalesce(s.name, 'seed ' || seed.name) end as probable_origin
from copied x
cross join lateral (
    select
        count(distinct c.source_id) as sources,
        array_agg(n.name order by c.first_seen_at) as copied_by,
        (array_agg(n.name order by coalesce(c.published_at, c.first_seen_at), c.id))[1] as first_copy_by,
        min(coalesce(c.published_at, c.first_seen_at)) as first_copy_at
    from (
        select source_id, first_seen_at, published_at, id from media.article where duplicate_of = x.id
        union all
        select source_id, first_seen_at, published_at, id from media.article where duplicate_of_seed = x.seed_id
    ) c
    join media.source n on n.id = c.source_id
) w
left join media.article o on o.id = x.id
left join media.source s on s.id = o.source_id
left join media.seed seed on seed.id = x.seed_id;
comment on view media.syndication is
    'What was copied: articles there are of one independent report (of a seed: none), who copied, and by dates the probable origin.';
