"""
Limits on connections to the page: how many there are, how many one client has, and how long a request may take to arrive.

uvicorn limits what one request holds (bytes of its head), and how long a connection may rest between two, but neither how long the
first request takes, nor how many connections there are; `limit_concurrency` refuses requests, and holds connections all the same.
So this is its HTTP protocol with a pool around it. The rules are those of Apache's mod_reqtimeout (a time for the head; a time and
a least rate for the body) and of nginx's connection pool (under pressure, who waits gives way to who comes).
"""

from __future__ import annotations

import asyncio
import logging
import resource
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from adapters.web.http.clients import network_of, with_mapped
from bot.log_repeats import OnceAMinute

logger = logging.getLogger(__name__)
logger.addFilter(OnceAMinute())

RESERVED_FILES: Final = 40
"""Open files that are not the page's: the database's, the sources', the platforms', and what the interpreter reads."""

MOST_CONNECTIONS: Final = 1000
FEWEST_CONNECTIONS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLimits:
    """
    Limits of one server. Times are in seconds; a body may take `body_seconds`, and one more for each `bytes_a_second` of it.

    `per_client` does not count for `proxies` (addresses and networks), through which many clients come. Their kept connections may rest for
    `rest_seconds`: longer than they keep them themselves (Caddy two minutes, nginx one), so that it is never we who close. A proxy that sends a
    request into a connection at the instant at which we close it loses the request, and Slack sends a tap only once.
    """

    total: int
    per_client: int
    proxies: tuple[str, ...] = ()
    head_seconds: float = 10
    body_seconds: float = 20
    write_seconds: float = 30
    bytes_a_second: float = 500
    rest_seconds: int = 150

    @property
    def streams(self) -> int:
        """How many live streams there may be: they last, so a quarter is left to requests that come and go."""
        return self.total * 3 // 4

    @property
    def at_once(self) -> int:
        """How many connections are accepted before any of them is looked at."""
        return min(64, max(4, self.total // 4))


def limits_for(files: int, proxies: tuple[str, ...] = ()) -> ConnectionLimits:
    """Limits for a process that may have `files` open at once."""
    # Beside the connections, as many as are accepted at once: those are open before one is closed for them.
    total = min(MOST_CONNECTIONS, max(FEWEST_CONNECTIONS, (files - RESERVED_FILES) * 4 // 5))
    return ConnectionLimits(total=total, per_client=total // 2, proxies=proxies)


def file_limit() -> int:
    """How many files this process may have open; a great number where there is no limit."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST_CONNECTIONS * 2 if soft == resource.RLIM_INFINITY else soft


class LimitedConnection(H11Protocol):
    """uvicorn's connection, as a member of a pool: it knows whether it waits for its client, and since when."""

    def __init__(self, pool: ConnectionPool, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.logger = logger  # what a stranger can cause is told once a minute
        self.network = ""
        self._pool = pool
        self._since = pool.now()
        self._received = 0
        self._unsent_since: float | None = None
        self._unsent = 0
        self._is_named_proxy = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.network = network_of(self.client[0]) if self.client else ""
        if self._pool.is_named_proxy(self):
            self._is_named_proxy = True
            self.timeout_keep_alive = self._pool.limits.rest_seconds
        self._pool.admit(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._pool.left(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        before = self.cycle
        if self._rests:
            self._since = self._pool.now()  # from here on it is a head that is waited for
        super().data_received(data)
        if self.cycle is not before:  # a head is complete
            self._since, self._received = self._pool.now(), 0
        self._received += len(data)

    def on_response_complete(self) -> None:
        self._since = self._pool.now()
        super().on_response_complete()

    @property
    def since(self) -> float:
        """Since when it waits for a head, or for the rest of a body."""
        return self._since

    @property
    def gives_way(self) -> bool:
        """Whether nothing is under way here but the client's own part: a request not told to its end, an answer not fetched."""
        return self._awaits_head or self._awaits_body or self.transport.get_write_buffer_size() > 0

    def is_overdue(self, now: float) -> bool:
        """Whether the client has had its time. To be asked now and again, for this is where it is noted that an answer lies here."""
        limits = self._pool.limits
        unsent = self.transport.get_write_buffer_size()
        if unsent == 0 or self._unsent_since is None or unsent > self._unsent:
            self._unsent, self._unsent_since = unsent, now if unsent else None
        if self._unsent_since is not None:
            return now - self._unsent_since > limits.write_seconds + self._unsent / limits.bytes_a_second
        if self._awaits_head:
            return now - self._since > (limits.rest_seconds if self._rests else limits.head_seconds)
        if self._awaits_body and not self.flow.read_paused:
            return now - self._since > limits.body_seconds + self._received / limits.bytes_a_second
        return False

    def drop(self) -> None:
        """Close at once, whatever waits to be sent."""
        self.transport.abort()

    @property
    def _awaits_head(self) -> bool:
        cycle = self._cycle
        return cycle is None or (cycle.response_complete and not cycle.more_body)

    @property
    def _rests(self) -> bool:
        """Whether it is a named proxy's, and nothing of a request has come."""
        return self._is_named_proxy and self._awaits_head and not self.conn.trailing_data[0]

    @property
    def _awaits_body(self) -> bool:
        cycle = self._cycle
        return cycle is not None and cycle.more_body

    @property
    def _cycle(self) -> RequestResponseCycle | None:
        """The last request and its answer; uvicorn declares it as always there, and begins without."""
        return self.cycle


class ConnectionPool:
    """The connections of one server. Who comes last is served first: for it, one that waits for its client is closed."""

    def __init__(self, limits: ConnectionLimits, now: Callable[[], float] = time.monotonic) -> None:
        self.limits = limits
        self.now = now
        self._open: dict[LimitedConnection, None] = {}  # in the order in which they came
        self._proxies = [ip_network(proxy) for proxy in with_mapped(limits.proxies)]

    def __len__(self) -> int:
        return len(self._open)

    def admit(self, new: LimitedConnection) -> None:
        """Take in a connection. Where that is one too many, another one is closed, or else this one."""
        self._open[new] = None
        mine = [one for one in self._open if one.network == new.network]
        if len(mine) > self.limits.per_client and not self._is_proxy(new):
            self._close_one_of(mine, new)
        elif len(self._open) > self.limits.total:
            self._close_one_of(self._open, new)

    def left(self, connection: LimitedConnection) -> None:
        """Forget a connection that is closed."""
        self._open.pop(connection, None)

    def close_overdue(self) -> None:
        """Close every connection whose client has had its time."""
        now = self.now()
        for one in [one for one in self._open if one.is_overdue(now)]:
            self._drop(one)

    def no_file_left(self) -> None:
        """Close half of the connections that wait for their clients, the longest waiting first: the process may open no more files."""
        logger.warning(
            "No connection can be accepted: this process may open no more files", extra={"action": "accept_failed"}
        )
        waiting = sorted((one for one in self._open if one.gives_way), key=lambda one: one.since)
        for one in waiting[: (len(waiting) + 1) // 2]:
            self._drop(one)

    def _close_one_of(self, among: Collection[LimitedConnection], new: LimitedConnection) -> None:
        waiting = [one for one in among if one is not new and one.gives_way]
        if not waiting:
            logger.warning("A connection was refused: all others are at work", extra={"action": "connection_refused"})
            self._drop(new)
            return
        # The client that has most of them is the first to lose one, so that a quiet one keeps its own.
        held = Counter(one.network for one in waiting)
        logger.warning(
            "Connections that wait for their clients are closed for new ones", extra={"action": "connection_closed"}
        )
        self._drop(min(waiting, key=lambda one: (-held[one.network], one.since)))

    def _drop(self, connection: LimitedConnection) -> None:
        self.left(connection)
        connection.drop()

    def _is_proxy(self, connection: LimitedConnection) -> bool:
        if not connection.client:
            return True  # a socket in the file system has no addresses
        return _address_of(connection.client[0]).is_loopback or self.is_named_proxy(connection)

    def is_named_proxy(self, connection: LimitedConnection) -> bool:
        """Whether a connection comes from one of the proxies."""
        if not connection.client:
            return False
        address = _address_of(connection.client[0])
        return any(address in network for network in self._proxies)

    def __iter__(self) -> Iterator[LimitedConnection]:
        return iter(tuple(self._open))


def _address_of(client: str) -> IPv4Address | IPv6Address:
    return ip_address(client.partition("%")[0])
