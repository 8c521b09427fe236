"""The body of an answer, unpacked by ourselves, so that its size is bounded while it is unpacked and not afterwards."""

from __future__ import annotations

import zlib
from typing import Final

from adapters.sources.http.request import Unanswered

_PACKED: Final = frozenset({"gzip", "x-gzip", "deflate"})
_GZIP_OR_ZLIB: Final = zlib.MAX_WBITS | 32  # finds out by the header which of the two it is
_BARE_DEFLATE: Final = -zlib.MAX_WBITS  # what some servers send as 'deflate' (RFC 9110, 8.4.1.2, says so)


class Body:
    """
    Collects the chunks of one body up to `limit` decoded bytes.

    An HTTP library hands out a 67 MB chunk for 200 KB of gzip before anyone can look at its size; `decompressobj` with a
    maximum length never makes more than it is allowed to.
    """

    def __init__(self, encoding: str, limit: int) -> None:
        encoding = encoding.strip().lower()
        if encoding not in _PACKED and encoding not in {"", "identity"}:
            raise Unanswered("packed its answer in a way that we did not offer to read")
        self._limit = limit
        self._left = limit
        self._parts: list[bytes] = []
        self._unpacker = zlib.decompressobj(_GZIP_OR_ZLIB) if encoding in _PACKED else None
        self._fresh = True

    def add(self, chunk: bytes) -> None:
        """Take one more chunk. Raises `Unanswered` if the body grows too large or cannot be unpacked."""
        if self._unpacker is None:
            self._keep(chunk)
            return
        while chunk:
            self._keep(self._unpacked(chunk))
            chunk = self._unpacker.unconsumed_tail or self._next_member()

    def _unpacked(self, chunk: bytes) -> bytes:
        assert self._unpacker  # noqa: S101 - narrows for the type checker; `add` has looked
        try:
            return self._unpacker.decompress(chunk, self._left + 1)
        except zlib.error:
            if not self._fresh:
                raise Unanswered("gave a packed answer that could not be unpacked") from None
            self._fresh = False
            self._unpacker = zlib.decompressobj(_BARE_DEFLATE)
            return self._unpacked(chunk)
        finally:
            self._fresh = False

    def _next_member(self) -> bytes:
        """A gzip body may be several, one after the other; what follows the last is padding."""
        assert self._unpacker  # noqa: S101 - as above
        rest = self._unpacker.unused_data
        if rest.startswith(b"\x1f\x8b"):
            self._unpacker = zlib.decompressobj(_GZIP_OR_ZLIB)
            return rest
        return b""

    def _keep(self, part: bytes) -> None:
        self._left -= len(part)
        if self._left < 0:
            raise Unanswered(f"gave an answer of more than {self._limit / 1_000_000:g} MB")
        if part:
            self._parts.append(part)

    def whole(self) -> bytes:
        """Everything that was collected."""
        return b"".join(self._parts)
