"""The pigeons as a platform, on the fake chat."""

from __future__ import annotations

from adapters.platform_context import PlatformContext
from adapters.platform_settings import PlatformSettings
from bot.model import Channel, Finding, PlatformWords
from bot.ports import Clock, Hearing
from tests.fake_chat import FakeChat
from tests.fake_membership import FakeMembership
from tests.pigeon.settings import PigeonSettings


class PigeonPlatform:
    """`bot.ports.Platform` for a loft."""

    redraws = None
    hearing = Hearing.CONNECTION
    words = PlatformWords(name="Pigeons", admins="keepers of the loft")

    def __init__(self, settings: PigeonSettings, clock: Clock) -> None:
        self.settings = settings
        self.chat = FakeChat("pigeon", clock=clock)
        self.membership = FakeMembership("pigeon")
        self.renewed = 0

    async def title(self, channel: Channel) -> str:
        """A loft is called by its place."""
        return channel.id

    async def check(self, channel: Channel) -> None:
        """Every loft takes us in."""

    async def is_alive(self) -> bool:
        return True

    async def examine(self, most: int | None = None) -> list[Finding]:
        return [Finding(well=True, what=f"{self.settings.birds} birds are ready")]

    def routes(self) -> list[object]:
        return []

    async def renew(self) -> None:
        self.renewed += 1


def build(settings: PlatformSettings | None, context: PlatformContext) -> PigeonPlatform:
    """Build the loft."""
    assert isinstance(settings, PigeonSettings)
    return PigeonPlatform(settings, context.clock)


def pigeon_platform(clock: Clock) -> PigeonPlatform:
    """A loft of its own, for the contract suite."""
    return PigeonPlatform(PigeonSettings(), clock)
