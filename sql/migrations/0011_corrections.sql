-- Corrections: articles are looked at again, changed texts are versions, and consumers follow a cursor.
-- depends: 0010_fetching

alter table media.article
    add column version integer not null default 1,
    add column state text not null default 'live' check (state in ('live', 'retracted', 'gone')),
    add column looked_at timestamptz,
    add column next_look_at timestamptz default now() + interval '1 hour',
    add column missing integer not null default 0;
create index article_next_look on media.article (next_look_at) where next_look_at is not null;
comment on column media.article.version is 'Which version the title and text are; 1 is the first (see media.article_version).';
comment on column media.article.state is 'live, retracted (the publisher took it back) or gone (its page is not there any more).';
comment on column media.article.looked_at is 'When its page was last looked at again.';
comment on column media.article.next_look_at is 'When its page is looked at again; null where it is not any more.';
comment on column media.article.missing is 'Looks in a row that found no page.';

create table media.article_version (
    article_id bigint not null references media.article on delete cascade,
    version integer not null,
    seen_at timestamptz not null default now(),
    change text not null check (change in ('first', 'typo', 'headline', 'numbers', 'substantial', 'retracted', 'gone', 'back')),
    summary text not null,
    title text not null,
    text text not null,
    text_digest text not null,
    page_id bigint,
    primary key (article_id, version)
);
comment on table media.article_version is 'The versions of articles that changed: the first as it was, and each later one with its class of change.';
comment on column media.article_version.article_id is 'The article.';
comment on column media.article_version.version is 'Number, from 1.';
comment on column media.article_version.seen_at is 'When it was first seen.';
comment on column media.article_version.change is 'Against the version before: first, typo, headline, numbers, substantial, retracted, gone, or back (a page that was gone).';
comment on column media.article_version.summary is 'What changed, in words.';
comment on column media.article_version.title is 'Title.';
comment on column media.article_version.text is 'Text.';
comment on column media.article_version.text_digest is 'Digest of the normalised text.';
comment on column media.article_version.page_id is 'Page in ingest.page that it was cleaned from; null for the first and for pages that are gone.';

create table media.change (
    cursor bigint generated always as identity primary key,
    article_id bigint not null references media.article on delete cascade,
    kind text not null check (kind in ('new', 'changed', 'retracted', 'gone', 'back', 'copy_of_retracted')),
    version integer not null,
    changed_at timestamptz not null default clock_timestamp()
);
create index change_article on media.change (article_id);
comment on table media.change is 'Everything that happened to articles, in order: remember the highest cursor, and ask for what is above it. Nothing appears below a cursor that was seen.';
comment on column media.change.cursor is 'Grows in the order of commit.';
comment on column media.change.article_id is 'The article.';
comment on column media.change.kind is 'new, changed, retracted, gone, back, or copy_of_retracted (what it copies was retracted).';
comment on column media.change.version is 'Version of the article then.';
comment on column media.change.changed_at is 'When.';
insert into media.change (article_id, kind, version) select id, 'new', 1 from media.article order by loaded_at, id;
