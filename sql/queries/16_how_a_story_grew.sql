-- How did the largest story of the last two days grow, hour by hour?
select t.hour, t.articles, t.independent_reports, t.articles_so_far, t.sources, t.story
from media.story_timeline t
where t.story_id = (
    select story_id from media.article where first_seen_at > now() - interval '2 days' and story_id is not null
    group by story_id order by count(*) desc, story_id limit 1)
order by t.hour;
