-- Which originals were copied most, and by whom?
with most as materialized (
    select duplicate_of as id from media.article where duplicate_of is not null group by duplicate_of order by count(*) desc limit 50
)
select articles, title, source, copied_by, first_seen_at
from media.syndication
where id = any (array(select id from most))
order by articles desc, first_seen_at desc;
