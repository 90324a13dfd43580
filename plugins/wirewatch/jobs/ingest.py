"""The whole flow once, without Airflow: the DAG's tasks called one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import uuid4

from wirewatch.jobs import batches, clean, deduplicate, embed, fetch, load, poll, tag

Progress = Callable[[str, int, int], None]
"""Told (stage, done, total) as work goes on."""


def new_run_id() -> str:
    """A name for a run that is not Airflow's."""
    return f"cli/{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}-{uuid4().hex[:6]}"


def ingest(dsn: str, progress: Progress = lambda _stage, _done, _total: None) -> dict[str, int]:
    """Poll what is due, then take in what waits until nothing does. Counts of this run by disposition, and of polls."""
    run_id = new_run_id()
    counts: Counter[str] = Counter()
    buckets = poll.due_buckets(dsn)
    for number, feeds in enumerate(buckets):
        progress("poll", number, len(buckets))
        counts.update(poll.poll_bucket(dsn, feeds, run_id))
    progress("poll", len(buckets), len(buckets))
    while work := batches.claim(dsn, run_id):
        for stage in ("fetch", "clean", "embed"):
            for number, item in enumerate(work):
                progress(stage, number, len(work))
                _STAGES[stage](dsn, item["batch"], item["bucket"], run_id)
            progress(stage, len(work), len(work))
        batch = work[0]["batch"]
        for number, (stage, job) in enumerate(_WHOLE.items()):
            progress(stage, number, len(_WHOLE))
            job(dsn, batch, run_id)
        progress("load", len(_WHOLE), len(_WHOLE))
        done = batches.reconcile(dsn, batch)
        counts.update({key: value for key, value in done.items() if key != "discovered"})
    return dict(counts)


_STAGES: dict[str, Callable[[str, int, int, str], dict[str, int]]] = {
    "fetch": fetch.fetch,
    "clean": clean.clean,
    "embed": lambda dsn, batch, bucket, _run: embed.embed(dsn, batch, bucket),
}
_WHOLE: dict[str, Callable[[str, int, str], dict[str, int]]] = {
    "deduplicate": deduplicate.deduplicate,
    "tag": tag.tag,
    "load": load.load,
}
