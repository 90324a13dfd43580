-- Where is a watched name mentioned, in its context?
select a.first_seen_at, s.name as source, m.name, m.alias,
    substr(case m.field when 'title' then a.title else a.text end, greatest(1, m.start_at - 60), m.end_at - m.start_at + 120) as context,
    a.url
from media.mention m
join media.article a on a.id = m.article_id
join media.source s on s.id = a.source_id
where m.name = 'Kim Jong Un'
order by a.first_seen_at desc, m.start_at
limit 100;
