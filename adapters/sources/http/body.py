"""The body of an answer, unpacked by ourselves, so that its size is bounded while it is unpacked and not afterwards."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Mapping
from typing import Final

from adapters.sources.http.request import Unanswered

ACCEPTED: Final = "gzip, deflate, br, zstd"
"""What we say that we can unpack."""

_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_MOST_LAYERS: Final = 4
"""How often one body is unpacked: some hosts pack what is packed already, in their application and again in front of it."""
_GZIP_OR_ZLIB: Final = zlib.MAX_WBITS | 32  # finds out by the header which of the two it is
_BARE_DEFLATE: Final = -zlib.MAX_WBITS  # what some servers send as 'deflate' (RFC 9110, 8.4.1.2, says so)
_ZSTD_WINDOW: Final = 1 << 24
"""Memory that a zstd frame may ask for; RFC 9659 allows 8 MB in HTTP."""


class _NotPacked(Exception):
    """The bytes are not packed in the way that is tried."""


_Unpack = Callable[[bytes, int], tuple[bytes, bool]]
"""Unpacks bytes to at most so many; tells, too, whether the end was there. Raises `_NotPacked`, and `Unanswered` if broken."""


class Body:
    """
    Collects the chunks of one body, up to `limit` bytes packed and as many unpacked.

    What a body is packed with is looked up in the bytes as well as in `Content-Encoding`, for the header is missing, doubled,
    wrong or unknown ('UTF-8') on hosts whose feeds every browser reads. A bomb (67 MB out of 200 KB of gzip) is stopped at the
    limit: no unpacker is asked for more than that.
    """

    def __init__(self, encoding: str, limit: int, *, may_be_cut: bool = False) -> None:
        self.cut = False
        self._may_be_cut = may_be_cut
        self._named = [name.partition(";")[0].strip().lower() for name in encoding.split(",") if name.strip()]
        self._limit = limit
        self._left = limit
        self._parts: list[bytes] = []

    def add(self, chunk: bytes) -> None:
        """Take one more chunk. Raises `Unanswered` if the body grows too large."""
        self._left -= len(chunk)
        if self._left < 0:
            raise too_large(self._limit)
        self._parts.append(chunk)

    def whole(self, *, cut: bool = False) -> bytes:
        """
        Everything that was collected, unpacked. Where the body is `cut` off, or its packing ends early and a cut is allowed for
        (`may_be_cut`), that is what came before the cut.

        Raises `Unanswered` if it is too large, or broken inside.
        """
        self.cut = cut
        body = b"".join(self._parts)
        for name in reversed(self._named[-_MOST_LAYERS:]):
            if name in _UNPACKERS:
                body = self._unpacked(_UNPACKERS[name], body)
        for _ in range(_MOST_LAYERS):
            unpack = _by_its_bytes(body)
            if unpack is None:
                break
            body = self._unpacked(unpack, body)
        return body

    def _unpacked(self, unpack: _Unpack, body: bytes) -> bytes:
        try:
            found, ended = unpack(body, self._limit + 1)
        except _NotPacked:
            return body  # the header lies, or is about a layer that was taken off on the way
        if len(found) > self._limit:
            raise too_large(self._limit)
        self.cut = self.cut or not ended
        if self.cut and not self._may_be_cut:
            raise Unanswered(_BROKEN)
        return found


def too_large(limit: int) -> Unanswered:
    """The error for a body of more than `limit` bytes, with the setting that allows more."""
    most = f"{limit / 1_000_000:g}"
    return Unanswered(
        f"gave an answer of more than {most} MB",
        remedy="if that is meant, raise max_megabytes under [fetch] in the configuration",
    )


def _by_its_bytes(body: bytes) -> _Unpack | None:
    """How to unpack what is packed although no header says so: a `.xml.gz`, or what was packed twice."""
    return _gzip if body.startswith(_GZIP) else _zstd if body.startswith(_ZSTD) else None


_BROKEN: Final = "gave a packed answer that could not be unpacked"


def _gzip(body: bytes, most: int) -> tuple[bytes, bool]:
    """Gzip, of one member or of several, or either reading of 'deflate'."""
    parts: list[bytes] = []
    ended = True
    while body and most > 0 and ended:
        part, body, ended = _member(body, most, first=not parts)
        parts.append(part)
        most -= len(part)
        body = body if body.startswith(_GZIP) else b""  # what follows the last member is padding
    return b"".join(parts), ended or most <= 0


def _member(body: bytes, most: int, *, first: bool) -> tuple[bytes, bytes, bool]:
    """Unpack one member: what it held, what follows it, and whether its end was there."""
    error: zlib.error | None = None
    for wbits in (_GZIP_OR_ZLIB, _BARE_DEFLATE) if first and not body.startswith(_GZIP) else (_GZIP_OR_ZLIB,):
        unpacker = zlib.decompressobj(wbits)
        try:
            return unpacker.decompress(body, most), unpacker.unused_data, unpacker.eof
        except zlib.error as found:
            error = found
    if _looks_plain(body):
        raise _NotPacked from error
    raise Unanswered(_BROKEN) from error


def _brotli(body: bytes, most: int) -> tuple[bytes, bool]:
    import brotli  # noqa: PLC0415 - httpx's own extra; few hosts send it

    unpacker, parts, given = brotli.Decompressor(), [], body
    try:
        while most > 0 and not unpacker.is_finished():
            part = unpacker.process(given, output_buffer_limit=most)
            given = b""
            parts.append(part)
            most -= len(part)
            if not part and unpacker.can_accept_more_data():
                break
        ended = unpacker.is_finished() or most <= 0
    except brotli.error as error:
        if _looks_plain(body):
            raise _NotPacked from None
        raise Unanswered(_BROKEN) from error
    found = b"".join(parts)
    if not ended and _looks_plain(body) and not _looks_plain(found):
        raise _NotPacked  # text that happens to begin like brotli, which has no mark of its own
    return found, ended


def _zstd(body: bytes, most: int) -> tuple[bytes, bool]:
    import zstandard  # noqa: PLC0415 - as above

    if not body.startswith(_ZSTD):
        if _looks_plain(body):
            raise _NotPacked
        raise Unanswered(_BROKEN)
    unpacker = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    parts: list[bytes] = []
    try:
        with unpacker.stream_reader(io.BytesIO(body), read_across_frames=True) as reader:
            while most > 0 and (part := reader.read(most)):
                parts.append(part)
                most -= len(part)
    except zstandard.ZstdError as error:
        raise Unanswered(_BROKEN) from error
    return b"".join(parts), most <= 0 or _zstd_ended(body)


def _zstd_ended(body: bytes) -> bool:
    """Tell whether the last frame is complete: the reader ends in silence where its input does."""
    import zstandard  # noqa: PLC0415 - as above

    while body.startswith(_ZSTD):
        frame = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()
        frame.decompress(body)  # bounded: it was read to its end within the limit just now
        if not frame.eof:
            return False
        body = frame.unused_data
    return True


def _looks_plain(body: bytes) -> bool:
    """Whether bytes are what they should be once unpacked, or packed in another way: then the header is wrong."""
    text = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return text in {b"<", b"{", b"["} or body.startswith((_GZIP, _ZSTD))


_UNPACKERS: Final[Mapping[str, _Unpack]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _gzip,
    "br": _brotli,
    "zstd": _zstd,
}
