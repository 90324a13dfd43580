"""Articles as Apache Parquet, written by pyarrow a group of rows at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from wirewatch.core import export

_GROUP = 5_000
"""Rows in a row group: what is held in memory."""
_LISTS = {"authors", "topics", "mentions"}
_NUMBERS = {"id", "words", "copy_of", "story_id", "version", "cursor"}
_TIMES = {"first_seen_at", "published_at", "loaded_at", "changed_at"}


def written(rows: Iterable[Mapping[str, Any]], *, text: bool, changes: bool) -> Iterator[bytes]:
    """The bytes of a Parquet file, as they come: times in UTC with microseconds, lists as lists, compressed with zstd."""
    import pyarrow as pa
    from pyarrow import parquet

    def kind(name: str) -> Any:
        if name in _LISTS:
            return pa.list_(pa.string())
        if name in _TIMES:
            return pa.timestamp("us", tz="UTC")
        return pa.int64() if name in _NUMBERS else pa.float32() if name == "score" else pa.string()

    schema = pa.schema([(name, kind(name)) for name in export.columns(text=text, changes=changes)])
    pipe = _Pipe()
    with parquet.ParquetWriter(pa.PythonFile(pipe, mode="w"), schema, compression="zstd") as writer:
        left = iter(rows)
        while group := list(islice(left, _GROUP)):
            writer.write_table(pa.Table.from_pylist(group, schema=schema))
            yield pipe.taken()
    yield pipe.taken()


class _Pipe:
    """A file that is written at one end and taken away, piece by piece, at the other."""

    closed = False

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._position = 0

    def write(self, piece: Any) -> int:
        """Keep a piece until it is taken."""
        data = bytes(piece)
        self._pieces.append(data)
        self._position += len(data)
        return len(data)

    def taken(self) -> bytes:
        """What was written since the last time."""
        found = b"".join(self._pieces)
        self._pieces.clear()
        return found

    def tell(self) -> int:
        """How much was written in all."""
        return self._position

    def flush(self) -> None:
        """Nothing waits here."""

    def close(self) -> None:
        """Nothing is open here."""
