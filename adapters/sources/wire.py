"""
One HTTP/1.1 exchange after another, over connections that the guard has allowed.

h11 speaks the protocol, asyncio owns the sockets, and there is little else. That is on purpose: the 200 conditional
requests of an unchanged collect cost 17 ms of CPU this way, 160 ms through httpcore's pool and 210 ms through
`httpx.AsyncClient` (same server, same answers), and the guard sits where the connection is made, with no private
attribute of a library to replace. Redirects, retries and pacing are none of this file's business.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol
from urllib.parse import quote, unquote, urlsplit

import certifi
import h11

from adapters.sources.asking import Unanswered
from adapters.sources.guard import Guard
from bot.text import safe_url

_CHUNK: Final = 65536
_HEAD_LIMIT: Final = 65536
"""Longest head of an answer: twice what the strictest common servers send, and h11's own 16 KB is too little for some."""
_CONNECT_SECONDS: Final = 6.0
"""For one address of a host, so that a broken IPv6 route leaves time for the IPv4 address."""
_ASCII: Final = "".join(map(chr, range(0x21, 0x7F)))


@dataclass(frozen=True, slots=True)
class Target:
    """An address taken apart. `path` is ready to be sent; `authorization` is made of user and password, if it had them."""

    scheme: str
    host: str
    port: int
    path: str
    authorization: str | None

    @property
    def origin(self) -> tuple[str, int]:
        """Host and port; http and https on their usual ports are the same place."""
        return (self.host, 0 if self.port in {80, 443} else self.port)

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _USUAL_PORT[self.scheme] else f"{host}:{self.port}"


_USUAL_PORT: Final = {"http": 80, "https": 443}


@lru_cache(maxsize=1024)
def target(url: str) -> Target:
    """Take an address apart. Raises `Unanswered` if it is none that we may ask."""
    scheme, _, rest = url.strip().partition("://")
    authority, slash, path = rest.partition("/")
    userinfo, _, bare = authority.rpartition("@")
    safe = safe_url(f"{scheme}://{bare}{slash}{path}")
    if safe is None:
        raise Unanswered("has an address that is none: it must begin with http:// or https:// and name a host")
    parts = urlsplit(safe)
    scheme = parts.scheme.lower()
    way = quote(parts.path or "/", safe=_ASCII) + (f"?{quote(parts.query, safe=_ASCII)}" if parts.query else "")
    return Target(scheme, (parts.hostname or "").rstrip("."), parts.port or _USUAL_PORT[scheme], way, _basic(userinfo))


def _basic(userinfo: str) -> str | None:
    return f"Basic {b64encode(unquote(userinfo).encode()).decode()}" if userinfo else None


class Answer(Protocol):
    """The head of an answer, and its body as it comes in."""

    status: int
    headers: Mapping[str, str]

    def chunks(self) -> AsyncIterator[bytes]:
        """The body, still packed as it was sent. Raises `Unanswered` if it breaks off."""
        ...


class Wire(Protocol):
    """What the fetcher sends with: the real `Connections`, or a fake."""

    def exchange(
        self, to: Target, headers: Mapping[str, str], *, trusted: bool, lane: str | None = None
    ) -> AbstractAsyncContextManager[Answer]:
        """Send one GET and give the answer for the length of the block. Raises `Unanswered`."""
        ...

    async def aclose(self) -> None:
        """Close every connection."""
        ...


class _Broken(Unanswered):
    """The connection ended; `silent` if not one byte of an answer had come."""

    def __init__(self, reason: str, *, silent: bool) -> None:
        super().__init__(reason, again=True)
        self.silent = silent


class _Connection:
    """One connection, kept as long as the other side keeps it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_LIMIT)
        self._heard = False
        self.status = 0
        self.headers: Mapping[str, str] = {}

    async def ask(self, to: Target, headers: Mapping[str, str]) -> None:
        """Send a GET and read the head of the answer."""
        self._heard = False
        request = h11.Request(method="GET", target=to.path, headers=list(headers.items()))
        self._writer.write((self._http.send(request) or b"") + (self._http.send(h11.EndOfMessage()) or b""))
        event = await self._event()
        while isinstance(event, h11.InformationalResponse):
            event = await self._event()
        if not isinstance(event, h11.Response):
            raise _Broken("closed the connection without an answer", silent=not self._heard)
        self.status = event.status_code
        self.headers = _by_name(event.headers)

    async def chunks(self) -> AsyncIterator[bytes]:
        while True:
            event = await self._event()
            if not isinstance(event, h11.Data):
                return
            yield bytes(event.data)

    async def _event(self) -> h11.Event | type[h11.PAUSED]:
        try:
            while (event := self._http.next_event()) is h11.NEED_DATA:
                data = await self._reader.read(_CHUNK)
                self._heard = self._heard or bool(data)
                self._http.receive_data(data)
        except (OSError, h11.RemoteProtocolError) as error:
            raise self._broken(error) from error
        return event  # type: ignore[return-value]  # h11's marker types are not narrowed by the comparison

    def _broken(self, error: Exception) -> Unanswered:
        if not self._heard:
            return _Broken("closed the connection without an answer", silent=True)
        if isinstance(error, OSError) or "peer closed" in str(error):
            return _Broken("closed the connection in the middle of its answer", silent=False)
        return Unanswered("did not answer in the language of the web (HTTP)")

    @property
    def alive(self) -> bool:
        return not self._reader.at_eof() and not self._writer.is_closing()

    def rewind(self) -> bool:
        """Make ready for another question; False if this connection cannot take one."""
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE or not self.alive:
            return False
        self._http.start_next_cycle()
        return True

    def close(self) -> None:
        self._writer.close()


def _by_name(headers: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    """Header lines by lower-case name (h11 makes them lower); lines of the same name are joined (RFC 9110, 5.3)."""
    named: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        named[name] = f"{named[name]}, {value}" if name in named else value
    return named


_Key = tuple[str, str, int, bool, str | None]


class Connections:
    """
    The real `Wire`. A connection made for a trusted question is never used for one that is not.

    An unused connection is closed after `keep` seconds. Questions of one lane share a single connection: before another
    host of the lane is connected to, the former connection is closed.
    """

    def __init__(self, guard: Guard, keep: float = 10.0) -> None:
        self._guard = guard
        self._keep = keep
        self._unused: dict[_Key, list[tuple[_Connection, asyncio.TimerHandle]]] = {}
        self._tls: ssl.SSLContext | None = None

    @asynccontextmanager
    async def exchange(
        self, to: Target, headers: Mapping[str, str], *, trusted: bool, lane: str | None = None
    ) -> AsyncIterator[Answer]:
        key = (to.scheme, to.host, to.port, trusted, lane)
        connection = await self._asked(key, to, headers)
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        if connection.rewind():
            self._put_by(key, connection)
        else:
            connection.close()

    async def _asked(self, key: _Key, to: Target, headers: Mapping[str, str]) -> _Connection:
        kept = self._take(key)
        if kept:
            try:
                return await self._try(kept, to, headers)
            except _Broken as broken:
                # The server may close a kept connection at any moment; only silence proves that it did so before the
                # question arrived (RFC 9112, 9.3.1).
                if not broken.silent:
                    raise
        return await self._try(await self._connect(key, to), to, headers)

    @staticmethod
    async def _try(connection: _Connection, to: Target, headers: Mapping[str, str]) -> _Connection:
        try:
            await connection.ask(to, headers)
        except BaseException:
            connection.close()
            raise
        return connection

    async def _connect(self, key: _Key, to: Target) -> _Connection:
        *_, trusted, lane = key
        if lane:
            self._close_lane(lane)
        addresses = await self._guard.addresses(to.host, to.port, trusted=trusted)
        for last, address in zip([*[False] * (len(addresses) - 1), True], addresses, strict=True):
            try:
                async with asyncio.timeout(_CONNECT_SECONDS):
                    return await self._open(address, to)
            except (OSError, TimeoutError) as error:
                if last:
                    raise _unreached(error) from error
        raise AssertionError  # the guard gives at least one address

    async def _open(self, address: str, to: Target) -> _Connection:
        secure = to.scheme == "https"
        reader, writer = await asyncio.open_connection(
            address, to.port, ssl=self._context() if secure else None, server_hostname=to.host if secure else None
        )
        return _Connection(reader, writer)

    def _context(self) -> ssl.SSLContext:
        """Trusts what the system trusts (and `SSL_CERT_FILE` names) and Mozilla's list, since slim images have no list of their own."""
        if self._tls is None:
            self._tls = ssl.create_default_context()
            self._tls.load_verify_locations(certifi.where())
            self._tls.set_alpn_protocols(["http/1.1"])
        return self._tls

    def _put_by(self, key: _Key, connection: _Connection) -> None:
        unused = self._unused.setdefault(key, [])
        timer = asyncio.get_running_loop().call_later(self._keep, self._expire, key, connection)
        unused.append((connection, timer))

    def _take(self, key: _Key) -> _Connection | None:
        unused = self._unused.get(key)
        while unused:
            connection, timer = unused.pop()
            timer.cancel()
            if connection.alive:
                return connection
            connection.close()
        return None

    def _expire(self, key: _Key, connection: _Connection) -> None:
        self._unused[key] = [each for each in self._unused[key] if each[0] is not connection]
        connection.close()

    def _close_lane(self, lane: str) -> None:
        for key in [key for key in self._unused if key[-1] == lane]:
            while self._take_and_close(key):
                pass

    def _take_and_close(self, key: _Key) -> bool:
        connection = self._take(key)
        if connection:
            connection.close()
        return connection is not None

    async def aclose(self) -> None:
        """Close every unused connection, and give the sockets a turn of the loop to go away."""
        for key in list(self._unused):
            while self._take_and_close(key):
                pass
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(0)


def _unreached(error: Exception) -> Unanswered:
    if isinstance(error, ssl.SSLCertVerificationError):
        return Unanswered(f"has a certificate that is not valid ({error.verify_message})")
    if isinstance(error, ssl.SSLError):
        return Unanswered("could not be spoken to in private (TLS)", again=True)
    if isinstance(error, ConnectionRefusedError):
        return Unanswered("refused the connection", again=True)
    if isinstance(error, TimeoutError):
        return Unanswered("could not be reached in time", again=True)
    return Unanswered("could not be reached", again=True)
