"""The archive: what is written is read back, other WARC tools read it too, and damage is noticed."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from warcio.archiveiterator import ArchiveIterator

from wirewatch.io.archive import Archive, ArchiveDamaged, Original
from wirewatch.io.http import Response


def response(url: str, body: bytes) -> Response:
    headers = (
        ("Content-Type", "text/html"),
        ("Content-Encoding", "gzip"),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
    )
    return Response(
        url=url, final_url=url, status=200, reason="OK", headers={k.lower(): v for k, v in headers}, raw_headers=headers,
        body=body, fetched_at=datetime(2025, 9, 2, 12, 0, 0, 123456, tzinfo=UTC), elapsed=0.1, redirects=0,
    )  # fmt: skip


BODIES = [b"<html>one</html>", b"", "Grüße".encode() * 10_000, bytes(range(256))]


@pytest.fixture
def stored(tmp_path):
    archive = Archive(str(tmp_path / "arch ive"))
    with archive.writer("2025/09/02/pages.warc.gz") as writer:
        refs = [writer.add(response(f"https://example.org/{n}", body)) for n, body in enumerate(BODIES)]
    return archive, refs, tmp_path / "arch ive" / "2025/09/02/pages.warc.gz"


def test_each_response_is_read_back_by_its_place(stored):
    archive, refs, _ = stored
    for number in (3, 0, 2, 1):
        page = archive.read(refs[number])
        assert (page.url, page.status, page.body) == (f"https://example.org/{number}", 200, BODIES[number])
        assert page.fetched_at == datetime(2025, 9, 2, 12, 0, 0, 123456, tzinfo=UTC)
        assert page.headers["x-archive-orig-content-encoding"] == "gzip"


def test_other_warc_tools_read_the_file(stored):
    _, _, path = stored
    with path.open("rb") as file:
        kinds = [
            (record.rec_type, record.content_stream().read()) for record in ArchiveIterator(file, check_digests="raise")
        ]
    assert [kind for kind, _ in kinds] == ["request", "response"] * len(BODIES)
    assert [body for kind, body in kinds if kind == "response"] == BODIES


def test_headers_are_kept_as_they_came_and_break_no_record(tmp_path):
    """Latin-1 in a value, and a line break that nothing should let through: the record stays one, and its parts their own."""
    headers = (("X-Town", "K\xf6ln"), ("X-Odd", "one\r\nWARC-Type: two"))
    odd = dataclasses.replace(response("https://example.org/", b"body"), raw_headers=headers, reason="All\nright")
    with Archive(str(tmp_path)).writer("odd.warc.gz") as writer:
        ref = writer.add(odd)
    page = Archive(str(tmp_path)).read(ref)
    assert (page.headers["x-town"], page.headers["x-odd"], page.body) == ("K\xf6ln", "one WARC-Type: two", b"body")
    with (tmp_path / "odd.warc.gz").open("rb") as file:
        assert [r.rec_type for r in ArchiveIterator(file, check_digests="raise")] == ["request", "response"]


@pytest.fixture
def in_memory():
    archive = Archive("memory://archive")
    yield archive
    archive._system.rm("/archive", recursive=True)


def test_any_fsspec_location_will_do(in_memory):
    with in_memory.writer("2025/pages.warc.gz") as writer:
        refs = [writer.add(response(f"https://example.org/{n}", body)) for n, body in enumerate(BODIES)]
    assert [in_memory.read(ref).body for ref in refs] == BODIES


def test_an_unchanged_body_is_a_revisit_record(tmp_path):
    with Archive(str(tmp_path)).writer("again.warc.gz") as writer:
        writer.add(response("https://example.org/a?b=1", b"body"))
        first = response("https://example.org/a?b=1", b"body")
        later = dataclasses.replace(first, fetched_at=first.fetched_at + timedelta(hours=1))
        writer.add_revisit(later, Original(first.final_url, first.fetched_at))
    with (tmp_path / "again.warc.gz").open("rb") as file:
        found = [(r.rec_type, r.rec_headers, r.http_headers) for r in ArchiveIterator(file, check_digests="raise")]
    assert [kind for kind, _, _ in found] == ["request", "response", "request", "revisit"]
    assert found[3][1].get_header("WARC-Payload-Digest") == found[1][1].get_header("WARC-Payload-Digest")
    assert found[3][1].get_header("WARC-Refers-To-Target-URI") == "https://example.org/a?b=1"
    assert found[3][1].get_header("WARC-Refers-To-Date") == found[1][1].get_header("WARC-Date")
    assert found[3][1].get_header("WARC-Date") == "2025-09-02T13:00:00.123456Z"
    assert "identical-payload-digest" in found[3][1].get_header("WARC-Profile")
    assert found[2][2].protocol + found[2][2].statusline == "GET/a?b=1 HTTP/1.1"
    assert found[2][2].get_header("Host") == "example.org"
    checked = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "check", str(tmp_path / "again.warc.gz")], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout


def break_off(archive: Archive) -> None:
    with archive.writer("half.warc.gz") as writer:
        writer.add(response("https://example.org/", b"x"))
        raise RuntimeError


def test_a_file_that_was_not_finished_does_not_appear(tmp_path):
    with pytest.raises(RuntimeError):
        break_off(Archive(str(tmp_path)))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "change", [{"digest": "0" * 64}, {"offset": 0}, {"file": "2025/none.warc.gz"}], ids=["digest", "place", "file"]
)
def test_damage_is_noticed(stored, change):
    archive, refs, _ = stored
    with pytest.raises(ArchiveDamaged):
        archive.read(dataclasses.replace(refs[2], **change))
