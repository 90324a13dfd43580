-- A large seed corpus has boilerplate too: enough statistics to tell its shingles from those of one text, as articles have.
-- depends: 0120_lookups

alter table media.seed alter column shingles set statistics 300;
