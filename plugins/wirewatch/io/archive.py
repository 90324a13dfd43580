"""The archive: what was fetched, as WARC files (ISO 28500) in a folder or any fsspec location."""

from __future__ import annotations

import re
import tempfile
from base64 import b32encode
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha1, sha256
from io import BytesIO
from posixpath import dirname, join
from typing import IO, Any

import fsspec
from isal import isal_zlib
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from wirewatch.io.http import Response

_UNPACKED = ("content-encoding", "transfer-encoding", "content-length")
_BREAKS = re.compile(r"[\r\n]+")
_LEVEL = 2
_GZIP = 31


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


class _AsSent(StatusAndHeaders):  # type: ignore[misc]
    """A start line and headers byte for byte: warcio percent-encodes what is not ASCII, and no server sent that."""

    def to_ascii_bytes(self, _filter: Any = None) -> bytes:
        return str(self).encode("latin-1", "replace") + b"\r\n"


class Writer:
    """Adds responses to one WARC file, each record a gzip member of its own (ISO 28500:2017, annex D).

    warcio makes the records; ISA-L packs them, since warcio packs at zlib's slowest level: a page of 230 kB takes
    1.5 ms of CPU in place of 8, and a sixth more bytes.
    """

    def __init__(self, name: str, out: IO[bytes]) -> None:
        self._name, self._out, self._offset = name, out, 0
        self._record = BytesIO()
        self._warc = WARCWriter(self._record, gzip=False, warc_version="1.1")
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
        record = self._warc.create_warc_record(
            response.final_url,
            "response",
            payload=BytesIO(response.body),
            length=len(response.body),
            http_headers=_answer(response, [*kept, ("Content-Length", str(len(response.body)))]),
            warc_headers_dict={"WARC-Date": _date(response.fetched_at)},
        )
        self._write(self._request(response, record))
        offset = self._offset
        self._write(record)
        self.records += 1
        return PageRef(self._name, offset, self._offset - offset, sha256(response.body).hexdigest())

    def add_revisit(self, response: Response, original: Original | None) -> None:
        """Write that a response had the body that is archived already (ISO 28500, section 6.7.2): a record without it.

        `original` is what it refers to; None where that is not known, and then nothing but the digest leads there.
        """
        record = self._warc.create_revisit_record(
            response.final_url,
            digest="sha1:" + b32encode(sha1(response.body, usedforsecurity=False).digest()).decode("ascii"),
            refers_to_uri=original.url if original else "",
            refers_to_date=_date(original.fetched_at) if original else "",
            http_headers=_answer(response, response.raw_headers),
            warc_headers_dict={"WARC-Date": _date(response.fetched_at)},
        )
        if original is None:
            record.rec_headers.remove_header("WARC-Refers-To-Date")
            record.rec_headers.remove_header("WARC-Refers-To-Target-URI")
        self._write(self._request(response, record))
        self._write(record)
        self.records += 1

    def _request(self, response: Response, answer: Any) -> Any:
        """The request record that belongs to a record of its answer."""
        host, _, path = response.final_url.partition("://")[2].partition("/")
        sent = [(name, value) for name, value in response.sent if name.lower() != "host"]
        return self._warc.create_warc_record(
            response.final_url,
            "request",
            http_headers=_AsSent(f"GET /{path} HTTP/1.1", [("Host", host), *sent], is_http_request=True),
            warc_headers_dict={
                "WARC-Date": _date(response.fetched_at),
                "WARC-Concurrent-To": answer.rec_headers.get_header("WARC-Record-ID"),
            },
        )

    def _write(self, record: Any) -> None:
        self._record.seek(0)
        self._record.truncate()
        self._warc.write_record(record)
        self._offset += self._out.write(isal_zlib.compress(self._record.getbuffer(), _LEVEL, _GZIP))


def _answer(response: Response, headers: Iterable[tuple[str, str]]) -> _AsSent:
    lines = [(name, _BREAKS.sub(" ", value)) for name, value in headers]
    return _AsSent(_BREAKS.sub(" ", f"{response.status} {response.reason}".strip()), lines, protocol="HTTP/1.1")


def _date(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


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
