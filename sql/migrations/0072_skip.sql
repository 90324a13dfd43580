-- When a feed says that it does not change.
-- depends: 0071_judged

alter table ingest.feed
    add column ttl integer,
    add column skip_hours integer[] not null default '{}',
    add column skip_days integer[] not null default '{}';
comment on column ingest.feed.ttl is 'Seconds between updates, as the feed says (ttl, sy:updatePeriod); null where it does not.';
comment on column ingest.feed.skip_hours is 'Hours (UTC) at which it does not change, as it says (skipHours).';
comment on column ingest.feed.skip_days is 'Days at which it does not change, as it says (skipDays); 0 is Monday.';
