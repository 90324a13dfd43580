-- Which tagger looked at an article, the desk's own topics, and how good each threshold is.
-- depends: 0003_analyst

create table media.tagging (
    article_id bigint not null references media.article on delete cascade,
    tagger text not null,
    topics integer not null,
    serves boolean not null,
    run_id text not null default '',
    tagged_at timestamptz not null default now(),
    primary key (article_id, tagger)
);
create unique index tagging_serves on media.tagging (article_id) where serves;
create index tagging_tagger on media.tagging (tagger);
comment on table media.tagging is 'Which tagger looked at which article. Topics 0: it abstained. Views read what the serving one said.';
comment on column media.tagging.article_id is 'The article.';
comment on column media.tagging.tagger is 'Version of the tagger.';
comment on column media.tagging.topics is 'How many topics it gave.';
comment on column media.tagging.serves is 'Whether its topics are the article''s at present; one tagger for each article.';
comment on column media.tagging.run_id is 'Run that tagged.';
comment on column media.tagging.tagged_at is 'When.';

insert into media.tagging (article_id, tagger, topics, serves, run_id, tagged_at)
select article_id, tagger, count(*), row_number() over (partition by article_id order by max(tagged_at) desc) = 1, '', max(tagged_at)
from media.article_topic group by article_id, tagger;
insert into media.tagging (article_id, tagger, topics, serves, run_id, tagged_at)
select id, 'unknown', 0, true, run_id, loaded_at from media.article a
where not exists (select from media.tagging t where t.article_id = a.id);

create table media.own_topic (
    qcode text primary key references media.topic,
    definition jsonb not null,
    digest text not null,
    head text not null,
    model text not null,
    weights real[] not null,
    compiled_at timestamptz not null default now()
);
comment on table media.own_topic is 'The desk''s own topics (seeds/topics/own.yaml), ready to tag with.';
comment on column media.own_topic.qcode is 'The topic, "own:" and its name.';
comment on column media.own_topic.definition is 'What the desk wrote: name, sentence, examples, words, threshold.';
comment on column media.own_topic.digest is 'Changes with the definition.';
comment on column media.own_topic.head is 'Version of the head whose background it is told from.';
comment on column media.own_topic.model is 'Embedding model of the weights.';
comment on column media.own_topic.weights is 'Weights over the model''s dimensions, the bias last.';
comment on column media.own_topic.compiled_at is 'When it was made from its definition.';

comment on table media.topic is 'IPTC Media Topics (CC BY 4.0, IPTC), and the desk''s own topics.';
comment on column media.topic.qcode is 'IPTC code, such as medtop:11000000; or own: and a name.';
comment on column media.topic.level is '1 for the 17 top-level topics and the desk''s own, 2 for those below.';

create table media.calibration (
    id bigint generated always as identity primary key,
    judge text not null check (judge in ('topic', 'duplicate', 'story')),
    version text not null,
    model text not null,
    rung text,
    qcode text,
    threshold real not null,
    in_use boolean not null,
    precision real,
    recall real,
    precision_low real,
    precision_high real,
    recall_low real,
    recall_high real,
    positives integer not null,
    measured_on text not null,
    measured_at date not null
);
comment on table media.calibration is 'What each threshold gives, measured on labelled sets: precision and recall with 95 % bootstrap intervals.';
comment on column media.calibration.id is 'Key.';
comment on column media.calibration.judge is 'What judges: topic, duplicate or story.';
comment on column media.calibration.version is 'Version of the judge: the tagger''s, or the digest of the rules for copies.';
comment on column media.calibration.model is 'Embedding model.';
comment on column media.calibration.rung is 'For copies: the rung; null for all rungs together.';
comment on column media.calibration.qcode is 'For topics: the topic; null for all topics together.';
comment on column media.calibration.threshold is 'Least score that counts.';
comment on column media.calibration.in_use is 'Whether the pipeline uses this threshold; the others show what another would give.';
comment on column media.calibration.precision is 'Share of what is given that is right; null where nothing is given.';
comment on column media.calibration.recall is 'Share of what is right that is given.';
comment on column media.calibration.precision_low is 'Lower end of precision''s interval.';
comment on column media.calibration.precision_high is 'Upper end of precision''s interval.';
comment on column media.calibration.recall_low is 'Lower end of recall''s interval.';
comment on column media.calibration.recall_high is 'Upper end of recall''s interval.';
comment on column media.calibration.positives is 'How many right answers there were to find.';
comment on column media.calibration.measured_on is 'The labelled set.';
comment on column media.calibration.measured_at is 'When it was measured.';

grant select on media.tagging, media.own_topic, media.calibration to analyst;
