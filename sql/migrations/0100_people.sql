-- What is asked of copies and of parts by time, in a warehouse of a million articles.
-- depends: 0095_observer

-- When was each original copied last? Answered by this index alone.
create index article_copied on media.article (duplicate_of, duplicate_of_seed, first_seen_at)
    where duplicate_of is not null or duplicate_of_seed is not null;
create index reuse_found on media.reuse (found_at);
