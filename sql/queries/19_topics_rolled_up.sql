-- How much is there of each topic, with all that lies below it?
select repeat('    ', level - 1) || topic as topic, sum(articles) as articles, sum(independent_reports) as independent_reports
from media.topic_rollup
where day > (now() at time zone 'UTC')::date - 30
group by qcode, parent, level, topic
order by coalesce(parent, qcode), level, articles desc;
