"""What the filter of blocks looks at: each block of a page as a row of numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from lxml.html import HtmlElement
from numpy.typing import NDArray

from wirewatch.core.clean.blocks import Block
from wirewatch.core.clean.structured import Facts

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NAMES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"article|story|content|body|entry|post|text|main|paragraph|richtext",
        r"(article|story|entry|post)[-_]*(body|content|text)|body-?_?text|article__",
        r"comment|disqus|footer|sidebar|side-|promo|sponsor|advert|\bads?\b|banner|newsletter|subscri|sign-?up|share|social|menu|nav|breadcrumb|"
        r"popular|trending|most-|widget|cookie|consent|modal|popup|paywall|outbrain|taboola|tags?\b|copyright|disclaimer",
        r"byline|author|contributor|bio\b|writer",
        r"date|time|publish|updated",
        r"caption|credit|figure|photo|image|gallery|video|media",
        r"lead|intro|summary|standfirst|dek\b|subtitle|sub-?head|excerpt|abstract|perex",
        r"headline|title|kicker|header",
        r"related|recommend|read-?more|read-?next|more-|also|teaser|card|list",
    )
)
_WORD = re.compile(r"\w+")
_SPACELESS = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")
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
_ANCESTORS = (
    "article",
    "main",
    "aside",
    "footer",
    "header",
    "nav",
    "figure",
    "figcaption",
    "ul",
    "ol",
    "table",
    "blockquote",
    "form",
)
_SHINGLE = 4
_TAIL = 24

Matrix = NDArray[np.float32]


def words_of(text: str) -> list[str]:
    """The words of a text; of one that is written without spaces, pairs of its characters."""
    if not text.isascii() and len(_SPACELESS.findall(text[:200])) * 3 > len(text[:200]):
        bare = "".join(_WORD.findall(text))
        return [bare[i : i + 2] for i in range(0, len(bare), 2)]
    return _WORD.findall(text)


class _Names:
    """By element, in bits: which kinds of names its class and id have, and its ancestors'."""

    def __init__(self) -> None:
        self._own: dict[HtmlElement, int] = {}
        self._texts: dict[str, int] = {}
        self._path: dict[HtmlElement, tuple[int, int, int]] = {}

    def own(self, node: HtmlElement) -> int:
        text = f"{node.get('class') or ''} {node.get('id') or ''}"[:300]
        bits = self._texts.get(text)
        if bits is None:
            plain = _CAMEL.sub("-", text)
            bits = sum(1 << i for i, pattern in enumerate(_NAMES) if pattern.search(plain)) if plain.strip() else 0
            self._texts[text] = bits
        return bits

    def path(self, node: HtmlElement) -> tuple[int, int, int]:
        """(names of all ancestors and the node but body, tags of these, depth)."""
        known = self._path.get(node)
        if known is not None:
            return known
        chain = [node]
        parent = node.getparent()
        while parent is not None and parent not in self._path:
            chain.append(parent)
            parent = parent.getparent()
        names, tags, depth = self._path[parent] if parent is not None else (0, 0, 0)
        for item in reversed(chain):
            tag = item.tag
            if tag not in ("body", "html"):
                names |= self.own(item)
                tags |= 1 << _ANCESTORS.index(tag) if tag in _ANCESTORS else 0
            depth += 1
            self._path[item] = (names, tags, depth)
        return self._path[node]


def features(blocks: Sequence[Block], facts: Facts, voters: Sequence[str]) -> Matrix:
    """One row a block. `voters` are other extractors' answers (a fixed number and order; "" where there is none)."""
    words = [words_of(block.text) for block in blocks]
    names = _Names()
    rows = [_block_row(block, tokens, names) for block, tokens in zip(blocks, words, strict=True)]
    own = np.array(rows, dtype=np.float32)
    place = _place_rows(blocks, words, facts)
    group = _group_rows(blocks, own)
    votes = _vote_rows(words, voters)
    central = np.hstack([own[:, :8], votes])
    around = [_shifted(central, by) for by in (-1, 1)]
    return np.hstack([own, place, group, votes, *around]).astype(np.float32)


def _block_row(block: Block, tokens: list[str], names: _Names) -> list[float]:
    text, node = block.text, block.element
    size = max(1, len(text) - text.count(" "))
    n = max(1, len(tokens))
    parent = node.getparent()
    bits, above = names.own(node), names.own(parent) if parent is not None else 0
    all_names, tags, depth = names.path(node)
    letters = sum(map(str.isalpha, text))
    small = text.lower()
    row = [
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
    row.extend(float(bits >> i & 1) for i in range(len(_NAMES)))
    row.extend(float(above >> i & 1) for i in range(len(_NAMES)))
    row.extend(float(all_names >> i & 1) for i in range(len(_NAMES)))
    row.extend(float(tags >> i & 1) for i in range(len(_ANCESTORS)))
    return row


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


def _vote_rows(words: list[list[str]], voters: Sequence[str]) -> Matrix:
    """For each voter: how much of the block is in its answer, whether the block lies between its first and last."""
    n = len(words)
    columns: list[NDArray[np.float32]] = []
    shingles = [_shingles(tokens) for tokens in words]
    for text in voters:
        all_told = _shingles(words_of(text))
        told = frozenset(all_told)
        short = {" ".join(words_of(line)) for line in text.splitlines()} if text else set()
        share = np.zeros(n, dtype=np.float32)
        for i, tokens in enumerate(words):
            if not told or not tokens:
                continue
            if len(tokens) < _SHINGLE:
                share[i] = float(" ".join(tokens) in short)
                continue
            mine = shingles[i]
            share[i] = sum(map(told.__contains__, mine)) / len(mine)
        inside = np.flatnonzero(share > 0.5)
        between = np.zeros(n, dtype=np.float32)
        if len(inside):
            between[inside[0] : inside[-1] + 1] = 1
        size = np.full(n, float(len(all_told)), dtype=np.float32)
        columns += [share, between, size]
    return np.stack(columns, axis=1) if columns else np.zeros((n, 0), dtype=np.float32)


def _shingles(tokens: list[str]) -> list[tuple[str, ...]]:
    return [tuple(tokens[i : i + _SHINGLE]) for i in range(max(1, len(tokens) - _SHINGLE + 1))] if tokens else []


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
