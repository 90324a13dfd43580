-- Full-text search in each article's own language, and what the Newsroom asks by run.
-- depends: 0003_analyst

-- Views are made anew after the migrations; this one holds the old column by its `*`.
drop view if exists media.independent cascade;
alter table media.article drop column search;

do $$
declare
    config constant text := $c$
        case language
            when 'ar' then 'arabic' when 'hy' then 'armenian' when 'eu' then 'basque' when 'ca' then 'catalan'
            when 'da' then 'danish' when 'nl' then 'dutch' when 'en' then 'english' when 'fi' then 'finnish'
            when 'fr' then 'french' when 'de' then 'german' when 'el' then 'greek' when 'hi' then 'hindi'
            when 'hu' then 'hungarian' when 'id' then 'indonesian' when 'ga' then 'irish' when 'it' then 'italian'
            when 'lt' then 'lithuanian' when 'ne' then 'nepali' when 'no' then 'norwegian' when 'nb' then 'norwegian'
            when 'nn' then 'norwegian' when 'pt' then 'portuguese' when 'ro' then 'romanian' when 'ru' then 'russian'
            when 'sr' then 'serbian' when 'es' then 'spanish' when 'sv' then 'swedish' when 'ta' then 'tamil'
            when 'tr' then 'turkish' when 'yi' then 'yiddish' else 'simple'
        end $c$;
    -- Postgres takes a run of Chinese, Japanese or Thai for one word: its characters are parted, and found as a phrase.
    parted constant text := $p$regexp_replace(%s, '([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])', ' \1 ', 'g')$p$;
    typed text := replace(replace(config, 'then ''', 'then pg_catalog.regconfig '''), 'else ''', 'else pg_catalog.regconfig ''');
begin
    execute format(
        'alter table media.article
            add column search_config regconfig generated always as (%1$s) stored,
            add column search tsvector generated always as (
                setweight(to_tsvector(%1$s, %2$s), ''A'') || setweight(to_tsvector(%1$s, %3$s), ''B'')
            ) stored',
        typed, format(parted, 'title'), format(parted, 'left(text, 200000)'));
end
$$;
create index article_search on media.article using gin (search);
comment on column media.article.search_config is 'Text search configuration of its language; simple where Postgres has none.';
comment on column media.article.search is 'Words of title and text in its language, for full-text search: see media.search.';

create index entry_run on ingest.entry (run_id);
create index poll_run on ingest.poll (run_id);
create index article_loaded on media.article (loaded_at);
create index entry_host on ingest.entry (host, discovered_at);
