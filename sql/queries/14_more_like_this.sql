-- What is near in meaning to the newest article on a subject, whoever wrote it and in whatever words?
with newest as materialized (
    select m.article_id
    from media.matches('parade or train', now() - interval '30 days', 1000) m join media.article a on a.id = m.article_id
    order by a.first_seen_at desc
    limit 1
)
select s.cosine, s.title, s.source, s.kind, s.url
from newest, media.similar_to(newest.article_id, 10) s;
