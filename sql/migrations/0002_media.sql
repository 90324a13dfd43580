-- What analysts read.
-- depends: 0001_ingest

create table media.seed (
    id bigint generated always as identity primary key,
    name text not null unique,
    title text not null,
    text text not null,
    url text,
    language text,
    published_at timestamptz,
    text_digest text not null,
    shingles bigint[] not null,
    added_at timestamptz not null default now()
);
create index seed_digest on media.seed (text_digest);
create index seed_shingles on media.seed using gin (shingles);
comment on table media.seed is 'The seed corpus: articles that the desk knows already.';
comment on column media.seed.id is 'Key.';
comment on column media.seed.name is 'Path below seeds/articles.';
comment on column media.seed.title is 'Title.';
comment on column media.seed.text is 'Text, one paragraph a line.';
comment on column media.seed.url is 'Where it was published, where known.';
comment on column media.seed.language is 'Language, ISO 639.';
comment on column media.seed.published_at is 'When it was published, where known.';
comment on column media.seed.text_digest is 'Digest of the normalised text.';
comment on column media.seed.shingles is 'Sampled shingle hashes.';
comment on column media.seed.added_at is 'When it was loaded.';

create table media.seed_embedding (
    seed_id bigint not null references media.seed on delete cascade,
    model text not null,
    vector halfvec not null,
    primary key (seed_id, model)
);
create index seed_embedding_minilm on media.seed_embedding
    using hnsw ((vector::halfvec(384)) halfvec_cosine_ops) where model = 'all-MiniLM-L6-v2';
comment on table media.seed_embedding is 'Embeddings of seeds, by model.';
comment on column media.seed_embedding.seed_id is 'The seed.';
comment on column media.seed_embedding.model is 'Embedding model.';
comment on column media.seed_embedding.vector is 'Unit vector.';

create table media.story (
    id bigint generated always as identity primary key,
    title text not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    articles integer not null default 0,
    model text not null,
    centroid halfvec not null,
    state jsonb not null default '{}',
    created_at timestamptz not null default now()
);
create index story_last on media.story (last_at desc);
comment on table media.story is 'Articles on one event.';
comment on column media.story.id is 'Key; stays the same for the story''s life.';
comment on column media.story.title is 'Title of its most central article.';
comment on column media.story.first_at is 'Time of its earliest article.';
comment on column media.story.last_at is 'Time of its latest article.';
comment on column media.story.articles is 'Articles counted into the centroid.';
comment on column media.story.model is 'Embedding model of the centroid.';
comment on column media.story.centroid is 'Mean vector of its articles.';
comment on column media.story.state is 'Weighted terms and names, for the next assignment.';
comment on column media.story.created_at is 'When it was founded here.';

create table media.article (
    id bigint primary key references ingest.entry,
    source_id bigint not null references media.source,
    url text not null,
    canonical_url text not null,
    title text not null,
    headline text,
    text text not null,
    authors text[] not null default '{}',
    published_at timestamptz,
    language text,
    section text,
    image_url text,
    words integer not null,
    duplicate_of bigint references media.article,
    duplicate_of_seed bigint references media.seed,
    story_id bigint references media.story,
    seed_similarity real,
    nearest_seed_id bigint references media.seed on delete set null,
    first_seen_at timestamptz not null,
    fetched_at timestamptz,
    loaded_at timestamptz not null default now(),
    run_id text not null,
    cleaned_by text not null default '',
    text_digest text not null,
    shingles bigint[] not null,
    search tsvector generated always as (
        setweight(to_tsvector('simple', title), 'A') || setweight(to_tsvector('simple', left(text, 200000)), 'B')
    ) stored,
    constraint one_original check (duplicate_of is null or duplicate_of_seed is null),
    constraint not_its_own_copy check (duplicate_of <> id)
);
create index article_canonical on media.article (canonical_url);
create index article_digest on media.article (text_digest);
create index article_shingles on media.article using gin (shingles);
create index article_search on media.article using gin (search);
create index article_published on media.article (published_at desc nulls last);
create index article_seen on media.article (first_seen_at desc);
create index article_source on media.article (source_id, first_seen_at desc);
create index article_story on media.article (story_id);
create index article_copies on media.article (duplicate_of) where duplicate_of is not null;
create index article_seed_copies on media.article (duplicate_of_seed) where duplicate_of_seed is not null;
comment on table media.article is 'Every article, copies included (see duplicate_of and duplicate_of_seed).';
comment on column media.article.id is 'Key, the same as its ledger entry''s.';
comment on column media.article.source_id is 'Publisher.';
comment on column media.article.url is 'Address as first seen.';
comment on column media.article.canonical_url is 'Canonical address.';
comment on column media.article.title is 'Title.';
comment on column media.article.headline is 'The page''s h1 where it has one.';
comment on column media.article.text is 'Clean text, one paragraph a line.';
comment on column media.article.authors is 'Authors.';
comment on column media.article.published_at is 'When it was published, as the page or the feed says.';
comment on column media.article.language is 'Language of the text, ISO 639.';
comment on column media.article.section is 'Section of the publisher.';
comment on column media.article.image_url is 'Lead image.';
comment on column media.article.words is 'Words in the text.';
comment on column media.article.duplicate_of is 'The earlier article it is a copy of; null for an original.';
comment on column media.article.duplicate_of_seed is 'The seed it is a copy of; null for an original.';
comment on column media.article.story_id is 'Story it belongs to.';
comment on column media.article.seed_similarity is 'Cosine to the nearest seed: how near it is to what the desk knows.';
comment on column media.article.nearest_seed_id is 'The nearest seed.';
comment on column media.article.first_seen_at is 'When a feed first showed it.';
comment on column media.article.fetched_at is 'When its page was fetched; null where the feed''s own text was used.';
comment on column media.article.loaded_at is 'When it could first be queried.';
comment on column media.article.run_id is 'Run that loaded it.';
comment on column media.article.cleaned_by is 'What found the text.';
comment on column media.article.text_digest is 'Digest of the normalised text.';
comment on column media.article.shingles is 'Sampled shingle hashes.';
comment on column media.article.search is 'Words of title and text, for full-text search.';

create table media.embedding (
    article_id bigint not null references media.article on delete cascade,
    model text not null,
    seen_at timestamptz not null,
    vector halfvec not null,
    primary key (article_id, model)
);
create index embedding_minilm on media.embedding
    using hnsw ((vector::halfvec(384)) halfvec_cosine_ops) where model = 'all-MiniLM-L6-v2';
comment on table media.embedding is 'Embeddings of articles (title and beginning), by model.';
comment on column media.embedding.article_id is 'The article.';
comment on column media.embedding.model is 'Embedding model.';
comment on column media.embedding.seen_at is 'When the article was first seen: the window is cut by it.';
comment on column media.embedding.vector is 'Unit vector.';

create table media.duplicate (
    article_id bigint primary key references media.article on delete cascade,
    of_article_id bigint references media.article,
    of_seed_id bigint references media.seed,
    rung text not null check (rung in ('url', 'exact', 'near', 'semantic')),
    score real not null,
    threshold real not null,
    margin real not null,
    model text not null,
    evidence jsonb not null default '{}',
    run_id text not null,
    decided_at timestamptz not null default now(),
    constraint of_one check (num_nonnulls(of_article_id, of_seed_id) = 1)
);
comment on table media.duplicate is 'Why an article is held to be a copy.';
comment on column media.duplicate.article_id is 'The copy.';
comment on column media.duplicate.of_article_id is 'The article it copies; null where it copies a seed.';
comment on column media.duplicate.of_seed_id is 'The seed it copies; null where it copies an article.';
comment on column media.duplicate.rung is 'How it was recognised: url, exact, near or semantic.';
comment on column media.duplicate.score is 'How strong the match is, 0 to 1.';
comment on column media.duplicate.threshold is 'From which score it counts as a copy.';
comment on column media.duplicate.margin is 'Score less threshold.';
comment on column media.duplicate.model is 'Embedding model that found the candidate.';
comment on column media.duplicate.evidence is 'Measures and shared passages.';
comment on column media.duplicate.run_id is 'Run that judged.';
comment on column media.duplicate.decided_at is 'When.';

create table media.story_article (
    article_id bigint primary key references media.article on delete cascade,
    story_id bigint not null references media.story,
    score real,
    reasons jsonb not null default '{}',
    assigned_at timestamptz not null default now()
);
create index story_article_story on media.story_article (story_id);
comment on table media.story_article is 'Which story an article belongs to, and why.';
comment on column media.story_article.article_id is 'The article.';
comment on column media.story_article.story_id is 'The story.';
comment on column media.story_article.score is 'How near it is to the story; null for a founder.';
comment on column media.story_article.reasons is 'The measures behind the score.';
comment on column media.story_article.assigned_at is 'When.';

create table media.topic (
    qcode text primary key,
    name text not null,
    definition text not null,
    level integer not null,
    parent text references media.topic deferrable initially deferred,
    top text not null references media.topic deferrable initially deferred
);
comment on table media.topic is 'IPTC Media Topics (CC BY 4.0, IPTC).';
comment on column media.topic.qcode is 'IPTC code, such as medtop:11000000.';
comment on column media.topic.name is 'Label.';
comment on column media.topic.definition is 'Definition.';
comment on column media.topic.level is '1 for the 17 top-level topics.';
comment on column media.topic.parent is 'The topic above; null at the top.';
comment on column media.topic.top is 'The top-level topic above it, or itself.';

create table media.article_topic (
    article_id bigint not null references media.article on delete cascade,
    qcode text not null references media.topic,
    score real not null,
    evidence text not null default '',
    tagger text not null,
    tagged_at timestamptz not null default now(),
    primary key (article_id, qcode, tagger)
);
create index article_topic_qcode on media.article_topic (qcode);
comment on table media.article_topic is 'Topics of an article. No row: the tagger abstained.';
comment on column media.article_topic.article_id is 'The article.';
comment on column media.article_topic.qcode is 'The topic.';
comment on column media.article_topic.score is 'How sure, 0 to 1.';
comment on column media.article_topic.evidence is 'The sentence or rule that speaks for it.';
comment on column media.article_topic.tagger is 'Version of the tagger.';
comment on column media.article_topic.tagged_at is 'When.';

create table media.watchlist (
    name text primary key,
    definition jsonb not null,
    updated_at timestamptz not null default now()
);
comment on table media.watchlist is 'Names and phrases that the desk watches.';
comment on column media.watchlist.name is 'Name.';
comment on column media.watchlist.definition is 'Its names with their aliases.';
comment on column media.watchlist.updated_at is 'When it last changed.';

create table media.mention (
    article_id bigint not null references media.article on delete cascade,
    watchlist text not null,
    name text not null,
    alias text not null,
    field text not null check (field in ('title', 'text')),
    start_at integer not null,
    end_at integer not null,
    primary key (article_id, watchlist, name, field, start_at)
);
create index mention_name on media.mention (watchlist, name);
comment on table media.mention is 'Where an article mentions a name of a watchlist.';
comment on column media.mention.article_id is 'The article.';
comment on column media.mention.watchlist is 'The watchlist.';
comment on column media.mention.name is 'The name, as the watchlist calls it.';
comment on column media.mention.alias is 'The alias that matched.';
comment on column media.mention.field is 'title or text.';
comment on column media.mention.start_at is 'First character, from 0.';
comment on column media.mention.end_at is 'Character after the last.';
