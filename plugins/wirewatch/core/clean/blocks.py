"""The blocks of a page: runs of text between block elements, in order."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml.html import HtmlElement

from wirewatch.core.clean.structured import tidy

_BLOCK = frozenset(
    """
    address article aside blockquote body br button canvas center dd details dialog div dl dt fieldset figcaption figure footer
    form h1 h2 h3 h4 h5 h6 header hr html li main nav ol p picture pre section summary table tbody td tfoot th thead tr ul video
    audio
    """.split()  # noqa: SIM905
)
_DROPPED = frozenset(
    """
    script style noscript template svg iframe head textarea select option button canvas object embed input math audio video map
    applet dialog
    """.split()  # noqa: SIM905
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


@dataclass(slots=True)
class Block:
    """A run of text; `element` is the block element around it.

    `linked` and `strong` count characters inside links and bold print, `links` the links that begin in it; `breaks`
    says that it ended at a <br>.
    """

    text: str
    element: HtmlElement
    linked: int
    strong: int
    links: int
    breaks: bool
    hidden: bool


class _Walker:
    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.parts: list[str] = []
        self.linked = self.strong = self.links = 0
        self.in_link = self.in_strong = self.hidden = 0
        self.owner: list[HtmlElement] = []

    def add(self, text: str | None) -> None:
        if not text:
            return
        self.parts.append(text)
        size = len(text) - text.count(" ") if not text.isspace() else 0
        if self.in_link:
            self.linked += size
        if self.in_strong:
            self.strong += size

    def flush(self, *, breaks: bool = False) -> None:
        if self.parts:
            text = tidy("".join(self.parts))
            if text:
                self.blocks.append(
                    Block(text, self.owner[-1], self.linked, self.strong, self.links, breaks, self.hidden > 0)
                )
        self.parts, self.linked, self.strong, self.links = [], 0, 0, 0


def blocks_of(root: HtmlElement) -> list[Block]:
    """The blocks below `root` in order, without recursion, so that no depth is too deep."""
    walker = _Walker()
    walker.owner.append(root)
    stack: list[tuple[HtmlElement, bool]] = [(root, False)]
    while stack:
        node, leaving = stack.pop()
        tag = node.tag
        if leaving:
            _leave(walker, node, tag)
            if node is not root:
                walker.add(node.tail)
            continue
        if not isinstance(tag, str) or tag in _DROPPED:
            if node is not root:
                walker.add(node.tail)
            continue
        _enter(walker, node, tag)
        walker.add(node.text)
        stack.append((node, True))
        stack.extend((child, False) for child in reversed(node))
    walker.flush()
    return walker.blocks


def _is_hidden(node: HtmlElement) -> bool:
    return (
        node.get("hidden") is not None
        or node.get("aria-hidden") == "true"
        or bool(_HIDDEN.search(node.get("style") or ""))
    )


def _enter(walker: _Walker, node: HtmlElement, tag: str) -> None:
    if tag in _BLOCK:
        walker.flush(breaks=tag == "br")
        if tag != "br":
            walker.owner.append(node)
            walker.hidden += _is_hidden(node)
    elif tag == "a":
        walker.in_link += 1
        walker.links += 1
    elif tag in ("b", "strong"):
        walker.in_strong += 1


def _leave(walker: _Walker, node: HtmlElement, tag: str) -> None:
    if tag in _BLOCK and tag != "br":
        walker.flush()
        walker.owner.pop()
        walker.hidden -= _is_hidden(node)
    elif tag == "a":
        walker.in_link -= 1
    elif tag in ("b", "strong"):
        walker.in_strong -= 1
