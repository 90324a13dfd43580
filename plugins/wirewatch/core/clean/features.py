"""What the filter of blocks looks at: each block of a page as a row of numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from lxml.html import HtmlElement
from numpy.typing import NDArray

from wirewatch.core.clean.blocks import Block
from wirewatch.core.clean.names import ANCESTORS, KINDS, Names, around_most
from wirewatch.core.clean.structured import Facts
from wirewatch.core.clean.words import shingles, words_of

_END = re.compile(r"[.!?…。！？।][\"'”’»)\]]*$")
# Looked for in the text in small letters. Plain strings: with as many alternatives a regular expression takes three times as long.
_INVITES = (
    "read more", "read also", "read next", "sign up", "subscribe", "newsletter", "follow us", "click here", "related", "share this",
    "advertis", "download", "cookie", "privacy", "comment", "lesen sie", "mehr zum thema", "lire aussi", "leer mas", "leer más",
    "leggi anche", "lees ook", "baca juga", "whatsapp", "telegram", "facebook", "twitter", "abonn", "join us",
)  # fmt: skip
_NOTICES = (
    "copyright", "all rights reserved", "©", "contact", "reach at", "reached at", "email", "e-mail", "@", "updated", "published",
    "last modified", "min read", "mins read", "minute read", "minutes read", "editor", "reporting by",
)  # fmt: skip
_PICTURE = (
    "photo", "getty", "image", "reuters", "credit", "foto", "bild:", "picture", "shutterstock", "courtesy", "watch", "video",
)  # fmt: skip
_AP = re.compile(r"\bap\b")
_TAGS = (
    "p",
    "li",
    "h1",
    "h2",
    "h3",
    "h4",
    "div",
    "span",
    "blockquote",
    "td",
    "figcaption",
    "section",
    "pre",
    "dd",
    "article",
)
_TAIL = 24

Matrix = NDArray[np.float32]


def features(blocks: Sequence[Block], facts: Facts, voters: Sequence[str]) -> Matrix:
    """One row a block. `voters` are other extractors' answers (a fixed number and order; "" where there is none)."""
    words = [words_of(block.text) for block in blocks]
    names = Names(around_most(blocks, words))
    rows = [
        _block_row(block, tokens, names.path(block.element).depth) for block, tokens in zip(blocks, words, strict=True)
    ]
    own = np.hstack([np.array(rows, dtype=np.float32), _name_rows(blocks, names)])
    place = _place_rows(blocks, words, facts)
    group = _group_rows(blocks, own)
    votes = _vote_rows(blocks, words, voters)
    central = np.hstack([own[:, :8], votes])
    around = [_shifted(central, by) for by in (-1, 1)]
    return np.hstack([own, place, group, votes, *around]).astype(np.float32)


def _block_row(block: Block, tokens: list[str], depth: int) -> list[float]:
    text, node = block.text, block.element
    size = max(1, len(text) - text.count(" "))
    n = max(1, len(tokens))
    letters = sum(map(str.isalpha, text))
    small = text.lower()
    return [
        float(len(tokens)),
        block.linked / size,
        float(bool(_END.search(text[-_TAIL:]))),
        float(_has_any(small, _INVITES)),
        float(_has_any(small, _NOTICES)),
        float(_has_any(small, _PICTURE) or bool(_AP.search(small))),
        block.strong / size,
        float(_TAGS.index(node.tag) if node.tag in _TAGS else len(_TAGS)),
        sum(map(str.isupper, text)) / max(1, letters),
        sum(map(str.isdigit, text)) / size,
        text.count(",") / n,
        sum(map(text.count, ".!?。")) / n,
        float(text[0].islower()),
        float(text[0] in "\"'“‘«—-–•*©["),
        float(block.links),
        float(block.breaks),
        float(block.hidden),
        float(len(text)),
        float(text.endswith(":")),
        size / n,
        float(depth),
    ]


def _name_rows(blocks: Sequence[Block], names: Names) -> Matrix:
    """Kinds of names and tags, one column each: the block's own, its parent's, those above it, and the narrow of these."""
    rows = []
    for block in blocks:
        parent, path = block.element.getparent(), names.path(block.element)
        above = names.own(parent) if parent is not None else 0
        rows.append((names.own(block.element), above, path.names, path.tags, path.narrow_names, path.narrow_tags))
    kinds, tags = np.arange(len(KINDS)), np.arange(len(ANCESTORS))
    columns = zip(np.array(rows, dtype=np.int64).T, (kinds, kinds, kinds, tags, kinds, tags), strict=True)
    return np.hstack([bits[:, None] >> of & 1 for bits, of in columns]).astype(np.float32)


def _has_any(text: str, phrases: tuple[str, ...]) -> bool:
    return any(phrase in text for phrase in phrases)


def _place_rows(blocks: Sequence[Block], words: list[list[str]], facts: Facts) -> Matrix:
    n = len(blocks)
    counts = np.array([len(tokens) for tokens in words], dtype=np.float32)
    total = max(1.0, float(counts.sum()))
    titles = [set(_lower(words_of(text))) for text in (facts.h1, facts.meta.get("og:title"), facts.page_title) if text]
    description = facts.meta.get("og:description") or facts.meta.get("description") or ""
    told = set(_lower(words_of(description)))
    heading = next((i for i, block in enumerate(blocks) if block.element is facts.heading), -1)
    seen: Counter[str] = Counter()
    rows = np.zeros((n, 9), dtype=np.float32)
    before = np.concatenate([[0.0], np.cumsum(counts)[:-1]]) / total
    for i, (block, tokens) in enumerate(zip(blocks, words, strict=True)):
        lower = set(_lower(tokens))
        rows[i] = (
            i / n, before[i], counts[i] / total, float(min(200, max(-30, i - heading))) if heading >= 0 else -99.0,
            max((len(lower & title) / max(1, len(lower | title)) for title in titles), default=0.0),
            len(lower & told) / max(1, len(lower)) if told else -1.0,
            float(seen[block.text]), total, float(n),
        )  # fmt: skip
        seen[block.text] += 1
    return rows


def _group_rows(blocks: Sequence[Block], own: Matrix) -> Matrix:
    """What the block shares with others: its container's text, and the blocks that look like it."""
    good_of = own[:, 0] * (1 - own[:, 1]) * (own[:, 0] >= 8)
    linked_of = own[:, 0] * own[:, 1]
    counts, density, good, linked = (column.tolist() for column in (own[:, 0], own[:, 1], good_of, linked_of))
    up: list[list[HtmlElement | None]] = []
    totals: list[dict[HtmlElement | None, list[float]]] = [{}, {}, {}]
    looks: dict[tuple[str, str], list[float]] = {}
    keys: list[tuple[str, str]] = []
    for i, block in enumerate(blocks):
        node: HtmlElement | None = block.element
        key = (str(block.element.tag), block.element.get("class") or "")
        keys.append(key)
        if node is not None and node.tag in (
            "p",
            "li",
            "blockquote",
            "h2",
            "h3",
            "h4",
            "ul",
            "ol",
            "pre",
            "figcaption",
            "td",
        ):
            node = node.getparent()
        chain: list[HtmlElement | None] = []
        for level in range(3):
            chain.append(node)
            entry = totals[level].setdefault(node, [0.0, 0.0, 0.0, 0.0])
            entry[0] += good[i]
            entry[1] += 1
            entry[2] += counts[i]
            entry[3] += linked[i]
            node = node.getparent() if node is not None else None
        up.append(chain)
        look = looks.setdefault(key, [0.0, 0.0, 0.0])
        look[0] += 1
        look[1] += counts[i]
        look[2] += density[i]
    whole = max(1.0, float(good_of.sum()))
    best = [max(level, key=lambda node: level[node][0]) for level in totals]
    rows = np.zeros((len(blocks), 18), dtype=np.float32)
    for i, chain in enumerate(up):
        row: list[float] = []
        for level, node in enumerate(chain):
            entry = totals[level][node]
            row += [
                entry[0] / whole,
                entry[1],
                entry[2] / entry[1],
                entry[3] / max(1.0, entry[2]),
                float(node is best[level]),
            ]
        look = looks[keys[i]]
        rows[i] = [*row, look[0], look[1] / look[0], look[2] / look[0]]
    return rows


def _vote_rows(blocks: Sequence[Block], words: list[list[str]], voters: Sequence[str]) -> Matrix:
    """For each voter: how much of the block is in its answer, whether the block lies between its first and last."""
    n = len(blocks)
    columns: list[NDArray[np.float32]] = []
    runs = [shingles(block.text, tokens) for block, tokens in zip(blocks, words, strict=True)]
    for text in voters:
        lines = [(line, words_of(line)) for line in text.splitlines()]
        told = frozenset(run for line, tokens in lines for run in shingles(line, tokens))
        share = np.zeros(n, dtype=np.float32)
        for i, mine in enumerate(runs):
            if told and mine:
                share[i] = sum(map(told.__contains__, mine)) / len(mine)
        inside = np.flatnonzero(share > 0.5)
        between = np.zeros(n, dtype=np.float32)
        if len(inside):
            between[inside[0] : inside[-1] + 1] = 1
        size = np.full(n, float(sum(len(tokens) for _, tokens in lines)), dtype=np.float32)
        columns += [share, between, size]
    return np.stack(columns, axis=1) if columns else np.zeros((n, 0), dtype=np.float32)


def _lower(tokens: list[str]) -> list[str]:
    return [token.casefold() for token in tokens]


def _shifted(rows: Matrix, by: int) -> Matrix:
    """The rows of the blocks `by` places on; -1 where there is none."""
    out = np.full_like(rows, -1.0)
    if by > 0:
        out[:-by] = rows[by:]
    else:
        out[-by:] = rows[:by]
    return out
