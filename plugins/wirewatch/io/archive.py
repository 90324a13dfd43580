"""The archive: what was fetched, as WARC files (ISO 28500) in a folder or any fsspec location."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from posixpath import dirname, join
from typing import IO, Any

import fsspec
from warcio.archiveiterator import ArchiveIterator

from wirewatch.io import warc
from wirewatch.io.http import Response

_UNPACKED = ("content-encoding", "transfer-encoding", "content-length")


class ArchiveDamaged(RuntimeError):
    """A record of the archive is missing or is not what was written."""


@dataclass(frozen=True, slots=True)
class PageRef:
    """Where a response is: file below the archive, byte offset and length of its record, SHA-256 of its body."""

    file: str
    offset: int
    length: int
    digest: str


@dataclass(frozen=True, slots=True)
class StoredPage:
    """A response read back."""

    url: str
    status: int
    headers: dict[str, str]
    body: bytes
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class Original:
    """The response that has the body of a revisit record: its address, and when it was fetched."""

    url: str
    fetched_at: datetime


class Writer:
    """Adds responses to one WARC file."""

    def __init__(self, name: str, out: IO[bytes]) -> None:
        self._name, self._out, self._offset = name, out, 0
        self.records = 0

    def add(self, response: Response) -> PageRef:
        """Write request and response records; where the response is.

        The body is written as it was after decompression; the headers that spoke of its packing are kept under
        X-Archive-Orig- names, as other archives do.
        """
        kept = [
            (f"X-Archive-Orig-{name}", value) if name.lower() in _UNPACKED else (name, value)
            for name, value in response.raw_headers
        ]
        head = warc.http_head(_status(response), [*kept, ("Content-Length", str(len(response.body)))])
        digest = (("WARC-Payload-Digest", warc.digest(response.body)),)
        record_id, packed = warc.record(
            "response", response.final_url, response.fetched_at, head, response.body, digest
        )
        self._write(_request(response, record_id))
        offset = self._offset
        self._write(packed)
        self.records += 1
        return PageRef(self._name, offset, len(packed), sha256(response.body).hexdigest())

    def add_revisit(self, response: Response, original: Original | None) -> None:
        """Write that a response had the body that is archived already (ISO 28500, section 6.7.2): a record without it.

        `original` is what it refers to; None where that is not known, and then nothing but the digest leads there.
        """
        refers = (
            ("WARC-Refers-To-Target-URI", original.url),
            ("WARC-Refers-To-Date", warc.date(original.fetched_at)),
        ) if original else ()  # fmt: skip
        record_id, packed = warc.record(
            "revisit",
            response.final_url,
            response.fetched_at,
            warc.http_head(_status(response), response.raw_headers),
            more=(("WARC-Profile", warc.REVISIT), *refers, ("WARC-Payload-Digest", warc.digest(response.body))),
        )
        self._write(_request(response, record_id))
        self._write(packed)
        self.records += 1

    def _write(self, packed: bytes) -> None:
        self._out.write(packed)
        self._offset += len(packed)


def _status(response: Response) -> str:
    return f"HTTP/1.1 {response.status} {response.reason}".strip()


def _request(response: Response, record_id: str) -> bytes:
    """The request record that belongs to a record of its answer."""
    host, _, path = response.final_url.partition("://")[2].partition("/")
    sent = [(name, value) for name, value in response.sent if name.lower() != "host"]
    head = warc.http_head(f"GET /{path} HTTP/1.1", [("Host", host), *sent])
    more = (("WARC-Concurrent-To", record_id),)
    return warc.record("request", response.final_url, response.fetched_at, head, more=more)[1]


class Archive:
    """The archive at a folder or an fsspec URL (s3://bucket/path and the like)."""

    def __init__(self, url: str) -> None:
        self._system, self._root = fsspec.core.url_to_fs(url)

    @contextmanager
    def writer(self, name: str) -> Iterator[Writer]:
        """A new file of the archive. It appears under its name whole, at the end of the block, or not at all."""
        path = join(self._root, name)
        with tempfile.NamedTemporaryFile(suffix=".warc.gz") as out:
            writer = Writer(name, out)
            yield writer
            out.flush()
            if writer.records:
                self._system.makedirs(dirname(path), exist_ok=True)
                try:
                    self._system.put_file(out.name, f"{path}.part")
                    self._system.mv(f"{path}.part", path)
                except OSError:
                    # A full disk is not helped by half a file.
                    with suppress(OSError):
                        self._system.rm_file(f"{path}.part")
                    raise

    def read(self, ref: PageRef) -> StoredPage:
        """A response again. ArchiveDamaged where it is not what was written."""
        try:
            raw = self._system.cat_file(join(self._root, ref.file), start=ref.offset, end=ref.offset + ref.length)
        except FileNotFoundError:
            raise ArchiveDamaged(f"The archive has no file {ref.file}.") from None
        record: Any = next(iter(ArchiveIterator(BytesIO(raw))), None)
        if record is None or record.rec_type != "response":
            raise ArchiveDamaged(f"There is no response at byte {ref.offset} of {ref.file}.")
        body = record.content_stream().read()
        if sha256(body).hexdigest() != ref.digest:
            raise ArchiveDamaged(f"The response at byte {ref.offset} of {ref.file} is not what was written.")
        return StoredPage(
            url=record.rec_headers.get_header("WARC-Target-URI"),
            status=int(record.http_headers.get_statuscode()),
            headers={name.lower(): value for name, value in record.http_headers.headers},
            body=body,
            fetched_at=datetime.fromisoformat(record.rec_headers.get_header("WARC-Date")).astimezone(UTC),
        )

    def remove(self, name: str) -> int:
        """Remove a file of the archive; its bytes, 0 where it is gone already."""
        path = join(self._root, name)
        try:
            size = int(self._system.size(path) or 0)
            self._system.rm_file(path)
        except FileNotFoundError:
            return 0
        return size
