"""`bot.ports.Platform` for the local page: it needs no token, and is reached as soon as the page is served."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.web.channel.chat import WebChannel
from adapters.web.channel.store import BoardStore
from bot.model import Channel, Finding, PlatformWords

if TYPE_CHECKING:
    from adapters.platform_context import PlatformContext
    from adapters.platform_settings import PlatformSettings


class WebPlatform:
    """`bot.ports.Platform` for the local page. It draws decisions by itself: every open window is notified of changes."""

    words = PlatformWords(name="The local page")

    def __init__(self, chat: WebChannel) -> None:
        self.chat = self.redraws = chat

    async def check(self, channel: Channel) -> None:
        """Nothing to check: our own page takes every post."""

    async def is_alive(self) -> bool:
        return True

    async def examine(self) -> list[Finding]:
        return []

    def routes(self) -> list[object]:
        return []

    async def renew(self) -> None:
        """Nothing to do: nothing here expires."""


def build(_settings: PlatformSettings | None, context: PlatformContext) -> WebPlatform:
    """Build the local page's channel on the process's database."""
    return WebPlatform(WebChannel(BoardStore(context.engine), context.clock))
