-- Embedding models: which one serves, on which scale each tells likeness, and which one is being moved to.
-- depends: 0085_months 0090_seeds 0095_observer

create table media.model (
    key text primary key,
    name text not null,
    revision text not null,
    dimensions integer not null check (dimensions between 1 and 4000),
    scale jsonb not null,
    measured_on text not null,
    state text not null check (state in ('measured', 'filling', 'serving', 'resting')),
    since timestamptz not null default now()
);
create unique index model_serving on media.model ((true)) where state = 'serving';
comment on table media.model is 'The embedding models whose vectors are here. One serves: everything is judged and searched by its vectors.';
comment on column media.model.key is 'What vectors, stories and verdicts name: the model, and its revision where it is not the one that comes with Wirewatch.';
comment on column media.model.name is 'Name or folder by which it is loaded: what WIREWATCH_MODEL said.';
comment on column media.model.revision is 'Digest of its files; empty where it is not known any more.';
comment on column media.model.dimensions is 'Numbers in one of its vectors.';
comment on column media.model.scale is 'Pairs of its own cosine and the cosine on the common scale that means the same, ascending. All thresholds are on the common scale.';
comment on column media.model.measured_on is 'What the scale was measured on.';
comment on column media.model.state is 'measured: only its scale is known; filling: its vectors are being made; serving; resting: it served before, or its filling was given up, and its vectors go in time.';
comment on column media.model.since is 'Since when it is in this state.';

create table media.model_move (
    id bigint generated always as identity primary key,
    moved_at timestamptz not null default now(),
    from_model text not null,
    to_model text not null,
    articles bigint not null,
    seeds bigint not null,
    stories bigint not null,
    run_id text not null
);
comment on table media.model_move is 'Moves from one embedding model to another: the moment from which the other one served.';
comment on column media.model_move.id is 'Key.';
comment on column media.model_move.moved_at is 'When.';
comment on column media.model_move.from_model is 'The model that served before.';
comment on column media.model_move.to_model is 'The model that has served since.';
comment on column media.model_move.articles is 'Articles that had vectors of the new model at that moment.';
comment on column media.model_move.seeds is 'Seeds that had.';
comment on column media.model_move.stories is 'Stories whose centre was made anew from the new vectors.';
comment on column media.model_move.run_id is 'Run that moved.';

alter table ingest.draft add column passage_model text;
comment on column ingest.draft.passage_model is 'Embedding model of the passages'' vectors: the topic head''s own.';
update ingest.draft set passage_model = model where passage_vectors is not null;

create index seed_embedding_model on media.seed_embedding (model);

-- What served until now: the model of the newest vectors.
insert into media.model (key, name, revision, dimensions, scale, measured_on, state)
select model, model, '', vector_dims(vector), '[[-1, -1], [1, 1]]', 'not measured: the thresholds are as they were', 'serving'
from (
    select model, vector, seen_at as at from media.embedding
    union all select model, vector, '-infinity' from media.seed_embedding
) v order by at desc limit 1;

grant select on media.model, media.model_move to analyst;
