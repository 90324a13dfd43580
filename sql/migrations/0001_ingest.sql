-- How ingestion works: feeds, polls, hosts, the ledger of every URL, and what waits on its way.

create extension if not exists vector;
create schema ingest;
create schema media;
comment on schema ingest is 'How the pipeline works: feeds, polls, the ledger of every URL ever seen, and articles on their way.';
comment on schema media is 'What analysts read: articles, copies, stories, topics and mentions.';

create table media.source (
    id bigint generated always as identity primary key,
    host text not null unique,
    name text not null,
    created_at timestamptz not null default now()
);
comment on table media.source is 'A publisher, known by the host its articles are on.';
comment on column media.source.id is 'Key.';
comment on column media.source.host is 'Host name, with the port where it is not the default.';
comment on column media.source.name is 'Name for people: the title of its first feed, or the host.';
comment on column media.source.created_at is 'When it was first seen.';

create table ingest.feed (
    id bigint generated always as identity primary key,
    url text not null unique,
    title text not null,
    host text not null,
    category text,
    origin text not null default 'user' check (origin in ('user', 'seeds', 'demo')),
    active boolean not null default true,
    kind text,
    etag text,
    last_modified text,
    body_digest text,
    state text not null default 'new',
    failure_weight real not null default 0,
    last_error text,
    last_polled_at timestamptz,
    last_success_at timestamptz,
    last_new_at timestamptz,
    poll_interval interval not null default interval '15 minutes',
    next_poll_at timestamptz not null default now(),
    lease_until timestamptz,
    added_at timestamptz not null default now()
);
create index feed_due on ingest.feed (next_poll_at) where active;
comment on table ingest.feed is 'A feed that is polled.';
comment on column ingest.feed.id is 'Key.';
comment on column ingest.feed.url is 'Address that is polled.';
comment on column ingest.feed.title is 'Name for people.';
comment on column ingest.feed.host is 'Host of the address, with the port where it is not the default.';
comment on column ingest.feed.category is 'Group, from OPML.';
comment on column ingest.feed.origin is 'Who added it: a user, the seeds folder, or the demonstration press.';
comment on column ingest.feed.active is 'Whether it is polled. Failures never set it to false.';
comment on column ingest.feed.kind is 'Format found at the last good poll: rss, atom, json, sitemap.';
comment on column ingest.feed.etag is 'Validator of the last good answer (RFC 9110, section 8.8.3).';
comment on column ingest.feed.last_modified is 'Validator of the last good answer (RFC 9110, section 8.8.2).';
comment on column ingest.feed.body_digest is 'SHA-256 of the last good body.';
comment on column ingest.feed.state is 'new, healthy, empty, failing, blocked or gone.';
comment on column ingest.feed.failure_weight is 'Sum of weighted failures since the last success: soft 0.5, DNS 0.25, hard 1.';
comment on column ingest.feed.last_error is 'What went wrong last, in a sentence; null after a success.';
comment on column ingest.feed.last_polled_at is 'Last attempt.';
comment on column ingest.feed.last_success_at is 'Last good answer, 304 included.';
comment on column ingest.feed.last_new_at is 'Last poll that brought a new entry.';
comment on column ingest.feed.poll_interval is 'Time between polls, learned from the feed.';
comment on column ingest.feed.next_poll_at is 'When it is due.';
comment on column ingest.feed.lease_until is 'Until when a running poll holds it.';
comment on column ingest.feed.added_at is 'When it was added.';

create table ingest.poll (
    id bigint generated always as identity primary key,
    feed_id bigint not null references ingest.feed on delete cascade,
    run_id text not null,
    polled_at timestamptz not null,
    outcome text not null check (outcome in ('ok', 'not_modified', 'held', 'failed')),
    status integer,
    entries integer not null default 0,
    new_entries integer not null default 0,
    bytes integer not null default 0,
    seconds real,
    error text,
    archive_file text,
    archive_offset bigint,
    archive_length bigint,
    digest text
);
create index poll_feed on ingest.poll (feed_id, polled_at desc);
comment on table ingest.poll is 'One poll of one feed and what came of it.';
comment on column ingest.poll.id is 'Key.';
comment on column ingest.poll.feed_id is 'The feed.';
comment on column ingest.poll.run_id is 'Run that polled.';
comment on column ingest.poll.polled_at is 'When.';
comment on column ingest.poll.outcome is 'ok, not_modified (304 or the same body), held (its host asked for a pause) or failed.';
comment on column ingest.poll.status is 'HTTP status, null where no answer came.';
comment on column ingest.poll.entries is 'Entries in the feed.';
comment on column ingest.poll.new_entries is 'Entries that the ledger did not have.';
comment on column ingest.poll.bytes is 'Size of the body after decompression.';
comment on column ingest.poll.seconds is 'How long the fetch took.';
comment on column ingest.poll.error is 'What went wrong, in a sentence.';
comment on column ingest.poll.archive_file is 'WARC file that keeps the answer.';
comment on column ingest.poll.archive_offset is 'Byte offset of the record in the file.';
comment on column ingest.poll.archive_length is 'Byte length of the record in the file.';
comment on column ingest.poll.digest is 'SHA-256 of the body.';

create table ingest.host (
    host text primary key,
    hold_until timestamptz,
    hold_reason text,
    next_request_at timestamptz,
    robots_body text,
    robots_status integer,
    robots_fetched_at timestamptz
);
comment on table ingest.host is 'What all workers share about a host: its hold, its spacing, its robots.txt.';
comment on column ingest.host.host is 'Host name, with the port where it is not the default.';
comment on column ingest.host.hold_until is 'No request before this time (Retry-After).';
comment on column ingest.host.hold_reason is 'Why it is held.';
comment on column ingest.host.next_request_at is 'Earliest time of the next request, by the spacing rule.';
comment on column ingest.host.robots_body is 'Its robots.txt; null where there is none.';
comment on column ingest.host.robots_status is 'HTTP status of robots.txt; null where no answer came.';
comment on column ingest.host.robots_fetched_at is 'When robots.txt was last read.';

create table ingest.batch (
    id bigint generated always as identity primary key,
    run_id text not null,
    claimed_at timestamptz not null default now(),
    lease_until timestamptz not null,
    finished_at timestamptz
);
comment on table ingest.batch is 'The entries that one run has claimed. A lease that runs out frees them for the next run.';
comment on column ingest.batch.id is 'Key.';
comment on column ingest.batch.run_id is 'Run that claimed it.';
comment on column ingest.batch.claimed_at is 'When.';
comment on column ingest.batch.lease_until is 'Until when the run holds it; every task renews it.';
comment on column ingest.batch.finished_at is 'When reconcile closed it.';

create table ingest.entry (
    id bigint generated always as identity primary key,
    url text not null,
    canonical_url text not null unique,
    host text not null,
    hints jsonb not null default '{}',
    stage text not null default 'discovered'
        check (stage in ('discovered', 'claimed', 'fetched', 'cleaned', 'embedded', 'judged', 'tagged', 'done')),
    disposition text not null default 'pending'
        check (disposition in ('pending', 'loaded', 'duplicate', 'rejected', 'quarantined')),
    reason text not null default 'waits for its first fetch',
    attempts integer not null default 0,
    next_try_at timestamptz not null default now(),
    batch_id bigint references ingest.batch,
    bucket integer,
    discovered_at timestamptz not null default now(),
    decided_at timestamptz,
    run_id text,
    constraint decided_is_done check ((disposition = 'pending') = (stage <> 'done')),
    constraint decided_has_time check ((disposition = 'pending') = (decided_at is null))
);
create index entry_due on ingest.entry (next_try_at) where disposition = 'pending';
create index entry_batch on ingest.entry (batch_id) where disposition = 'pending';
create index entry_discovered on ingest.entry (discovered_at);
create index entry_url on ingest.entry (url);
comment on table ingest.entry is 'The ledger: one row for every URL that a feed ever showed, and what became of it.';
comment on column ingest.entry.id is 'Key; the article, when it is loaded, has the same.';
comment on column ingest.entry.url is 'Address as first seen.';
comment on column ingest.entry.canonical_url is 'Address without tracking parameters and the like: what makes an entry one.';
comment on column ingest.entry.host is 'Host of the canonical address.';
comment on column ingest.entry.hints is 'What the feed said of it: title, summary, content, authors, published, language.';
comment on column ingest.entry.stage is 'How far it has come: discovered, claimed, fetched, cleaned, embedded, judged, tagged, done.';
comment on column ingest.entry.disposition is 'What became of it: pending, loaded, duplicate, rejected or quarantined.';
comment on column ingest.entry.reason is 'Why, in words.';
comment on column ingest.entry.attempts is 'Failed tries so far.';
comment on column ingest.entry.next_try_at is 'Not claimed before this time.';
comment on column ingest.entry.batch_id is 'Batch that holds or held it.';
comment on column ingest.entry.bucket is 'Which of the run''s parallel tasks takes it.';
comment on column ingest.entry.discovered_at is 'When a feed first showed it.';
comment on column ingest.entry.decided_at is 'When its disposition was decided; null while it is pending.';
comment on column ingest.entry.run_id is 'Run that last moved it.';

create table ingest.sighting (
    entry_id bigint not null references ingest.entry on delete cascade,
    feed_id bigint not null references ingest.feed on delete cascade,
    url text not null,
    guid text,
    title text not null default '',
    first_seen_at timestamptz not null default now(),
    last_seen_at timestamptz not null default now(),
    primary key (entry_id, feed_id)
);
create index sighting_feed on ingest.sighting (feed_id, first_seen_at desc);
create index sighting_url on ingest.sighting (url);
comment on table ingest.sighting is 'Which feeds showed an entry, and when.';
comment on column ingest.sighting.entry_id is 'The entry.';
comment on column ingest.sighting.feed_id is 'The feed that showed it.';
comment on column ingest.sighting.url is 'Address as this feed gives it.';
comment on column ingest.sighting.guid is 'The feed''s own identifier for it.';
comment on column ingest.sighting.title is 'Title as this feed gives it.';
comment on column ingest.sighting.first_seen_at is 'First poll that showed it.';
comment on column ingest.sighting.last_seen_at is 'Last poll that showed it.';

create table ingest.attempt (
    id bigint generated always as identity primary key,
    entry_id bigint not null references ingest.entry on delete cascade,
    tried_at timestamptz not null default now(),
    run_id text not null,
    stage text not null,
    error text not null
);
create index attempt_entry on ingest.attempt (entry_id, tried_at);
comment on table ingest.attempt is 'Every try of an entry that failed.';
comment on column ingest.attempt.id is 'Key.';
comment on column ingest.attempt.entry_id is 'The entry.';
comment on column ingest.attempt.tried_at is 'When.';
comment on column ingest.attempt.run_id is 'Run that tried.';
comment on column ingest.attempt.stage is 'What was tried: fetch, clean, embed, deduplicate, tag or load.';
comment on column ingest.attempt.error is 'What went wrong, in a sentence.';

create table ingest.page (
    id bigint generated always as identity primary key,
    entry_id bigint not null references ingest.entry on delete cascade,
    fetched_at timestamptz not null,
    url text not null,
    final_url text not null,
    status integer not null,
    content_type text,
    charset text,
    bytes integer not null,
    archive_file text not null,
    archive_offset bigint not null,
    archive_length bigint not null,
    digest text not null
);
create index page_entry on ingest.page (entry_id, fetched_at desc);
create index page_final_url on ingest.page (final_url);
create index page_fetched on ingest.page (fetched_at);
comment on table ingest.page is 'What was fetched for an entry and where its raw bytes are kept.';
comment on column ingest.page.id is 'Key.';
comment on column ingest.page.entry_id is 'The entry.';
comment on column ingest.page.fetched_at is 'When.';
comment on column ingest.page.url is 'Address that was asked for.';
comment on column ingest.page.final_url is 'Address that answered, after redirects.';
comment on column ingest.page.status is 'HTTP status.';
comment on column ingest.page.content_type is 'Content-Type header.';
comment on column ingest.page.charset is 'Character set of the Content-Type header.';
comment on column ingest.page.bytes is 'Size of the body after decompression.';
comment on column ingest.page.archive_file is 'WARC file that keeps it.';
comment on column ingest.page.archive_offset is 'Byte offset of the record in the file.';
comment on column ingest.page.archive_length is 'Byte length of the record in the file.';
comment on column ingest.page.digest is 'SHA-256 of the body.';

create table ingest.draft (
    entry_id bigint primary key references ingest.entry on delete cascade,
    page_id bigint references ingest.page on delete set null,
    canonical_url text not null,
    title text not null,
    headline text,
    text text not null,
    authors text[] not null default '{}',
    published_at timestamptz,
    language text,
    section text,
    image_url text,
    method text not null default '',
    cleaned_at timestamptz not null default now(),
    text_digest text,
    shingles bigint[],
    model text,
    vector halfvec,
    passages text[],
    passage_vectors bytea,
    judged_at timestamptz,
    verdict jsonb,
    story_id bigint,
    story_score real,
    story_reasons jsonb,
    seed_similarity real,
    nearest_seed_id bigint,
    topics jsonb,
    tagger text,
    mentions jsonb
);
create index draft_digest on ingest.draft (text_digest);
create index draft_url on ingest.draft (canonical_url);
comment on table ingest.draft is 'An article on its way: each stage adds its columns, load moves it to media.';
comment on column ingest.draft.entry_id is 'The entry.';
comment on column ingest.draft.page_id is 'Page it was cleaned from; null where the feed''s own text was used.';
comment on column ingest.draft.canonical_url is 'Canonical address, the page''s own rel=canonical taken into account.';
comment on column ingest.draft.title is 'Title.';
comment on column ingest.draft.headline is 'The page''s h1 where it has one.';
comment on column ingest.draft.text is 'Clean text, one paragraph a line.';
comment on column ingest.draft.authors is 'Authors.';
comment on column ingest.draft.published_at is 'When it was published, as the page or the feed says.';
comment on column ingest.draft.language is 'Language of the text, ISO 639.';
comment on column ingest.draft.section is 'Section of the publisher.';
comment on column ingest.draft.image_url is 'Lead image.';
comment on column ingest.draft.method is 'What found the text.';
comment on column ingest.draft.cleaned_at is 'When it was cleaned.';
comment on column ingest.draft.text_digest is 'Digest of the normalised text.';
comment on column ingest.draft.shingles is 'Sampled shingle hashes: how shared wording is found.';
comment on column ingest.draft.model is 'Embedding model of the vectors.';
comment on column ingest.draft.vector is 'Embedding of title and beginning.';
comment on column ingest.draft.passages is 'Passages given to the topic head.';
comment on column ingest.draft.passage_vectors is 'Their embeddings, float32 little-endian, row by row.';
comment on column ingest.draft.judged_at is 'When it was judged; the order in which copies see each other.';
comment on column ingest.draft.verdict is 'What it is a copy of, rung, score, threshold, evidence.';
comment on column ingest.draft.story_id is 'Story it belongs to.';
comment on column ingest.draft.story_score is 'How near it is to the story.';
comment on column ingest.draft.story_reasons is 'Why it belongs to the story.';
comment on column ingest.draft.seed_similarity is 'Cosine to the nearest seed.';
comment on column ingest.draft.nearest_seed_id is 'The nearest seed.';
comment on column ingest.draft.topics is 'Topics with score and evidence.';
comment on column ingest.draft.tagger is 'Version of the topic head.';
comment on column ingest.draft.mentions is 'Watchlist hits with positions.';

create table ingest.quarantine (
    id bigint generated always as identity primary key,
    entry_id bigint not null references ingest.entry on delete cascade,
    stage text not null,
    error text not null,
    detail text not null default '',
    run_id text not null,
    quarantined_at timestamptz not null default now(),
    released_at timestamptz,
    released_by text
);
create index quarantine_open on ingest.quarantine (entry_id) where released_at is null;
comment on table ingest.quarantine is 'Entries that failed too often and wait for a person.';
comment on column ingest.quarantine.id is 'Key.';
comment on column ingest.quarantine.entry_id is 'The entry.';
comment on column ingest.quarantine.stage is 'Where it failed.';
comment on column ingest.quarantine.error is 'What went wrong, in a sentence.';
comment on column ingest.quarantine.detail is 'The traceback, for developers.';
comment on column ingest.quarantine.run_id is 'Run that gave up.';
comment on column ingest.quarantine.quarantined_at is 'When.';
comment on column ingest.quarantine.released_at is 'When a person let it go again; null while it waits.';
comment on column ingest.quarantine.released_by is 'Who.';

create table ingest.alarm (
    id bigint generated always as identity primary key,
    raised_at timestamptz not null default now(),
    dag_id text not null,
    run_id text not null,
    message text not null
);
comment on table ingest.alarm is 'Deadlines that runs missed.';
comment on column ingest.alarm.id is 'Key.';
comment on column ingest.alarm.raised_at is 'When.';
comment on column ingest.alarm.dag_id is 'The DAG.';
comment on column ingest.alarm.run_id is 'The run.';
comment on column ingest.alarm.message is 'What is late, and what to do.';

create table ingest.replay_difference (
    run_id text not null,
    entry_id bigint not null references ingest.entry on delete cascade,
    field text not null,
    stored text,
    rebuilt text,
    found_at timestamptz not null default now(),
    primary key (run_id, entry_id, field)
);
comment on table ingest.replay_difference is 'Where a replay from the archive gave another article than the one stored.';
comment on column ingest.replay_difference.run_id is 'The replay.';
comment on column ingest.replay_difference.entry_id is 'The entry.';
comment on column ingest.replay_difference.field is 'What differs: title, text, authors, published, language or rejected.';
comment on column ingest.replay_difference.stored is 'What is stored.';
comment on column ingest.replay_difference.rebuilt is 'What this code makes of the same page.';
comment on column ingest.replay_difference.found_at is 'When.';
