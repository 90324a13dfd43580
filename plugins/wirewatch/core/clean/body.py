"""The main text: a learned filter of blocks that has seen what other extractors answer, and they, where it finds none."""

from __future__ import annotations

import logging
import re
from collections import Counter
from copy import copy, deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import trafilatura
from lxml.html import HtmlElement, fragment_fromstring
from readability import Document as Readability
from readability.cleaners import html_cleaner
from readability.readability import REGEXES
from trafilatura.settings import use_config

from wirewatch.core.clean.blocks import Block, blocks_of
from wirewatch.core.clean.features import features
from wirewatch.core.clean.page import Page, shown_text
from wirewatch.core.clean.structured import Facts, html_to_text, tidy
from wirewatch.core.clean.trees import Trees
from wirewatch.core.clean.words import Run, shingles, words_of

WEIGHTS = Path(__file__).with_name("blocks.npz")
THRESHOLD = 0.4
_PREFERENCE = 0.1
_DECLARED_VOTE = 1.5
"""What a body declared as JSON-LD counts beside another extractor's: it is rarely wrong, and none of them has read it."""
_LEAST_WORDS = 25
_LD_WORDS = 80
_MOST_BLOCKS = 6000
_NOT_SHOWN = REGEXES["displayNoneRe"]
# Readability's own, but for addresses and handlers that run scripts: nobody reads them here, and the search for them is
# a quarter of its work.
_CLEANER = copy(html_cleaner)
_CLEANER.javascript = False
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
    """The page's main text: the answer that the others agree with most, the filter's preferred."""
    others = voters(page, facts, url)
    blocks = blocks_of(page.tree)[:_MOST_BLOCKS]
    return agreed(page, "\n".join(block.text for block in choose(blocks, facts, tuple(others.values()))), others)


def agreed(page: Page, chosen: str, others: dict[str, str]) -> MainText:
    """Of the filter's choice and the answers of `voters`, the one that the rest agrees with most."""
    answers = {name: text for name, text in {"blocks": chosen, **others}.items() if _is_body(text)}
    declared = answers.pop("json_ld", "")
    if answers:
        return _medoid(answers, declared)
    few = {"blocks": chosen, **others, "paragraphs": _paragraphs(page), "json_ld": declared}
    name = max(few, key=lambda key: len(few[key]))
    return MainText(few[name], name)


def voters(page: Page, facts: Facts, url: str) -> dict[str, str]:
    """What other extractors answer, in the order in which the filter was trained; "" where one finds nothing."""
    return {
        "trafilatura": _from_trafilatura(page, url),
        "readability": _from_readability(page),
        "json_ld": _from_json_ld(facts),
    }


def choose(blocks: list[Block], facts: Facts, answers: tuple[str, ...]) -> list[Block]:
    """The blocks of the article, by the trees; `answers` are the answers of the others."""
    if not blocks:
        return []
    likely = trees().probabilities(features(blocks, facts, answers))
    return [block for block, probability in zip(blocks, likely, strict=True) if probability > THRESHOLD]


@cache
def trees() -> Trees:
    """The weights that are shipped beside this module (see blocks.md)."""
    return Trees.load(WEIGHTS)


def _from_trafilatura(page: Page, url: str) -> str:
    """Trafilatura's own answer, without the second opinions that it asks for when it is not `fast`: they have votes here.

    Its `deduplicate` stays off: it remembers earlier pages.
    """
    try:
        found = trafilatura.extract(
            deepcopy(page.tree), url=url, include_comments=False, include_tables=False, deduplicate=False,
            fast=True, config=_CONFIG,
        )  # fmt: skip
    except Exception:  # noqa: BLE001  (an extractor that fails on a page is one voice fewer)
        return ""
    return _lines(found or "")


def _from_json_ld(facts: Facts) -> str:
    """The body that the page declares, where it is more than a summary."""
    body = facts.ld.get("articleBody")
    if not isinstance(body, str):
        return ""
    text = html_to_text(body) if re.search(r"<\w+[^>]*>", body) else _lines(body)
    return text if len(text.split()) >= _LD_WORDS else ""


class _SharedTree(Readability):  # type: ignore[misc]
    """Readability on the tree that was parsed already, instead of its own parse for each attempt; addresses are left alone."""

    def __init__(self, tree: HtmlElement) -> None:
        super().__init__("")
        self._shared = tree

    def _parse(self, _input: str) -> HtmlElement:
        tree = deepcopy(self._shared)
        for element in tree.xpath("//*[@hidden]"):
            element.drop_tree()
        for element in tree.xpath("//*[@style]"):
            if _NOT_SHOWN.search(element.get("style")):
                element.drop_tree()
        _CLEANER(tree)
        return tree


def _from_readability(page: Page) -> str:
    try:
        found = _SharedTree(page.tree).summary(html_partial=True)
        return "\n".join(block.text for block in blocks_of(fragment_fromstring(found, create_parent="div")))
    except Exception:  # noqa: BLE001  (it raises on pages without a body, among others)
        return ""


def _is_body(text: str) -> bool:
    return len(text.split()) >= _LEAST_WORDS or len(text) >= 6 * _LEAST_WORDS


def _medoid(answers: dict[str, str], declared: str) -> MainText:
    """The answer that the others agree with most. What the page declares has a vote, but is none: it lacks what editors add."""
    counts = {name: _runs(text) for name, text in answers.items()}
    told = _runs(declared)

    def agreement(name: str) -> float:
        others = sum(_f1(counts[name], counts[other]) for other in counts if other != name)
        by_page = _DECLARED_VOTE * _f1(counts[name], told) if declared else 0.0
        return others + by_page + (_PREFERENCE if name == "blocks" else 0.0)

    best = max(answers, key=agreement)
    return MainText(answers[best], best)


def _runs(text: str) -> Counter[Run]:
    return Counter(shingles(text, words_of(text)))


def _f1(one: Counter[Run], other: Counter[Run]) -> float:
    shared = sum((one & other).values())
    total = sum(one.values()) + sum(other.values())
    return 2 * shared / total if total else 0.0


def _paragraphs(page: Page) -> str:
    found = [tidy(shown_text(paragraph)) for paragraph in page.tree.iter("p")]
    return "\n".join(line for line in found if line)


def _lines(text: str) -> str:
    lines = (tidy(line.removeprefix("- ")) for line in text.splitlines())
    return "\n".join(line for line in lines if line)
