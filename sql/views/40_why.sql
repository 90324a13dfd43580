create function media.why(address text)
returns table (
    url text, disposition text, reason text, stage text, seen_in text[], discovered_at timestamptz, decided_at timestamptz,
    attempts bigint, last_error text, next_try_at timestamptz, article_id bigint, title text,
    copy_of text, copy_of_url text, rung text, score real, threshold real, evidence jsonb,
    story text, story_articles bigint, topics text[], article_state text, corrections text[], parts text[], story_reason text
)
language sql stable security definer set search_path = media, ingest, pg_temp
as $why$
with wanted as (
    select e.id from ingest.entry e where e.canonical_url = address or e.url = address
    union select s.entry_id from ingest.sighting s where s.url = address
    union select p.entry_id from ingest.page p where p.final_url = address
    union select a.id from media.article a where a.canonical_url = address
    union select d.entry_id from ingest.draft d where d.canonical_url = address
)
select
    e.canonical_url, e.disposition,
    e.reason || coalesce('; retention dropped its text on ' || (a.text_dropped_at at time zone 'UTC')::date, ''), e.stage,
    (select array_agg(f.title order by s.first_seen_at)
     from ingest.sighting s join ingest.feed f on f.id = s.feed_id where s.entry_id = e.id),
    e.discovered_at, e.decided_at,
    (select count(*) from ingest.attempt t where t.entry_id = e.id),
    (select t.error from ingest.attempt t where t.entry_id = e.id order by t.tried_at desc limit 1),
    case when e.disposition = 'pending' then e.next_try_at end,
    a.id, a.title,
    coalesce(o.title, seed.title), coalesce(o.url, seed.url, 'seed: ' || seed.name),
    d.rung, d.score, d.threshold, d.evidence,
    st.title,
    (select count(*) from media.article x where x.story_id = a.story_id),
    (select array_agg(x.name || ' ' || round(x.score::numeric, 2) order by x.score desc)
     from media.current_topic x where x.article_id = a.id),
    case when a.state = 'live' and o.state = 'retracted' then 'a copy of a retracted article' else a.state end,
    (select array_agg(v.change || ' (' || v.seen_at::date || '): ' || v.summary order by v.version)
     from media.article_version v where v.article_id = a.id and v.version > 1),
    (select array_agg(r.words || ' words, ' || case r.place when 'all' then 'all' when 'throughout' then 'from all over'
            else 'from the ' || r.place end || ' of “' || coalesce(x.title, y.title, 'an article not loaded') || '”' order by r.words desc)
     from media.reuse r left join media.article x on x.id = r.of_article_id left join media.seed y on y.id = r.of_seed_id
     where r.article_id = a.id),
    media.story_reason(sa.score, sa.reasons)
from wanted w
join ingest.entry e on e.id = w.id
left join media.article a on a.id = e.id
left join media.duplicate d on d.article_id = a.id
left join media.article o on o.id = d.of_article_id
left join media.seed seed on seed.id = d.of_seed_id
left join media.story st on st.id = a.story_id
left join media.story_article sa on sa.article_id = a.id
union all
select
    address, 'unknown', 'no feed of ours has shown this address', null, null, null, null,
    0, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null
where not exists (select from wanted)
$why$;
comment on function media.why(text) is 'Why an address is, or is not, in the data: its journey, what it copies and how we know, its story and topics.';
revoke all on function media.why(text) from public;
grant execute on function media.why(text) to analyst;
