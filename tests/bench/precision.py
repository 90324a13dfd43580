"""What embedding in bfloat16 changes: speed, vectors, and the verdicts, stories and topics that come of them, on labelled texts.

The same texts are judged twice by the filters of the command line, in float32 and in bfloat16. `auto` is the one of the two that this
processor would be given.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "quality")]

from bench import report  # noqa: E402
from wirewatch.core.duplicates.text import lead  # noqa: E402
from wirewatch.core.watchlists import Matcher  # noqa: E402
from wirewatch.io import embedding, migrate, taxonomy  # noqa: E402
from wirewatch.jobs import filters  # noqa: E402
from wirewatch.local.postgres import temporary  # noqa: E402
from wirewatch.settings import settings  # noqa: E402

SHARED = ROOT.parent / "shared"
_SHARE, _SPEED_TEXTS = 6, 256
WAYS = ("float32", "bfloat16")
Record = dict[str, Any]


def measure(labelled: list[Record], articles: list[Record]) -> list[Record]:
    """One row a way, and what differs between the two."""
    leads = [lead(row["title"], row["text"]) for row in labelled]
    embedding.embed(leads[:1])  # so that loading the model is not measured
    rows, found = [], {}
    for way in WAYS:
        os.environ["WIREWATCH_EMBED_PRECISION"] = way
        settings.cache_clear()
        begun = time.process_time()
        embedding.embed(leads[:_SPEED_TEXTS])
        spent = time.process_time() - begun
        found[way] = embedding.embed(leads), _judged(labelled), _tagged(articles)
        rows.append({"precision": way, "texts a CPU second": round(_SPEED_TEXTS / spent, 1)})
    os.environ.pop("WIREWATCH_EMBED_PRECISION")
    settings.cache_clear()
    (vectors, verdicts, topics), (others, other_verdicts, other_topics) = (found[way] for way in WAYS)
    same = (vectors * others).sum(axis=1)
    differ = {
        "least cosine of a text's two vectors": f"{same.min():.5f}",
        "texts judged": len(verdicts),
        "verdicts that differ": _differing(verdicts, other_verdicts, "duplicate_of", "rung"),
        "stories that differ": _differing(verdicts, other_verdicts, "story"),
        "articles tagged": len(topics),
        "topics that differ": _differing(topics, other_topics, "topics"),
    }
    used = WAYS[embedding.in_bfloat16()]
    return [{**row, "auto": "yes" if row["precision"] == used else "", **differ} for row in rows]


def _judged(labelled: list[Record]) -> list[Record]:
    with temporary() as server:
        dsn = server.dsn("warehouse")
        migrate.migrate(dsn, ROOT / "sql")
        judge = filters.Deduplicator(dsn, {})
        records = [{key: row[key] for key in ("id", "title", "text")} for row in labelled]
        return [answer for chunk in filters.in_chunks(iter(records), 32) for answer in judge(chunk)]


def _tagged(articles: list[Record]) -> list[Record]:
    tag = filters.Tagger(taxonomy.tagger_of_files(settings().seeds, embedding.embed), Matcher([]))
    answers = [answer for chunk in filters.in_chunks(iter(articles), 32) for answer in tag(chunk)]
    return [{"topics": sorted(topic["qcode"] for topic in answer["topics"])} for answer in answers]


def _differing(one: list[Record], other: list[Record], *fields: str) -> int:
    return sum([a.get(f) for f in fields] != [b.get(f) for f in fields] for a, b in zip(one, other, strict=True))


def main() -> None:
    """One in six of the labelled texts for copies, and all captured articles for topics."""
    if not SHARED.is_dir():
        print(f"The labelled sets are not beside this checkout ({SHARED}): nothing measured.")
        return
    import copies
    import extraction

    articles = [
        {"id": case.id, "title": case.title or "", "text": case.text}
        for name in ("newsroom", "newsday")
        for case in extraction.cases(SHARED, name)
    ]
    report.write("precision", __doc__ or "", measure(copies.rows(SHARED, _SHARE), articles))


if __name__ == "__main__":
    main()
