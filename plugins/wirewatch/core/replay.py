"""Replay: how rows that were rebuilt from the archive are held against those stored, and why one differs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from hashlib import sha256

Row = Mapping[str, str | None]
"""What a replay compares of an entry, by field, as text."""

_CLEANING = ("cleaning", "block_filter", "libraries")
_PARTS: dict[str, tuple[str, ...]] = {
    "vector": ("model", "libraries"),
    "copy": ("judging", "model"),
    "story": ("judging", "model"),
    "topics": ("tagging", "tagger", "model"),
    "mentions": ("tagging",),
}
"""Which parts of what made a row decide a field; all other fields are cleaning's."""
_NAMES = {
    "cleaning": "cleaning code",
    "judging": "judging code",
    "tagging": "tagging code",
    "block_filter": "filter of blocks",
    "model": "embedding model",
    "tagger": "tagger",
    "libraries": "libraries",
}


class Kind(StrEnum):
    """Why a field differs. `follows`: from another title or text; `unknown`: it was made before versions were kept."""

    CODE = "code"
    MODEL = "model"
    LIBRARY = "library"
    WATCHLISTS = "watchlists"
    FOLLOWS = "follows"
    UNREADABLE = "unreadable"
    UNKNOWN = "unknown"
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True, slots=True)
class Maker:
    """What makes rows, each part as a version or a digest. `tagger` is that of the row: a later one may serve by now."""

    code: str
    cleaning: str
    judging: str
    tagging: str
    block_filter: str
    model: str
    libraries: str
    tagger: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that was rebuilt as something else, and why."""

    field: str
    stored: str | None
    rebuilt: str | None
    kind: Kind
    reason: str


def differences(
    stored: Row, rebuilt: Row, *, made_by: Maker | None, rebuilt_by: Maker, watchlists_changed: bool
) -> list[Difference]:
    """The fields in which the two differ, each with its reason. Fields that one of them lacks are not compared."""
    names = [name for name in stored if name in rebuilt and stored[name] != rebuilt[name]]
    return [
        Difference(
            name, stored[name], rebuilt[name], *_reason(name, names, made_by, rebuilt_by, lists=watchlists_changed)
        )
        for name in names
    ]


def _reason(
    name: str, changed: list[str], made_by: Maker | None, rebuilt_by: Maker, *, lists: bool
) -> tuple[Kind, str]:
    if name in _PARTS and {"title", "text", "rejected"} & set(changed):
        return Kind.FOLLOWS, "its title or text is another"
    if name == "mentions" and lists:
        return Kind.WATCHLISTS, "the watchlists have changed since it was loaded"
    if made_by is None:
        return Kind.UNKNOWN, "it was made before versions were kept"
    parts = [part for part in _PARTS.get(name, _CLEANING) if getattr(made_by, part) != getattr(rebuilt_by, part)]
    if not parts:
        return Kind.UNEXPLAINED, "code, models and libraries are those that made it"
    said = "; ".join(f"{_NAMES[part]} {_shown(part, made_by)}, now {_shown(part, rebuilt_by)}" for part in parts)
    return _kind(parts), said


def _kind(parts: list[str]) -> Kind:
    if {"cleaning", "judging", "tagging"} & set(parts):
        return Kind.CODE
    return Kind.LIBRARY if parts == ["libraries"] else Kind.MODEL


def _shown(part: str, maker: Maker) -> str:
    value = str(getattr(maker, part))
    return f"{value} ({maker.code})" if part in ("cleaning", "judging", "tagging") else value


def digest(row: Row) -> str:
    """SHA-256 of a row's fields, whatever their order."""
    return sha256(json.dumps(dict(row), sort_keys=True, ensure_ascii=False).encode("utf-8")).hexdigest()


def digest_of_all(digests: Iterable[str]) -> str:
    """SHA-256 over the digests of rows, in the order given."""
    found = sha256()
    for one in digests:
        found.update(one.encode("ascii"))
    return found.hexdigest()


def parts(maker: Maker) -> dict[str, str]:
    """The parts of a maker that are kept with it (the tagger is kept with the topics)."""
    return {key: value for key, value in asdict(maker).items() if key != "tagger"}


KEPT = tuple(field.name for field in fields(Maker) if field.name != "tagger")
"""The columns of a maker."""
