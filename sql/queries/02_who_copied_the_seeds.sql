-- Which articles copy what we know already, how do we know, and how sure are we?
select a.first_seen_at, s.name as source, a.title, seed.title as seed, d.rung, d.score, d.threshold, a.url
from media.article a
join media.duplicate d on d.article_id = a.id
join media.source s on s.id = a.source_id
join media.seed seed on seed.id = a.duplicate_of_seed
where a.duplicate_of_seed is not null
order by a.first_seen_at desc
limit 100;
