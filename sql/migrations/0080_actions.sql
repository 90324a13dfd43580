-- What people decided: judged again by hand, recorded with who and when, remembered by later runs, and undone.
-- depends: 0011_corrections

create table media.action (
    id bigint generated always as identity primary key,
    kind text not null check (kind in (
        'not_a_copy', 'confirm_copy', 'merge_stories', 'split_story', 'add_feed', 'pause_feed', 'resume_feed', 'replay')),
    actor text not null,
    via text not null,
    acted_at timestamptz not null default clock_timestamp(),
    subject text not null,
    other text,
    touches text[] not null,
    reason text not null default '',
    effect jsonb not null default '{}',
    undone_at timestamptz,
    undone_by text,
    undone_reason text,
    constraint undone_by_someone check ((undone_at is null) = (undone_by is null))
);
create index action_touches on media.action using gin (touches);
create index action_ruling on media.action (subject, other) where kind = 'not_a_copy' and undone_at is null;
comment on table media.action is 'What people decided by hand, with who and when, and whether it was undone. Later runs respect what stands.';
comment on column media.action.id is 'Key.';
comment on column media.action.kind is 'not_a_copy, confirm_copy, merge_stories, split_story, add_feed, pause_feed, resume_feed or replay.';
comment on column media.action.actor is 'Who.';
comment on column media.action.via is 'By what: the page, or the command line.';
comment on column media.action.acted_at is 'When.';
comment on column media.action.subject is 'What it was done to: article:, story:, feed: or entry: and its key.';
comment on column media.action.other is 'The other side: what it was held to copy (article: or seed:), the story that was merged in or split off; null where there is none.';
comment on column media.action.touches is 'All that it changed: a later action on any of these has to be undone first.';
comment on column media.action.reason is 'Why, in the words of who did it.';
comment on column media.action.effect is 'How it was before: what an undo needs.';
comment on column media.action.undone_at is 'When it was undone; null where it stands.';
comment on column media.action.undone_by is 'Who undid it.';
comment on column media.action.undone_reason is 'Why it was undone.';

alter table media.story add column merged_into bigint references media.story;
create index story_merged on media.story (merged_into) where merged_into is not null;
comment on column media.story.merged_into is 'The story that this one is part of since it was merged; null where it stands for itself.';

alter table media.change drop constraint change_kind_check;
alter table media.change add constraint change_kind_check
    check (kind in ('new', 'changed', 'retracted', 'gone', 'back', 'copy_of_retracted', 'judged'));
comment on column media.change.kind is 'new, changed, retracted, gone, back, copy_of_retracted (what it copies was retracted), or judged (a person decided anew what it copies, or which story it belongs to).';
grant select on media.action to analyst;
