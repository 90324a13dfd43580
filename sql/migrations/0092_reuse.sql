-- Parts of known texts in articles that are no copies.
-- depends: 0090_seeds

create table media.reuse (
    id bigint generated always as identity primary key,
    article_id bigint not null references media.article on delete cascade,
    of_article_id bigint,
    of_seed_id bigint references media.seed,
    words integer not null,
    share real not null,
    share_of_original real not null,
    place text not null check (place in ('all', 'beginning', 'middle', 'end', 'throughout')),
    first_word integer not null,
    last_word integer not null,
    passages jsonb not null,
    found_at timestamptz not null default clock_timestamp(),
    constraint of_one check (num_nonnulls(of_article_id, of_seed_id) = 1)
);
create index reuse_article on media.reuse (article_id);
create index reuse_of_article on media.reuse (of_article_id) where of_article_id is not null;
create index reuse_of_seed on media.reuse (of_seed_id) where of_seed_id is not null;
comment on table media.reuse is
    'Articles that are no copies but have sixty words or more of a known text: quoted background, two paragraphs of a wire story. A link, which hides nothing.';
comment on column media.reuse.id is 'Key.';
comment on column media.reuse.article_id is 'The article, an original.';
comment on column media.reuse.of_article_id is 'The article that it has a part of (the original, where that was copied); null for a seed. It may not be loaded yet.';
comment on column media.reuse.of_seed_id is 'The seed that it has a part of; null for an article.';
comment on column media.reuse.words is 'Words in shared runs of twelve or more.';
comment on column media.reuse.share is 'Their share of the article.';
comment on column media.reuse.share_of_original is 'Their share of the text that they are from.';
comment on column media.reuse.place is 'Where they stand in that text: all, beginning, middle, end or throughout.';
comment on column media.reuse.first_word is 'First word of the part in that text, from 0.';
comment on column media.reuse.last_word is 'The word after the last of the part.';
comment on column media.reuse.passages is 'The longest shared runs.';
comment on column media.reuse.found_at is 'When.';
