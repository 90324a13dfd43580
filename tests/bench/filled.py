"""A warehouse filled with made-up news of two years, inside Postgres: what an analyst's queries meet after two years.

Everything is drawn from hashes of the entry's number, so the same size gives the same warehouse. Sources, names, topics and
stories are drawn by Zipf's law, and so are words: each language has its own, and a few (`KNOWN_WORDS`) have the rank that a word
of a leading story has. Days have nights and weekends, one article in five is a copy, one entry in seven is rejected, one report in
twenty has a part of another. Vectors are those of a subject and of chance in equal parts, kept by month.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from wirewatch.io import calibration, postgres
from wirewatch.io.postgres import Connection
from wirewatch.settings import ROOT

SOURCES, NAMES, DAYS = 300, 200, 730
"""Publishers, watched names, and days back to the first entry."""
PER_ARTICLE = 0.84
"""Share of the entries that become articles or copies."""
KNOWN_WORDS = {
    "parade": 900,
    "beijing": 1100,
    "train": 1200,
    "harbour": 2500,
    "negotiations": 1500,
    "stormwater": 20_000,
}
"""Words of the English vocabulary that can be asked for, by rank: of a thousand words, the nth is some 90 / n."""
_VOCABULARY, _WORDS_OF_A_PARAGRAPH, _WORDS_EACH, _EACH = 60_000, 10, 40, 4
_GROWING = (
    "media.article",
    "ingest.entry",
    "ingest.sighting",
    "media.article_topic",
    "media.tagging",
    "media.mention",
    "media.embedding",
)
"""Tables whose indexes are quicker made at the end."""
_INDEXES = """
select i.indexrelid::regclass::text as name, replace(pg_get_indexdef(i.indexrelid), ' ON ONLY ', ' ON ') as made
from pg_index i left join pg_constraint c on c.conindid = i.indexrelid
where i.indrelid = any(%s::regclass[]) and c.oid is null order by 1
"""


def _setup(words: int) -> str:
    """The schema bench, with a vocabulary of so many words in each language, and a paragraph of them for each tenth."""
    return f"""
create schema bench;
create function bench.u(n bigint, salt integer) returns float8 language sql immutable parallel safe
    return ((hashint8extended(n, salt) >> 12) & ((1::bigint << 51) - 1))::float8 / (1::bigint << 51)::float8;
create function bench.zipf(n bigint, salt integer, most integer) returns integer language sql immutable parallel safe
    return floor(power(most + 1, bench.u(n, salt)))::integer;
create function bench.parted(body text) returns text language sql immutable parallel safe
    return regexp_replace(body, '([\\u3400-\\u9fff])', ' \\1 ', 'g');

create unlogged table bench.word as
select language, n,
    case language when 'zh' then chr(19968 + n % 20000)
        when 'ru' then translate(left(md5(language || n), 3 + n % 7), '0123456789abcdef', 'аеиоукнртслмвдпг')
        else translate(left(md5(language || n), 3 + n % 7), '0123456789', 'aeioulmnrs')
            || case language when 'en' then (array['', 's', 'ing', 'ed', ''])[1 + n % 5] else '' end
    end as word
from unnest(array['en', 'de', 'fr', 'es', 'ru', 'zh']) language, generate_series(1, {words}) n;
update bench.word set word = k.word from (values {", ".join(f"({rank}, '{word}')" for word, rank in KNOWN_WORDS.items())}) k (n, word)
where language = 'en' and bench.word.n = k.n;
alter table bench.word add primary key (language, n);

create unlogged table bench.paragraph as
select p.language, p.n, string_agg(w.word, case p.language when 'zh' then '' else ' ' end order by k) || '.' as body
from (select l.language, l.salt, n from (values ('en', 1), ('de', 2), ('fr', 3), ('es', 4), ('ru', 5), ('zh', 6)) l (language, salt),
    generate_series(0, {words // _WORDS_OF_A_PARAGRAPH} - 1) n) p
cross join generate_series(1, {_WORDS_EACH}) k
join bench.word w on w.language = p.language and w.n = bench.zipf(p.n * 64 + k, p.salt, {words})
group by p.language, p.n;
alter table bench.paragraph add primary key (language, n), add column title text, add column words tsvector,
    add column title_words tsvector;
update bench.paragraph set title = initcap(case language when 'zh' then left(body, 12)
    else array_to_string((string_to_array(body, ' '))[1:9], ' ') end);
update bench.paragraph p set words = to_tsvector(c, bench.parted(body)), title_words = setweight(to_tsvector(c, bench.parted(title)), 'A')
from (values ('en', 'english'::regconfig), ('de', 'german'), ('fr', 'french'), ('es', 'spanish'), ('ru', 'russian'),
    ('zh', 'simple')) l (language, c)
where l.language = p.language;
analyze bench.paragraph;
-- Words of an article are those of its paragraphs: put together, not read again a million times.
alter table media.article alter column search drop expression;

insert into media.source (id, host, name) overriding system value
select n, 'source' || n || '.example', 'Source ' || n from generate_series(1, {SOURCES}) n;
select setval(pg_get_serial_sequence('media.source', 'id'), {SOURCES});
insert into ingest.feed (id, url, title, host, added_at, last_polled_at, last_success_at, last_new_at, state) overriding system value
select n, 'https://source' || n || '.example/rss', 'Source ' || n, 'source' || n || '.example', now() - interval '{DAYS} days',
    now(), now(), now(), 'healthy' from generate_series(1, {SOURCES}) n;
select setval(pg_get_serial_sequence('ingest.feed', 'id'), {SOURCES});
insert into media.seed (name, file, title, text, language, text_digest, shingles)
select 'seed' || n || '.txt', 'seed' || n || '.txt', 'What the desk knows ' || n,
    'A text', 'en', 'seed' || n, '{{}}' from generate_series(1, 5) n;
insert into media.topic (qcode, name, definition, level, parent, top)
select 'bench:' || n, 'Subject ' || n, '', 1, null, 'bench:' || n from generate_series(1, 17) n
union all
select 'bench:' || n || '.' || m, 'Subject ' || n || ', part ' || m, '', 2, 'bench:' || n, 'bench:' || n
from generate_series(1, 17) n, generate_series(1, 5) m;
insert into media.watchlist (name, definition) values ('people', '{{}}'), ('places', '{{}}');
"""


_MADE = f"""
create unlogged table bench.made as
with timed as (
    select n, %(days)s * n::float8 / %(entries)s as spot from generate_series(1, %(entries)s) n
), drawn as (
    select n,
        -- Fewer at night and at the weekend; no entry later than now.
        now() - interval '1 second' - (%(days)s - floor(spot) - ((spot - floor(spot)) - 0.1 * sin(2 * pi() * (spot - floor(spot)))))
            * interval '1 day' as at,
        bench.zipf(n, 1, {SOURCES}) as source_id,
        bench.u(n, 2) as fate
    from timed
)
select n, at, source_id,
    case when n > %(entries)s - 100 and fate < 0.5 then 'pending'
        when fate < 0.64 then 'loaded' when fate < 0.84 then 'duplicate' when fate < 0.998 then 'rejected' else 'quarantined'
    end as disposition,
    (array['en', 'en', 'en', 'en', 'en', 'de', 'fr', 'es', 'ru', 'zh'])[1 + source_id %% 10] as language,
    (n / 400) * 50 + bench.zipf(n, 3, 50) as story_id,
    null::bigint as copy_of,
    case when fate between 0.64 and 0.642 then 1 + n %% 5 end as seed_id
from drawn;
create unlogged table bench.original as
select n, story_id, row_number() over (order by n) as rank from bench.made where disposition = 'loaded';
alter table bench.original add primary key (rank);
analyze bench.original;
create unlogged table bench.copied as
select m.n, o.n as of, o.story_id from (
    select n, count(*) filter (where disposition = 'loaded') over (order by n) as before, disposition, seed_id from bench.made
) m
join bench.original o on o.rank = greatest(1, case when bench.u(m.n, 4) < 0.5
    -- Half of the copies are of a few wire reports, the others of anything in the last days.
    then (m.before - 1) / 60 * 60 + 1 else m.before - bench.zipf(m.n, 5, 2000) end)
where m.disposition = 'duplicate' and m.seed_id is null;
update bench.made m set copy_of = c.of, story_id = c.story_id from bench.copied c where c.n = m.n;
-- Before the first original there is nothing to copy.
update bench.made set disposition = 'rejected' where disposition = 'duplicate' and copy_of is null and seed_id is null;
alter table bench.made add primary key (n);
analyze bench.made;
"""

_LEDGER = """
insert into ingest.batch (id, run_id, lease_until, finished_at) overriding system value values (1, 'made', now(), now());
insert into ingest.entry (id, url, canonical_url, host, hints, stage, disposition, reason, attempts, batch_id, bucket, discovered_at,
    decided_at, run_id) overriding system value
select n, u, u, 'source' || source_id || '.example', jsonb_build_object('title', 'Report ' || n),
    case disposition when 'pending' then 'discovered' else 'done' end, disposition,
    case disposition when 'rejected' then (array['too_short', 'paywall', 'soft_404', 'video', 'section_front', 'challenge'])[
        bench.zipf(n, 6, 6)] || ': it is no article' when 'loaded' then 'a new article' when 'duplicate' then 'a copy'
        when 'pending' then 'waits for its first fetch' else 'failed too often' end,
    0, 1, 0, at, case when disposition <> 'pending' then at + interval '90 seconds' end, 'run' || n / 200
from (select *, 'https://source' || source_id || '.example/' || to_char(at, 'YYYY/MM/DD') || '/report-' || n as u from bench.made) m;
select setval(pg_get_serial_sequence('ingest.entry', 'id'), %(entries)s);
insert into ingest.sighting (entry_id, feed_id, url, title, first_seen_at, last_seen_at)
select e.id, m.source_id, e.url, 'Report ' || e.id, m.at, m.at from bench.made m join ingest.entry e on e.id = m.n;
insert into ingest.attempt (entry_id, tried_at, run_id, stage, error)
select n, at, 'run' || n / 200, 'fetch', 'it did not answer' from bench.made where bench.u(n, 7) < 0.02;
insert into ingest.quarantine (entry_id, stage, error, run_id, quarantined_at)
select n, 'fetch', 'it did not answer', 'run' || n / 200, at from bench.made where disposition = 'quarantined';
insert into ingest.page (entry_id, fetched_at, url, final_url, status, content_type, charset, bytes, archive_file, archive_offset,
    archive_length, digest)
select e.id, m.at + interval '60 seconds', e.url, e.url, 200, 'text/html', 'utf-8', 60000, to_char(m.at, 'YYYY/MM/DD') || '/made.warc.gz',
    e.id * 1000, 9000, md5(e.id::text) || md5(e.id::text)
from bench.made m join ingest.entry e on e.id = m.n where m.disposition in ('loaded', 'duplicate', 'rejected');
insert into ingest.poll (feed_id, run_id, polled_at, outcome, status, entries, new_entries, bytes, seconds)
select f.id, 'made', at, 'not_modified', 304, 0, 0, 0, 0.2 from ingest.feed f,
    generate_series(now() - interval '30 days', now(), interval '1 hour') at;
insert into ingest.request (host, requested_at, kind, url, status, bytes, seconds, spacing, rule, run_id)
select e.host, e.discovered_at, 'page', e.url, 200, 9000, 0.3, 1, '*', e.run_id from ingest.entry e
where e.discovered_at > now() - interval '14 days';
insert into ingest.listing (canonical_url, host, sitemap, published_at, title, known, listed_at)
select canonical_url, host, 'https://' || host || '/news.xml', discovered_at, '', true, discovered_at from ingest.entry
where discovered_at > now() - interval '60 days' and host in ('source3.example', 'source7.example', 'source11.example');
"""

_STORIES = """
insert into media.story (id, title, first_at, last_at, articles, model, centroid) overriding system value
select story_id, 'Story ' || story_id, min(at), max(at), count(*), 'all-MiniLM-L6-v2', '[1]' from bench.made
where disposition in ('loaded', 'duplicate') group by story_id;
select setval(pg_get_serial_sequence('media.story', 'id'), (select max(id) from media.story));
"""

_ARTICLES = f"""
insert into media.article (id, source_id, url, canonical_url, title, text, authors, published_at, language, words, duplicate_of,
    duplicate_of_seed, story_id, seed_similarity, nearest_seed_id, first_seen_at, fetched_at, loaded_at, run_id, cleaned_by, text_digest,
    shingles, next_look_at, search)
select e.id, m.source_id, e.url, e.url, t.title, t.body, array['Reporter ' || m.n %% 900],
    m.at - (bench.u(m.n, 8) * interval '40 minutes'), m.language, {_WORDS_EACH * _EACH}, m.copy_of, m.seed_id, m.story_id,
    bench.u(m.n, 9) * bench.u(m.n, 10), 1 + m.n %% 5, m.at, m.at + interval '60 seconds', m.at + interval '90 seconds',
    'run' || m.n / 200, 'blocks', md5(m.n::text) || md5(m.n::text), array[m.n, -m.n], null,
    t.title_words || t.words_1 || t.words_2 || t.words_3 || t.words_4
from bench.made m join ingest.entry e on e.id = m.n
cross join lateral (
    select p1.title, p1.title_words, p1.body || E'\\n' || p2.body || E'\\n' || p3.body || E'\\n' || p4.body as body,
        setweight(p1.words, 'B') as words_1, setweight(p2.words, 'B') as words_2, setweight(p3.words, 'B') as words_3,
        setweight(p4.words, 'B') as words_4
    from bench.paragraph p1, bench.paragraph p2, bench.paragraph p3, bench.paragraph p4
    where (p1.language, p2.language, p3.language, p4.language) = (m.language, m.language, m.language, m.language)
        and p1.n = floor(bench.u(m.n, 21) * %(paragraphs)s)::integer and p2.n = floor(bench.u(m.n, 22) * %(paragraphs)s)::integer
        and p3.n = floor(bench.u(m.n, 23) * %(paragraphs)s)::integer and p4.n = floor(bench.u(m.n, 24) * %(paragraphs)s)::integer
) t
where m.n > %(from)s and m.n <= %(to)s and m.disposition in ('loaded', 'duplicate');
"""

_PARTS = f"""
insert into media.duplicate (article_id, of_article_id, of_seed_id, rung, score, threshold, margin, model, run_id, decided_at)
select n, copy_of, seed_id, (array['near', 'exact', 'semantic', 'url'])[bench.zipf(n, 12, 4)], 0.8, 0.6, 0.2, 'all-MiniLM-L6-v2',
    'run' || n / 200, at from bench.made where disposition = 'duplicate';
insert into media.story_article (article_id, story_id, score)
select n, story_id, 0.7 from bench.made where disposition in ('loaded', 'duplicate');
create unlogged table bench.tagged as
select m.n, m.at, t.qcode from bench.made m cross join lateral (
    select distinct 'bench:' || bench.zipf(m.story_id * 8 + k, 13, 17)
        || case when k > 1 then '.' || 1 + (m.story_id + k) %% 5 else '' end as qcode
    from generate_series(1, 3) k where bench.u(m.n * 8 + k, 14) < 0.6
) t where m.disposition in ('loaded', 'duplicate');
-- The older half was looked at again by the tagger that serves now.
insert into media.article_topic (article_id, qcode, score, evidence, tagger, tagged_at)
select n, qcode, 0.5 + bench.u(n, 15) / 2, 'A sentence.', 'tagger-2', at from bench.tagged
union all select n, qcode, 0.5, '', 'tagger-1', at from bench.tagged where at < now() - interval '400 days' and bench.u(n, 16) < 0.9;
insert into media.tagging (article_id, tagger, topics, serves, tagged_at)
select n, 'tagger-2', 1, true, at from bench.made where disposition in ('loaded', 'duplicate')
union all select n, 'tagger-1', 1, false, at from bench.made
where disposition in ('loaded', 'duplicate') and at < now() - interval '400 days';
insert into media.mention (article_id, watchlist, name, alias, field, start_at, end_at)
select n, case when bench.zipf(n * 8 + k, 17, {NAMES}) %% 2 = 0 then 'people' else 'places' end,
    case when bench.zipf(n * 8 + k, 17, {NAMES}) = 2 then 'Kim Jong Un' else 'Name ' || bench.zipf(n * 8 + k, 17, {NAMES}) end, 'alias',
    'text', k * 40, k * 40 + 9
from bench.made, generate_series(1, 3) k where disposition in ('loaded', 'duplicate') and bench.u(n * 8 + k, 18) < 0.15
on conflict do nothing;
insert into media.change (article_id, kind, version, changed_at)
select n, 'new', 1, at from bench.made where disposition in ('loaded', 'duplicate') order by n;
insert into media.article_version (article_id, version, seen_at, change, summary, title, text, text_digest)
select m.n, v, m.at + v * interval '1 hour', case v when 1 then 'first' else 'typo' end, '', a.title, a.text, a.text_digest
from bench.made m join media.article a on a.id = m.n, generate_series(1, 2) v where bench.u(m.n, 19) < 0.01;
insert into media.reuse (article_id, of_article_id, words, share, share_of_original, place, first_word, last_word, passages, found_at)
select m.n, o.n, 60 + m.n %% 90, 0.2, 0.3, (array['beginning', 'middle', 'end', 'throughout'])[1 + m.n %% 4], 0, 60 + m.n %% 90,
    jsonb_build_array(jsonb_build_object('text', left(a.text, 400), 'words', 60)), m.at
from bench.made m join bench.original r on r.n = m.n join bench.original o on o.rank = r.rank - bench.zipf(m.n, 20, 500)
join media.article a on a.id = o.n
where bench.u(m.n, 25) < 0.05;
"""

_VECTORS = """
alter table media.embedding detach partition months.embedding_before;
drop table months.embedding_before;
do $$
begin
    for month in 0..%(days)s / 28 loop
        declare
            since timestamp := date_trunc('month', now() at time zone 'UTC') - month * interval '1 month';
        begin
            if to_regclass('months.embedding' || to_char(since, '_YYYY_MM')) is null then
                execute format('create table months.%%I partition of media.embedding for values from (%%L) to (%%L)',
                    'embedding' || to_char(since, '_YYYY_MM'), since at time zone 'UTC', (since + interval '1 month') at time zone 'UTC');
            end if;
        end;
    end loop;
end
$$;
create unlogged table bench.direction as
select n, l2_normalize(array_agg((bench.u(n * 400 + k, 30) + bench.u(n * 400 + k, 31) - 1)::real order by k)::vector) as vector
from generate_series(0, 1999) n, generate_series(1, 384) k group by n;
alter table bench.direction add primary key (n);
insert into media.embedding (article_id, model, seen_at, vector)
select m.n, 'all-MiniLM-L6-v2', m.at, l2_normalize(s.vector + x.vector)
from (select * from bench.made where disposition in ('loaded', 'duplicate') order by n desc limit %(vectors)s) m
join bench.direction s on s.n = m.story_id %% 1000 join bench.direction x on x.n = 1000 + floor(1000 * bench.u(m.n, 32))::integer
order by m.n;
"""


def fill(
    db: Connection,
    articles: int,
    *,
    days: int = DAYS,
    words: int = _VOCABULARY,
    vectors: int | None = None,
    said: Callable[[str], None] = lambda _: None,
) -> None:
    """Fill an empty, migrated warehouse with some `articles` articles of the last `days` days, of so many
    `words` in each language; the newest `vectors` of them (all, where that is not said) with their vectors. `said` hears of
    each step.

    `db` commits by itself. Rows are written without their foreign keys being looked at: they are right by construction.
    """
    values = {
        "entries": round(articles / PER_ARTICLE),
        "days": days,
        "paragraphs": words // _WORDS_OF_A_PARAGRAPH,
        "vectors": articles if vectors is None else vectors,
    }
    for setting in ("session_replication_role = replica", "synchronous_commit = off", "maintenance_work_mem = '1GB'"):
        postgres.execute(db, f"set {setting}")
    late = postgres.rows(db, _INDEXES, (list(_GROWING),))
    for index in late:
        postgres.execute(db, f"drop index {index['name']}")
    for step, text in {
        "vocabulary": _setup(words).replace("%", "%%"),
        "entries": _MADE,
        "ledger": _LEDGER,
        "stories": _STORIES,
    }.items():
        _timed(db, step, text, values, said)
    step_size = 200_000
    for first in range(0, values["entries"], step_size):
        _timed(db, f"articles from {first:,}", _ARTICLES, {**values, "from": first, "to": first + step_size}, said)
    _timed(db, "topics, names, copies", _PARTS, values, said)
    _timed(db, "vectors", _VECTORS, values, said)
    calibration.store(db, ROOT / "sql")
    for index in late:
        _timed(db, f"index {index['name']}", index["made"], {}, said)
    postgres.execute(db, "drop schema bench cascade")
    postgres.execute(db, "set session_replication_role = origin")
    _timed(db, "statistics", "vacuum analyze", {}, said)


def _timed(db: Connection, step: str, text: str, values: dict[str, int], said: Callable[[str], None]) -> None:
    start = time.perf_counter()
    postgres.execute(db, text, values or None)
    said(f"{step}: {time.perf_counter() - start:.0f} s")
