-- In which languages is a topic reported?
select t.name as topic, a.language, count(*) as articles
from media.article a
join media.current_topic x on x.article_id = a.id
join media.topic t using (qcode)
where a.first_seen_at > now() - interval '30 days'
group by 1, 2
order by articles desc;
