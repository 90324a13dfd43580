-- What came in during the last 24 hours, newest first?
select at, source, title, kind, topics, url
from media.latest
where first_seen_at > now() - interval '1 day'
limit 100;
