-- What stands in place of the digest of a seed file that could not be read.
-- depends: 0090_seeds

comment on column media.seed_file.digest is
    'Version of the reading, and SHA-256 of the file; "unreadable" where it could not be read to its end.';
