-- Which topics are reported on more than usual today?
select day, topic, independent_reports, usual, surprise, is_complete
from media.topic_trend
where day = (now() at time zone 'UTC')::date
order by surprise desc nulls last, independent_reports desc;
