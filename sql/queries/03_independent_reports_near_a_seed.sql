-- What else is reported on the subject of our seeds, by people who did not copy them?
select a.first_seen_at, s.name as source, a.title, round(a.seed_similarity::numeric, 3) as similarity, seed.title as seed, a.url
from media.independent a
join media.source s on s.id = a.source_id
join media.seed seed on seed.id = a.nearest_seed_id
where a.seed_similarity >= 0.5
order by a.seed_similarity desc
limit 50;
