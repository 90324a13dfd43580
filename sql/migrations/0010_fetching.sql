-- The audit of fetching, what a feed's server is believed, where feeds moved, and gaps in what feeds showed.
-- depends: 0003_analyst

alter table ingest.feed
    add column whole_at timestamptz,
    add column caught_at timestamptz,
    add column state_since timestamptz not null default now(),
    add column candidate text,
    add column newest_at timestamptz;
comment on column ingest.feed.whole_at is 'When the whole body last came, asked for without validators or changed.';
comment on column ingest.feed.caught_at is 'When its server was last caught with the same validators for another body; it is asked unconditionally for a month.';
comment on column ingest.feed.state_since is 'Since when it is in its state.';
comment on column ingest.feed.candidate is 'Another address that it names as its own, looked at and not taken.';
comment on column ingest.feed.newest_at is 'Date of the newest entry that it showed.';

create table ingest.feed_move (
    id bigint generated always as identity primary key,
    feed_id bigint not null references ingest.feed on delete cascade,
    from_url text not null,
    to_url text not null,
    why text not null,
    moved_at timestamptz not null default now(),
    run_id text not null
);
create index feed_move_feed on ingest.feed_move (feed_id, moved_at desc);
comment on table ingest.feed_move is 'Where a feed was polled before, and why it is polled elsewhere now.';
comment on column ingest.feed_move.id is 'Key.';
comment on column ingest.feed_move.feed_id is 'The feed.';
comment on column ingest.feed_move.from_url is 'Address before.';
comment on column ingest.feed_move.to_url is 'Address since.';
comment on column ingest.feed_move.why is 'What said so: a permanent redirect, its new-feed-url, its link to itself, or the page that its address turned into.';
comment on column ingest.feed_move.moved_at is 'When it was followed.';
comment on column ingest.feed_move.run_id is 'Run that followed it.';

create table ingest.request (
    id bigint generated always as identity primary key,
    host text not null,
    requested_at timestamptz not null,
    kind text not null,
    url text not null,
    status integer,
    problem text,
    bytes bigint not null default 0,
    seconds real not null,
    spacing real not null,
    rule text not null,
    run_id text not null
);
create index request_host on ingest.request (host, requested_at);
create index request_at on ingest.request using brin (requested_at);
comment on table ingest.request is 'Every request that was made, redirects included. Old days are rolled up into ingest.request_day.';
comment on column ingest.request.id is 'Key.';
comment on column ingest.request.host is 'Host that was asked, with the port where it is not the default.';
comment on column ingest.request.requested_at is 'When.';
comment on column ingest.request.kind is 'What for: robots, feed, page or sitemap.';
comment on column ingest.request.url is 'Address.';
comment on column ingest.request.status is 'HTTP status; null where no answer came.';
comment on column ingest.request.problem is 'Kind of failure, where it failed.';
comment on column ingest.request.bytes is 'Bytes of the body over the wire.';
comment on column ingest.request.seconds is 'How long it took.';
comment on column ingest.request.spacing is 'Seconds between two requests to the host that were kept at the time.';
comment on column ingest.request.rule is 'The rule of robots.txt that it was made under.';
comment on column ingest.request.run_id is 'Run that asked.';

create table ingest.request_day (
    host text not null,
    day date not null,
    requests bigint not null,
    robots bigint not null,
    feeds bigint not null,
    pages bigint not null,
    failed bigint not null,
    refused bigint not null,
    bytes bigint not null,
    spacing_asked real,
    spacing_least real,
    spacing_median real,
    too_close bigint not null,
    rules text[] not null,
    primary key (host, day)
);
comment on table ingest.request_day is 'Requests by host and day (UTC), of days whose single requests were dropped.';
comment on column ingest.request_day.host is 'Host.';
comment on column ingest.request_day.day is 'Day (UTC).';
comment on column ingest.request_day.requests is 'Requests made, redirects included.';
comment on column ingest.request_day.robots is 'Of these, for robots.txt.';
comment on column ingest.request_day.feeds is 'Of these, for feeds and sitemaps.';
comment on column ingest.request_day.pages is 'Of these, for pages.';
comment on column ingest.request_day.failed is 'Requests that no answer came to.';
comment on column ingest.request_day.refused is 'Requests answered with a status from 400 on.';
comment on column ingest.request_day.bytes is 'Bytes of bodies over the wire.';
comment on column ingest.request_day.spacing_asked is 'The longest spacing that was to be kept, in seconds.';
comment on column ingest.request_day.spacing_least is 'The shortest time between two requests, in seconds.';
comment on column ingest.request_day.spacing_median is 'The median time between two requests, in seconds.';
comment on column ingest.request_day.too_close is 'Requests made sooner after another than the spacing allows, by more than a tenth of it.';
comment on column ingest.request_day.rules is 'Rules of robots.txt that were applied.';

create table ingest.hold (
    id bigint generated always as identity primary key,
    host text not null,
    held_at timestamptz not null default now(),
    until timestamptz not null,
    reason text not null
);
create index hold_host on ingest.hold (host, held_at);
comment on table ingest.hold is 'Pauses that hosts asked for, and that were kept.';
comment on column ingest.hold.id is 'Key.';
comment on column ingest.hold.host is 'Host.';
comment on column ingest.hold.held_at is 'When it asked.';
comment on column ingest.hold.until is 'Until when nothing was asked of it.';
comment on column ingest.hold.reason is 'Why.';

create table ingest.gap (
    id bigint generated always as identity primary key,
    feed_id bigint not null references ingest.feed on delete cascade,
    from_at timestamptz not null,
    until_at timestamptz not null,
    noticed_at timestamptz not null default now(),
    run_id text not null,
    state text not null default 'open' check (state in ('open', 'repaired', 'unrepairable')),
    attempts integer not null default 0,
    next_try_at timestamptz not null default now(),
    closed_at timestamptz,
    listed integer,
    found integer,
    source text,
    note text not null default 'waits for its repair',
    constraint from_before_until check (from_at <= until_at),
    constraint closed_has_time check ((state = 'open') = (closed_at is null))
);
create index gap_open on ingest.gap (next_try_at) where state = 'open';
create index gap_feed on ingest.gap (feed_id, noticed_at desc);
comment on table ingest.gap is 'Intervals in which a feed may have shown entries that no poll saw: nothing of one poll was left in the next.';
comment on column ingest.gap.id is 'Key.';
comment on column ingest.gap.feed_id is 'The feed.';
comment on column ingest.gap.from_at is 'Date of the newest entry before the gap.';
comment on column ingest.gap.until_at is 'Date of the oldest entry after it.';
comment on column ingest.gap.noticed_at is 'When it was noticed.';
comment on column ingest.gap.run_id is 'Run that noticed it.';
comment on column ingest.gap.state is 'open, repaired (a sitemap covers the interval) or unrepairable (none does).';
comment on column ingest.gap.attempts is 'Tries to repair it.';
comment on column ingest.gap.next_try_at is 'When it is tried again.';
comment on column ingest.gap.closed_at is 'When it was closed.';
comment on column ingest.gap.listed is 'Articles of the interval that the sitemap lists.';
comment on column ingest.gap.found is 'Of these, the ones that no feed had shown: they are in the ledger now.';
comment on column ingest.gap.source is 'Sitemap that it was repaired from.';
comment on column ingest.gap.note is 'What became of it, in words.';

create table ingest.listing (
    canonical_url text primary key,
    host text not null,
    sitemap text not null,
    published_at timestamptz,
    title text not null default '',
    listed_at timestamptz not null default now(),
    known boolean not null
);
create index listing_host on ingest.listing (host, published_at);
comment on table ingest.listing is 'Articles that a source''s own news sitemap lists: the independent list that capture is measured against.';
comment on column ingest.listing.canonical_url is 'Canonical address.';
comment on column ingest.listing.host is 'Host of the address.';
comment on column ingest.listing.sitemap is 'Sitemap that lists it.';
comment on column ingest.listing.published_at is 'When it was published, as the sitemap says.';
comment on column ingest.listing.title is 'Title, as the sitemap says.';
comment on column ingest.listing.listed_at is 'When it was first seen there.';
comment on column ingest.listing.known is 'Whether a feed had shown it by then.';

alter table ingest.host
    add column sitemaps_at timestamptz,
    add column sitemaps text[] not null default '{}',
    add column sitemaps_note text;
comment on column ingest.host.sitemaps_at is 'When its news sitemaps were last looked for or read.';
comment on column ingest.host.sitemaps is 'Its news sitemaps, as its robots.txt or its pages name them.';
comment on column ingest.host.sitemaps_note is 'What came of the last look at its sitemaps.';
