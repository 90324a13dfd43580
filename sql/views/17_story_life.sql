create function media.life(first_seen_at timestamptz, last_seen_at timestamptz) returns text
language sql stable parallel safe
return case
    when last_seen_at < now() - interval '24 hours' then 'faded'
    when first_seen_at > now() - interval '12 hours' then 'emerging'
    else 'running'
end;
comment on function media.life(timestamptz, timestamptz) is
    'How far a story has come: emerging (its first article was seen in the last 12 hours), faded (none was for 24 hours), running between.';
grant execute on function media.life(timestamptz, timestamptz) to analyst;

create view media.story_life as
select
    st.id as story_id,
    st.title,
    media.life(min(a.first_seen_at), max(a.first_seen_at)) as life,
    count(*) as articles,
    count(*) filter (where a.duplicate_of is null and a.duplicate_of_seed is null) as independent_reports,
    count(distinct a.source_id) as sources,
    min(a.first_seen_at) as first_seen_at,
    max(a.first_seen_at) as last_seen_at
from media.story st
join media.article a on a.story_id = st.id
group by st.id;
comment on view media.story_life is
    'Each story with its life (emerging, running, faded), its articles, independent reports and sources, and when its first and last article were seen.';

create view media.decision as
select
    x.id,
    x.kind,
    x.actor,
    x.via,
    x.acted_at,
    x.reason,
    x.subject,
    x.other,
    x.undone_at is null as stands,
    x.undone_by,
    x.undone_at
from media.action x
order by x.id desc;
comment on view media.decision is 'What people decided by hand, newest first: who, when, why, and whether it stands.';
