-- What an embedding model, and what a count of words, knows of languages.
-- depends: 0110_models

alter table media.model add column languages text[];
comment on column media.model.languages is 'Languages in which its cosines tell texts apart, as ISO 639-1 codes; null: all. In others stories are told by words.';
update media.model set languages = '{en}' where key = 'all-MiniLM-L6-v2';

alter table ingest.term add column language text not null default '';
comment on column ingest.term.language is 'Language of the articles that are counted; empty where it is not known.';
-- What was counted so far, over all languages, stands for the one that most articles are in.
update ingest.term set language = coalesce(
    (select language from media.article where language is not null group by language order by count(*) desc, language limit 1), ''
);
alter table ingest.term drop constraint term_pkey;
alter table ingest.term add primary key (language, term);
