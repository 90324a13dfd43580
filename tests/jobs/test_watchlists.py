"""Watchlists in the warehouse: the file's word and the page's, tried without a trace, applied to what is in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wirewatch.core.watchlist_file import parse_watchlists
from wirewatch.core.watchlists import Entry, Watchlist, WatchlistError
from wirewatch.io import postgres, watchlists
from wirewatch.jobs import watchlists as job

LEADERS = Watchlist("leaders", (Entry("Kim Jong Un", ("Kim",)), Entry("Xi Jinping", ("Xi",))))
PLACES = Watchlist("places", (Entry("Taiwan"),))


@pytest.fixture(scope="module")
def _made(make_warehouse):
    with make_warehouse() as dsn:
        yield dsn


@pytest.fixture
def warehouse(_made):
    """A warehouse without lists and articles."""
    with postgres.transaction(_made) as db:
        for emptied in ("media.article", "ingest.entry", "ingest.batch", "media.watchlist", "media.watchlist_version"):
            postgres.execute(db, f"delete from {emptied}")
        postgres.execute(db, "delete from media.mention")
    return _made


def article(dsn: str, title: str, text: str, *, days_ago: float = 0, language: str = "en", host: str = "paper.test"):
    with postgres.transaction(dsn) as db:
        return postgres.one(
            db,
            """
            with s as (insert into media.source (host, name) values (%(host)s, 'The Paper')
                    on conflict (host) do update set name = excluded.name returning id),
                e as (insert into ingest.entry (url, canonical_url, host, stage, disposition, discovered_at, decided_at)
                    select u, u, %(host)s, 'done', 'loaded', now(), now()
                    from (select 'https://paper.test/' || gen_random_uuid() as u) x returning id, url)
            insert into media.article (id, source_id, url, canonical_url, title, text, language, words, first_seen_at,
                run_id, text_digest, shingles)
            select e.id, s.id, e.url, e.url, %(title)s, %(text)s, %(language)s, 9,
                now() - %(days)s * interval '1 day', 'test', 'x', '{}' from e, s
            returning id
            """,
            {"host": host, "title": title, "text": text, "language": language, "days": days_ago},
        )["id"]


def load(dsn: str, *lists: Watchlist) -> dict[str, int]:
    with postgres.transaction(dsn) as db:
        return watchlists.store_file(db, lists)


def edit(dsn: str, changed: Watchlist, seen: int, who: str = "ada") -> int:
    with postgres.transaction(dsn) as db:
        return watchlists.save(db, changed, who, seen=seen)


def rows(dsn: str, query: str, *values: object) -> list[dict]:
    with postgres.transaction(dsn) as db:
        return postgres.rows(db, query, values)


def serving(dsn: str) -> list[Watchlist]:
    with postgres.transaction(dsn) as db:
        return watchlists.serving(db)


def test_the_file_seeds_the_lists_and_a_second_load_changes_nothing(warehouse):
    assert load(warehouse, LEADERS, PLACES) == {"watchlists": 2, "changed": 2, "removed": 0, "conflicts": 0}
    assert load(warehouse, LEADERS, PLACES) == {"watchlists": 2, "changed": 0, "removed": 0, "conflicts": 0}
    assert serving(warehouse) == [LEADERS, PLACES]
    assert load(warehouse, PLACES)["removed"] == 1
    assert serving(warehouse) == [PLACES]
    assert load(warehouse, LEADERS, PLACES)["changed"] == 1
    assert [row["action"] for row in rows(warehouse, VERSIONS, "leaders")] == ["loaded", "removed", "loaded"]


VERSIONS = "select * from media.watchlist_version where watchlist = %s order by version"


def test_an_edit_on_the_page_is_kept_when_the_file_is_loaded_again(warehouse):
    load(warehouse, LEADERS)
    mine = replace(LEADERS, entries=(Entry("Kim Jong Un"),))
    assert edit(warehouse, mine, seen=1) == 2
    assert load(warehouse, LEADERS)["conflicts"] == 0
    assert serving(warehouse) == [mine]
    # What only the page has stays too, and what the page removed stays away.
    edit(warehouse, PLACES, seen=0)
    load(warehouse, LEADERS)
    assert serving(warehouse) == [mine, PLACES]
    with postgres.transaction(warehouse) as db:
        watchlists.remove(db, "leaders", "ada", seen=2)
    load(warehouse, LEADERS)
    assert serving(warehouse) == [PLACES]


def test_where_the_file_says_something_new_of_an_edited_list_the_conflict_is_said_until_it_is_decided(warehouse):
    load(warehouse, LEADERS)
    edit(warehouse, replace(LEADERS, entries=(Entry("Kim Jong Un"),)), seen=1)
    other = replace(LEADERS, entries=(Entry("Putin"),))
    assert load(warehouse, other)["conflicts"] == 1
    assert load(warehouse, other)["conflicts"] == 1
    assert rows(warehouse, "select conflict_at is not null as said from media.watchlist") == [{"said": True}]
    with postgres.transaction(warehouse) as db:
        assert watchlists.take_file(db, "leaders", "ada", seen=2) == 3
    assert serving(warehouse) == [other]
    assert load(warehouse, LEADERS) == {"watchlists": 1, "changed": 1, "removed": 0, "conflicts": 0}
    # An editor who saves has seen it, and the page's word holds.
    edit(warehouse, other, seen=4)
    load(warehouse, PLACES, replace(LEADERS, description="new"))
    edit(warehouse, other, seen=5)
    assert rows(warehouse, "select conflict_at from media.watchlist where name = 'leaders'") == [{"conflict_at": None}]


def test_every_version_says_who_made_it_and_can_be_brought_back(warehouse):
    load(warehouse, LEADERS)
    edit(warehouse, replace(LEADERS, entries=(Entry("Kim"),)), seen=1, who="ada")
    with postgres.transaction(warehouse) as db:
        assert watchlists.restore(db, "leaders", 1, "bob", seen=2) == 3
    assert serving(warehouse) == [LEADERS]
    assert [(row["action"], row["made_by"]) for row in rows(warehouse, VERSIONS, "leaders")] == [
        ("loaded", "watchlists.yaml"),
        ("edited", "ada"),
        ("restored", "bob"),
    ]


def test_who_edits_a_version_that_is_no_more_is_told_whose_came_between(warehouse):
    load(warehouse, LEADERS)
    edit(warehouse, replace(LEADERS, description="hers"), seen=1, who="ada")
    with pytest.raises(watchlists.WatchlistChanged, match=r"changed meanwhile by ada \(version 2\)"):
        edit(warehouse, replace(LEADERS, description="his"), seen=1, who="bob")
    with pytest.raises(watchlists.WatchlistChanged, match="meanwhile"):
        edit(warehouse, LEADERS, seen=0)


def test_a_dry_run_counts_and_shows_and_writes_nothing(warehouse):
    load(warehouse, LEADERS)
    for day in (1, 5, 29, 31):
        article(warehouse, f"Kim speaks {day}", "A long text in which Xi Jinping is named once.", days_ago=day)
    article(warehouse, "Nothing", "Of no interest.")
    trial = job.try_out(warehouse, [LEADERS], days=30, show=2)
    assert (trial.matched, trial.looked_at) == (3, 4)
    assert trial.by_name == {("leaders", "Kim Jong Un"): 3, ("leaders", "Xi Jinping"): 3}
    assert len(trial.shown) == 2
    marked = [[piece.text for piece in context if piece.label] for context in trial.shown[0].contexts]
    assert marked == [["Kim"], ["Xi Jinping"]]
    assert "".join(piece.text for piece in trial.shown[0].contexts[1]) == (
        "A long text in which Xi Jinping is named once."
    )
    assert rows(warehouse, "select from media.mention") == []


def test_a_list_that_asks_for_a_topic_that_is_not_there_is_told_the_nearest(warehouse):
    with postgres.transaction(warehouse) as db:
        postgres.execute(
            db, "insert into media.topic (qcode, name, definition, level, top) values ('t:1', 'sport', '', 1, 't:1')"
        )
    with pytest.raises(WatchlistError, match=r"'leaders': there is no topic 'sports'; did you mean 'sport'\?"):
        job.try_out(warehouse, [replace(LEADERS, topics=("sports",))])
    assert job.try_out(warehouse, [replace(LEADERS, topics=("Sport",))]).matched == 0


def test_an_edit_is_applied_to_the_articles_that_are_in_and_to_no_other_list(warehouse):
    load(warehouse, LEADERS, PLACES)
    both = article(warehouse, "Kim on Taiwan", "Kim, Xi.", days_ago=3)
    old = article(warehouse, "Kim", "Kim", days_ago=300)
    assert job.apply_edits(warehouse) == {"watchlists": 2, "articles": 1, "mentions": 4, "waiting": 0}
    assert job.apply_edits(warehouse)["articles"] == 0
    edit(warehouse, replace(LEADERS, entries=(Entry("Xi Jinping", ("Xi",)),)), seen=1)
    assert job.apply_edits(warehouse) == {"watchlists": 1, "articles": 1, "mentions": 1, "waiting": 0}
    found = rows(warehouse, "select article_id, watchlist, name, field, start_at, end_at from media.mention order by 2")
    assert [tuple(row.values()) for row in found] == [
        (both, "leaders", "Xi Jinping", "text", 5, 7),
        (both, "places", "Taiwan", "title", 7, 13),
    ]
    assert old not in {row["article_id"] for row in rows(warehouse, "select article_id from media.watchlist_rematch")}
    with postgres.transaction(warehouse) as db:
        watchlists.remove(db, "leaders", "ada", seen=2)
    job.apply_edits(warehouse)
    assert {row["watchlist"] for row in rows(warehouse, "select watchlist from media.mention")} == {"places"}


def test_while_a_run_may_still_use_the_earlier_list_it_is_applied_once_more(warehouse):
    load(warehouse, PLACES)
    article(warehouse, "Taiwan", "")
    with postgres.transaction(warehouse) as db:
        postgres.execute(
            db,
            """
            insert into ingest.batch (run_id, claimed_at, lease_until)
            values ('r', now() - interval '1 minute', now() + interval '1 hour')
            """,
        )
        postgres.execute(
            db,
            """
            insert into ingest.entry (url, canonical_url, host, stage, batch_id)
            select 'u', 'u', 'paper.test', 'tagged', id from ingest.batch
            """,
        )
    assert job.apply_edits(warehouse)["waiting"] == 1
    with postgres.transaction(warehouse) as db:
        postgres.execute(db, "update ingest.batch set finished_at = now()")
    assert job.apply_edits(warehouse) == {"watchlists": 1, "articles": 1, "mentions": 1, "waiting": 0}


def test_lists_that_look_at_some_sources_and_languages_only(warehouse):
    lists = parse_watchlists("- name: a\n  sources: [paper.test]\n  languages: [en]\n  entries: [Kim]\n")
    load(warehouse, *lists)
    wanted = article(warehouse, "Kim", "", host="www.paper.test")
    article(warehouse, "Kim", "", language="fr")
    article(warehouse, "Kim", "", host="other.test")
    job.apply_edits(warehouse)
    assert [row["article_id"] for row in rows(warehouse, "select article_id from media.mention")] == [wanted]
