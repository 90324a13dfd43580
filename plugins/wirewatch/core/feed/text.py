"""Text as feeds have it: titles with markup in them, entities that no one declared."""

from __future__ import annotations

import re
from contextlib import suppress
from html.entities import name2codepoint

from lxml import etree, html

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_ENTITY = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,8});")
_OF_XML = (b"amp", b"lt", b"gt", b"quot", b"apos")


def line(value: object, *, markup: bool = False) -> str:
    """A title as one line of plain text; `markup`: it is HTML, whose tags and entities are no part of what it says."""
    text = str(value or "")
    if markup and ("<" in text or "&" in text):
        with suppress(etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
            text = str(html.fragment_fromstring(text, create_parent="div").text_content())
    return " ".join(_CONTROLS.sub("", text).split())


def with_numbers(body: bytes) -> bytes:
    """A body whose entities of HTML are written as numbers: an XML parser that has a DOCTYPE leaves others out in silence."""

    def number(found: re.Match[bytes]) -> bytes:
        code = None if found.group(1) in _OF_XML else name2codepoint.get(found.group(1).decode("ascii"))
        return b"&#%d;" % code if code else found.group()

    return _ENTITY.sub(number, body)
