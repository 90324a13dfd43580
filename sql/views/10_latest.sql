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
select
    o.id,
    o.title,
    s.name as source,
    o.first_seen_at,
    count(c.id) + 1 as articles,
    1 as independent_reports,
    array_agg(cs.name order by c.first_seen_at) as copied_by
from media.article o
join media.source s on s.id = o.source_id
join media.article c on c.duplicate_of = o.id
join media.source cs on cs.id = c.source_id
group by o.id, s.name;
comment on view media.syndication is 'Originals that were copied: how many articles there are of one independent report, and who copied.';
