"""What looking up, judging, loading and reconciling cost for one article, with 10,000 to 1,000,000 articles in the window.

Looking up is done in parallel, by the tasks that embed; what comes after it is serial over all workers. Two in five of the new
articles are copies of articles of the window. The last row has a large seed corpus beside a small window.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

from bench import report  # noqa: E402
from bench.clock import Clock  # noqa: E402
from bench.window import MODEL, World, fill, fill_seeds  # noqa: E402
from wirewatch.core.duplicates.text import digest, sampled_shingles  # noqa: E402
from wirewatch.io import drafts, migrate, postgres  # noqa: E402
from wirewatch.jobs import batches, deduplicate, load, lookup  # noqa: E402
from wirewatch.local.postgres import Server, free_port  # noqa: E402
from wirewatch.settings import ROOT  # noqa: E402

SIZES = (10_000, 100_000, 1_000_000)
SEEDS = 100_000
_FIRST_NEW = 50_000_000


@dataclass(frozen=True)
class Cost:
    """What one article costs by step, with `window` articles and `seeds` seeds known.

    Milliseconds of this clock, and of CPU (ours and Postgres's).
    """

    window: int
    seeds: int
    look_up: float
    look_up_cpu: float
    judge: float
    judge_cpu: float
    load: float
    load_cpu: float
    reconcile: float
    reconcile_cpu: float
    copies: int


def measure(server: Server, world: World, window: int, seeds: int, probes: int, first: int) -> Cost:
    """Take `probes` entries through lookup, judge, load and reconcile."""
    dsn = server.dsn("warehouse")
    batch = _embedded(dsn, world, window, probes, first)
    clock = Clock(server)
    assert lookup.ahead(dsn, batch, 0) == probes
    looked_up = clock.lap(probes)
    counts = deduplicate.deduplicate(dsn, batch, "bench")
    judged = clock.lap(probes)
    with postgres.transaction(dsn) as db:
        postgres.execute(
            db,
            "update ingest.draft d set topics = '[]', mentions = '[]', tagger = '' from ingest.entry e "
            "where e.id = d.entry_id and e.batch_id = %s",
            (batch,),
        )
        postgres.execute(
            db, "update ingest.entry set stage = 'tagged' where batch_id = %s and stage = 'judged'", (batch,)
        )
    clock.lap(probes)
    outcome = load.load(dsn, batch, "bench")
    loaded = clock.lap(probes)
    batches.reconcile(dsn, batch)
    closed = clock.lap(probes)
    assert counts["failed"] == outcome["failed"] == 0, (counts, outcome)
    return Cost(window, seeds, *looked_up, *judged, *loaded, *closed, outcome["duplicate"])


def _embedded(dsn: str, world: World, window: int, probes: int, first: int) -> int:
    """Enter probes at the stage `embedded`; their batch."""
    made = [world.article(_FIRST_NEW + first + number) for number in range(probes)]
    with postgres.transaction(dsn) as db:
        row = postgres.one(
            db,
            "insert into ingest.batch (run_id, lease_until) values ('bench', now() + interval '1 hour') returning id",
        )
        assert row is not None
        for number, item in enumerate(made):
            text, vector = item.text, item.vector
            if number % 5 < 2:
                known = world.article((number * 7919 + first) % window)
                text, vector = known.text + "\nOne more sentence of ours.", known.vector
            url = f"https://new.example/{first}/{number}"
            entry = postgres.one(
                db,
                "insert into ingest.entry (url, canonical_url, host, stage, batch_id, bucket) values (%s, %s, %s, 'embedded', %s, 0) "
                "returning id",
                (url, url, "new.example", row["id"]),
            )
            assert entry is not None
            key = entry["id"]
            postgres.execute(db, "insert into ingest.sighting (entry_id, feed_id, url) values (%s, 1, %s)", (key, url))
            postgres.execute(
                db,
                "insert into ingest.draft (entry_id, canonical_url, title, text, language) values (%s, %s, %s, %s, 'en')",
                (key, url, item.title, text),
            )
            drafts.save_vectors(
                db,
                key,
                model=MODEL,
                vector=vector,
                passages=[item.title],
                passage_vectors=vector.reshape(1, -1),
                passage_model=MODEL,
                text_digest=digest(text),
                shingles=sampled_shingles(text),
            )
    return int(row["id"])


def run(folder: Path, sizes: tuple[int, ...], probes: int) -> list[Cost]:
    """All sizes, each in a warehouse of its own below `folder`, kept for the next time, on the shipped configuration."""
    world, found = World(), []
    for size, seeds in [*((size, 0) for size in sizes), (min(sizes), SEEDS)]:
        server = Server(folder / (f"{size}-{seeds}-seeds" if seeds else str(size)), free_port())
        server.start()
        dsn = server.dsn("warehouse")
        try:
            migrate.migrate(dsn, ROOT / "sql")
            first = _filled(dsn, world, size, seeds)
            measure(server, world, size, seeds, 40, first)
            found.append(measure(server, world, size, seeds, probes, first + 40))
            print(found[-1], file=sys.stderr, flush=True)
        finally:
            postgres.close_idle()
            server.stop()
    return found


def _filled(dsn: str, world: World, size: int, seeds: int) -> int:
    """Fill the window where it is not filled yet; a number that no probe has had."""
    db = postgres.connect(dsn, autocommit=True)
    try:
        known = postgres.one(db, "select coalesce(max(id), 0) as n, count(*) as used from ingest.entry")
        assert known is not None
        if known["n"] < size:
            fill(db, world, known["n"], size)
        there = postgres.one(db, "select count(*) as n from media.seed")
        assert there is not None
        if there["n"] < seeds:
            fill_seeds(db, world, seeds)
        return int(known["used"]) + 1
    finally:
        db.close()


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / ".wirewatch" / "bench", help="where the windows are kept")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--probes", type=int, default=200)
    chosen = parser.parse_args()
    found = run(chosen.folder, tuple(chosen.sizes), chosen.probes)
    report.write("deduplicate", __doc__ or "", found)
    report.plot(
        "deduplicate",
        [cost for cost in found if not cost.seeds],
        "window",
        ["look_up_cpu", "judge_cpu", "load_cpu", "reconcile_cpu"],
        "ms of CPU for one article",
    )


if __name__ == "__main__":
    main()
