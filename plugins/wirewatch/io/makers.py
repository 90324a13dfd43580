"""The makers' table: which code, models and libraries make rows now, and which made those that are there."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from wirewatch.core.clean.body import WEIGHTS
from wirewatch.core.clean.trees import Trees
from wirewatch.core.replay import KEPT, Maker, parts
from wirewatch.io import embedding, postgres
from wirewatch.io.postgres import Connection
from wirewatch.settings import ROOT, settings

_CORE = Path(__file__).resolve().parents[1] / "core"
_CLEANING = ("clean", "canonical.py", "scripts.py", "storable.py")
_JUDGING = ("duplicates", "stories.py", "folding.py", "scripts.py")
_TAGGING = ("topics", "watchlists.py", "folding.py")
_LIBRARIES = (
    "beautifulsoup4", "ftfy", "htmldate", "lxml", "numpy", "py3langid", "python-dateutil", "readability-lxml",
    "sentence-transformers", "torch", "trafilatura",
)  # fmt: skip
_SHOWN = 12
"""Hexadecimal digits of a digest that are kept."""


def present(model: str) -> Maker:
    """What makes rows in this process, with this embedding model."""
    return _present(model, settings().copy_strictness)


@cache
def _present(model: str, strictness: float) -> Maker:
    return Maker(
        code=_code(),
        cleaning=_digest(_CLEANING),
        judging=_digest(_JUDGING) + (f" strictness {strictness:+g}" if strictness else ""),
        tagging=_digest(_TAGGING),
        block_filter=Trees.load(WEIGHTS).version,
        model=f"{model}@{embedding.revision(model)}",
        libraries=", ".join(f"{name} {_version(name)}" for name in _LIBRARIES),
    )


def key(db: Connection, maker: Maker) -> int:
    """The key of a maker, entered where it is new."""
    record = parts(maker)
    # An update that changes nothing, so that the row comes back whether it was there or not.
    row = postgres.one(
        db,
        f"""
        insert into ingest.maker ({", ".join(KEPT)}) values ({", ".join(f"%({name})s" for name in KEPT)})
        on conflict ({", ".join(KEPT)}) do update set code = excluded.code returning id
        """,  # noqa: S608  (names from this code)
        record,
    )
    assert row is not None
    return int(row["id"])


def note_rejection(db: Connection, entry_id: int, maker_id: int) -> None:
    """Write down what rejected an entry's page."""
    postgres.execute(db, "update ingest.entry set maker_id = %s where id = %s", (maker_id, entry_id))


def all_of(db: Connection) -> dict[int, Maker]:
    """Every maker by its key."""
    found = postgres.rows(db, "select * from ingest.maker")
    return {row["id"]: _maker(row) for row in found}


def _maker(row: dict[str, Any]) -> Maker:
    return Maker(**{name: row[name] for name in KEPT})


def _code() -> str:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        return _version("wirewatch")
    asked = [git, "-C", str(ROOT), "rev-parse", "--short=12", "HEAD"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    return _version("wirewatch") + (f"+g{done.stdout.strip()}" if done.returncode == 0 else "")


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "?"


def _digest(names: tuple[str, ...]) -> str:
    """Of the source of parts of the core: what runs, whether it was committed or not."""
    found = sha256()
    for name in names:
        path = _CORE / name
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            found.update(file.relative_to(_CORE).as_posix().encode() + b"\0" + file.read_bytes())
    return found.hexdigest()[:_SHOWN]
