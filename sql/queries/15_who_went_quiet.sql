-- Which sources brought less than expected of them by now, or nothing at all?
select day, source, discovered, expected, verdict, is_complete
from media.daily_source
where day >= (now() at time zone 'UTC')::date - 1
order by verdict in ('silent', 'never delivered', 'quiet') desc, expected desc nulls last;
