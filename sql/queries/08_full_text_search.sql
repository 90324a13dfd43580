-- Which articles speak of the parade in Beijing, or of a train? Full-text search, with the place that matched.
select ts_rank(a.search, q) as rank, a.title, s.name as source,
    ts_headline('simple', a.text, q, 'MaxFragments=2, MinWords=8, MaxWords=24') as found, a.url
from media.article a
join media.source s on s.id = a.source_id
cross join websearch_to_tsquery('simple', 'parade beijing or train') as q
where a.search @@ q
order by rank desc, a.first_seen_at desc
limit 20;
