-- What was nearly held to be a copy goes to review too, and a person can say that it is one.
-- depends: 0080_actions

create table media.near_copy (
    article_id bigint primary key,
    of_article_id bigint,
    of_seed_id bigint,
    score real not null,
    threshold real not null,
    margin real not null,
    model text not null,
    evidence jsonb not null default '{}',
    run_id text not null,
    decided_at timestamptz not null default now(),
    constraint of_one check (num_nonnulls(of_article_id, of_seed_id) = 1)
);
create index near_copy_margin on media.near_copy (margin desc);
comment on table media.near_copy is 'Originals that were close to being held a copy: the other half of the band that a person reviews.';
comment on column media.near_copy.article_id is 'The article.';
comment on column media.near_copy.of_article_id is 'The article that it is near to.';
comment on column media.near_copy.of_seed_id is 'The seed that it is near to.';
comment on column media.near_copy.score is 'Score of the way in which it comes nearest to being a copy.';
comment on column media.near_copy.threshold is 'What would have been enough.';
comment on column media.near_copy.margin is 'Score less threshold; above zero where the others of the group spoke against it.';
comment on column media.near_copy.model is 'Embedding model.';
comment on column media.near_copy.evidence is 'Measures, and what of the group was looked at.';
comment on column media.near_copy.run_id is 'Run that judged.';
comment on column media.near_copy.decided_at is 'When.';
grant select on media.near_copy to analyst;

alter table media.duplicate drop constraint duplicate_rung_check;
alter table media.duplicate add constraint duplicate_rung_check check (rung in ('url', 'exact', 'near', 'semantic', 'desk'));
comment on column media.duplicate.rung is 'How it is known: url, exact, near, semantic, or desk (a person said so).';

alter table media.action drop constraint action_kind_check;
alter table media.action add constraint action_kind_check check (kind in (
    'not_a_copy', 'confirm_copy', 'a_copy', 'confirm_original', 'merge_stories', 'split_story', 'add_feed', 'pause_feed',
    'resume_feed', 'replay'));
comment on column media.action.kind is 'not_a_copy, confirm_copy, a_copy, confirm_original, merge_stories, split_story, add_feed, pause_feed, resume_feed or replay.';
create index action_copy on media.action (subject) where kind = 'a_copy' and undone_at is null;
