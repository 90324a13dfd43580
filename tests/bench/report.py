"""What a benchmark leaves: a table as text and JSON, and a plot as SVG, in tests/bench/results."""

from __future__ import annotations

import json
import math
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
_COLOURS = ("#1b6ca8", "#c8553d", "#588b8b", "#8d6a9f", "#d8a13b", "#5b5b5b")
_WIDE, _HIGH, _LEFT, _BOTTOM, _TICKS, _LINE = 640, 320, 70, 50, 4, 14


def write(name: str, subject: str, rows: Sequence[Any]) -> str:
    """Write the rows (dataclasses or dictionaries of one shape) as results/<name>.json and .md; the table."""
    records = [row if isinstance(row, dict) else asdict(row) for row in rows]
    RESULTS.mkdir(exist_ok=True)
    machine = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}"
    known = {
        "subject": subject.strip(),
        "machine": machine,
        "at": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "rows": records,
    }
    (RESULTS / f"{name}.json").write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    columns = list(records[0])
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(_shown(record[column]) for column in columns) + " |" for record in records]
    text = f"{known['subject']}\n\n{known['at']}, {machine}\n\n" + "\n".join(lines) + "\n"
    (RESULTS / f"{name}.md").write_text(text, encoding="utf-8")
    print(text)
    return text


def _shown(value: Any) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)


def plot(name: str, rows: Sequence[Any], x: str, columns: Sequence[str], label: str) -> None:
    """Write columns over `x`, evenly spaced, as lines in results/<name>.svg."""
    records = [row if isinstance(row, dict) else asdict(row) for row in rows]
    step_up = _round_step(max(max(float(record[column]) for column in columns) for record in records))
    most = step_up * _TICKS
    step = (_WIDE - _LEFT - 140) / max(1, len(records) - 1)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDE}" height="{_HIGH}" font-family="sans-serif" font-size="12">',
        f'<rect width="{_WIDE}" height="{_HIGH}" fill="#fff"/><text x="{_LEFT}" y="16">{label}, by {x}</text>',
    ]
    for tick in range(_TICKS + 1):
        y = _y(step_up * tick, most)
        parts.append(f'<line x1="{_LEFT}" x2="{_WIDE - 140}" y1="{y}" y2="{y}" stroke="#ddd"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{step_up * tick:,g}</text>')
    for number, record in enumerate(records):
        parts.append(
            f'<text x="{_LEFT + step * number}" y="{_HIGH - 24}" text-anchor="middle">{_shown(record[x])}</text>'
        )
    ends: list[tuple[float, str, str]] = []
    for column, colour in zip(columns, _COLOURS, strict=False):
        points = [(_LEFT + step * n, _y(float(record[column]), most)) for n, record in enumerate(records)]
        path = " ".join(f"{px:.1f},{py:.1f}" for px, py in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        ends.append((points[-1][1], column, colour))
    below = 0.0
    for end, column, colour in sorted(ends):
        below = max(end, below + _LINE)
        parts.append(f'<text x="{_WIDE - 132}" y="{below + 4:.1f}" fill="{colour}">{column}</text>')
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.svg").write_text("\n".join([*parts, "</svg>"]) + "\n", encoding="utf-8")


def _round_step(greatest: float) -> float:
    """The smallest of 1, 2, 2.5 and 5 times a power of ten that reaches the greatest value in _TICKS steps."""
    power = 10.0 ** math.floor(math.log10(max(greatest, 1e-9) / _TICKS))
    return next(times * power for times in (1, 2, 2.5, 5, 10) if times * power * _TICKS >= greatest)


def _y(value: float, most: float) -> float:
    return round(_HIGH - _BOTTOM - (value / most) * (_HIGH - _BOTTOM - 30), 1)
