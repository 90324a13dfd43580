-- What did each source deliver today, and is the number whole?
select source, host, discovered, loaded, duplicates, rejected, pending, is_complete
from media.daily_source
where day = (now() at time zone 'UTC')::date
order by discovered desc;
