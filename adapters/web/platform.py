"""The local page as a platform: its channel needs no token, and is reached as soon as the page is served."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.web.channel.chat import WebChannel
from adapters.web.channel.store import BoardStore
from bot.model import Channel, Finding, PlatformWords

if TYPE_CHECKING:
    from adapters.platform_context import PlatformContext
    from adapters.platform_settings import PlatformSettings


class WebPlatform:
    """`bot.ports.Platform` for the local page. It redraws by itself: what changes goes to every open window."""

    redraws = None
    words = PlatformWords(name="The local page")

    def __init__(self, chat: WebChannel) -> None:
        self.chat = chat

    async def check(self, channel: Channel) -> None:
        """Nothing keeps us from posting on our own page."""

    async def is_alive(self) -> bool:
        return True

    async def examine(self) -> list[Finding]:
        return []

    def routes(self) -> list[object]:
        return []

    async def renew(self) -> None:
        """Nothing here runs out."""


def build(_settings: PlatformSettings | None, context: PlatformContext) -> WebPlatform:
    """Build the local page's channel on the process's database."""
    return WebPlatform(WebChannel(BoardStore(context.engine), context.clock))
