create function media.search_query(config regconfig, question text) returns tsquery
language sql immutable parallel safe
return websearch_to_tsquery(config, regexp_replace(
    regexp_replace(question, '([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+)', '"\1"', 'g'),
    '([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])', ' \1 ', 'g'));
comment on function media.search_query(regconfig, text) is
    'A question in websearch syntax as a query in one text search configuration; Chinese, Japanese and Thai as phrases.';

create function media.highlight(config regconfig, body text, question text, start text default '«', stop text default '»')
returns text
language sql immutable parallel safe
-- Matches stand between two private-use characters until the end: whatever `start` and `stop` are, they are never read as a pattern.
return replace(replace(regexp_replace(regexp_replace(
    ts_headline(config,
        regexp_replace(translate(left(body, 200000), U&'\E000\E001', ''), '([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])', ' \1 ', 'g'),
        media.search_query(config, question),
        U&'StartSel="\E000", StopSel="\E001", MaxFragments=2, MinWords=8, MaxWords=24, FragmentDelimiter=" … "'),
    ' *(\ue000)?([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])(\ue001)? *', '\1\2\3', 'g'),
    '\ue001\ue000', '', 'g'), U&'\E000', start), U&'\E001', stop);
comment on function media.highlight(regconfig, text, text, text, text) is
    'The places of a text that match a question in websearch syntax, each match between `start` and `stop`.';

create function media.matches(question text, since timestamptz default null, most integer default 50)
returns table (article_id bigint, rank real)
language sql stable parallel safe
begin atomic
    with asked as materialized (
        select config, media.search_query(config, question) as query
        from unnest(array[
            'simple', 'arabic', 'armenian', 'basque', 'catalan', 'danish', 'dutch', 'english', 'finnish', 'french', 'german',
            'greek', 'hindi', 'hungarian', 'indonesian', 'irish', 'italian', 'lithuanian', 'nepali', 'norwegian', 'portuguese',
            'romanian', 'russian', 'serbian', 'spanish', 'swedish', 'tamil', 'turkish', 'yiddish']::regconfig[]) as config
    ), queries as materialized (
        select query, array_agg(config) as configs from asked where numnode(query) > 0 group by query
    )
    select a.id, ts_rank(a.search, q.query)
    from queries q
    cross join lateral (
        select x.id, x.search, x.first_seen_at from media.article x
        where x.search @@ q.query and x.search_config = any(q.configs) and (since is null or x.first_seen_at >= since)
    ) a
    order by 2 desc, a.first_seen_at desc, a.id desc
    limit most;
end;
comment on function media.matches(text, timestamptz, integer) is
    'Articles that match a question in websearch syntax ("a phrase", or, -without), each in its own language, best first.';

create function media.search(question text, since timestamptz default null, most integer default 50)
returns table (
    article_id bigint, rank real, at timestamptz, source text, title text, language text, found text, url text
)
language sql stable
begin atomic
    select a.id, m.rank, coalesce(a.published_at, a.first_seen_at), s.name, a.title, a.language,
        media.highlight(a.search_config, a.text, question),
        a.url
    from media.matches(question, since, most) m
    join media.article a on a.id = m.article_id
    join media.source s on s.id = a.source_id
    order by m.rank desc, a.first_seen_at desc, a.id desc;
end;
comment on function media.search(text, timestamptz, integer) is
    'Full-text search in each article''s own language, websearch syntax, best first, with the places that matched in «».';

create function media.similar_to(wanted bigint, most integer default 20)
returns table (article_id bigint, cosine real, at timestamptz, source text, title text, kind text, url text)
language plpgsql stable set search_path = media, public, pg_temp
as $similar$
declare
    mine media.embedding;
    size integer;
begin
    select * into mine from media.embedding e where e.article_id = wanted
        order by e.model = media.serving_model() desc, e.model limit 1;
    if not found then
        return;
    end if;
    size := vector_dims(mine.vector);
    return query execute format(
        $q$
        select a.id, n.cosine::real, coalesce(a.published_at, a.first_seen_at), s.name, a.title,
            case when a.duplicate_of is not null then 'copy of an article'
                when a.duplicate_of_seed is not null then 'copy of a seed' else 'original' end,
            a.url
        from (
            select e.article_id, 1 - (e.vector::halfvec(%1$s) <=> $1::halfvec(%1$s)) as cosine
            from media.embedding e where e.model = %2$L
            order by e.vector::halfvec(%1$s) <=> $1::halfvec(%1$s) limit $3 + 1
        ) n
        join media.article a on a.id = n.article_id
        join media.source s on s.id = a.source_id
        where a.id <> $2 order by n.cosine desc limit $3
        $q$, size, mine.model)
        using mine.vector, wanted, most;
end
$similar$;
comment on function media.similar_to(bigint, integer) is
    'The articles nearest in meaning to one article, by its stored embedding, nearest first; cosine 1 is the same.';
grant execute on function media.search_query(regconfig, text), media.highlight(regconfig, text, text, text, text),
    media.matches(text, timestamptz, integer),
    media.search(text, timestamptz, integer), media.similar_to(bigint, integer) to analyst;
