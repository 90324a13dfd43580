"""media.calibration says what sql/calibration.json says, and is for the judges that are at work."""

from __future__ import annotations

from itertools import pairwise

from wirewatch.core import stories
from wirewatch.io import calibration, postgres, taxonomy
from wirewatch.settings import settings


def test_the_table_is_the_file_and_is_written_once(warehouse):
    with postgres.transaction(warehouse) as db:
        count = calibration.store(db, settings().sql)
        first = postgres.rows(
            db, "select id, judge, threshold, in_use, precision, recall from media.calibration order by id"
        )
        assert calibration.store(db, settings().sql) == count == len(first)
        assert postgres.rows(db, "select id from media.calibration order by id") == [{"id": row["id"]} for row in first]
        postgres.execute(db, "update media.calibration set precision = 0 where id = %s", (first[0]["id"],))
        calibration.store(db, settings().sql)
        again = postgres.rows(db, "select precision, recall from media.calibration order by id")
    assert again == [{"precision": row["precision"], "recall": row["recall"]} for row in first]
    assert {row["judge"] for row in first} == {"topic", "duplicate", "story"}


def test_it_was_measured_on_the_head_that_is_shipped(warehouse):
    head = taxonomy.head(settings().seeds)
    with postgres.transaction(warehouse) as db:
        calibration.store(db, settings().sql)
        rows = postgres.rows(db, "select version, threshold from media.calibration where judge = 'topic' and in_use")
    assert {row["version"] for row in rows} == {head.version}, "`make quality ONLY=topics` measures the new head"
    assert {round(row["threshold"], 4) for row in rows} == {round(float(head.threshold), 4)}


def test_stories_were_measured_at_the_threshold_in_use(warehouse):
    with postgres.transaction(warehouse) as db:
        calibration.store(db, settings().sql)
        rows = postgres.rows(db, "select threshold from media.calibration where judge = 'story' and in_use")
    assert [round(row["threshold"], 4) for row in rows] == [stories.THRESHOLD], (
        "`make quality ONLY=copies` measures the new one"
    )


def test_a_higher_threshold_is_never_less_precise_by_much_and_finds_less(warehouse):
    with postgres.transaction(warehouse) as db:
        calibration.store(db, settings().sql)
        rows = postgres.rows(
            db,
            """
            select judge, threshold, precision, recall from media.calibration
            where qcode is null and rung is null order by judge, threshold
            """,
        )
    for lower, higher in pairwise(rows):
        if lower["judge"] == higher["judge"]:
            assert higher["recall"] <= lower["recall"]
            assert higher["precision"] >= lower["precision"] - 0.01
