create view media.story_timeline as
with hours as (
    select a.story_id, date_trunc('hour', a.first_seen_at, 'UTC') as hour,
        count(*) as articles,
        count(*) filter (where a.duplicate_of is null and a.duplicate_of_seed is null) as independent_reports,
        array_agg(distinct s.name order by s.name) as sources
    from media.article a join media.source s on s.id = a.source_id
    where a.story_id is not null
    group by 1, 2
)
select h.story_id, st.title as story, h.hour, h.articles, h.independent_reports, h.sources,
    sum(h.articles) over so_far as articles_so_far,
    sum(h.independent_reports) over so_far as independent_reports_so_far
from hours h join media.story st on st.id = h.story_id
window so_far as (partition by h.story_id order by h.hour);
comment on view media.story_timeline is
    'How a story grew: by hour (UTC) its articles, independent reports and sources, and the sums so far. Ask with story_id = ….';
