-- Who took parts of what we know, without copying it: which part, and how much of it?
select
    a.first_seen_at, s.name as source, a.title, coalesce(o.title, seed.title) as part_of, r.place, r.words,
    round(r.share::numeric, 2) as share, round(r.share_of_original::numeric, 2) as share_of_original,
    r.passages -> 0 ->> 'text' as longest, a.url
from media.reuse r
join media.article a on a.id = r.article_id
join media.source s on s.id = a.source_id
left join media.article o on o.id = r.of_article_id
left join media.seed seed on seed.id = r.of_seed_id
order by r.found_at desc
limit 100;
