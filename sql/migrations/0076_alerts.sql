-- Alerts: what was told, of what, to whom and when; the daily digest; and every delivery until it is done.
-- depends: 0075_watchlists

create table media.alert (
    id bigint generated always as identity primary key,
    key text not null,
    rule text not null,
    kind text not null check (kind in ('hit', 'spike', 'silence', 'freshness', 'gap', 'quarantine')),
    subject text not null,
    title text not null,
    lines text[] not null default '{}',
    facts jsonb not null default '{}',
    story_id bigint references media.story on delete set null,
    first_seen_at timestamptz not null,
    last_seen_at timestamptz not null,
    cooldown interval not null,
    lasts boolean not null,
    state text not null default 'open' check (state in ('open', 'over')),
    over_at timestamptz
);
create unique index alert_open on media.alert (key) where state = 'open';
create index alert_seen on media.alert (last_seen_at desc);
create index alert_key on media.alert (key, last_seen_at desc);
comment on table media.alert is 'What should be told to people: one row for an event, however often it is observed. Recorded whether or not there is a channel to send it to.';
comment on column media.alert.id is 'Key.';
comment on column media.alert.key is 'What makes two observations the same event: the rule, and the story or subject.';
comment on column media.alert.rule is 'The rule of seeds/alerts.yaml that it comes from.';
comment on column media.alert.kind is 'hit (of a watchlist), spike, silence, freshness (of the pipeline), gap or quarantine.';
comment on column media.alert.subject is 'What it is about: watchlists, a topic, a source.';
comment on column media.alert.title is 'What is told, in a line.';
comment on column media.alert.lines is 'What else is told, a line each.';
comment on column media.alert.facts is 'The numbers behind it.';
comment on column media.alert.story_id is 'The story, where it is about one.';
comment on column media.alert.first_seen_at is 'When it was first observed.';
comment on column media.alert.last_seen_at is 'When it was last observed.';
comment on column media.alert.cooldown is 'How long it must be over before the same is told again.';
comment on column media.alert.lasts is 'Whether it is a state that ends when it is not observed any more; else an event that ends by the cooldown.';
comment on column media.alert.state is 'open or over.';
comment on column media.alert.over_at is 'When it was over.';

create table media.alert_article (
    rule text not null,
    article_id bigint not null references media.article on delete cascade,
    alert_id bigint not null references media.alert on delete cascade,
    counted_at timestamptz not null default now(),
    primary key (rule, article_id)
);
create index alert_article_alert on media.alert_article (alert_id);
create index alert_article_article on media.alert_article (article_id);
comment on table media.alert_article is 'The articles of an alert on a watchlist''s hits: each counts once for a rule.';
comment on column media.alert_article.rule is 'The rule.';
comment on column media.alert_article.article_id is 'The article.';
comment on column media.alert_article.alert_id is 'The alert.';
comment on column media.alert_article.counted_at is 'When.';

create table media.digest (
    day date primary key,
    subject text not null,
    text text not null,
    html text not null,
    facts jsonb not null default '{}',
    made_at timestamptz not null default now()
);
comment on table media.digest is 'The daily mails, as they were written.';
comment on column media.digest.day is 'The day, in the digest''s time zone, on which it was due.';
comment on column media.digest.subject is 'Subject.';
comment on column media.digest.text is 'Its plain text.';
comment on column media.digest.html is 'Its HTML.';
comment on column media.digest.facts is 'Its numbers.';
comment on column media.digest.made_at is 'When it was written.';

create table media.delivery (
    id bigint generated always as identity primary key,
    channel text not null,
    alert_id bigint references media.alert on delete cascade,
    digest_day date references media.digest on delete cascade,
    state text not null default 'waiting' check (state in ('waiting', 'taken', 'sending', 'sent', 'unsure', 'told', 'given up')),
    attempts integer not null default 0,
    next_try_at timestamptz not null default now(),
    taken_at timestamptz,
    sent_at timestamptz,
    note text not null default '',
    asked_at timestamptz not null default now(),
    constraint of_one_thing check (num_nonnulls(alert_id, digest_day) = 1),
    unique (channel, alert_id),
    unique (channel, digest_day)
);
create index delivery_open on media.delivery (channel, next_try_at) where state in ('waiting', 'taken', 'sending');
create index delivery_alert on media.delivery (alert_id);
comment on table media.delivery is 'Each alert and digest on each channel, from when it is to be sent until it is. Written with the alert, so that a kill loses none.';
comment on column media.delivery.id is 'Key; part of the message''s own id, so that receivers can tell a second copy.';
comment on column media.delivery.channel is 'Channel of seeds/alerts.yaml.';
comment on column media.delivery.alert_id is 'The alert; null for a digest.';
comment on column media.delivery.digest_day is 'The digest; null for an alert.';
comment on column media.delivery.state is 'waiting; taken (a task prepares it); sending (it is on the wire); sent; unsure (the task died while it was on the wire: it is not sent again by itself); told (unsure, and named in a later message); given up (after a week).';
comment on column media.delivery.attempts is 'Tries so far.';
comment on column media.delivery.next_try_at is 'When it is tried next.';
comment on column media.delivery.taken_at is 'When a task took it.';
comment on column media.delivery.sent_at is 'When the channel accepted it.';
comment on column media.delivery.note is 'Why the last try failed.';
comment on column media.delivery.asked_at is 'When it was first to be sent.';

create table media.alert_check (
    is_only boolean primary key default true check (is_only),
    checked_at timestamptz not null
);
comment on table media.alert_check is 'One row: up to when it was looked for alerts.';
comment on column media.alert_check.is_only is 'Always true.';
comment on column media.alert_check.checked_at is 'When it was last looked.';
