"""Bytes to a page: the character set told, the tree parsed once and shared by all that look at it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bs4.dammit import EncodingDetector, UnicodeDammit
from lxml import etree
from lxml import html as lxml_html
from lxml.etree import ParserError

from wirewatch.core.model import Rejected

_LARGEST = 5_000_000
_SILENT = frozenset({"script", "style", "noscript", "template", "svg", "iframe", "head", "textarea", "select"})
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]|[\ud800-\udfff]")
_NOT_HTML = (b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04", b"RIFF", b"\x1a\x45\xdf\xa3", b"ID3")


class UnreadablePage(ValueError):
    """There is no page in the bytes."""

    def __init__(self, reason: Rejected, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class Page:
    """A page: its source without control characters, and its tree, which nobody may change."""

    source: str
    tree: lxml_html.HtmlElement

    def text(self, limit: int) -> str:
        """The first characters of what the page shows, in one line."""
        return " ".join(" ".join(shown_texts(self.tree)).split())[:limit]


def shown_texts(node: lxml_html.HtmlElement) -> Iterator[str]:
    """The texts inside `node` in order, without those of scripts, styles and the like."""
    for event, element in etree.iterwalk(node, events=("start", "end", "comment", "pi")):
        if event in ("comment", "pi"):
            if element.tail and element is not node:
                yield element.tail
        elif event == "start":
            if element.text and element.tag not in _SILENT:
                yield element.text
        elif element.tail and element is not node and element.getparent().tag not in _SILENT:
            yield element.tail


def shown_text(node: lxml_html.HtmlElement) -> str:
    """The text inside `node` in one line."""
    return " ".join(" ".join(shown_texts(node)).split())


def read_page(content: bytes | str, charset: str | None = None) -> Page:
    """Decode and parse. UnreadablePage, with the reason, where there is nothing to read."""
    if isinstance(content, bytes) and content.startswith(_NOT_HTML):
        raise UnreadablePage(Rejected.NOT_HTML, "the answer is a file, not a page")
    source = content if isinstance(content, str) else decode(content, charset)
    source = _CONTROLS.sub("", source[:_LARGEST])
    if not source.strip():
        raise UnreadablePage(Rejected.EMPTY, "the answer is empty")
    try:
        tree = lxml_html.document_fromstring(source.encode("utf-8"), parser=lxml_html.HTMLParser(encoding="utf-8"))
    except (ParserError, ValueError, AssertionError) as problem:
        raise UnreadablePage(Rejected.NOT_HTML, f"the answer cannot be parsed ({problem})") from problem
    return Page(source, tree)


def decode(content: bytes, charset: str | None) -> str:
    """Bytes to text: a byte-order mark, then the header's character set, then the page's own, then detection.

    UTF-8 that decodes without fault is believed against any other declaration (WHATWG: mislabelled pages are common).
    """
    if not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            pass
    declared = EncodingDetector.find_declared_encoding(content, is_html=True, search_entire_document=False)
    tried = [name for name in (charset, declared) if name and name.lower().replace("_", "-") != "utf-8"]
    found = UnicodeDammit(content, known_definite_encodings=tried, is_html=True)
    if found.unicode_markup is not None:
        return found.unicode_markup
    return content.decode("utf-8", "replace")
