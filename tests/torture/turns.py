"""
Turns of the event loop: which process wrote a request, and whether it stood still while it did.

A process that is stopped goes on, later, with the turn of its event loop in which it was stopped: with what had already been decided before. A
request takes two turns, one in which it is put together and one in which its bytes are written, and a time limit that has passed
meanwhile is found only after the next look at the clock, between two turns. So a request was under way when its process was stopped if the turn
before the one in which it was put together had begun by then. Whatever the process does in a later turn is its own fault.

The program's processes tell it in a header of each request (`tell_turns`); the platforms read it (`Sender`).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

HEADER = "X-Torture-Turn"


@dataclass(frozen=True)
class Sender:
    """Who sent a message: `began` is when the turn before that of the request began, `taken` when the platform took it. Seconds of the host's clock."""

    pid: int
    began: float
    taken: float


@dataclass(frozen=True)
class Pause:
    """A process that stood still, for longer than a lease, and went on at an instant of the host's clock."""

    pid: int
    ended: float

    def held(self, sender: Sender) -> bool:
        """Tell whether a message was under way all the while: begun before, and taken after."""
        return self.pid == sender.pid and sender.began < self.ended <= sender.taken


def sender_of(headers: Mapping[str, str]) -> Sender | None:
    """Who sends a request; None if it says nothing of itself."""
    pid, _, began = headers.get(HEADER, "").partition(" ")
    return Sender(int(pid), float(began), time.monotonic()) if began else None


def held_up(posts: Iterable[tuple[str, Sender | None]], pauses: Iterable[Pause]) -> set[str]:
    """The ids of the messages that were under way while their process stood still."""
    pauses = list(pauses)
    return {message for message, sender in posts if sender and any(one.held(sender) for one in pauses)}


def tell_turns() -> None:
    """Let this process say with each request which turn it comes from."""
    from asyncio.selector_events import BaseSelectorEventLoop  # noqa: PLC0415 - a reading process of the program begins with the program's module

    from aiohttp.client_reqrep import ClientRequest  # noqa: PLC0415 - as above

    began: dict[Any, tuple[float, float]] = {}
    turn, send = BaseSelectorEventLoop._process_events, ClientRequest.send  # type: ignore[attr-defined]

    def turn_noted(loop: Any, events: Any) -> None:
        # It is called in each turn, as soon as the waiting is over.
        now = time.monotonic()
        began[loop] = (began.get(loop, (now, now))[1], now)
        turn(loop, events)

    async def send_noted(request: Any, connection: Any) -> Any:
        request.headers[HEADER] = f"{os.getpid()} {began[request.loop][0]}"
        return await send(request, connection)

    BaseSelectorEventLoop._process_events = turn_noted  # type: ignore[attr-defined]
    ClientRequest.send = send_noted  # type: ignore[method-assign]
