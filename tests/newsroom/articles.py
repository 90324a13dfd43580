"""What the press prints: articles.yaml, and what is made of the seed article at run time."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
SEEDS = HERE.parents[1] / "seeds" / "articles"


@dataclass(frozen=True, slots=True)
class Article:
    """One article as its publisher has it. `answer` is how its server misbehaves; `again` a second address for it."""

    slug: str
    by: str
    title: str
    section: str
    number: int
    paragraphs: tuple[str, ...] = ()
    byline: str = ""
    early: bool = False
    undated: bool = False
    language: str = ""
    answer: str = "page"
    again: str = ""
    updated: dict[str, Any] = field(default_factory=dict)
    truth: dict[str, Any] = field(default_factory=dict)

    def corrected(self) -> Article:
        """The article after its correction."""
        text = "\n".join(self.paragraphs)
        for old, new in self.updated["replace"]:
            text = text.replace(old, new)
        values = {name: getattr(self, name) for name in self.__slots__}
        return Article(**{**values, "title": self.updated["title"], "paragraphs": tuple(text.splitlines())})


def load() -> list[Article]:
    """All articles in order of publication."""
    seed = [line.strip() for line in min(SEEDS.glob("*.txt")).read_text(encoding="utf-8").splitlines() if line.strip()]
    found = yaml.safe_load((HERE / "articles.yaml").read_text(encoding="utf-8"))
    return [_article(number, row, seed) for number, row in enumerate(found, 4100)]


def _article(number: int, row: dict[str, Any], seed: list[str]) -> Article:
    known = dict(row)
    text = known.pop("text", "")
    made = known.pop("from_seed", None)
    paragraphs = _from_seed(seed, made) if made else [line for line in text.splitlines() if line.strip()]
    return Article(number=number, paragraphs=tuple(paragraphs), **known)


def _from_seed(seed: list[str], how: dict[str, Any]) -> list[str]:
    if how["how"] == "cut":
        return [seed[number] for number in how["paragraphs"]]
    text = "\n".join(seed)
    for old, new in how.get("words", ()):
        if old not in text:
            message = f"articles.yaml rewrites {old!r}, and the seed does not say that"
            raise ValueError(message)
        text = text.replace(old, new)
    return text.splitlines()
