-- What keeps the cost of one article flat while the ledger and the window grow.
-- depends: 0003_analyst

-- Also decided entries are asked for by their batch: when it is closed, and when old batches are dropped.
drop index ingest.entry_batch;
create index entry_batch on ingest.entry (batch_id);

-- Enough statistics to tell the shingles of boilerplate, which some hundreds of articles share, from those of one text.
alter table media.article alter column shingles set statistics 300;
