"""The facts that pass between stages, as frozen values. It decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
"""One embedding: shape (dimensions,), unit length."""
Vectors = NDArray[np.float32]
"""Embeddings of several texts: shape (texts, dimensions), rows of unit length."""
Embed = Callable[[Sequence[str]], Vectors]
"""Texts in, their embeddings out, in the same order."""


class Rejected(StrEnum):
    """Why a page is not loaded as an article."""

    EMPTY = "empty"
    TOO_SHORT = "too_short"
    CONSENT_WALL = "consent_wall"
    CHALLENGE = "challenge"
    SOFT_404 = "soft_404"
    PAYWALL = "paywall"
    SECTION_FRONT = "section_front"
    VIDEO = "video"
    LIVE_TICKER = "live_ticker"
    NOT_HTML = "not_html"
    NOT_FOUND = "not_found"
    GONE = "gone"
    FORBIDDEN = "forbidden"
    ROBOTS = "robots"
    REFUSED_ADDRESS = "refused_address"
    TOO_LARGE = "too_large"
    BAD_URL = "bad_url"


@dataclass(frozen=True, slots=True)
class FeedHints:
    """What the feed said of an article, for when its page says less. HTML is as served."""

    title: str | None = None
    summary_html: str | None = None
    content_html: str | None = None
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A page read: the article's parts, or the reason why it is none (its text, if any, is kept all the same).

    `published` always carries a zone. `language` is a two-letter ISO 639-1 code (three letters where there is none).
    `text` has one paragraph a line. `method` names what produced the text.
    """

    title: str
    text: str
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    language: str | None = None
    canonical_url: str | None = None
    section: str | None = None
    image: str | None = None
    headline: str | None = None
    method: str = ""
    rejected: Rejected | None = None
    detail: str = ""


class Rung(StrEnum):
    """By what a copy was recognised, cheapest first; or that a person said so."""

    URL = "url"
    EXACT = "exact"
    NEAR = "near"
    SEMANTIC = "semantic"
    DESK = "desk"


@dataclass(frozen=True, slots=True)
class Document:
    """A text that may be a copy or be copied. `key` is unique over seeds and articles ("seed:…", "article:…")."""

    key: str
    title: str
    text: str
    url: str | None = None
    published: datetime | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one document is of another, with the evidence that a person can check.

    `duplicate_of` is None for an original; then the other fields tell the nearest document that was looked at, if any.
    `margin` is score - threshold. `evidence` is JSON-able (measures, shared passages).
    """

    duplicate_of: str | None = None
    rung: Rung | None = None
    score: float = 0.0
    threshold: float = 0.0
    margin: float = 0.0
    nearest: str | None = None
    evidence: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TopicScore:
    """One IPTC Media Topic of a text. `qcode` like "medtop:11000000"; `score` in 0..1; `evidence` the sentence or rule."""

    qcode: str
    name: str
    score: float
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Mention:
    """One hit of a watchlist: `start` and `end` are character offsets into the text (or the title, see `field`)."""

    watchlist: str
    name: str
    alias: str
    field: str
    start: int
    end: int
