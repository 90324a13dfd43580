"""`wirewatch airflow` where no Airflow was made: a sentence, and nothing made by asking."""

from __future__ import annotations

import os
import subprocess
import sys

from wirewatch.settings import ROOT


def run(home: object, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "wirewatch", *arguments],
        capture_output=True, text=True, check=False, cwd=ROOT, env={**os.environ, "WIREWATCH_HOME": str(home), "COLUMNS": "300"},
    )  # fmt: skip


def test_without_an_airflow_it_says_how_one_is_made(tmp_path):
    done = run(tmp_path / "home", "airflow", "dags", "list")
    assert done.returncode == 1
    assert "There is no Airflow in" in done.stderr
    assert "`make run` makes one" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "home" / "airflow").exists()
