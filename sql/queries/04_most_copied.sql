-- Which originals were copied most, and by whom?
select articles, title, source, copied_by, first_seen_at
from media.syndication
order by articles desc, first_seen_at desc
limit 50;
