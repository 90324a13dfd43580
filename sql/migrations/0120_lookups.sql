-- Known documents near a draft are looked up as soon as it is embedded; judging adds what was judged since.
-- depends: 0111_languages

create table ingest.judging (
    one boolean primary key default true check (one),
    last_at timestamptz not null
);
comment on table ingest.judging is 'The order of judgments, in one row: written by who has the turn to judge.';
comment on column ingest.judging.one is 'There is one row.';
comment on column ingest.judging.last_at is 'Moment of the last judgment; each is later than the one before, even where the clock was set back.';
insert into ingest.judging (last_at)
select greatest(
    (select max(greatest(judged_at, rejudged_at)) from media.article), (select max(judged_at) from ingest.draft), '2000-01-01Z'
);

create index article_judged on media.article (judged_at);
create index article_rejudged on media.article (rejudged_at) where rejudged_at is not null;

alter table ingest.draft add column lookup jsonb, add column looked_up_to timestamptz;
comment on column ingest.draft.lookup is 'Known documents near it, with what was measured of each, as found when it was embedded.';
comment on column ingest.draft.looked_up_to is 'Moment of the last judgment that the lookup knows of.';
