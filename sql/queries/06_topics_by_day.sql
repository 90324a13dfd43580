-- How much was reported on each topic, day by day, copies counted once? Only whole days.
select day, topic, independent_reports, articles
from media.daily_topic
where is_complete and day > current_date - 30
order by day desc, independent_reports desc;
