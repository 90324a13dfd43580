-- How common words are, for telling stories apart by the rare ones.
-- depends: 0003_analyst

create table ingest.term (
    term text primary key,
    articles bigint not null
);
comment on table ingest.term is 'In how many judged articles a word occurred: what makes rare words weigh more when stories are told apart.';
comment on column ingest.term.term is 'The word, normalised; the empty one counts all articles.';
comment on column ingest.term.articles is 'Judged articles that have it.';
