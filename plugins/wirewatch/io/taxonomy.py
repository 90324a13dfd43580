"""Topics: their files in seeds/, their tables, and the tagger made of them."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from psycopg2.extras import Json

from wirewatch.core.model import Embed
from wirewatch.core.topics import own
from wirewatch.core.topics.head import Head
from wirewatch.core.topics.tagger import Tagger
from wirewatch.io import postgres
from wirewatch.io.postgres import Connection


class TaxonomyMissing(RuntimeError):
    """The files of seeds/topics are not there."""


def concepts(seeds: Path) -> list[dict[str, Any]]:
    """The IPTC Media Topics as `seeds`/topics has them."""
    path = seeds / "topics" / "iptc-mediatopics.json"
    if not path.exists():
        message = f"{path} is missing: `git checkout -- seeds/topics` brings it back."
        raise TaxonomyMissing(message)
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["concepts"]
    return found


def head(seeds: Path) -> Head:
    """The topic head that is shipped in `seeds`/topics."""
    path = seeds / "topics" / "head.npz"
    if not path.exists():
        message = (
            f"{path} is missing: `git checkout -- seeds/topics`, or `wirewatch train-topics DATA`, brings it back."
        )
        raise TaxonomyMissing(message)
    return Head.load(path)


def languages(seeds: Path) -> tuple[str, ...]:
    """The languages that the topic head reads; none where it is missing."""
    path = seeds / "topics" / "head.npz"
    return _languages(path, path.stat().st_mtime_ns) if path.exists() else ()


@lru_cache(maxsize=4)
def _languages(path: Path, _changed: int) -> tuple[str, ...]:
    return Head.load(path).languages


def own_definitions(seeds: Path) -> list[own.Definition]:
    """The desk's own topics of `seeds`/topics/own.yaml; none where there is no file. OwnTopicError says what is wrong."""
    path = seeds / "topics" / "own.yaml"
    return own.parse_own(path.read_text(encoding="utf-8"), path.name) if path.exists() else []


def tagger_of_files(seeds: Path, embed: Embed) -> Tagger:
    """The tagger as the files have it, without a warehouse: own topics are compiled here and now."""
    found = head(seeds)
    definitions = own_definitions(seeds)
    return Tagger(found, tuple(own.compiled(d, found.background, found.model, embed) for d in definitions))


def tagger(db: Connection, seeds: Path) -> Tagger:
    """The tagger with the own topics that are in the warehouse and were made for this head."""
    found = head(seeds)
    rows = postgres.rows(
        db, "select definition, weights from media.own_topic where head = %s order by qcode", (found.version,)
    )
    topics = (
        own.OwnTopic(_definition(row["definition"]), np.array([row["weights"]], dtype=np.float32), found.model)
        for row in rows
    )
    return Tagger(found, tuple(topics))


def store_own_topics(db: Connection, seeds: Path, embed: Embed) -> int:
    """Bring the warehouse's own topics to what own.yaml says; how many there are.

    Only what is new or changed is compiled. A topic that left the file is no longer given; what it was given to stays.
    """
    found = head(seeds)
    definitions = own_definitions(seeds)
    stored = postgres.rows(db, "select qcode, digest from media.own_topic where head = %s", (found.version,))
    known = {row["qcode"]: row["digest"] for row in stored}
    postgres.execute(
        db, "delete from media.own_topic where not qcode = any(%s)", ([definition.qcode for definition in definitions],)
    )
    for definition in definitions:
        if known.get(definition.qcode) != definition.digest:
            _store_own_topic(db, own.compiled(definition, found.background, found.model, embed), found.version)
    return len(definitions)


def _store_own_topic(db: Connection, topic: own.OwnTopic, head_version: str) -> None:
    definition = topic.definition
    postgres.execute(
        db,
        """
        insert into media.topic (qcode, name, definition, level, parent, top)
        values (%(q)s, %(name)s, %(sentence)s, 1, null, %(q)s)
        on conflict (qcode) do update set name = excluded.name, definition = excluded.definition
        """,
        {"q": definition.qcode, "name": definition.name, "sentence": definition.sentence},
    )
    postgres.insert(
        db,
        "media.own_topic",
        [
            {
                "qcode": definition.qcode,
                "definition": Json(asdict(definition)),
                "digest": definition.digest,
                "head": head_version,
                "model": topic.model,
                "weights": [float(weight) for weight in topic.weights[0]],
            }
        ],
        """
        on conflict (qcode) do update set definition = excluded.definition, digest = excluded.digest,
            head = excluded.head, model = excluded.model, weights = excluded.weights, compiled_at = now()
        """,
    )


def _definition(stored: dict[str, Any]) -> own.Definition:
    return own.Definition(
        stored["name"], stored["sentence"], tuple(stored["examples"]), tuple(stored["words"]), stored["threshold"]
    )


def store_topics(db: Connection, seeds: Path) -> int:
    """Write the topics; how many."""
    rows = [
        {
            "qcode": concept["id"],
            "name": concept["label"],
            "definition": concept["definition"] or "",
            "level": concept["level"],
            "parent": concept["parent"],
            "top": concept["top"],
        }
        for concept in concepts(seeds)
    ]
    return postgres.insert(
        db,
        "media.topic",
        rows,
        """
        on conflict (qcode) do update set name = excluded.name, definition = excluded.definition,
            level = excluded.level, parent = excluded.parent, top = excluded.top
        """,
    )
