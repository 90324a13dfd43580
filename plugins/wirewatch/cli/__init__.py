"""The command line: the same jobs from a shell. It parses, calls, and prints; it decides nothing."""

from __future__ import annotations

from wirewatch.cli.application import app

from wirewatch.cli import airflow, alerts, desk, export, feeds, filters  # isort: skip  (they register their commands)
from wirewatch.cli import judge_again, models, operate, query, seeds, watchlists  # isort: skip

__all__ = [
    "airflow", "alerts", "app", "desk", "export", "feeds", "filters", "judge_again", "models", "operate", "query", "seeds", "watchlists",
]  # fmt: skip
