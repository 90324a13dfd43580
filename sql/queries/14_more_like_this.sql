-- What is near in meaning to the newest article on a subject, whoever wrote it and in whatever words?
select s.cosine, s.title, s.source, s.kind, s.url
from (select article_id from media.search('parade or train', most => 1)) found, media.similar_to(found.article_id, 10) s;
