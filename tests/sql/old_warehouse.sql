-- Rows for every table of the oldest schema: 400 articles, a quarter of them copies, and entries in every other state.
insert into media.source (host, name) select 'paper' || n || '.test', 'Paper ' || n from generate_series(1, 5) n;
insert into ingest.feed (url, title, host) select 'https://paper' || n || '.test/rss', 'Paper ' || n, 'paper' || n || '.test' from generate_series(1, 5) n;
insert into ingest.poll (feed_id, run_id, polled_at, outcome, entries) select id, 'old/run', now() - interval '1 day', 'ok', 80 from ingest.feed;
insert into ingest.host (host, robots_body, robots_status) select host, 'User-agent: *', 200 from ingest.feed;
insert into ingest.batch (run_id, lease_until, finished_at) values ('old/run', now(), now()), ('old/died', now() - interval '1 hour', null);
insert into media.seed (name, title, text, text_digest, shingles)
    select 'seed' || n || '.txt', 'Seed ' || n, repeat('a seed of words ', 20), md5('seed' || n), array[n, n + 1] from generate_series(1, 3) n;
insert into media.seed_embedding select s.id, 'all-MiniLM-L6-v2', v.v from media.seed s, lateral (select array_agg(sin(s.id * x))::vector(384)::halfvec as v
    from generate_series(1, 384) x) v;
insert into media.story (title, first_at, last_at, articles, model, centroid) select 'Story ' || n, now() - interval '2 days', now(), 40,
    'all-MiniLM-L6-v2', (select array_agg(cos(n * x))::vector(384)::halfvec from generate_series(1, 384) x) from generate_series(1, 10) n;
insert into ingest.entry (url, canonical_url, host, hints, stage, disposition, reason, decided_at, discovered_at, batch_id, run_id)
    select 'https://paper' || n % 5 + 1 || '.test/a/' || n, 'https://paper' || n % 5 + 1 || '.test/a/' || n, 'paper' || n % 5 + 1 || '.test',
        '{"title": "old"}', 'done', case when n % 4 = 0 then 'duplicate' else 'loaded' end, 'a new article', now() - interval '1 day',
        now() - interval '2 days', 1, 'old/run' from generate_series(1, 400) n;
insert into ingest.entry (url, canonical_url, host, stage, disposition, reason, decided_at, batch_id)
    values ('https://paper1.test/r', 'https://paper1.test/r', 'paper1.test', 'done', 'rejected', 'video: a film', now(), 1),
           ('https://paper1.test/q', 'https://paper1.test/q', 'paper1.test', 'done', 'quarantined', 'fetch failed 5 times', now(), 1),
           ('https://paper1.test/w', 'https://paper1.test/w', 'paper1.test', 'discovered', 'pending', 'waits', null, null),
           ('https://paper1.test/c', 'https://paper1.test/c', 'paper1.test', 'embedded', 'pending', 'on its way', null, 2);
insert into ingest.sighting (entry_id, feed_id, url) select e.id, f.id, e.url from ingest.entry e join ingest.feed f using (host);
insert into ingest.page (entry_id, fetched_at, url, final_url, status, bytes, archive_file, archive_offset, archive_length, digest)
    select id, now() - interval '1 day', url, url, 200, 900, 'x.warc.gz', 0, 900, 'd' from ingest.entry where stage <> 'discovered';
insert into ingest.attempt (entry_id, run_id, stage, error) select id, 'old/run', 'fetch', 'TimeoutError' from ingest.entry where disposition = 'quarantined';
insert into ingest.quarantine (entry_id, stage, error, run_id) select id, 'fetch', 'TimeoutError', 'old/run' from ingest.entry where disposition = 'quarantined';
insert into ingest.draft (entry_id, canonical_url, title, text, language, text_digest, shingles, model, vector, passages, passage_vectors)
    select id, canonical_url, 'On its way', repeat('words on their way ', 30), 'en', 'w', array[9], 'all-MiniLM-L6-v2',
        (select array_agg(sin(x))::vector(384)::halfvec from generate_series(1, 384) x), array['On its way'], '' from ingest.entry where stage = 'embedded';
insert into media.article (id, source_id, url, canonical_url, title, text, language, words, published_at, first_seen_at, loaded_at, run_id,
        cleaned_by, text_digest, shingles, story_id, duplicate_of)
    select e.id, s.id, e.url, e.canonical_url, 'Harbour ' || e.id, 'The harbour of Lindau was dredged, number ' || e.id, 'en', 8,
        e.discovered_at, e.discovered_at, e.decided_at, 'old/run', 'body', md5(e.id::text), array[e.id, e.id + 1], e.id % 10 + 1,
        case when e.disposition = 'duplicate' then e.id - 1 end
    from ingest.entry e join media.source s using (host) where e.disposition in ('loaded', 'duplicate') order by e.id;
insert into media.embedding select a.id, 'all-MiniLM-L6-v2', a.first_seen_at,
    (select array_agg(sin(a.id * x))::vector(384)::halfvec from generate_series(1, 384) x) from media.article a;
insert into media.duplicate (article_id, of_article_id, rung, score, threshold, margin, model, run_id)
    select id, duplicate_of, 'near', 0.9, 0.8, 0.1, 'all-MiniLM-L6-v2', 'old/run' from media.article where duplicate_of is not null;
insert into media.story_article (article_id, story_id, score) select id, story_id, 0.8 from media.article;
insert into media.topic values ('medtop:1', 'weather', '', 1, null, 'medtop:1');
insert into media.article_topic (article_id, qcode, score, tagger) select id, 'medtop:1', 0.9, 'old' from media.article;
insert into media.watchlist values ('people', '{}');
insert into media.mention select id, 'people', 'Lindau', 'Lindau', 'text', 15, 21 from media.article;
insert into ingest.alarm (dag_id, run_id, message) values ('ingest_articles', 'old/run', 'late');
insert into ingest.replay_difference (run_id, entry_id, field) select 'old/run', min(id), 'title' from ingest.entry;
