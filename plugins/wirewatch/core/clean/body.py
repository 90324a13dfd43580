"""The main text: several extractors look at one page, and the answer that the others agree with most is taken."""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import trafilatura
from readability import Document as Readability
from trafilatura.settings import use_config

from wirewatch.core.clean.page import Page, shown_text
from wirewatch.core.clean.structured import Facts, html_to_text, tidy

_SHINGLE = 4
_LEAST_WORDS = 25
_LD_WORDS = 80
_CONFIG = use_config()
_CONFIG.set("DEFAULT", "EXTRACTION_TIMEOUT", "0")
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
logging.getLogger("readability").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class MainText:
    """A body, a paragraph a line, and what found it."""

    text: str
    method: str


def main_text(page: Page, facts: Facts, url: str) -> MainText:
    """The page's main text: the medoid of the extractors' answers by shingle F1, or the longest where they are few."""
    answers: dict[str, str] = {}
    for name, extractor in _EXTRACTORS.items():
        try:
            text = extractor(page, facts, url)
        except Exception:  # noqa: BLE001, S112  (an extractor that fails on a page is one voice fewer)
            continue
        if text:
            answers[name] = text
    if not answers:
        return MainText(_paragraphs(page), "paragraphs")
    substantial = {name: text for name, text in answers.items() if len(text.split()) >= _LEAST_WORDS}
    if not substantial:
        name = max(answers, key=lambda key: len(answers[key]))
        return MainText(answers[name], name)
    return _medoid(substantial)


def _medoid(answers: dict[str, str]) -> MainText:
    counts = {name: _shingles(text) for name, text in answers.items()}

    def agreement(name: str) -> tuple[float, int]:
        others = [_f1(counts[name], counts[other]) for other in counts if other != name]
        return sum(others) / len(others) if others else 0.0, -_ORDER.index(name)

    best = max(answers, key=agreement)
    return MainText(answers[best], best)


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[i : i + _SHINGLE]) for i in range(max(1, len(words) - _SHINGLE + 1)))


def _f1(one: Counter[tuple[str, ...]], other: Counter[tuple[str, ...]]) -> float:
    shared = sum((one & other).values())
    total = sum(one.values()) + sum(other.values())
    return 2 * shared / total if total else 0.0


def _trafilatura(**options: Any) -> Callable[[Page, Facts, str], str]:
    def extract(page: Page, _facts: Facts, url: str) -> str:
        found = trafilatura.extract(
            deepcopy(page.tree), url=url, include_comments=False, include_tables=False, deduplicate=False,
            config=_CONFIG, **options,
        )  # fmt: skip
        return _lines(found or "")

    return extract


def _readability(page: Page, _facts: Facts, _url: str) -> str:
    return html_to_text(Readability(page.source).summary(html_partial=True))


def _ld_body(_page: Page, facts: Facts, _url: str) -> str:
    body = facts.ld.get("articleBody")
    if not isinstance(body, str):
        return ""
    text = html_to_text(body) if re.search(r"<\w+[^>]*>", body) else _lines(body)
    return text if len(text.split()) >= _LD_WORDS else ""


def _paragraphs(page: Page) -> str:
    found = [tidy(shown_text(paragraph)) for paragraph in page.tree.iter("p")]
    return "\n".join(line for line in found if line)


def _lines(text: str) -> str:
    lines = (tidy(line.removeprefix("- ")) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


_EXTRACTORS: dict[str, Callable[[Page, Facts, str], str]] = {
    "trafilatura_precision": _trafilatura(favor_precision=True),
    "trafilatura": _trafilatura(fast=True),
    "readability": _readability,
    "json_ld": _ld_body,
}
_ORDER = list(_EXTRACTORS)
