create view media.topic_rollup as
with recursive above as (
    select qcode, qcode as ancestor from media.topic
    union all
    select a.qcode, t.parent from above a join media.topic t on t.qcode = a.ancestor where t.parent is not null
)
select
    (a.first_seen_at at time zone 'UTC')::date as day,
    up.qcode,
    up.name as topic,
    up.level,
    up.parent,
    count(distinct a.id) as articles,
    count(distinct a.id) filter (where x.qcode = up.qcode) as articles_of_its_own,
    count(distinct a.id) filter (where a.duplicate_of is null and a.duplicate_of_seed is null) as independent_reports,
    count(distinct a.story_id) as stories,
    w.complete_until,
    ((a.first_seen_at at time zone 'UTC')::date + 1) at time zone 'UTC' <= w.complete_until as is_complete
from media.article a
join media.current_topic x on x.article_id = a.id
join above on above.qcode = x.qcode
join media.topic up on up.qcode = above.ancestor
cross join media.watermark w
group by 1, up.qcode, up.name, up.level, up.parent, w.complete_until;
comment on view media.topic_rollup is 'Articles by day and topic, each counted once for a topic and once for every topic above it.';
