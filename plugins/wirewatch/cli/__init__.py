"""The command line: the same jobs from a shell. It parses, calls, and prints; it decides nothing."""

from __future__ import annotations

from wirewatch.cli.application import app

from wirewatch.cli import alerts, desk, export, feeds, filters, judge_again, models, operate, query, seeds, watchlists  # isort: skip  (they register their commands)

__all__ = [
    "alerts",
    "app",
    "desk",
    "export",
    "feeds",
    "filters",
    "judge_again",
    "models",
    "operate",
    "query",
    "seeds",
    "watchlists",
]
