"""The sample week, sent to a local channel that has nothing of its own yet."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.model import Channel, Digest, Window
from bot.usecases import deliver as delivering
from bot.usecases.compile import compile_digest
from scheduler.jobs.collecting import SINCE, collect
from scheduler.sending import send_planned
from scheduler.services import Services

SAMPLE_WEEK: Final = "sample"
"""The week key of the sample digest: no ISO week, so that it never takes the place of a real one."""


async def deliver_sample(
    services: Services, channel: Channel, progress: delivering.Progress | None = None
) -> Digest | None:
    """Send the sample week to a channel, plainly marked; None if it is there already."""
    specs = services.sample_specs()
    await collect(services, specs=specs)
    now = services.clock()
    window = Window(start=now - SINCE, end=now)
    asking = replace(channel, sources=())
    digest = await compile_digest(
        asking,
        SAMPLE_WEEK,
        window,
        services.reading,
        specs=specs,
        now=now,
        sample=True,
        ranker=services.ranker,
        line_menu=services.line_menu(channel),
    )
    fresh = await delivering.freeze(digest, channel, services.unit_of_work)
    async with services.sending[channel.name]:
        await send_planned(services, channel, SAMPLE_WEEK, services.chat(channel), progress, by_hand=True)
    return digest if fresh else None


async def has_begun(services: Services) -> bool:
    """Whether any channel ever had a digest of its own: then the sample week is not shown."""
    async with services.reading() as uow:
        return await uow.digests.last_end() is not None
