create view media.correction as
select
    c.cursor, v.seen_at, v.change, v.summary, a.title, a.url, s.name as source, v.version, a.id as article_id,
    (select count(*) from media.article x where x.duplicate_of = a.id) as copies
from media.article_version v
join media.article a on a.id = v.article_id
join media.source s on s.id = a.source_id
left join media.change c on c.article_id = v.article_id and c.version = v.version and c.kind not in ('copy_of_retracted', 'judged')
where v.version > 1;
comment on view media.correction is 'What publishers changed after the fact: typo, headline, numbers, substantial, retracted, gone, back; with the cursor of each change.';

create view media.copy_of_retracted as
select copy.id as article_id, copy.title, copy.url, source.name as source, o.id as original_id, o.title as original, o.url as original_url
from media.article copy
join media.article o on o.id = copy.duplicate_of and o.state = 'retracted'
join media.source source on source.id = copy.source_id;
comment on view media.copy_of_retracted is 'Copies of articles that their publisher took back: nobody may have told the copiers.';
