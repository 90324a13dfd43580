"""Metrics: their names, kinds and meanings, and the gauges as the warehouse has them now. Nothing is sent from here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wirewatch.io import postgres

PREFIX = "wirewatch."
"""What all names begin with; Airflow puts its own prefix (`airflow.`, by default) before it."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric: its name without PREFIX, its kind (counter, timer in milliseconds, gauge), and what it says."""

    name: str
    kind: str
    meaning: str


_QUEUE = ("discovered", "claimed", "fetched", "cleaned", "embedded", "judged", "tagged")
_FEEDS = ("healthy", "failing", "blocked", "quiet", "gone", "held")
_GAUGES = (
    *((f"queue.{stage}", f"entries on their way at the stage {stage}") for stage in _QUEUE),
    ("queue.due", "entries that wait to be claimed"),
    ("queue.oldest_seconds", "how long the first of them has been due"),
    ("feeds.active", "feeds that are polled"),
    ("feeds.due", "feeds whose poll is due"),
    ("feeds.overdue_seconds", "how long the first of them has been due"),
    *((f"feeds.{state}", f"feeds that `ingest.source_health` calls {state}") for state in _FEEDS),
    ("requests.last_5_minutes", "requests made"),
    ("requests.failed_last_5_minutes", "requests that no answer came to"),
    ("requests.latency_p50_seconds", "half of the requests of the last five minutes took less"),
    ("requests.latency_p95_seconds", "95 in 100 of them took less"),
    ("freshness.articles_last_hour", "articles loaded in the last hour, copies included"),
    ("freshness.p50_seconds", "from first sight to being queryable, half of them"),
    ("freshness.p95_seconds", "from first sight to being queryable, 95 in 100"),
    ("freshness.newest_seconds", "since the last article was loaded; -1 where there is none"),
    ("quarantine.open", "entries that wait for a person"),
    ("alarms.last_day", "late runs in a day"),
)
_COUNTS = {
    "poll": {
        "ok": "feeds that answered with entries",
        "not_modified": "feeds that answered: nothing new",
        "held": "feeds whose host asked for a pause",
        "failed": "feeds that failed",
        "entries": "entries shown",
        "new_entries": "entries that are new in the ledger",
        "gaps": "gaps noticed between two polls",
    },
    "fetch": {
        "fetched": "pages fetched",
        "rejected": "entries rejected",
        "pending": "entries put off",
        "quarantined": "entries set aside",
    },
    "clean": {
        "cleaned": "articles found in their pages",
        "rejected": "pages that are none, with a reason",
        "failed": "tries that failed",
    },
    "embed": {
        "embedded": "drafts with their vectors",
        "texts": "texts given to the model",
        "looked_up": "drafts that what is known was searched and compared for",
    },
    "deduplicate": {
        "original": "drafts that copy nothing known",
        "url": "copies by the rung url",
        "exact": "copies by the rung exact",
        "near": "copies by the rung near",
        "semantic": "copies by the rung semantic",
        "failed": "tries that failed",
    },
    "tag": {
        "tagged": "drafts that were looked at",
        "abstained": "drafts without a topic",
        "mentions": "names found",
        "failed": "tries that failed",
    },
    "load": {
        "loaded": "new articles",
        "duplicate": "copies",
        "failed": "tries that failed",
    },
    "reconcile": {
        "loaded": "entries of closed batches that became articles",
        "duplicate": "entries of closed batches that are copies",
        "rejected": "entries of closed batches that were rejected",
        "quarantined": "entries of closed batches that wait for a person",
        "pending": "entries of closed batches that are to be tried again",
    },
}


def metrics() -> Iterator[Metric]:
    """Every metric that is sent."""
    for stage, counts in _COUNTS.items():
        yield Metric(f"{stage}.duration", "timer", f"one task of the stage {stage}")
        yield Metric(f"{stage}.errors", "counter", f"tasks of the stage {stage} that ended with an error")
        for name, meaning in counts.items():
            yield Metric(f"{stage}.{name}", "counter", meaning)
    for name, meaning in _GAUGES:
        yield Metric(name, "gauge", meaning)


def counters(stage: str, counts: dict[str, int]) -> dict[str, int]:
    """What of a job's counts is sent for its stage, by the name without PREFIX."""
    return {f"{stage}.{name}": counts[name] for name in _COUNTS[stage] if counts.get(name)}


def gauges(dsn: str) -> dict[str, float]:
    """The gauges now, by their name without PREFIX: the rows of ingest.metric."""
    with postgres.transaction(dsn) as db:
        return {row["name"]: float(row["value"]) for row in postgres.rows(db, "select name, value from ingest.metric")}
