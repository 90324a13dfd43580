"""What the elements around a block are called: the kinds of names in their classes and ids, and their tags."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from lxml.html import HtmlElement

from wirewatch.core.clean.blocks import Block

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
KINDS = tuple(
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
ANCESTORS = (
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
_TEXT_WORDS = 8
_MOST = 0.6


class Path(NamedTuple):
    """What lies above a block. "Narrow" is without the elements around most of the page's text."""

    names: int
    narrow_names: int
    tags: int
    narrow_tags: int
    depth: int


@lru_cache(maxsize=1 << 15)
def _kinds(text: str) -> int:
    """Remembered over pages, for the pages of a site are called alike."""
    plain = _CAMEL.sub("-", text)
    return sum(1 << i for i, pattern in enumerate(KINDS) if pattern.search(plain)) if plain.strip() else 0


class Names:
    """By element, in bits: which kinds of names its class and id have, and its ancestors'.

    `wide` are the elements around most of the page's text: what they are called says how the page is laid out ("sidebar-grid"),
    not what a block in it is, so that the ancestors' names are also told without them.
    """

    def __init__(self, wide: set[HtmlElement]) -> None:
        self._wide = wide
        self._path: dict[HtmlElement, Path] = {}

    def own(self, node: HtmlElement) -> int:
        """The kinds of names in the node's class and id: bit i for `KINDS[i]`."""
        return _kinds(f"{node.get('class') or ''} {node.get('id') or ''}"[:300])

    def path(self, node: HtmlElement) -> Path:
        """Names and tags of all ancestors and the node, but body."""
        known = self._path.get(node)
        if known is not None:
            return known
        chain = [node]
        parent = node.getparent()
        while parent is not None and parent not in self._path:
            chain.append(parent)
            parent = parent.getparent()
        above = self._path[parent] if parent is not None else Path(0, 0, 0, 0, 0)
        for item in reversed(chain):
            above = self._below(above, item)
            self._path[item] = above
        return above

    def _below(self, above: Path, item: HtmlElement) -> Path:
        if item.tag in ("body", "html"):
            return above._replace(depth=above.depth + 1)
        own, tag = self.own(item), 1 << ANCESTORS.index(item.tag) if item.tag in ANCESTORS else 0
        narrow = item not in self._wide
        return Path(
            above.names | own, above.narrow_names | (own if narrow else 0),
            above.tags | tag, above.narrow_tags | (tag if narrow else 0), above.depth + 1,
        )  # fmt: skip


def around_most(blocks: Sequence[Block], words: list[list[str]]) -> set[HtmlElement]:
    """The elements with at least `_MOST` of the page's words in blocks that read like text."""
    inside: Counter[HtmlElement] = Counter()
    whole = 0
    for block, tokens in zip(blocks, words, strict=True):
        if len(tokens) < _TEXT_WORDS or 2 * block.linked > len(block.text):
            continue
        whole += len(tokens)
        # The parser nests nothing deeper than 256 elements.
        node: HtmlElement | None = block.element
        while node is not None:
            inside[node] += len(tokens)
            node = node.getparent()
    return {node for node, found in inside.items() if found >= _MOST * whole}
