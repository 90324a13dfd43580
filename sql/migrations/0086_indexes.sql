-- What analysts ask by, in a ledger of a million entries: days, decisions, nearness to seeds.
-- depends: 0085_months

-- By day (UTC), as the views count: with statistics of its own, so that Postgres knows how many rows a day has.
create index article_day on media.article (((first_seen_at at time zone 'UTC')::date));
create index entry_day on ingest.entry (((discovered_at at time zone 'UTC')::date));
create index entry_decided on ingest.entry (decided_at);
create index article_near_seed on media.article (seed_similarity desc)
    where seed_similarity is not null and duplicate_of is null and duplicate_of_seed is null;
