"""Context of the library's pages: what they are made from, and what may be done on them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.model import Channel, MessageRef, SourceSpec
from bot.ports import EventSink, UnitOfWorkFactory
from bot.usecases.audience import Audience
from bot.usecases.library import Library


async def no_message_url(_channel: Channel, _ref: MessageRef) -> str | None:
    """`LibraryContext.message_url` where no platform gives addresses."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryContext:
    """
    Arguments of the library's pages.

    `reading` gives read-only units of work. `message_url` gives the address of a card's thread on its platform. `may_change` says whether a
    member (platform, id) may change a channel's settings. `receive` records an event: a press of ✅ on the reading list.
    `digest_now` posts a channel's next digest at once, and says in a sentence what came of it. `url` is the page's own address where
    one is set; else it is where a browser asks.
    """

    library: Library
    audience: Audience
    reading: UnitOfWorkFactory
    unit_of_work: UnitOfWorkFactory
    channels: Callable[[], Awaitable[Sequence[Channel]]]
    specs: Callable[[], Awaitable[Sequence[SourceSpec]]]
    receive: EventSink
    message_url: Callable[[Channel, MessageRef], Awaitable[str | None]] = no_message_url
    may_change: Callable[[str, str, Channel], Awaitable[bool]] | None = None
    next_digest: Callable[[Channel], Awaitable[str]] | None = None
    digest_now: Callable[[Channel], Awaitable[str]] | None = None
    url: str = ""
