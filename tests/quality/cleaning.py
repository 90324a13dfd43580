"""Cleaning on sites that the filter of blocks was not fitted on: sixths of the sites, in turn; and metadata, beside others."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import trafilatura
from extraction import METADATA, Case, cases, compared, metadata, shingles
from figures import Figure, interval
from rich.progress import track

from wirewatch.core.clean import byline, dates, language, title, training
from wirewatch.core.clean.body import THRESHOLD, agreed, voters
from wirewatch.core.clean.page import Page, read_page
from wirewatch.core.clean.structured import Facts, read_facts
from wirewatch.core.model import FeedHints

SETS = ("benchmark", "newsroom", "newsday")
_FOLDS = 6
_SECOND_LEVEL = {"co", "com", "org", "net", "gov", "ac"}


@dataclass(frozen=True)
class Prepared:
    """A page with all that was made of it once: the voters' answers, the others' texts, and which metadata is right."""

    name: str
    case: Case
    site: str
    page: Page
    answers: dict[str, str]
    others: dict[str, str]
    labelled: training.LabelledPage
    right: dict[str, bool]


@dataclass(frozen=True)
class Scored:
    """One page's precision, recall and exactness, by method."""

    site: str
    language: str
    by: dict[str, tuple[float, float, bool]]


def measured(shared: Path) -> Iterator[Figure]:
    """The rows of cleaning."""
    pages = [_prepared(name, case) for name in SETS for case in track(list(cases(shared, name)), f"reading {name}")]
    scored: dict[str, list[Scored]] = defaultdict(list)
    for fold in track(range(_FOLDS), "fitting on five sixths of the sites"):
        trees = training.fit([page.labelled for page in pages if _fold(page.site) != fold])
        for page in pages:
            if _fold(page.site) == fold:
                likely = trees.probabilities(page.labelled.rows)
                chosen = "\n".join(t for t, p in zip(page.labelled.texts, likely, strict=True) if p > THRESHOLD)
                scored[page.name].append(_scored(page, agreed(page.page, chosen, page.answers).text))
    for name in SETS:
        yield from _of_text(name, scored[name])
        yield from _of_metadata(name, [page for page in pages if page.name == name])
    yield from _of_text("newsroom, not English", [page for page in scored["newsroom"] if page.language != "en"])


def _prepared(name: str, case: Case) -> Prepared:
    page = read_page(case.html)
    facts = read_facts(page)
    answers = voters(page, facts, case.url)
    site = _site(case.url)
    labelled = training.prepared(page, facts, tuple(answers.values()), case.text, site)
    return Prepared(name, case, site, page, answers, _others(case, answers), labelled, _metadata(case, page, facts))


def _others(case: Case, answers: dict[str, str]) -> dict[str, str]:
    html = case.html.decode("utf-8", "replace")

    def by_trafilatura(**options: bool) -> str:
        found = trafilatura.extract(html, url=case.url, include_comments=False, include_tables=False, **options)
        return found or ""

    return {
        "trafilatura": by_trafilatura(),
        "trafilatura fast": by_trafilatura(fast=True),
        "trafilatura precision": by_trafilatura(favor_precision=True),
        "readability": answers["readability"],
    }


def _metadata(case: Case, page: Page, facts: Facts) -> dict[str, bool]:
    crawled = datetime.fromisoformat(case.crawled) if case.crawled else None
    hints = FeedHints()
    titles = {title.find(facts, hints, case.url) or "", facts.h1 or ""}
    published = dates.find(page, facts, hints, case.url, crawled)
    authors = byline.find(page, facts, hints, case.url)
    return metadata(case, titles, authors, published)


def _scored(page: Prepared, text: str) -> Scored:
    truth = shingles(page.case.text)
    texts = {"ours": text, **page.others}
    by = {name: compared(truth, shingles(found)) for name, found in texts.items()}
    return Scored(page.site, language.detect(page.case.text) or "", by)


def _f1(pages: Sequence[Scored], method: str) -> float:
    precision = sum(page.by[method][0] for page in pages) / len(pages)
    recall = sum(page.by[method][1] for page in pages) / len(pages)
    return 2 * precision * recall / (precision + recall)


def _exact(pages: Sequence[Scored], method: str) -> float:
    return sum(page.by[method][2] for page in pages) / len(pages)


def _of_text(on: str, pages: Sequence[Scored]) -> Iterator[Figure]:
    by_site = defaultdict(list)
    for page in pages:
        by_site[page.site].append(page)
    sites = list(by_site.values())
    methods = [method for method in pages[0].by if method != "ours"]
    for figure, statistic in (("shingle F1", _f1), ("exact", _exact)):
        value, low, high = interval(
            sites, lambda drawn, of=statistic: of([page for site in drawn for page in site], "ours")
        )
        others = {method: statistic(pages, method) for method in methods}
        yield Figure("cleaning, unseen sites", figure, on, len(pages), value, low, high, others)


def _of_metadata(on: str, pages: Sequence[Prepared]) -> Iterator[Figure]:
    for figure in METADATA:
        hits = [page.right[figure] for page in pages if figure in page.right]
        if hits:
            value, low, high = interval(hits, lambda drawn: sum(drawn) / len(drawn))
            yield Figure("cleaning, metadata", figure, on, len(hits), value, low, high)


def _site(url: str) -> str:
    parts = (urlsplit(url).hostname or url).split(".")
    return ".".join(parts[-3:] if len(parts) > 2 and parts[-2] in _SECOND_LEVEL else parts[-2:])


def _fold(site: str) -> int:
    return hashlib.sha256(site.encode()).digest()[0] % _FOLDS
