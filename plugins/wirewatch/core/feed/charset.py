"""The bytes of a feed as UTF-8, whatever its header and its declaration say; packed bodies unpacked."""

from __future__ import annotations

import re
import zlib

from wirewatch.core.http_rules import charset

_DECLARED = re.compile(rb"^(\s*<\?xml[^>]*?)\s+encoding\s*=\s*(['\"])(.*?)\2")
_UTF_32 = {b"\xff\xfe\x00\x00": "utf-32", b"\x00\x00\xfe\xff": "utf-32"}
_UTF_16 = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_MOST_BROKEN = 0.1
"""Share of broken characters up to which a body that says UTF-8 is read as such."""


def unpacked(body: bytes, most: int) -> bytes:
    """A body that is a gzip file (sitemap.xml.gz), unpacked up to `most` bytes; any other as it is."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        return zlib.decompressobj(wbits=31).decompress(body, most)
    except zlib.error:
        return body


def as_utf8(body: bytes, content_type: str | None) -> tuple[bytes, str | None]:
    """The body, and its Content-Type, as UTF-8 where it can be told that it is; else both as they are.

    Told by its mark, by its zeros (XML 1.0, appendix F), and by being valid UTF-8 with other than ASCII in it, which no
    text in another set is by chance: that goes before a header or a declaration that says otherwise. One that says UTF-8
    and has a few broken characters is read as UTF-8 without them.
    """
    encoding = _by_mark_or_zeros(body)
    if encoding:
        return _without_declaration(
            body.decode(encoding, "replace").lstrip("\ufeff").encode("utf-8", "replace")
        ), _UTF_8
    body = body.removeprefix(b"\xef\xbb\xbf")
    if b"\x00" in body:
        body = body.replace(b"\x00", b"")
    if body.isascii():
        return body, content_type
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd") - body.count("\ufffd".encode())
    if broken == 0:
        return _without_declaration(body), _UTF_8
    declared = _DECLARED.match(body)
    named = (charset(content_type), declared.group(3).decode("latin-1") if declared else None)
    others = sum(character > "\x7f" for character in text)
    if any(name and name.lower() in ("utf-8", "utf8") for name in named) and broken < _MOST_BROKEN * others:
        return _without_declaration(text.encode()), _UTF_8
    return body, content_type


_UTF_8 = "application/xml; charset=utf-8"


def _by_mark_or_zeros(body: bytes) -> str | None:
    marked = _UTF_32.get(body[:4]) or _UTF_16.get(body[:2])
    if marked or len(body) < 4:
        return marked
    zeros = "".join("0" if byte == 0 else "x" for byte in body[:4])
    return {"0x0x": "utf-16-be", "x0x0": "utf-16-le", "000x": "utf-32-be", "x000": "utf-32-le"}.get(zeros)


def _without_declaration(body: bytes) -> bytes:
    return _DECLARED.sub(rb"\1", body, count=1)
