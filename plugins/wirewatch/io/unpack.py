"""Content-Encoding undone piece by piece (RFC 9110, section 8.4), so that a bomb is stopped at the cap and not in memory."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

import brotli
from backports import zstd

ACCEPTED = "gzip, deflate, br, zstd"
"""The Accept-Encoding that goes with this module."""
_PIECE = 64 * 1024
_GZIP_MAGIC, _ZSTD_MAGIC = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
_MOST_CODINGS = 4


class BodyTooLarge(Exception):
    """The body is larger than the cap."""


class BrokenPacking(Exception):
    """The body is not packed as its headers say, or breaks off."""


class _Coding(Protocol):
    def feed(self, piece: bytes) -> Iterator[bytes]:
        """What can be unpacked now, in pieces of a bounded size."""

    def close(self) -> None:
        """BrokenPacking where the body breaks off."""


class Unpacker:
    """Undoes the codings of a Content-Encoding header. `cap` is for the body, packed and unpacked, in bytes.

    Servers name codings that they did not use; a body that does not begin as its coding does is taken as it is.
    """

    def __init__(self, encoding: str, cap: int) -> None:
        names = [name for part in encoding.lower().split(",") if (name := part.strip()) in _CODINGS]
        if len(names) > _MOST_CODINGS:
            raise BrokenPacking(f"it is packed {len(names)} times")
        self._codings = [_CODINGS[name]() for name in reversed(names)]
        self._cap, self._received = cap, 0
        self._out = bytearray()

    def feed(self, piece: bytes) -> None:
        """Take a piece as received. BodyTooLarge, BrokenPacking."""
        self._received += len(piece)
        if self._received > self._cap:
            raise BodyTooLarge
        self._pass(piece, 0)

    def body(self) -> bytes:
        """The whole body; BrokenPacking where it broke off."""
        for coding in self._codings:
            coding.close()
        return bytes(self._out)

    def so_far(self) -> bytes:
        """What was unpacked until now: where BodyTooLarge was raised, up to a piece more than the cap."""
        return bytes(self._out)

    @property
    def received(self) -> int:
        """Bytes that came over the wire."""
        return self._received

    def _pass(self, piece: bytes, layer: int) -> None:
        if layer == len(self._codings):
            self._out += piece
            if len(self._out) > self._cap:
                raise BodyTooLarge
            return
        for unpacked in self._codings[layer].feed(piece):
            self._pass(unpacked, layer + 1)


class _Zlib:
    """gzip and deflate: several members one after the other, deflate with and without its wrapping."""

    def __init__(self, *, raw: bool) -> None:
        self._raw, self._plain, self._begun = raw, False, False
        self._inflate = zlib.decompressobj(wbits=47)

    def feed(self, piece: bytes) -> Iterator[bytes]:
        if not self._begun and piece:
            self._begun = True
            self._plain = not self._raw and not _GZIP_MAGIC.startswith(piece[:2]) and not piece.startswith(_GZIP_MAGIC)
        if self._plain:
            yield piece
            return
        while piece:
            if self._inflate.eof:
                if not piece.startswith(_GZIP_MAGIC[:1]):
                    return  # padding behind the last member
                self._inflate = zlib.decompressobj(wbits=47)
            yield self._some(piece)
            piece = self._inflate.unconsumed_tail or (self._inflate.unused_data if self._inflate.eof else b"")

    def _some(self, piece: bytes) -> bytes:
        try:
            return self._inflate.decompress(piece, _PIECE)
        except zlib.error as problem:
            if not self._raw:
                raise BrokenPacking(str(problem)) from problem
            self._raw = False
            self._inflate = zlib.decompressobj(wbits=-15)
            return self._some(piece)

    def close(self) -> None:
        if self._begun and not self._plain and not self._inflate.eof:
            raise BrokenPacking("the packed body breaks off")


class _Brotli:
    def __init__(self) -> None:
        self._decompressor, self._begun = brotli.Decompressor(), False

    def feed(self, piece: bytes) -> Iterator[bytes]:
        self._begun = self._begun or bool(piece)
        try:
            yield self._decompressor.process(piece, output_buffer_limit=_PIECE)
            while not self._decompressor.can_accept_more_data():
                yield self._decompressor.process(b"", output_buffer_limit=_PIECE)
        except brotli.error as problem:
            raise BrokenPacking(str(problem)) from problem

    def close(self) -> None:
        if self._begun and not self._decompressor.is_finished():
            raise BrokenPacking("the packed body breaks off")


class _Zstd:
    """RFC 8878, several frames one after the other; windows up to 8 MiB (RFC 9659)."""

    def __init__(self) -> None:
        self._decompressor, self._begun, self._plain = _new_zstd(), False, False

    def feed(self, piece: bytes) -> Iterator[bytes]:
        if not self._begun and piece:
            self._begun, self._plain = True, piece[:1] != _ZSTD_MAGIC[:1]
        if self._plain:
            yield piece
            return
        try:
            while True:
                if self._decompressor.eof:
                    piece = self._decompressor.unused_data
                    if not piece:
                        return
                    self._decompressor = _new_zstd()
                yield self._decompressor.decompress(piece, _PIECE)
                piece = b""
                if self._decompressor.needs_input and not self._decompressor.eof:
                    return
        except zstd.ZstdError as problem:
            raise BrokenPacking(str(problem)) from problem

    def close(self) -> None:
        if self._begun and not self._plain and not self._decompressor.eof:
            raise BrokenPacking("the packed body breaks off")


def _new_zstd() -> zstd.ZstdDecompressor:
    return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: 23})


_CODINGS: dict[str, Callable[[], _Coding]] = {
    "gzip": lambda: _Zlib(raw=False),
    "x-gzip": lambda: _Zlib(raw=False),
    "deflate": lambda: _Zlib(raw=True),
    "br": _Brotli,
    "zstd": _Zstd,
}
