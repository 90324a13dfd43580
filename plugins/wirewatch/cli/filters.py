"""wirewatch clean, dedupe and tag: JSON lines in on standard input, JSON lines out on standard output."""

from __future__ import annotations

import json
import queue
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from wirewatch.cli.application import app, says_what_to_do
from wirewatch.settings import settings

_CHUNK = 32
Record = dict[str, Any]


@app.command()
@says_what_to_do
def clean() -> None:
    """Pages to articles.

    In: {"id", "url", "html" | "html_path", "crawled"?}. Out: {"id", "title" (declared), "headline" (shown), "text", "authors",
    "published", "language", "rejected", "detail"}. A line that is wrong gives {"id", "error"}.
    """
    from wirewatch.jobs import filters

    _run(lambda records: map(filters.clean, records))


@app.command()
@says_what_to_do
def dedupe(
    seeds: Annotated[Path | None, typer.Option(exists=True, file_okay=False, help="folder of seed articles")] = None,
) -> None:
    """Texts, in order of arrival, to what they copy and the story that they belong to.

    In: {"id", "title", "text", "published"?, "url"?}. Out: {"id", "duplicate_of", "rung", "score", "story", "parts"};
    `duplicate_of` is the id of an earlier line, or the name of a seed; `parts` says of what an original took parts.
    """
    from wirewatch.io import migrate, postgres
    from wirewatch.jobs import filters
    from wirewatch.jobs.seeds import load_seeds
    from wirewatch.local.postgres import temporary

    with temporary() as server:
        dsn = server.dsn("warehouse")
        migrate.migrate(dsn, settings().sql)
        if seeds is not None:
            load_seeds(dsn, seeds)
        with postgres.transaction(dsn) as db:
            names = {f"seed:{row['id']}": row["name"] for row in postgres.rows(db, "select id, name from media.seed")}
        _run(filters.Deduplicator(dsn, names))


@app.command()
@says_what_to_do
def tag(
    watchlists: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="watchlists as YAML")] = None,
) -> None:
    """Texts to topics (IPTC Media Topics) and mentions.

    In: {"id", "title", "text"}. Out: {"id", "topics": [{"qcode", "name", "score"}], "mentions": [...]}.
    """
    from wirewatch.core.watchlists import Matcher
    from wirewatch.io import embedding, taxonomy
    from wirewatch.io.watchlists import read
    from wirewatch.jobs import filters

    chosen = settings()
    matcher = Matcher(read(watchlists or chosen.seeds / "watchlists.yaml"))
    _run(filters.Tagger(taxonomy.tagger_of_files(chosen.seeds, embedding.embed), matcher))


def _run(work: Callable[[list[Record]], Iterable[Record]]) -> None:
    for chunk in _chunks(sys.stdin.buffer):
        results = iter(work([record for record in chunk if "error" not in record or "__line" not in record]))
        for record in chunk:
            answer = {"id": None, "error": record["error"]} if "__line" in record else next(results)
            sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
        sys.stdout.flush()


def _chunks(lines: Iterable[bytes]) -> Iterator[list[Record]]:
    """What has arrived, in chunks: a slow writer gets its answers at once, a fast one is taken in bulk."""
    arrived: queue.Queue[bytes | None] = queue.Queue(maxsize=4 * _CHUNK)

    def read() -> None:
        for line in lines:
            arrived.put(line)
        arrived.put(None)

    threading.Thread(target=read, daemon=True).start()
    number, ended = 0, False
    while not ended:
        chunk: list[Record] = []
        line = arrived.get()
        while line is not None:
            number += 1
            if line.strip():
                chunk.append(_record(line, number))
            if len(chunk) >= _CHUNK or (chunk and arrived.empty()):
                break
            line = arrived.get()
        ended = line is None
        if chunk:
            yield chunk


def _record(line: bytes, number: int) -> Record:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError) as problem:
        return {"__line": number, "error": f"line {number} is not JSON: {problem}"}
    if not isinstance(found, dict):
        return {"__line": number, "error": f"line {number} is not a JSON object"}
    return found
