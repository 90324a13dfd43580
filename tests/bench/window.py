"""A window of any size for the benchmark of deduplication: made-up articles with vectors, shingles and shared boilerplate.

Vectors lie in topics and stories as embeddings do; shingle hashes are uniform, as hashes are; three articles in ten carry
the boilerplate of their publisher, so that some shingles are in a great many articles.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import numpy as np

from wirewatch.core.duplicates.text import sampled_shingles
from wirewatch.io import postgres
from wirewatch.io.drafts import literal

DIMENSIONS, MODEL = 384, "all-MiniLM-L6-v2"
_FIRST_SEED = 70_000_000
BLOCK = 1000
"""Articles are made and copied by the thousand."""
_TOPICS, _SOURCES, _SENTENCES, _PER_ARTICLE, _SHINGLES = 400, 50, 20_000, 8, 40
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_INDEXES = {
    "media.embedding_minilm": "create index embedding_minilm on media.embedding using hnsw "
    "((vector::halfvec(384)) halfvec_cosine_ops) where model = 'all-MiniLM-L6-v2'",
    "media.article_shingles": "create index article_shingles on media.article using gin (shingles)",
    "media.article_search": None,
}
"""Indexes that are quicker made at the end; the one for full text is left out, since nothing here asks it."""


@dataclass(frozen=True)
class Made:
    """One made-up article."""

    id: int
    source: int
    title: str
    text: str
    shingles: list[int]
    vector: np.ndarray


class World:
    """The same made-up articles for the same seed, by number."""

    def __init__(self, seed: int = 7) -> None:
        rng = np.random.default_rng(seed)
        self._seed = seed
        self._topics = _unit(rng.normal(size=(_TOPICS, DIMENSIONS)).astype(np.float32))
        words = np.array(["".join(rng.choice(list("abcdefghijklmnopqrstuvwxyz"), 3 + n % 8)) for n in range(30_000)])
        ranks = np.minimum(rng.zipf(1.2, size=(_SENTENCES, 19)) - 1, len(words) - 1)
        self._sentences = [" ".join(words[row]).capitalize() + "." for row in ranks]
        self.boilerplate = [" ".join(self._sentences[n * 3 : n * 3 + 3]) for n in range(_SOURCES)]
        self._common = [sampled_shingles(text) for text in self.boilerplate]

    def article(self, number: int) -> Made:
        """One article by its number, counted from 0."""
        return self.block(number // BLOCK)[number % BLOCK]

    @lru_cache(maxsize=256)  # noqa: B019  (one world lives as long as the process)
    def block(self, which: int) -> list[Made]:
        """The articles from `which * BLOCK` on, BLOCK of them."""
        rng = np.random.default_rng((self._seed, which))
        numbers = np.arange(which * BLOCK, which * BLOCK + BLOCK)
        stories = np.arange(BLOCK) // 5
        directions = rng.normal(scale=1 / np.sqrt(DIMENSIONS), size=(BLOCK // 5, DIMENSIONS)).astype(np.float32)
        story = _unit(self._topics[rng.integers(0, _TOPICS, BLOCK // 5)] + directions * 0.8)[stories]
        vectors = _unit(
            story + rng.normal(scale=0.45 / np.sqrt(DIMENSIONS), size=(BLOCK, DIMENSIONS)).astype(np.float32)
        )
        chosen = rng.integers(0, _SENTENCES, size=(BLOCK, _PER_ARTICLE))
        hashes = rng.integers(-(2**63), 2**63 - 1, size=(BLOCK, _SHINGLES), dtype=np.int64) & ~np.int64(7)
        found = []
        for row, number in enumerate(numbers.tolist()):
            source = number % _SOURCES
            common = self._common[source] if number % 10 < 3 else []
            text = "\n".join(self._sentences[n] for n in chosen[row])
            if common:
                text += "\n" + self.boilerplate[source]
            found.append(
                Made(
                    number + 1,
                    source + 1,
                    f"Report {number}",
                    text,
                    sorted({*hashes[row].tolist(), *common}),
                    vectors[row],
                )
            )
        return found


def fill(db: postgres.Connection, world: World, first: int, last: int, days: int = 25) -> None:
    """Add articles `first` to `last - 1` (multiples of BLOCK) to the window, spread over `days`, and renew the indexes."""
    for name in _INDEXES:
        postgres.execute(db, f"drop index if exists {name}")
    postgres.execute(
        db,
        "insert into media.source (id, host, name) overriding system value "
        "select n, 'source' || n || '.example', 'Source ' || n from generate_series(1, %s) n on conflict do nothing",
        (_SOURCES,),
    )
    postgres.execute(db, "select setval(pg_get_serial_sequence('media.source', 'id'), 1000)")
    postgres.execute(
        db,
        "insert into ingest.feed (id, url, title, host) overriding system value values (1, 'https://f.example/', '', 'f') "
        "on conflict do nothing",
    )
    _entries(db, first + 1, last, days)
    for which in range(first // BLOCK, last // BLOCK):
        _copy(db, world.block(which), last, days)
    postgres.execute(db, "set maintenance_work_mem = '2GB'")
    for statement in _INDEXES.values():
        if statement:
            postgres.execute(db, statement)
    for table in ("ingest.entry", "ingest.sighting", "media.article", "media.embedding"):
        postgres.execute(db, f"analyze {table}")


def fill_seeds(db: postgres.Connection, world: World, number: int) -> None:
    """Add so many made-up seeds, each with one vector, and renew the indexes of vectors."""
    index = postgres.one(db, "select pg_get_indexdef('media.seed_embedding_minilm'::regclass) as made")
    assert index is not None
    postgres.execute(db, "drop index media.seed_embedding_minilm")
    for which in range(_FIRST_SEED // BLOCK, (_FIRST_SEED + number) // BLOCK):
        made = world.block(which)
        seeds = [
            {
                "name": f"bench.jsonl#{item.id}",
                "file": "bench.jsonl",
                "title": item.title,
                "text": item.text,
                "language": "en",
                "text_digest": f"seed{item.id}",
                "shingles": item.shingles,
            }
            for item in made
        ]
        ids = [row["id"] for row in postgres.insert_returning(db, "media.seed", seeds, "returning id")]
        vectors = [
            {"seed_id": key, "model": MODEL, "vector": literal(item.vector)}
            for key, item in zip(ids, made, strict=True)
        ]
        postgres.insert(db, "media.seed_embedding", vectors)
    postgres.execute(db, "set maintenance_work_mem = '2GB'")
    postgres.execute(db, index["made"])
    for table in ("media.seed", "media.seed_embedding"):
        postgres.execute(db, f"analyze {table}")


def _entries(db: postgres.Connection, first: int, last: int, days: int) -> None:
    postgres.execute(
        db,
        """
        insert into ingest.entry (id, url, canonical_url, host, stage, disposition, reason, discovered_at, decided_at)
        overriding system value
        select n, 'https://source' || n %% 50 || '.example/' || n, 'https://source' || n %% 50 || '.example/' || n,
            'source' || n %% 50 || '.example', 'done', 'loaded', 'a new article',
            now() - (%(last)s - n) * interval '1 day' * %(days)s / %(last)s, now()
        from generate_series(%(first)s, %(last)s) n
        """,
        {"first": first, "last": last, "days": days},
    )
    postgres.execute(
        db,
        "insert into ingest.sighting (entry_id, feed_id, url) select id, 1, url from ingest.entry where id between %s and %s",
        (first, last),
    )
    postgres.execute(db, "select setval(pg_get_serial_sequence('ingest.entry', 'id'), %s)", (last,))


def _copy(db: postgres.Connection, made: list[Made], last: int, days: int) -> None:
    now = datetime.now(UTC)
    articles, vectors = io.StringIO(), io.BytesIO()
    vectors.write(b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0))
    for item in made:
        seen = now - timedelta(days=days * (last - item.id) / last)
        url = f"https://source{item.id % _SOURCES}.example/{item.id}"
        text = item.text.replace("\n", "\\n")
        shingles = "{" + ",".join(map(str, item.shingles)) + "}"
        articles.write(
            f"{item.id}\t{item.source}\t{url}\t{url}\t{item.title}\t{text}\ten\t160\t{seen.isoformat()}\tbench\t"
            f"digest{item.id}\t{shingles}\n"
        )
        micros = int((seen - _EPOCH).total_seconds() * 1_000_000)
        values = (
            struct.pack(">q", item.id),
            MODEL.encode(),
            struct.pack(">q", micros),
            struct.pack(">hh", DIMENSIONS, 0) + item.vector.astype(">f2").tobytes(),
        )
        vectors.write(struct.pack(">h", 4) + b"".join(struct.pack(">i", len(value)) + value for value in values))
    vectors.write(struct.pack(">h", -1))
    articles.seek(0)
    vectors.seek(0)
    with db.cursor() as cursor:
        cursor.copy_expert(
            "copy media.article (id, source_id, url, canonical_url, title, text, language, words, first_seen_at, run_id, "
            "text_digest, shingles) from stdin",
            articles,
        )
        cursor.copy_expert(
            "copy media.embedding (article_id, model, seen_at, vector) from stdin (format binary)", vectors
        )


def _unit(rows: np.ndarray) -> np.ndarray:
    found: np.ndarray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return found
