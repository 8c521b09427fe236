"""Platforms, with what each is built from, and what is asked of Discord alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from bot.errors import UsageError
from bot.model import Answer, CommandCall
from bot.usecases import subscribe
from bot.usecases.commands import Commands
from bot.usecases.vocabulary import Vocabulary
from scheduler import jobs
from scheduler.bootstrap.commands import command_context
from scheduler.jobs.shared import have_looked_over
from scheduler.services import Services

if TYPE_CHECKING:
    from adapters.platform_context import PlatformContext


def platform_context(name: str, services: Services) -> PlatformContext:
    """Arguments of a platform's `build` function."""
    from adapters.platform_context import PlatformContext  # noqa: PLC0415

    async def answer(call: CommandCall) -> Answer:
        return await Commands(command_context(services))(call)

    async def channel_news(channel_id: str, because: str | None) -> None:
        await jobs.channel_news(services, name, channel_id, because)

    async def reconcile() -> None:
        if services.queue is None:
            await jobs.begin_round(services, name)
            await jobs.reconcile(services, name)
        else:
            await have_looked_over(services, name)

    async def joined(channel_id: str, team: str, key: str) -> None:
        await subscribe.welcome(command_context(services), name, channel_id, team, key)

    return PlatformContext(
        channels=services.channels.on(name),
        clock=services.clock,
        engine=services.engine,
        unit_of_work=services.unit_of_work,
        reading=services.reading,
        owner=lambda: services.owner,
        unreleased=services.unreleased,
        commands=answer,
        channel_news=channel_news,
        reconcile=reconcile,
        specs=services.specs,
        current_channels=services.current_channels,
        joined=joined,
        limiter=services.limiter,
        shared=services.queue is not None,
        vocabulary=Vocabulary(services.reading, services.clock).terms,
    )


async def platforms_in_use(services: Services) -> tuple[str, ...]:
    """
    The platforms on which something recurs: those with a channel, those on which a workspace installed us, and those whose secrets this process has.
    Raises `StorageError`.
    """
    from sqlalchemy import exists, select  # noqa: PLC0415 - not for `--help`

    from adapters.slack.oauth.tables import installations  # noqa: PLC0415 - as above
    from adapters.storage.repositories.channels import served_platforms  # noqa: PLC0415 - as above

    found = {*services.platforms, *(channel.platform for channel in services.settings.channel_list())}
    async with services.engine.connect() as connection:
        found |= await served_platforms(connection)
        if await connection.scalar(select(exists(select(installations.c.team_id)))):
            found.add("slack")
    return tuple(sorted(found))


async def register_discord_commands(services: Services) -> int:
    """Register our commands with Discord, whatever it has; give how many. Raises `UsageError` without a token."""
    platform = services.platforms.get("discord")
    if platform is None:
        raise UsageError(f"Discord is not set up here. {services.remedy('discord')}.")
    from adapters.discord.platform import DiscordPlatform  # noqa: PLC0415

    return await cast("DiscordPlatform", platform).sync_commands()


def choose_discord_shards(services: Services, shards: str) -> None:
    """Let this process listen on some of Discord's shards, as `0-3`. Raises `UsageError` for what is none, or of another number than is set."""
    from adapters.discord.platform import DiscordPlatform  # noqa: PLC0415

    cast("DiscordPlatform", services.platforms["discord"]).choose_shards(shards)


def shards_of(services: Services, platform: str) -> tuple[tuple[int, int], ...]:
    """The shards of a platform that this process listens on, each with its number and how many there are; none where it has no shards."""
    if platform != "discord":
        return ()
    from adapters.discord.platform import DiscordPlatform  # noqa: PLC0415

    return tuple(cast("DiscordPlatform", services.platforms[platform]).shards or ())
