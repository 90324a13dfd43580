"""Retag: the present tagger looks at articles that are there already; then, all at once, its topics serve."""

from __future__ import annotations

from datetime import datetime

from wirewatch.io import embedding, postgres, tagging, taxonomy
from wirewatch.settings import settings

_CHUNK = 32


def waiting(dsn: str, since: datetime, until: datetime) -> int:
    """How many articles first seen in [since, until) the present tagger has not looked at."""
    with postgres.transaction(dsn) as db:
        return tagging.count_waiting(db, taxonomy.tagger(db, settings().seeds).version, since, until)


def retag(dsn: str, since: datetime, until: datetime, run_id: str) -> dict[str, int]:
    """Tag the window's articles anew, beside what they have. Counts: articles, abstained (no topic), topics.

    Each chunk is committed, so a run that was killed goes on where it was. Nothing that readers see changes yet.
    """
    with postgres.transaction(dsn) as db:
        tagger = taxonomy.tagger(db, settings().seeds)
    counts = {"articles": 0, "abstained": 0, "topics": 0}
    while True:
        with postgres.transaction(dsn) as db:
            chunk = tagging.waiting(db, tagger.version, since, until, _CHUNK)
        if not chunk:
            return counts
        parts = [tagger.to_read(row["title"], row["text"], row["language"]) for row in chunk]
        vectors = embedding.embed([passage for part in parts for passage in part], tagger.model)
        at = 0
        with postgres.transaction(dsn) as db:
            for row, part in zip(chunk, parts, strict=True):
                mine = vectors[at : at + len(part)]
                at += len(part)
                topics = tagger.tag(row["title"], row["text"], part, mine, row["language"])
                tagging.record(db, row["id"], tagger.version, topics, run_id)
                counts["articles"] += 1
                counts["abstained"] += not topics
                counts["topics"] += len(topics)


def switch(dsn: str, since: datetime, until: datetime) -> dict[str, int]:
    """Let the present tagger's topics serve in the window, in one transaction. Counts: articles, gained, lost."""
    with postgres.transaction(dsn) as db:
        version = taxonomy.tagger(db, settings().seeds).version
        turned = tagging.switch(db, version, since, until)
        changed = tagging.changes(db, version)
    return {
        "articles": turned,
        "gained": sum(row["gained"] for row in changed),
        "lost": sum(row["lost"] for row in changed),
    }
