"""`paperround doctor`: findings on settings, database, address, channels, platforms and sources, each with its remedy."""

from __future__ import annotations

from dataclasses import replace

from bot.errors import SettingsError
from bot.model import Channel, Finding, SourceStatus
from bot.usecases.status import Pause, pause_lines, paused
from scheduler import jobs
from scheduler.runner import listening_socket
from scheduler.services import Services


async def examine(services: Services) -> list[Finding]:
    """
    Examine everything that a running Paper Round needs. Asks no source and posts nothing; asks the platforms for which there is
    a token.
    """
    return [
        Finding(well=True, what="Settings are complete and valid"),
        Finding(
            well=True,
            what=f"Database answers and is up to date: {services.engine.url.render_as_string(hide_password=True)}",
        ),
        _address(services),
        *await _channels(services),
        *await _platforms(services),
        *await _sources(services),
    ]


def _address(services: Services) -> Finding:
    web = services.settings.web
    try:
        listening_socket(web.host, web.port).close()
    except SettingsError as error:
        return Finding(well=False, what=f"{web.host}:{web.port} is taken", remedy=error.faults[0].remedy + ".")
    return Finding(well=True, what=f"{web.host}:{web.port} is free for the local channel")


async def _channels(services: Services) -> list[Finding]:
    channels = await services.current_channels()
    pauses = {channel.name: pause for channel, pause in await paused(channels, services.reading)}
    return [await _channel(services, channel, pauses.get(channel.name)) for channel in channels]


async def _channel(services: Services, channel: Channel, pause: Pause | None) -> Finding:
    """Whether a digest will come. A pause by people is as they wish; one by the platform needs somebody's help."""
    if channel.platform not in services.chats:
        return Finding(
            well=False,
            what=f"Channel {channel.name} is on {channel.platform}, which cannot be reached without its token",
            remedy=f"{services.remedy(channel.platform)}, or remove the channel.",
        )
    where = f"Channel #{channel.name} on {channel.platform}"
    if pause:
        what = pause_lines(channel, pause)[0].removesuffix(".")
        return Finding(well=pause.by_people, what=f"{where} · {what}", remedy=pause.remedy)
    return Finding(well=True, what=f"{where} · {await services.next_digest_line(channel)}")


async def _platforms(services: Services) -> list[Finding]:
    return [
        replace(one, what=f"{platform.words.name}: {one.what}")
        for platform in services.platforms.values()
        for one in await platform.examine()
    ]


async def _sources(services: Services) -> list[Finding]:
    reports = await jobs.reports(services)
    failed = [report for report in reports if report.state is SourceStatus.FAILING]
    on = sum(1 for spec in await services.specs() if spec.enabled)
    if await jobs.last_collect(services) is None and not failed:
        return [Finding(well=True, what=f"{on} sources are on; none was asked yet. Try: paperround collect")]
    faults = [
        Finding(well=False, what=f"Source {r.id} failed: {r.error}", remedy="Ask again with: paperround collect")
        for r in failed
    ]
    return faults or [Finding(well=True, what=f"{on} sources are on, and none failed when it was last asked")]
