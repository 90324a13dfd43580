"""What each threshold gives, as it was measured: the file that comes with the schema, and its table."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from wirewatch.io import postgres
from wirewatch.io.postgres import Connection


def store(db: Connection, sql: Path) -> int:
    """Make media.calibration what `sql`/calibration.json says; how many rows. Nothing is written where it is so already."""
    wanted: list[dict[str, Any]] = json.loads((sql / "calibration.json").read_text(encoding="utf-8"))
    columns = ", ".join(wanted[0])
    known = postgres.rows(db, f"select {columns} from media.calibration order by id")  # noqa: S608  (our own file)
    if [_plain(row) for row in known] != [_plain(row) for row in wanted]:
        postgres.execute(db, "delete from media.calibration")
        postgres.insert(db, "media.calibration", wanted)
    return len(wanted)


def _plain(row: dict[str, Any]) -> list[str]:
    """A row's values as they compare: numbers as `real` has them, dates as text."""
    return [f"{value:.5g}" if isinstance(value, float) else str(value) for value in row.values()]
