"""Candidates by wording: shared shingles find a copy, boilerplate finds nothing and costs nothing."""

from __future__ import annotations

import pytest

from wirewatch.io import known, postgres

BOILERPLATE = list(range(1000, 1010))
OF_SEEDS = list(range(2000, 2010))
SPAN = known.Span(30)


@pytest.fixture(scope="module")
def window(make_warehouse):
    """3,000 articles and as many seeds: every third with its publisher's boilerplate, each with ten shingles of its own."""
    with make_warehouse() as dsn:
        with postgres.transaction(dsn) as db:
            postgres.execute(db, "insert into media.source (host, name) values ('a.example', 'A')")
            postgres.execute(
                db,
                "insert into ingest.entry (url, canonical_url, host) "
                "select 'u' || n, 'u' || n, 'a.example' from generate_series(1, 3000) n",
            )
            postgres.execute(
                db,
                """
                insert into media.article (id, source_id, url, canonical_url, title, text, words, first_seen_at, run_id,
                    text_digest, shingles)
                select n, 1, 'u' || n, 'u' || n, 'title', 'text', 1, now(), 'test', 'd' || n,
                    array(select 100000 + n * 10 + k from generate_series(0, 9) k)
                        || case when mod(n, 3) = 0 then %s::bigint[] else '{}'::bigint[] end
                from generate_series(1, 3000) n
                """,
                (BOILERPLATE,),
            )
            postgres.execute(
                db,
                """
                insert into media.seed (name, file, title, text, text_digest, shingles)
                select 's' || n, 'many.jsonl', 'title', 'text', 's' || n,
                    array(select 900000 + n * 10 + k from generate_series(0, 9) k)
                        || case when mod(n, 3) = 0 then %s::bigint[] else '{}'::bigint[] end
                from generate_series(1, 3000) n
                """,
                (OF_SEEDS,),
            )
            postgres.execute(db, "analyze media.article")
            postgres.execute(db, "analyze media.seed")
        yield dsn


def test_what_shares_rare_shingles_is_found(window):
    with postgres.transaction(window) as db:
        assert known.by_wording(db, [100030 + k for k in range(10)] + BOILERPLATE, SPAN) == {"article:3": 10}


def test_boilerplate_alone_finds_nothing(window):
    with postgres.transaction(window) as db:
        assert known.by_wording(db, BOILERPLATE, SPAN) == {}


def test_one_shingle_is_too_few_unless_there_is_but_one(window):
    with postgres.transaction(window) as db:
        assert known.by_wording(db, [100030, 5], SPAN) == {}
        assert known.by_wording(db, [100030], SPAN) == {"article:3": 1}


def test_boilerplate_of_seeds_finds_nothing_among_seeds(window):
    with postgres.transaction(window) as db:
        assert known.by_wording(db, OF_SEEDS, SPAN) == {}
        (seed,) = postgres.rows(db, "select id from media.seed where name = 's3'")
        found = known.by_wording(db, [900030 + k for k in range(5)] + OF_SEEDS, SPAN)
        assert found == {f"seed:{seed['id']}": 5}


def test_what_is_boilerplate_of_seeds_only_still_finds_articles(window):
    with postgres.transaction(window) as db:
        postgres.execute(db, "update media.article set shingles = shingles || %s::bigint[] where id = 7", (OF_SEEDS,))
        assert known.by_wording(db, OF_SEEDS, SPAN) == {"article:7": 10}
        db.rollback()
