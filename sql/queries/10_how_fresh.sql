-- How long from publication to being queryable, by source?
select s.name as source, count(*) as articles,
    percentile_disc(0.5) within group (order by a.loaded_at - a.published_at) as half_within,
    percentile_disc(0.95) within group (order by a.loaded_at - a.published_at) as nearly_all_within
from media.article a
join media.source s on s.id = a.source_id
where a.published_at is not null and a.loaded_at > now() - interval '7 days'
group by s.name
order by 3;
