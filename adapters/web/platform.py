"""`bot.ports.Platform` for the local page: it needs no token, and is reached as soon as the page is served."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from adapters.web.channel.chat import PLATFORM, WebChannel
from adapters.web.channel.store import BoardStore
from bot.model import Channel, Finding, PlatformWords
from bot.ports import Hearing
from bot.visibility import ChannelScope, Reader

if TYPE_CHECKING:
    from adapters.platform_context import PlatformContext
    from adapters.platform_settings import PlatformSettings


class WebMembership:
    """`bot.ports.Membership` for the local page: who can open it reads every local channel, and nothing else by that."""

    async def scope(self, channel: Channel) -> ChannelScope:
        return ChannelScope(name=channel.name, platform=channel.platform, id=channel.id, team="", private=False)

    async def reader(self, member_id: str, channels: Sequence[Channel]) -> Reader:
        names = frozenset(channel.name for channel in channels)
        return Reader(platform=PLATFORM, teams=frozenset({""}), member_id=member_id, channels=names)

    async def may_change(self, member_id: str, channel: Channel) -> bool:  # noqa: ARG002 - the port names them
        """Nobody by who they are: the local page is kept by whoever has its password, or sits at its machine."""
        return False


class WebPlatform:
    """`bot.ports.Platform` for the local page. It draws decisions by itself: every open window is notified of changes."""

    words = PlatformWords(name="The local page")
    hearing = Hearing.REQUESTS

    def __init__(self, chat: WebChannel) -> None:
        self.chat = self.redraws = chat
        self.membership = WebMembership()

    async def title(self, channel: Channel) -> str:
        """The channel's name in the side bar."""
        return channel.name

    async def check(self, channel: Channel) -> None:
        """Nothing to check: our own page takes every post."""

    async def is_alive(self) -> bool:
        return True

    async def examine(self, most: int | None = None) -> list[Finding]:  # noqa: ARG002 - it asks nobody
        return []

    def routes(self) -> list[object]:
        return []

    async def renew(self) -> None:
        """Nothing to do: nothing here expires."""


def build(_settings: PlatformSettings | None, context: PlatformContext) -> WebPlatform:
    """Build the local page's channel on the process's database."""
    return WebPlatform(WebChannel(BoardStore(context.engine), context.clock))
