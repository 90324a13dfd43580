create view ingest.replay_summary as
select
    r.run_id, r.since, r.until, r.ended_at,
    case
        when r.ended_at is null then 'not done'
        else format('%s of %s rows differ', r.different, r.pages)
            || coalesce(': ' || (
                select string_agg(format('%s in %s (%s)', f.field, f.rows, f.kinds), ', ' order by f.rows desc, f.field)
                from (
                    select d.field, sum(d.rows) as rows, string_agg(format('%s %s', d.rows, d.kind), ', ' order by d.kind) as kinds
                    from (
                        select field, kind, count(*) as rows from ingest.replay_difference where run_id = r.run_id group by 1, 2
                    ) d group by d.field
                ) f
            ), '')
    end as result,
    (select count(*) from ingest.replay_difference d where d.run_id = r.run_id and d.kind = 'unexplained') as unexplained,
    r.rebuilt_digest = r.stored_digest as equal,
    r.rebuilt_digest, r.sampled, r.left_out, m.code
from ingest.replay r
join ingest.maker m on m.id = r.maker_id;
comment on view ingest.replay_summary is 'What each replay proved: how many rows of the window differ from what the archive gives, in which fields and why; digests to compare replays by.';
