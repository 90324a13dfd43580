-- Numbers tell stories apart as words do, and where words are not spaced, each two characters do. What was counted so far has neither:
-- all numbers would pass for rare. So they are estimated from the newest articles; where words are not spaced, counting begins anew.
-- depends: 0121_seed_shingles

comment on table ingest.term is 'In how many judged articles a word or number occurred: what makes rare ones weigh more when stories are told apart.';
comment on column ingest.term.term is
    'The word, normalised, or the number; where words are not spaced, two characters; the empty one counts all articles.';

delete from ingest.term where language in ('ja', 'km', 'lo', 'my', 'th', 'zh');

with newest as (
    select id, coalesce(language, '') as language, title || ' ' || left(text, 5000) as said
    from media.article where text is not null order by id desc limit 20000
), sampled as (
    select language, count(*) as articles from newest group by language
), having_number as (
    select n.language, found.number[1] as term, count(distinct n.id) as articles
    from newest n, regexp_matches(n.said, '(\d+(?:[.,:]\d+)*)', 'g') as found (number) group by 1, 2
)
insert into ingest.term (language, term, articles)
select h.language, h.term, ceil(h.articles::numeric * known.articles / s.articles)
from having_number h join sampled s using (language) join ingest.term known on known.language = h.language and known.term = ''
on conflict do nothing;
