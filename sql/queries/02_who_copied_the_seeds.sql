-- Which articles copy what we know already, how do we know, and how sure are we?
select a.first_seen_at, s.name as source, a.title, seed.title as seed, d.rung, d.score, d.threshold, a.url
from media.duplicate d
join media.article a on a.id = d.article_id
join media.source s on s.id = a.source_id
join media.seed seed on seed.id = d.of_seed_id
order by a.first_seen_at desc
limit 100;
