"""`paperround doctor`: what stands, what does not, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import SettingsError
from bot.model import Channel, SourceStatus
from bot.usecases.status import Pause, pause_lines, paused
from scheduler import jobs
from scheduler.bootstrap import Services, next_digest_line
from scheduler.runner import listening_socket


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: whether it is well, what was found, and the remedy where it is not."""

    well: bool
    what: str
    remedy: str = ""


async def examine(services: Services) -> list[Finding]:
    """Look at everything that a running Paper Round needs. Asks no source and posts nothing; asks Slack, if there is a token."""
    return [
        Finding(well=True, what="Settings are complete and valid"),
        Finding(
            well=True,
            what=f"Database answers and is up to date: {services.engine.url.render_as_string(hide_password=True)}",
        ),
        _address(services),
        *await _channels(services),
        *await _slack(services),
        *await _discord(services),
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
    pauses = {channel.name: pause for channel, pause in await paused(services.channels, services.reading)}
    return [await _channel(services, channel, pauses.get(channel.name)) for channel in services.channels]


async def _channel(services: Services, channel: Channel, pause: Pause | None) -> Finding:
    """Say whether a digest will come. A pause by people is as they wish; one by the platform is for somebody to mend."""
    if channel.platform not in services.chats:
        return Finding(
            well=False,
            what=f"Channel {channel.name} is on {channel.platform}, which cannot be reached without its token",
            remedy=f"Set its token ({channel.platform.upper()}_BOT_TOKEN), or remove the channel.",
        )
    where = f"Channel #{channel.name} on {channel.platform}"
    if pause:
        what = pause_lines(channel, pause)[0].removesuffix(".")
        return Finding(well=pause.by_people, what=f"{where} · {what}", remedy=pause.remedy)
    return Finding(well=True, what=f"{where} · {await next_digest_line(services, channel)}")


async def _slack(services: Services) -> list[Finding]:
    if services.slack is None:
        return []
    return [
        Finding(well=one.well, what=f"Slack: {one.what}", remedy=one.remedy) for one in await services.slack.examine()
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


async def _discord(services: Services) -> list[Finding]:
    if services.discord is None:
        return []
    found = await services.discord.examine()
    return [Finding(well=one.well, what=f"Discord: {one.what}", remedy=one.remedy) for one in found]
