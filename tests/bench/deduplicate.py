"""What judging, loading and reconciling cost for one article, with 10,000 to 1,000,000 articles in the window."""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

from bench.window import MODEL, World, fill  # noqa: E402
from wirewatch.core.duplicates.text import digest, sampled_shingles  # noqa: E402
from wirewatch.io import drafts, migrate, postgres  # noqa: E402
from wirewatch.jobs import batches, deduplicate, load  # noqa: E402
from wirewatch.local.postgres import Server, free_port  # noqa: E402
from wirewatch.settings import ROOT  # noqa: E402

SIZES = (10_000, 100_000, 1_000_000)
_FIRST_NEW = 50_000_000


@dataclass(frozen=True)
class Cost:
    """Milliseconds for one article, by step, with `window` articles known."""

    window: int
    judge: float
    load: float
    reconcile: float
    copies: int


def measure(dsn: str, world: World, window: int, probes: int, first: int) -> Cost:
    """Take `probes` entries through judge, load and reconcile: two in five are copies of articles of the window."""
    batch = _embedded(dsn, world, window, probes, first)
    begun = time.perf_counter()
    counts = deduplicate.deduplicate(dsn, batch, "bench")
    judged = time.perf_counter()
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
    loading = time.perf_counter()
    load.load(dsn, batch, "bench")
    loaded = time.perf_counter()
    batches.reconcile(dsn, batch)
    done = time.perf_counter()
    each = 1000 / probes
    copies = sum(counts[rung] for rung in ("url", "exact", "near", "semantic"))
    assert counts["failed"] == 0, counts
    return Cost(window, (judged - begun) * each, (loaded - loading) * each, (done - loaded) * each, copies)


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
                "insert into ingest.entry (url, canonical_url, host, stage, batch_id) values (%s, %s, %s, 'embedded', %s) "
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
                text_digest=digest(text),
                shingles=sampled_shingles(text),
            )
    return int(row["id"])


def run(folder: Path, sizes: tuple[int, ...], probes: int) -> list[Cost]:
    """All sizes, one after the other, in one warehouse of `folder` on the shipped configuration of Postgres."""
    server = Server(folder, free_port())
    server.start()
    dsn, world, found = server.dsn("warehouse"), World(), []
    try:
        migrate.migrate(dsn, ROOT / "sql")
        for size in sizes:
            db = postgres.connect(dsn, autocommit=True)
            known = postgres.one(
                db, "select coalesce(max(id), 0) as n from media.article where run_id = 'bench' and id <= %s", (size,)
            )
            have = known["n"] if known else 0
            if have < size:
                begun = time.perf_counter()
                fill(db, world, have, size)
                print(
                    f"{size} articles in the window, {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True
                )
            db.close()
            measure(dsn, world, size, 20, size + 1_000_000)
            cost = measure(dsn, world, size, probes, size)
            print(cost, file=sys.stderr, flush=True)
            found.append(cost)
    finally:
        server.stop()
    return found


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--probes", type=int, default=200)
    chosen = parser.parse_args()
    run(chosen.folder, tuple(chosen.sizes), chosen.probes)


if __name__ == "__main__":
    main()
