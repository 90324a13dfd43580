"""Train the filter of blocks again from labelled pages, and write it with a card that says what it is."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from wirewatch.core.clean import training
from wirewatch.core.clean.body import THRESHOLD
from wirewatch.core.clean.page import UnreadablePage
from wirewatch.core.clean.training import LabelledPage
from wirewatch.core.clean.trees import Trees

_GZIP = b"\x1f\x8b"
_FOLDS = 4
_FEWEST = 20


class TrainingDataError(ValueError):
    """The labelled pages cannot be read, or are too few."""


@dataclass(frozen=True, slots=True)
class Report:
    """What training made, and how it does on sites that were left out of a first fit (share of the words' F1)."""

    version: str
    pages: int
    sites: int
    blocks: int
    left_out: int
    left_out_f1: float


def train_cleaning(data: Path, out: Path) -> Report:
    """Fit the filter from `data` (JSON lines: "url", "html" or "html_path", "text") and write it and its card to `out`.

    Paths are relative to the file. The same inputs give the same weights. TrainingDataError says what is wrong.
    """
    pages = list(read_pages(data))
    if len(pages) < _FEWEST:
        message = f"{data} has {len(pages)} readable pages: at least {_FEWEST} are needed."
        raise TrainingDataError(message)
    seen = [page for page in pages if _fold(page.site) != 0]
    unseen = [page for page in pages if _fold(page.site) == 0]
    trial = training.fit(seen) if seen and unseen else None
    trees = training.fit(pages)
    report = Report(
        trees.version, len(pages), len({page.site for page in pages}), sum(len(page.texts) for page in pages),
        len(unseen) if trial else 0, _f1(trial, unseen) if trial else 0.0,
    )  # fmt: skip
    trees.save(out)
    out.with_suffix(".md").write_text(card(report, trees), encoding="utf-8")
    return report


def read_pages(data: Path) -> Iterator[LabelledPage]:
    """The pages of the file, made ready; those that are no pages are passed over."""
    try:
        lines = data.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as problem:
        message = f"{data} cannot be read: it is to be JSON lines with url, html or html_path, and text ({problem})."
        raise TrainingDataError(message) from problem
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            url, text, html = row["url"], row["text"], _html(row, data.parent)
        except (ValueError, KeyError, TypeError, OSError) as problem:
            message = f"{data}, line {number}: url, text, and html or html_path are needed ({problem!r})."
            raise TrainingDataError(message) from problem
        try:
            yield training.labelled(html, url, text, _site(url))
        except UnreadablePage:
            continue


def _html(row: dict[str, Any], folder: Path) -> bytes | str:
    if "html" in row:
        return str(row["html"])
    content = (folder / row["html_path"]).read_bytes()
    return gzip.decompress(content) if content.startswith(_GZIP) else content


def _site(url: str) -> str:
    return ".".join((urlsplit(url).hostname or "").split(".")[-2:])


def _fold(site: str) -> int:
    return hashlib.sha256(site.encode()).digest()[0] % _FOLDS


def _f1(trees: Trees, pages: list[LabelledPage]) -> float:
    """F1 over blocks, each weighed by its words."""
    right = told = known = 0.0
    for page in pages:
        chosen = trees.probabilities(page.rows) > THRESHOLD
        words, wanted = page.rows[:, 0], page.shares > 1 / 2
        right += float(words[chosen & wanted].sum())
        told += float(words[chosen].sum())
        known += float(words[wanted].sum())
    return 2 * right / (told + known) if told + known else 0.0


def card(report: Report, trees: Trees) -> str:
    """The model card."""
    return f"""# Filter of blocks {report.version}

Made by `wirewatch train-cleaning`; do not edit. It tells the blocks of a news page that are the article's text from
those that are not, in any language.

## Trained on

{report.pages:,} pages of {report.sites:,} sites ({report.blocks:,} blocks), as captured, with their text as labelled by
the makers of three public sets: article-extraction-benchmark (scrapinghub, MIT), the test resources of fundus (MIT) and
article-extraction-dataset (Apache-2.0). The pages belong to their publishers. None of their text is here: the file
holds thresholds over counts, shares and positions. The weights are shared under this project's licence, Apache-2.0.

## How it decides

A page is cut into blocks. Each has {trees.width} features: length, share of links, punctuation, the names of the
elements around it by kind, its place, its container, its neighbours, and how much of it is in the answers of
trafilatura and readability and in the page's JSON-LD. {len(trees.roots)} boosted trees of depth {trees.depth} give a
probability; blocks above {THRESHOLD:g} are the text. No feature names a site.

## How good

On {report.left_out} pages of sites that a first fit did not see: F1 over words of blocks {report.left_out_f1:.3f}.
Shingle F1 by set: tests/quality, with floors.

## Limits

- A text that a script writes is not on the page, and not found.
- Captions and summaries: the three sets differ in whether they belong to the text, and the filter stands between them.
- Where it finds next to nothing, trafilatura, JSON-LD and readability answer instead.
"""
