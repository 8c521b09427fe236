"""`paperround doctor`: what stands, what does not, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.errors import SettingsError
from bot.model import Channel, SourceStatus
from bot.usecases.status import Pause, pause_lines, paused
from scheduler import jobs
from scheduler.bootstrap import House, next_digest_line
from scheduler.runner import listening_socket


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: whether it is well, what was found, and the remedy where it is not."""

    well: bool
    what: str
    remedy: str = ""


async def examine(house: House) -> list[Finding]:
    """Look at everything that a running Paper Round needs. Asks no source and posts nothing; asks Slack, if there is a token."""
    return [
        Finding(well=True, what="Settings are complete and valid"),
        Finding(
            well=True,
            what=f"Database answers and is up to date: {house.engine.url.render_as_string(hide_password=True)}",
        ),
        _address(house),
        *await _channels(house),
        *await _slack(house),
        *await _discord(house),
        *await _sources(house),
    ]


def _address(house: House) -> Finding:
    web = house.settings.web
    try:
        listening_socket(web.host, web.port).close()
    except SettingsError as error:
        return Finding(well=False, what=f"{web.host}:{web.port} is taken", remedy=error.faults[0].remedy + ".")
    return Finding(well=True, what=f"{web.host}:{web.port} is free for the local channel")


async def _channels(house: House) -> list[Finding]:
    pauses = {channel.name: pause for channel, pause in await paused(house.channels, house.reading)}
    return [await _channel(house, channel, pauses.get(channel.name)) for channel in house.channels]


async def _channel(house: House, channel: Channel, pause: Pause | None) -> Finding:
    """Say whether a digest will come. A pause by people is as they wish; one by the platform is for somebody to mend."""
    if channel.platform not in house.chats:
        return Finding(
            well=False,
            what=f"Channel {channel.name} is on {channel.platform}, which cannot be reached without its token",
            remedy=f"Set its token ({channel.platform.upper()}_BOT_TOKEN), or remove the channel.",
        )
    where = f"Channel #{channel.name} on {channel.platform}"
    if pause:
        what = pause_lines(channel, pause)[0].removesuffix(".")
        return Finding(well=pause.by_people, what=f"{where} · {what}", remedy=pause.remedy)
    return Finding(well=True, what=f"{where} · {await next_digest_line(house, channel)}")


async def _slack(house: House) -> list[Finding]:
    if house.slack is None:
        return []
    return [Finding(well=one.well, what=f"Slack: {one.what}", remedy=one.remedy) for one in await house.slack.examine()]


async def _sources(house: House) -> list[Finding]:
    reports = await jobs.reports(house)
    failed = [report for report in reports if report.state is SourceStatus.FAILING]
    on = sum(1 for spec in await house.specs() if spec.enabled)
    if await jobs.last_collect(house) is None and not failed:
        return [Finding(well=True, what=f"{on} sources are on; none was asked yet. Try: paperround collect")]
    faults = [
        Finding(well=False, what=f"Source {r.id} failed: {r.error}", remedy="Ask again with: paperround collect")
        for r in failed
    ]
    return faults or [Finding(well=True, what=f"{on} sources are on, and none failed when it was last asked")]


async def _discord(house: House) -> list[Finding]:
    if house.discord is None:
        return []
    found = await house.discord.examine()
    return [Finding(well=one.well, what=f"Discord: {one.what}", remedy=one.remedy) for one in found]
