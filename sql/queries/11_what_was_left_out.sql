-- What was not loaded in the last week, and why?
select split_part(reason, ':', 1) as reason, count(*) as entries, (array_agg(canonical_url order by decided_at desc))[1:3] as examples
from ingest.entry
where disposition in ('rejected', 'quarantined') and decided_at > now() - interval '7 days'
group by 1
order by entries desc;
