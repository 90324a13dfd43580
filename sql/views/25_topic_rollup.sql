create view media.topic_rollup as
select
    d.day,
    c.qcode,
    c.topic,
    c.level,
    c.parent,
    c.articles,
    c.articles_of_its_own,
    c.independent_reports,
    c.stories,
    w.complete_until,
    (d.day + 1)::timestamp at time zone 'UTC' <= w.complete_until as is_complete
from (
    select generate_series((min(first_seen_at) at time zone 'UTC')::date, (max(first_seen_at) at time zone 'UTC')::date, interval '1 day')::date as day
    from media.article
) d
cross join lateral (
    select
        up.qcode,
        up.name as topic,
        up.level,
        up.parent,
        count(distinct a.id) as articles,
        count(distinct a.id) filter (where x.qcode = up.qcode) as articles_of_its_own,
        count(distinct a.id) filter (where a.duplicate_of is null and a.duplicate_of_seed is null) as independent_reports,
        count(distinct a.story_id) as stories
    from media.article a
    join media.current_topic x on x.article_id = a.id
    join media.topic_above above on above.qcode = x.qcode
    join media.topic up on up.qcode = above.ancestor
    where (a.first_seen_at at time zone 'UTC')::date = d.day
    group by up.qcode, up.name, up.level, up.parent
) c
cross join media.watermark w;
comment on view media.topic_rollup is 'Articles by day and topic, each counted once for a topic and once for every topic above it.';
