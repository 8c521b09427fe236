"""
Jobs that several processes share: what each is called, what it is told, and the queue that it waits in.

A job's name and subject are its key (`bot.ports.JobQueue`): `collect/arxiv`, `digest/vision`, `reconcile/slack`. Each queue has places of
its own, one for each platform among them, so that a slow platform delays its own channels alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.model import Channel, MessageRef
from bot.ports import JobRequest
from scheduler.services import RECONCILED, Services

SCHEDULE: Final = "schedule"
"""The queue of short questions of the database alone: what is due, what waits in the inbox."""

SOURCES: Final = "sources"
UPKEEP: Final = "upkeep"
"""The queue of what takes long and nobody waits for, and asks no platform in particular."""

SCHEDULED_AT_ONCE: Final = 3
"""How many short questions are asked at once, of the database and of each platform."""

UPKEPT_AT_ONCE: Final = 4
"""How many jobs of upkeep are done at once for a platform: pages of channels' past, and tokens beside them, since these run out."""


def prompt(platform: str) -> str:
    """The queue of what somebody waits for on a platform: a card that shows what was pressed, a card that was asked for."""
    return f"{platform}-prompt"


def upkeep(platform: str) -> str:
    """The queue of a platform's upkeep: one that hangs keeps no other from its tokens, nor the daily work from being done."""
    return f"{platform}-upkeep"


def reconciles(platform: str) -> str:
    """The queue of a platform's channels that are looked over, which takes hours where there are thousands: tokens are not to wait behind them."""
    return f"{platform}-reconcile"


def schedule(platform: str) -> str:
    """The queue of a platform's short jobs that recur and ask it something, so that only a worker that can ask it takes them."""
    return f"{platform}-schedule"


def about_platform(job: JobRequest, platform: str) -> bool:
    """Whether a job waits in one of a platform's queues."""
    return job.queue in {platform, prompt(platform), upkeep(platform), reconciles(platform), schedule(platform)}


def is_prompt(queue: str) -> bool:
    """Whether somebody waits for what is in a queue."""
    return queue.endswith("-prompt")


def tick_job() -> JobRequest:
    """Look what is due."""
    return JobRequest(name="tick", queue=SCHEDULE)


def redraw_job(ref: MessageRef) -> JobRequest:
    """Draw a message as it stands now."""
    return JobRequest(
        name="redraw",
        subject=f"{ref.platform}/{ref.channel_id}/{ref.message_id}",
        queue=prompt(ref.platform),
        arguments={"platform": ref.platform, "channel": ref.channel_id, "message": ref.message_id},
    )


def cards_job(channel: Channel, week: str) -> JobRequest:
    """Send the cards that were asked for."""
    return JobRequest(name="cards", subject=f"{channel.name}/{week}", queue=prompt(channel.platform), arguments={"channel": channel.name, "week": week})  # fmt: skip


def reconcile_job(platform: str) -> JobRequest:
    """Put in the channels on a platform that are looked over next, of its messages of the last weeks; nothing where its round is done."""
    return JobRequest(name="reconcile", subject=platform, queue=upkeep(platform))


def reconcile_channel_job(platform: str, channel: str) -> JobRequest:
    """Look over a channel's messages of the last weeks on a platform."""
    told = {"platform": platform, "channel": channel}
    return JobRequest(
        name="reconcile_channel", subject=f"{platform}/{channel}", queue=reconciles(platform), arguments=told
    )


def backfill_job(channel: Channel) -> JobRequest:
    """Go on with learning from a channel's past, by a step."""
    return JobRequest(name="backfill", subject=channel.name, queue=upkeep(channel.platform))


def tokens_job(platform: str) -> JobRequest:
    """Renew what runs out on a platform."""
    return JobRequest(name="tokens", subject=platform, queue=upkeep(platform))


def pauses_job(platform: str) -> JobRequest:
    """Tell people of channels that a platform refuses us."""
    return JobRequest(name="pauses", subject=platform, queue=upkeep(platform))


def alerts_job(platform: str) -> JobRequest:
    """Send the alerts that wait on a platform."""
    return JobRequest(name="send_alerts", subject=platform, queue=schedule(platform))


def daily_job() -> JobRequest:
    """Do what is done once a day."""
    return JobRequest(name="daily", queue=UPKEEP)


def collect_job() -> JobRequest:
    """Ask all sources, unless that was just done."""
    return JobRequest(name="collect", queue=SOURCES)


def digest_job(channel: Channel, *, make: bool = True, failures: int = 0) -> JobRequest:
    """
    Make a channel's digest, if one is due, and send what is not sent; `failures` is how often its platform failed in a row. The workspace is told with it, so
    that a try for which this has no place asks nothing first.
    """
    told = {"make": make, "failures": failures, "workspace": channel.workspace}
    return JobRequest(name="digest", subject=channel.name, queue=channel.platform, arguments=told)


def review_job(channel: Channel) -> JobRequest:
    """Show a channel's digest to its editors before it is due."""
    return JobRequest(name="review", subject=channel.name, queue=channel.platform)


def places(services: Services, concurrency: int) -> Mapping[str, int]:
    """
    How many jobs of each queue a worker does at once: so many of each platform, few of what calculates or takes long. What asks a platform has queues of that
    platform's, which a worker without its token does not serve.
    """
    by_platform = {name: concurrency for platform in services.platforms for name in (platform, prompt(platform))}
    kept = {upkeep(platform): UPKEPT_AT_ONCE for platform in services.platforms}
    kept |= {reconciles(platform): RECONCILED.running for platform in services.platforms}
    kept |= {schedule(platform): SCHEDULED_AT_ONCE for platform in services.platforms}
    return {SCHEDULE: SCHEDULED_AT_ONCE, SOURCES: 2, UPKEEP: 2, **kept, **by_platform}
