-- What a replay compares, what it finds, and what code and models made each article.
-- depends: 0060_topics

create table ingest.maker (
    id bigint generated always as identity primary key,
    code text not null,
    cleaning text not null,
    judging text not null,
    tagging text not null,
    block_filter text not null,
    model text not null,
    libraries text not null,
    first_seen_at timestamptz not null default now(),
    unique (code, cleaning, judging, tagging, block_filter, model, libraries)
);
comment on table ingest.maker is 'What made rows: the code, the models and the libraries that decide. A replay says by it why something differs.';
comment on column ingest.maker.id is 'Key.';
comment on column ingest.maker.code is 'Version of the package, with the revision of its checkout where there is one.';
comment on column ingest.maker.cleaning is 'Digest of the code that cleans.';
comment on column ingest.maker.judging is 'Digest of the code that tells copies and stories.';
comment on column ingest.maker.tagging is 'Digest of the code that gives topics and finds names.';
comment on column ingest.maker.block_filter is 'Version of the filter of blocks.';
comment on column ingest.maker.model is 'Embedding model, with the digest of its files.';
comment on column ingest.maker.libraries is 'Versions of the libraries that clean and embed.';
comment on column ingest.maker.first_seen_at is 'When it first made something.';

alter table media.article
    add column judged_at timestamptz not null default clock_timestamp(),
    add column rejudged_at timestamptz,
    add column to_judge boolean not null default false,
    add column maker_id bigint references ingest.maker;
create index article_to_judge on media.article (id) where to_judge;
update media.article set judged_at = loaded_at;
comment on column media.article.judged_at is 'When it was judged: the order in which copies see each other.';
comment on column media.article.rejudged_at is 'When it was judged again, after its text changed; null where it was not.';
comment on column media.article.to_judge is 'Whether its text changed and its vectors, topics and verdict are those of the text before.';
comment on column media.article.maker_id is 'What code and models made the row (ingest.maker); null for those loaded before that was kept.';

alter table ingest.entry add column maker_id bigint references ingest.maker;
comment on column ingest.entry.maker_id is 'What code and models rejected its page (ingest.maker); null where no page was looked at.';

create table ingest.replay (
    run_id text primary key,
    since timestamptz not null,
    until timestamptz not null,
    begun_at timestamptz not null default now(),
    ended_at timestamptz,
    maker_id bigint not null references ingest.maker,
    sampled boolean not null default false,
    pages integer not null default 0,
    different integer not null default 0,
    unreadable integer not null default 0,
    stored_digest text,
    rebuilt_digest text,
    left_out text not null default ''
);
comment on table ingest.replay is 'Replays: the pages of a window taken through the flow again, off the network, and compared with what is stored.';
comment on column ingest.replay.run_id is 'The run.';
comment on column ingest.replay.since is 'Fetched from.';
comment on column ingest.replay.until is 'Fetched before.';
comment on column ingest.replay.begun_at is 'When it began.';
comment on column ingest.replay.ended_at is 'When it was done; null where it was not.';
comment on column ingest.replay.maker_id is 'What code and models rebuilt (ingest.maker).';
comment on column ingest.replay.sampled is 'Whether only a sample of the window was rebuilt.';
comment on column ingest.replay.pages is 'Entries rebuilt.';
comment on column ingest.replay.different is 'Of these, the ones of which a field differs.';
comment on column ingest.replay.unreadable is 'Entries whose page the archive does not give back.';
comment on column ingest.replay.stored_digest is 'SHA-256 over the fields as they are stored.';
comment on column ingest.replay.rebuilt_digest is 'SHA-256 over the fields as they were rebuilt: the same for the same window, code and models.';
comment on column ingest.replay.left_out is 'Fields that were not rebuilt, and of how many articles: those that people decided, that hang on a seed which was taken out, of stories with corrected members, or whose past is too long to be made again; empty where all were.';

alter table ingest.replay_difference
    add column kind text not null default 'unknown'
        check (kind in ('code', 'model', 'library', 'watchlists', 'follows', 'unreadable', 'unknown', 'unexplained')),
    add column reason text not null default 'found before reasons were kept';
comment on table ingest.replay_difference is 'Where a replay from the archive gave something else than what is stored, field by field, and why.';
comment on column ingest.replay_difference.field is 'What differs: rejected, title, headline, text, authors, published, language, section, image, address, method, vector, copy, story, topics or mentions.';
comment on column ingest.replay_difference.kind is 'Why: code, model, library, watchlists, follows (from another title or text), unreadable (the archive does not give the page back), unknown (loaded before versions were kept) or unexplained.';
comment on column ingest.replay_difference.reason is 'Why, in words: which version it was, and which it is.';

update media.article set to_judge = true
where exists (select from media.article_version v where v.article_id = media.article.id and v.version > 1 and v.page_id is not null);
