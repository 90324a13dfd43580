-- How long from publication to being queryable, by source?
select source, articles, published_to_queryable_p50 as half_within, published_to_queryable_p95 as nearly_all_within
from ingest.freshness
order by source = 'all sources' desc, half_within;
