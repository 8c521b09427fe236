"""
A connection to PostgreSQL that is given up where its server says nothing for too long.

A balancer, a firewall or a failover may drop a connection and tell neither end; a proxy between may go on acknowledging what is sent. No error comes of that,
and whoever waits for an answer would wait for ever. Where it is the host that is gone, the kernel notices by `NOTICED_BY_TCP`.
"""

from __future__ import annotations

import asyncio
import contextlib
import selectors
import socket
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, Final

import psycopg
from psycopg.abc import PQGen

NOTICED_BY_TCP: Final[dict[str, str]] = {
    "keepalives": "1",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "20000",
}
"""
libpq's parameters by which a host that is gone is noticed within half a minute, as long as a lease lasts: of a connection at rest by keepalives, of one
on which something was sent by the time it takes (in milliseconds). By themselves Linux takes two hours, and a quarter of one.
"""

IN_UTF8: Final[dict[str, str]] = {"client_encoding": "UTF8"}
"""libpq's parameter by which all text is exchanged as UTF-8, whatever the database, the user or the environment say: psycopg gives bytes for SQL_ASCII."""


UNLIMITED: Final = tuple(
    f"SET LOCAL {limit} = 0" for limit in ("idle_in_transaction_session_timeout", "statement_timeout", "lock_timeout")
)
"""The statements after which a transaction may take as long as it likes on the server's side: one that changes the schema, and waits for others who do."""


class BoundedConnection(psycopg.AsyncConnection[Any]):
    """
    Raises `psycopg.OperationalError`, and is closed, where a statement is not answered within `answer_seconds`, or a ping within `ping_seconds`.

    Who waits for notices waits for as long as none comes, and has to `ping` from time to time.
    """

    answer_seconds: ClassVar[float] = 120.0
    """Longer than any statement of ours takes but a migration's and that which writes all tables again: these are unbounded."""

    ping_seconds: ClassVar[float] = 5.0
    """How long a server may take that has nothing to do for it."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._bound: float | None = self.answer_seconds

    @contextmanager
    def within(self, seconds: float | None) -> Iterator[None]:
        """Bound statements otherwise in this block; None for not at all."""
        before, self._bound = self._bound, seconds
        try:
            yield
        finally:
            self._bound = before

    @classmethod
    def session_settings(cls) -> tuple[str, ...]:
        """
        The statements that a new connection begins with, whatever the database or the user is set to.

        The server ends a connection where a transaction on it does nothing for `answer_seconds`: of one that is dead it may hear of no end either, and
        would hold its locks, for which new ones then wait. And whoever waits for another's commit sees what that wrote, as keys and leases are reckoned
        with: under a stricter isolation it would be refused.
        """
        return (
            f"SET idle_in_transaction_session_timeout = {round(cls.answer_seconds * 1000)}",
            "SET default_transaction_isolation = 'read committed'",
        )

    async def ping(self) -> None:
        """Have the server answer. Raises `psycopg.OperationalError` where it does not, or the connection is closed."""
        with self.within(self.ping_seconds):
            await self.execute("SELECT 1")

    async def notifies(self, **more: Any) -> AsyncGenerator[psycopg.Notify]:
        with self.within(None):
            async for notice in super().notifies(**more):
                yield notice

    async def wait(self, gen: PQGen[Any], interval: float = 0.1, timeout: float | None = None) -> Any:  # noqa: ASYNC109 - as the base class has it
        if timeout is not None or self._bound is None:
            return await super().wait(gen, interval, timeout)
        watch = _Watch(self.pgconn.socket, self._bound)
        try:
            return await super().wait(gen, interval)
        except psycopg.OperationalError:
            if watch.given_up:
                raise psycopg.OperationalError(f"the server did not answer within {self._bound:.0f} seconds") from None
            raise
        finally:
            watch.end()


class _Watch:
    """
    Watch over a socket: its connection is shut down where nothing can be read from it after so many seconds, so that whoever waits for it goes on
    with an error. What can be read is an answer that this process, which was busy, has not come to read.
    """

    def __init__(self, descriptor: int, seconds: float) -> None:
        self.given_up = False
        self._descriptor = descriptor
        self._seconds = seconds
        self._timer = asyncio.get_running_loop().call_later(seconds, self._look)

    def end(self) -> None:
        self._timer.cancel()

    def _look(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._descriptor, selectors.EVENT_READ)
            readable = selector.select(0)
        if readable:
            self._timer = asyncio.get_running_loop().call_later(self._seconds, self._look)
            return
        self.given_up = True
        # By another descriptor of the same socket: libpq closes its own.
        with socket.fromfd(self._descriptor, socket.AF_INET, socket.SOCK_STREAM) as same, contextlib.suppress(OSError):
            same.shutdown(socket.SHUT_RDWR)
