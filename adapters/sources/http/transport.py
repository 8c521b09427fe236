"""
An httpx transport over httpcore's connection pools, with the SSRF guard at the place where connections are made.

httpcore's pool takes the network it works on as an argument, so every connection goes through the guard, and TLS is
none the wiser: it still speaks to the name that was asked for. The fetcher drives this transport and not
`httpx.AsyncClient`, because what the client adds (redirects, cookies, proxies, passwords from the environment) is what
we must do ourselves or not at all; and a conditional request costs a quarter less (`benchmarks/README.md`).
"""

from __future__ import annotations

import select
import socket
import ssl
from base64 import b64encode
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

import certifi
import httpcore
import httpx
from sniffio import current_async_library_cvar

from adapters.sources.http.request import Unanswered
from adapters.sources.http.ssrf import SsrfGuard
from bot.text import safe_url

_CONNECT_SECONDS: Final = 6.0
"""For one address of a host, so that a broken IPv6 route leaves time for the IPv4 address."""
_IDLE: Final = 5
"""
Unused connections of a pool. httpcore asks each of them at each request whether it still lives, so more cost time; as many
are asked at the same time of one server of our own (`pacing.HostPacing`), and of others fewer.
"""


_THIS_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class Target(NamedTuple):
    """An address as it is asked: without user and password, which go into `authorization`."""

    url: httpx.URL
    authorization: str | None = None

    @property
    def origin(self) -> tuple[str, int]:
        """Host and port; http and https on their usual ports are the same place, and so are the names of this machine."""
        port = self.url.port or 0
        return ("localhost" if self.url.host in _THIS_MACHINE else self.url.host, 0 if port in {80, 443} else port)

    @property
    def host_and_port(self) -> str:
        return self.url.netloc.decode("ascii")


@lru_cache(maxsize=1024)
def target(url: str) -> Target:
    """Take an address apart. Raises `Unanswered` if it is none that we may ask."""
    scheme, _, rest = url.strip().partition("://")
    authority, slash, path = rest.partition("/")
    userinfo, _, bare = authority.rpartition("@")
    safe = safe_url(f"{scheme}://{bare}{slash}{path}")
    try:
        found = httpx.URL(safe) if safe else None
    except httpx.InvalidURL:
        found = None
    if found is None:
        raise Unanswered("has an address that is none: it must begin with http:// or https:// and name a host")
    if found.host.endswith("."):
        found = found.copy_with(host=found.host.rstrip("."))  # the root of the DNS; no certificate names it
    return Target(found, _basic(userinfo))


def _basic(userinfo: str) -> str | None:
    return f"Basic {b64encode(unquote(userinfo).encode()).decode()}" if userinfo else None


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to what the guard has checked: the very address, not the name. Raises `Unanswered` where it says no."""

    def __init__(self, guard: SsrfGuard, *, trusted: bool) -> None:
        self._guard = guard
        self._trusted = trusted
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        *others, last = await self._guard.addresses(host, port, trusted=self._trusted)
        for address in others:
            try:
                return _GuardedStream(
                    await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return _GuardedStream(await self._network.connect_tcp(last, port, timeout, local_address, socket_options))


class _GuardedStream(httpcore.AsyncNetworkStream):
    """
    A connection that knows its socket.

    To be told whether anything is there to be read, httpcore has anyio look up everything there is to know of a connection, which
    is a fifth of what a conditional request costs.
    """

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self._socket: socket.socket | None = stream.get_extra_info("socket")

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - as above
        return await self._stream.read(max_bytes, timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - as above
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - as above
    ) -> httpcore.AsyncNetworkStream:
        return _GuardedStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable" and self._socket is not None:
            return _is_readable(self._socket)
        return self._stream.get_extra_info(info)


def _is_readable(line: socket.socket) -> bool:
    """Whether something may be read at once; of a socket that is closed that is so, too."""
    place = line.fileno()
    if place < 0:
        return True
    if not hasattr(select, "poll"):  # Windows
        return bool(select.select([place], [], [], 0)[0])
    poll = select.poll()
    poll.register(place, select.POLLIN)
    return bool(poll.poll(0))


class _PoolKey(NamedTuple):
    """Connection-pool key: requests with the same key may share connections."""

    secure: bool
    trusted: bool
    lane: str | None


class Connections(httpx.AsyncBaseTransport):
    """
    An httpx transport that goes out through the guard.

    A request's extension `trusted` says that the operator's configuration named the address: a connection made for a
    trusted question is never used for one that is not. Those with the same extension `lane` share a single connection.
    Raises `httpx.TransportError`, and `Unanswered` for what the guard refuses.
    """

    def __init__(self, guard: SsrfGuard, keep: float = 10.0) -> None:
        self._guard = guard
        self._keep = keep
        self._pools: dict[_PoolKey, httpcore.AsyncConnectionPool] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        # As sniffio asks of those who know: httpcore asks it eighteen times a request.
        current_async_library_cvar.set("asyncio")
        url = request.url
        asked = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions={"timeout": {"connect": _CONNECT_SECONDS}},  # all else is under the fetcher's deadline
        )
        pool = await self._pool(request)
        with _errors_of_httpx():
            answer = await pool.handle_async_request(asked)
        stream = _BodyStream(answer)
        return httpx.Response(answer.status, headers=answer.headers, stream=stream, extensions=answer.extensions)

    async def aclose(self) -> None:
        """Close every connection."""
        for pool in self._pools.values():
            await pool.aclose()

    async def _pool(self, request: httpx.Request) -> httpcore.AsyncConnectionPool:
        about = request.extensions
        key = _PoolKey(request.url.scheme == "https", about.get("trusted", False), about.get("lane"))
        if key.lane:
            for other in [each for each in self._pools if each.lane == key.lane and each != key]:
                await self._pools.pop(other).aclose()
        return self._pools.get(key) or self._opened(key)

    def _opened(self, key: _PoolKey) -> httpcore.AsyncConnectionPool:
        pool = self._pools[key] = httpcore.AsyncConnectionPool(
            ssl_context=_tls() if key.secure else None,
            max_connections=1 if key.lane else None,
            max_keepalive_connections=_IDLE,
            keepalive_expiry=self._keep,
            network_backend=GuardedNetwork(self._guard, trusted=key.trusted),
        )
        return pool


class _BodyStream(httpx.AsyncByteStream):
    """The body of an answer, still packed, as it comes in."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        assert isinstance(self._answer.stream, AsyncIterable)  # noqa: S101 - the pool is an asynchronous one
        with _errors_of_httpx():
            async for part in self._answer.stream:
                yield part

    async def aclose(self) -> None:
        await self._answer.aclose()


@contextmanager
def _errors_of_httpx() -> Iterator[None]:
    """Every error of httpcore has a namesake in httpx (a test holds this), which is what a transport must raise."""
    try:
        yield
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
        raise getattr(httpx, type(error).__name__)(str(error)) from error


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    """Trusts what the system trusts (and `SSL_CERT_FILE` names) and Mozilla's list, since slim images have no list of their own."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def without_answer(error: httpx.TransportError) -> Unanswered:
    """Say in plain words why a question got no answer."""
    cause = _cause(error, ssl.SSLError, ConnectionRefusedError)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return Unanswered(f"has a certificate that is not valid ({cause.verify_message})")
    if isinstance(cause, ssl.SSLError) and "NO_APPLICATION_PROTOCOL" in str(cause):
        return _only_http2()
    if isinstance(error, httpx.RemoteProtocolError) and "disconnected" not in str(error):
        # The first bytes of HTTP/2 are no text (RFC 9113, 3.4 and 4.1), which h11 calls so.
        return _only_http2() if "illegal request line" in str(error) else Unanswered(_NO_HTTP)
    return Unanswered(_passing(error, cause), again=True)


def _passing(error: httpx.TransportError, cause: BaseException | None) -> str:
    if isinstance(cause, ssl.SSLError):
        return "could not be spoken to in private (TLS)"
    if isinstance(cause, ConnectionRefusedError):
        return "refused the connection"
    if isinstance(error, httpx.ConnectTimeout):
        return "could not be reached in time"
    if isinstance(error, httpx.ConnectError):
        return "could not be reached"
    return "closed the connection without an answer"


def broken_off(error: httpx.TransportError) -> Unanswered:
    """Say in plain words why an answer has no end."""
    if isinstance(error, httpx.RemoteProtocolError) and "peer closed" not in str(error):
        return Unanswered(_NO_HTTP)
    return Unanswered("closed the connection in the middle of its answer", again=True)


_NO_HTTP: Final = "did not answer in the language of the web (HTTP)"


def _only_http2() -> Unanswered:
    remedy = "set another address of it as its url, or that of a proxy of your own that speaks both"
    return Unanswered("speaks HTTP/2 only, and we speak HTTP/1.1", remedy=remedy)


def _cause(error: BaseException, *kinds: type[BaseException]) -> BaseException | None:
    """The first error of one of these kinds among those that led to this one."""
    found: BaseException | None = error
    while found is not None and not isinstance(found, kinds):
        found = found.__cause__ or found.__context__
    return found
