-- Watchlists that are edited on the page: versions, who and when, and how far an edit has reached.
-- depends: 0060_topics

alter table media.watchlist
    add column origin text not null default 'file' check (origin in ('file', 'page')),
    add column version integer not null default 1,
    add column applied_version integer not null default 0,
    add column file_definition jsonb,
    add column conflict_at timestamptz,
    add column removed_at timestamptz,
    add column changed_by text not null default 'watchlists.yaml';
update media.watchlist set applied_version = 1, file_definition = definition;
comment on column media.watchlist.definition is 'Its entries and rules, and the sources, languages and topics it looks at.';
comment on column media.watchlist.origin is 'Whose word holds: the file''s, or, since an edit there, the page''s.';
comment on column media.watchlist.version is 'Which version this is (see media.watchlist_version).';
comment on column media.watchlist.applied_version is 'Which version the articles of the window have been matched with; 0 for none.';
comment on column media.watchlist.file_definition is 'What the file said when it was last loaded; null where it is not in the file.';
comment on column media.watchlist.conflict_at is 'Since when the file says something new that the page''s edit keeps out; null where there is no conflict.';
comment on column media.watchlist.removed_at is 'When it was removed; null while it is watched.';
comment on column media.watchlist.changed_by is 'Who made this version: a person, or the file.';

create table media.watchlist_version (
    watchlist text not null,
    version integer not null,
    action text not null check (action in ('loaded', 'edited', 'restored', 'removed')),
    definition jsonb not null,
    made_by text not null,
    made_at timestamptz not null default now(),
    primary key (watchlist, version)
);
insert into media.watchlist_version (watchlist, version, action, definition, made_by, made_at)
select name, version, 'loaded', definition, changed_by, updated_at from media.watchlist;
comment on table media.watchlist_version is 'Every version of each watchlist: what it watched, who made it, and when.';
comment on column media.watchlist_version.watchlist is 'The watchlist.';
comment on column media.watchlist_version.version is 'From 1.';
comment on column media.watchlist_version.action is 'loaded (from the file), edited or removed (on the page, or gone from the file), restored (an earlier version again).';
comment on column media.watchlist_version.definition is 'What it watched.';
comment on column media.watchlist_version.made_by is 'A person, or the file.';
comment on column media.watchlist_version.made_at is 'When.';

create table media.watchlist_rematch (
    watchlist text not null,
    article_id bigint not null references media.article on delete cascade,
    matched_at timestamptz not null default now(),
    primary key (watchlist, article_id)
);
create index watchlist_rematch_article on media.watchlist_rematch (article_id);
comment on table media.watchlist_rematch is 'Articles that came to a list by an edit of it, not as news: no alert is made of them.';
comment on column media.watchlist_rematch.watchlist is 'The watchlist.';
comment on column media.watchlist_rematch.article_id is 'An article that was in before the edit.';
comment on column media.watchlist_rematch.matched_at is 'When the edit was applied to it.';
