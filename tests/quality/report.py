"""The report of `make quality`: kept as JSON, shown as REPORT.md and as the README's table."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from figures import Figure

PATH = Path(__file__).parent / "report.json"
README = Path(__file__).parents[2] / "README.md"
MARKS = re.compile(r"(<!-- quality: [^\n]*-->\n).*?(\n<!-- /quality -->)", re.DOTALL)
Report = dict[str, dict[str, Any]]
_INTRODUCTION = """# How good each step is

Written by `make quality`. Intervals are 95 %, by bootstrap over sites, events or articles.

Figures of cleaning are on sites that the filter was not fitted on. The bounds for copies and stories were chosen on texts that
these overlap with; of topics, "all labelled" has articles that the head was developed on, "nobody looked at" has none. Others
that need a threshold have the one that is best on the very texts measured, which favours them.
"""
_README = (
    ("cleaning, unseen sites", "shingle F1"),
    ("cleaning, metadata", None),
    ("language", None),
    ("copies", "pairwise F1"),
    ("copies", "precision"),
    ("stories, without dates", "B-cubed F1"),
    ("stories, with dates", "B-cubed F1"),
    ("topics", "micro-F1"),
    ("topics", "macro-F1"),
)


def load() -> Report:
    """The figures as they were measured last."""
    found: Report = json.loads(PATH.read_text(encoding="utf-8"))
    return found


def save(found: Report) -> None:
    """Write them, REPORT.md, and the README's table."""
    PATH.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    PATH.with_name("REPORT.md").write_text(markdown(found), encoding="utf-8")
    README.write_text(in_readme(README.read_text(encoding="utf-8"), found), encoding="utf-8")


def in_readme(text: str, found: Report) -> str:
    """The README with the table as the figures have it."""
    return MARKS.sub(lambda place: place.group(1) + readme(found) + place.group(2), text)


def markdown(found: Report) -> str:
    """All figures, a table for each step."""
    lines = [_INTRODUCTION]
    for step, part in found.items():
        lines += [f"## {step.capitalize()} ({part['at']})", ""]
        lines += ["| step | figure | on | n | ours | interval | others on the same |", "|---|---|---|---|---|---|---|"]
        for one in _figures(part):
            cells = (one.step, one.figure, one.on, str(one.count), f"**{short(one.value)}**", span(one), others(one))
            lines.append("| " + " | ".join(cells) + " |")
        lines.append("")
    return "\n".join(lines)


def readme(found: Report) -> str:
    """The figures that the README shows, each beside the best of the others."""
    lines = ["| what | on | n | ours (95 %) | best of the others |", "|---|---|---|---|---|"]
    for part in found.values():
        for one in _figures(part):
            if (one.step, one.figure) in _README or (one.step, None) in _README:
                name = max(one.others, key=lambda key, known=one.others: known[key], default="")
                best = f"{short(one.others[name])} {name}" if name else ""
                ours = f"**{short(one.value)}** ({span(one)})"
                lines.append(f"| {one.step}: {one.figure} | {one.on} | {one.count} | {ours} | {best} |")
    return "\n".join(lines)


def short(value: float) -> str:
    """A figure as it is shown."""
    return f"{value:.3f}"


def span(one: Figure) -> str:
    """A figure's interval as it is shown."""
    return f"{short(one.low)}–{short(one.high)}"


def others(one: Figure) -> str:
    """What others get on the same, as it is shown."""
    return "; ".join(f"{name} {short(value)}" for name, value in one.others.items())


def _figures(part: dict[str, Any]) -> list[Figure]:
    return [Figure(**row) for row in part["figures"]]
