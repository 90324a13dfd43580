-- What grows with time and is pointed at by nothing is kept by month: fetched pages, polls, requests, vectors.
-- depends: 0011_corrections

create schema months;
comment on schema months is 'The months (partitions) of tables that grow. Read ingest.page, ingest.poll, ingest.request and media.embedding instead.';

-- An article on its way may outlive the row of its page: it keeps the number, as article_version.page_id does.
alter table ingest.draft drop constraint draft_page_id_fkey;

do $$
declare
    part record;
    made record;
    commented text;
    newest timestamptz;
    first date;
begin
    for part in
        select * from (values
            ('ingest', 'page', 'fetched_at', 'id'), ('ingest', 'poll', 'polled_at', 'id'),
            ('ingest', 'request', 'requested_at', 'id'), ('media', 'embedding', 'seen_at', 'article_id, model')
        ) x (schema, name, at, key)
    loop
        execute format('select max(%I) from %I.%I', part.at, part.schema, part.name) into newest;
        -- What is there stays where it is, as one part that ends with this month; an empty table begins with this month.
        first := date_trunc('month', greatest(newest, now()) at time zone 'UTC');
        if newest is not null then
            first := first + interval '1 month';
        end if;
        commented := obj_description(format('%I.%I', part.schema, part.name)::regclass);
        execute format('alter table %I.%I set schema months', part.schema, part.name);
        execute format('alter table months.%I rename to %I', part.name, part.name || '_before');
        execute format('alter table months.%I drop constraint %I', part.name || '_before', part.name || '_pkey');
        execute format('create table %I.%I (like months.%I including defaults including comments including identity) partition by range (%I)',
            part.schema, part.name, part.name || '_before', part.at);
        execute format('comment on table %I.%I is %L', part.schema, part.name, commented || ' Kept by month.');
        if part.key = 'id' then
            execute format('select setval(pg_get_serial_sequence(%L, %L), greatest(1, (select max(id) from months.%I)), %L)',
                format('%I.%I', part.schema, part.name), 'id', part.name || '_before', newest is not null);
            execute format('alter table months.%I alter column id drop identity', part.name || '_before');
        end if;
        execute format('alter table %I.%I add primary key (%s, %I)', part.schema, part.name, part.key, part.at);
        for made in
            select pg_get_indexdef(indexrelid) as index, i.relname as name from pg_index x join pg_class i on i.oid = x.indexrelid
            where x.indrelid = format('months.%I', part.name || '_before')::regclass
        loop
            execute format('alter index months.%I rename to %I', made.name, made.name || '_before');
            execute regexp_replace(made.index, ' ON months\.\w+ ', format(' on %I.%I ', part.schema, part.name));
        end loop;
        for made in
            select conname as name, pg_get_constraintdef(oid) as rule from pg_constraint
            where conrelid = format('months.%I', part.name || '_before')::regclass and contype in ('f', 'c')
        loop
            execute format('alter table %I.%I add constraint %I %s', part.schema, part.name, made.name, made.rule);
        end loop;
        execute format('alter table %I.%I attach partition months.%I for values from (minvalue) to (%L)', part.schema, part.name,
            part.name || '_before', first::timestamp at time zone 'UTC');
        execute format('create table months.%I partition of %I.%I default', part.name || '_rest', part.schema, part.name);
        for made in
            select d::date as month from generate_series(first::timestamp,
                date_trunc('month', now() at time zone 'UTC') + interval '1 month', interval '1 month') d
        loop
            execute format('create table months.%I partition of %I.%I for values from (%L) to (%L)',
                part.name || to_char(made.month, '_YYYY_MM'), part.schema, part.name, made.month::timestamp at time zone 'UTC',
                (made.month + interval '1 month') at time zone 'UTC');
        end loop;
    end loop;
end
$$;
grant select on media.embedding to analyst;

create table ingest.month_dropped (
    id bigint generated always as identity primary key,
    dropped_at timestamptz not null default now(),
    run_id text not null,
    kind text not null check (kind in ('texts', 'vectors', 'pages', 'polls', 'requests', 'files')),
    before timestamptz not null,
    rows bigint not null,
    bytes bigint not null,
    note text not null default ''
);
comment on table ingest.month_dropped is 'What retention took away (WIREWATCH_RETENTION_MONTHS), and when: the record of what is not here any more.';
comment on column ingest.month_dropped.id is 'Key.';
comment on column ingest.month_dropped.dropped_at is 'When.';
comment on column ingest.month_dropped.run_id is 'Run that did it.';
comment on column ingest.month_dropped.kind is 'texts of articles, vectors, pages, polls, requests, or files of the archive.';
comment on column ingest.month_dropped.before is 'Everything of the kind that is older went.';
comment on column ingest.month_dropped.rows is 'How many.';
comment on column ingest.month_dropped.bytes is 'Size, as far as it is known.';
comment on column ingest.month_dropped.note is 'What was kept although it is older, and why.';

create table ingest.file_to_remove (
    name text primary key,
    since timestamptz not null default now()
);
comment on table ingest.file_to_remove is 'Files of the archive that no page and no poll points at any more, until they are removed.';
comment on column ingest.file_to_remove.name is 'File below the archive.';
comment on column ingest.file_to_remove.since is 'Since when nothing points at it.';

alter table media.article add column text_dropped_at timestamptz;
comment on column media.article.text_dropped_at is 'When retention dropped its text and wording; null while they are here. All else of the article stays.';
