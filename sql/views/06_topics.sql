create view media.current_topic as
select x.article_id, x.qcode, t.name, t.level, t.parent, t.top, x.score, x.evidence, x.tagger, x.tagged_at
from media.tagging g
join media.article_topic x on x.article_id = g.article_id and x.tagger = g.tagger
join media.topic t on t.qcode = x.qcode
where g.serves;
comment on view media.current_topic is 'The topics of each article as the serving tagger gave them, with the topic''s name and place in the hierarchy.';

create view media.tagger_change as
with looks as (
    select article_id, tagger, lag(tagger) over (partition by article_id order by tagged_at, tagger) as before from media.tagging
),
said as (
    select l.article_id, l.before, l.tagger, x.qcode, false as earlier, true as later
    from looks l join media.article_topic x on x.article_id = l.article_id and x.tagger = l.tagger where l.before is not null
    union all
    select l.article_id, l.before, l.tagger, x.qcode, true, false
    from looks l join media.article_topic x on x.article_id = l.article_id and x.tagger = l.before
),
both_said as (
    select article_id, before, tagger, qcode, bool_or(earlier) as earlier, bool_or(later) as later
    from said group by article_id, before, tagger, qcode
)
select
    b.before as from_tagger,
    b.tagger as to_tagger,
    b.qcode,
    t.name as topic,
    t.level,
    count(*) filter (where b.earlier) as articles_before,
    count(*) filter (where b.later) as articles_after,
    count(*) filter (where b.later and not b.earlier) as gained,
    count(*) filter (where b.earlier and not b.later) as lost
from both_said b join media.topic t using (qcode)
group by b.before, b.tagger, b.qcode, t.name, t.level;
comment on view media.tagger_change is 'What a new tagger changed on the articles that both looked at: articles that gained and lost each topic.';

create view media.topic_above as
with recursive above as (
    select qcode, qcode as ancestor from media.topic
    union all
    select a.qcode, t.parent from above a join media.topic t on t.qcode = a.ancestor where t.parent is not null
)
select qcode, ancestor from above;
comment on view media.topic_above is 'Each topic with itself and every topic above it.';
