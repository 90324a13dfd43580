-- Why is an address, or is it not, in my data? The latest copy, as an example.
select w.*
from (select coalesce((select a.url from media.article a where a.duplicate_of is not null or a.duplicate_of_seed is not null
    order by a.first_seen_at desc limit 1), 'https://example.org/never-seen') as url) example,
    media.why(example.url) w;
