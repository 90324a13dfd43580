"""`wirewatch export` as a shell runs it: a file whole or not at all, and a cursor that goes on where it was."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from wirewatch.io import corrections, postgres
from wirewatch.settings import ROOT


@pytest.fixture
def desk(warehouse):
    with postgres.transaction(warehouse) as db:
        postgres.execute(
            db,
            """
            insert into media.source (host, name) values ('a.test', 'Paper A');
            insert into ingest.entry (url, canonical_url, host, stage, disposition, decided_at)
            select u, u, 'a.test', 'done', 'loaded', now() from (select 'https://a.test/' || n as u from generate_series(1, 3) n) x;
            insert into media.article (id, source_id, url, canonical_url, title, text, words, first_seen_at, run_id, text_digest, shingles)
            select id, 1, url, url, '=T', 'x', 1, now(), 'r', 'x', '{}' from ingest.entry;
            """,
        )
        corrections.note_change(db, 1, "new")
        corrections.note_change(db, 2, "new")
    return warehouse


def run(dsn: str, *arguments: object, good: bool = True) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "wirewatch", *map(str, arguments)],
        capture_output=True, text=True, check=False, cwd=ROOT, env={**os.environ, "WIREWATCH_DSN": dsn, "COLUMNS": "300"},
    )  # fmt: skip
    assert (done.returncode == 0) is good, done.stderr
    return done


def test_a_cursor_goes_on_where_it_was(desk, tmp_path):
    file, cursor = tmp_path / "new.jsonl", tmp_path / "last"
    given = ("export", "-o", file, "--cursor", cursor)
    run(desk, *given)
    assert [json.loads(line)["id"] for line in file.read_text().splitlines()] == [1, 2]
    with postgres.transaction(desk) as db:
        corrections.note_change(db, 3, "new")
    run(desk, *given)
    assert [json.loads(line)["id"] for line in file.read_text().splitlines()] == [3]
    run(desk, *given)
    assert file.read_text() == ""
    assert cursor.read_text() == "3\n"
    cursor.write_text("yesterday")
    assert "holds no cursor" in run(desk, *given, good=False).stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["last", "new.jsonl"]


def test_what_fails_leaves_no_file(desk, tmp_path):
    file = tmp_path / "a.csv"
    done = run(desk, "export", "-o", file, "--topic", "nothing", good=False)
    assert "There is no topic “nothing”" in done.stderr
    assert "no day or time" in run(desk, "export", "--since", "soon", good=False).stderr
    assert list(tmp_path.iterdir()) == []


def test_standard_output_is_a_pipe_s_beginning(desk):
    assert run(desk, "export", "-f", "csv").stdout.count("'=T") == 3
    assert run(desk, "export", "-f", "csv", "--as-is").stdout.count(",=T") == 3
