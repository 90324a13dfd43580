"""Articles and stories made in a warehouse, for alerts to find."""

from __future__ import annotations

from wirewatch.io import postgres


def do(dsn: str, statement: str, **values: object) -> None:
    with postgres.transaction(dsn) as db:
        postgres.execute(db, statement, values)


def rows(dsn: str, query: str, **values: object) -> list[dict]:
    with postgres.transaction(dsn) as db:
        return postgres.rows(db, query, values)


def article(
    dsn: str, title: str, *, story: int | None = None, loaded: str = "now()", mention: str = "Kim", of: str = "leaders"
):
    with postgres.transaction(dsn) as db:
        key = postgres.one(
            db,
            f"""
            with s as (insert into media.source (host, name) values ('paper.test', 'The Paper')
                    on conflict (host) do update set name = excluded.name returning id),
                e as (insert into ingest.entry (url, canonical_url, host, stage, disposition, decided_at)
                    select u, u, 'paper.test', 'done', 'loaded', now() from (select 'https://paper.test/' || gen_random_uuid() as u) x
                    returning id, url)
            insert into media.article (id, source_id, url, canonical_url, title, text, language, words, first_seen_at,
                loaded_at, run_id, text_digest, shingles, story_id)
            select e.id, s.id, e.url, e.url, %s, '', 'en', 9, {loaded}, {loaded}, 'r', 'x', '{{}}', %s from e, s returning id
            """,
            (title, story),
        )["id"]
        postgres.execute(
            db,
            "insert into media.mention values (%s, %s, %s, %s, 'title', 0, 3)",
            (key, of, mention, mention),
        )
    return key


def story(dsn: str, title: str) -> int:
    return rows(
        dsn,
        """
        insert into media.story (title, first_at, last_at, model, centroid) values (%(title)s, now(), now(), 'm', '[1]') returning id
        """,
        title=title,
    )[0]["id"]
