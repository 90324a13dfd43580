-- What are the biggest stories of the last two days: articles against independent reports?
select st.id, st.title,
    count(*) as articles,
    count(*) filter (where a.duplicate_of is null and a.duplicate_of_seed is null) as independent_reports,
    count(distinct a.source_id) as sources,
    min(a.first_seen_at) as first_seen, max(a.first_seen_at) as last_seen
from media.story st
join media.article a on a.story_id = st.id
where a.first_seen_at > now() - interval '2 days'
group by st.id
order by independent_reports desc, articles desc
limit 30;
