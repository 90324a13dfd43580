-- How much was reported on each topic, day by day, copies counted once? A day that is not complete says so.
select day, topic, independent_reports, articles, is_complete
from media.daily_topic
where day > (now() at time zone 'UTC')::date - 30
order by day desc, independent_reports desc;
