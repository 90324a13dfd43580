"""Scores of cleaning on the captured sets: shingle F1 of the text, titles, authors, dates, false rejections.

The text's score is that of the article-extraction benchmark (scrapinghub, 2020): 4-token shingles as multisets,
precision and recall of each page averaged over pages, F1 of the averages.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from dateutil import parser

METADATA = ("title or h1", "author set", "day", "minute and zone")


@dataclass(frozen=True)
class Case:
    """One labelled page."""

    id: str
    url: str
    html: bytes
    text: str
    title: str | None = None
    authors: tuple[str, ...] | None = None
    published: str | None = None
    crawled: str | None = None


@dataclass
class Score:
    """Sums over pages; the properties are the figures."""

    pages: int = 0
    precision: float = 0.0
    recall: float = 0.0
    metadata: dict[str, list[bool]] = field(default_factory=lambda: {name: [] for name in METADATA})
    rejected: list[str] = field(default_factory=list)
    under_half: list[str] = field(default_factory=list)
    exact: int = 0

    @property
    def f1(self) -> float:
        return f1(self.precision / self.pages, self.recall / self.pages)

    def row(self) -> dict[str, Any]:
        shares = [round(sum(hits) / len(hits), 3) if hits else None for hits in self.metadata.values()]
        return {
            "pages": self.pages,
            "f1": round(self.f1, 4),
            "precision": round(self.precision / self.pages, 4),
            "recall": round(self.recall / self.pages, 4),
            "exact": round(self.exact / self.pages, 3),
            **dict(zip(("title", "authors", "day", "minute"), shares, strict=True)),
            "rejected": len(self.rejected),
            "under_half": len(self.under_half),
        }


def cases(shared: Path, name: str) -> Iterator[Case]:
    """The pages of "benchmark", "newsroom" or "newsday"."""
    if name == "benchmark":
        folder = shared / "data" / "extraction"
        truth = json.loads((folder / "ground-truth.json").read_text(encoding="utf-8"))
        for key, row in sorted(truth.items()):
            html = gzip.decompress((folder / "html" / f"{key}.html.gz").read_bytes())
            yield Case(key, row.get("url") or "https://unknown.invalid/", html, row["articleBody"])
        return
    folder = shared / name
    for line in (folder / "articles.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        html = gzip.decompress((folder / "pages" / f"{row['id']}.html.gz").read_bytes())
        text = row["body"] if "body" in row else "\n".join(row["paragraphs"])
        published = row.get("published") or row.get("date")
        yield Case(
            row["id"], row["url"], html, text, row["title"], tuple(row["authors"] or ()), published, row.get("crawled")
        )


def shingles(text: str, size: int = 4) -> Counter[tuple[str, ...]]:
    tokens = re.findall(r"\w+", text)
    return Counter(tuple(tokens[i : i + size]) for i in range(max(1, len(tokens) - size + 1))) if tokens else Counter()


def one_line(text: str) -> str:
    """White space alike, soft hyphens gone: how a title is set is the browser's business."""
    return " ".join(text.replace("\xad", "").split())


def compared(truth: Counter[tuple[str, ...]], found: Counter[tuple[str, ...]]) -> tuple[float, float, bool]:
    """Precision and recall of the shingles found, and whether they are the very same."""
    shared = sum((truth & found).values())
    precision = shared / sum(found.values()) if found else float(not truth)
    return precision, shared / sum(truth.values()) if truth else 1.0, truth == found


def f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def add_page(score: Score, case: Case, text: str) -> None:
    precision, recall, exact = compared(shingles(case.text), shingles(text))
    score.pages += 1
    score.exact += exact
    score.precision += precision
    score.recall += recall
    if f1(precision, recall) < 0.5:
        score.under_half.append(case.id)


def metadata(case: Case, titles: set[str], authors: Sequence[str], published: datetime | None) -> dict[str, bool]:
    """By METADATA whether one of the titles, the set of authors, and the date are right, where the page has a label for it.

    Labels that have a time have its zone too; midnight is none.
    """
    right = {}
    if case.title is not None:
        right["title or h1"] = one_line(case.title) in {one_line(title) for title in titles}
    if case.authors is not None:
        right["author set"] = {name.casefold() for name in authors} == {name.casefold() for name in case.authors}
    if case.published:
        right["day"] = published is not None and published.date().isoformat() == case.published[:10]
        labelled = parser.parse(case.published)
        if labelled.tzinfo and labelled.time() != time():
            right["minute and zone"] = published is not None and abs(published - labelled) < timedelta(minutes=1)
    return right


def measure(pages: list[Case], clean: Callable[..., Any]) -> Score:
    """Clean every page and score it."""
    score = Score()
    for case in pages:
        crawled = datetime.fromisoformat(case.crawled) if case.crawled else None
        found = clean(case.html, url=case.url, crawled=crawled)
        add_page(score, case, found.text)
        if found.rejected:
            score.rejected.append(f"{case.id}: {found.rejected.value} {found.detail}")
        titles = {found.title, found.headline or ""}
        for name, hit in metadata(case, titles, found.authors, found.published).items():
            score.metadata[name].append(hit)
    return score
