-- Seeds of any number and length: the files that they are from, passages of the long ones, and seeds taken out.
-- depends: 0003_analyst

alter table media.seed add column file text, add column retired_at timestamptz;
update media.seed set file = name;
alter table media.seed alter column file set not null;
create index seed_file_seeds on media.seed (file);
create index seed_url on media.seed (url) where url is not null;
comment on column media.seed.file is 'The file below seeds/articles that it is from.';
comment on column media.seed.retired_at is 'When it was taken out: nothing is compared with it any more, and what copied it stays as it is.';

create table media.seed_file (
    name text primary key,
    digest text not null,
    model text not null,
    seeds integer not null,
    problems text[] not null default '{}',
    loaded_at timestamptz not null default clock_timestamp()
);
comment on table media.seed_file is 'The files of seeds/articles as they were loaded last: one that did not change is not read again.';
comment on column media.seed_file.name is 'Path below seeds/articles.';
comment on column media.seed_file.digest is 'Version of the reading, and SHA-256 of the file.';
comment on column media.seed_file.model is 'Embedding model of its seeds'' vectors.';
comment on column media.seed_file.seeds is 'How many seeds it gave.';
comment on column media.seed_file.problems is 'What of it could not be read, a sentence each.';
comment on column media.seed_file.loaded_at is 'When it was loaded to its end.';

create table media.seed_passage (
    seed_id bigint not null references media.seed on delete cascade,
    model text not null,
    number integer not null,
    vector halfvec not null,
    primary key (seed_id, model, number)
);
create index seed_passage_minilm on media.seed_passage
    using hnsw ((vector::halfvec(384)) halfvec_cosine_ops) where model = 'all-MiniLM-L6-v2';
comment on table media.seed_passage is 'Embeddings of what comes after the lead of long seeds, in runs of 200 words.';
comment on column media.seed_passage.seed_id is 'The seed.';
comment on column media.seed_passage.model is 'Embedding model.';
comment on column media.seed_passage.number is 'Which run, from 1; the lead is in media.seed_embedding.';
comment on column media.seed_passage.vector is 'Unit vector.';
