"""Jobs of upkeep: what is done once a day, tokens, memory."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Final

from bot.errors import PaperRoundError, RankingError
from bot.usecases.forget import is_owed
from bot.usecases.quality import measure_quality
from bot.usecases.quotes import redraw_changed_quotes
from bot.usecases.retain import RetentionRule, retain
from scheduler.memory import give_back
from scheduler.services import Services

logger = logging.getLogger(__name__)

DAY: Final = timedelta(days=1)

UPKEPT: Final = "upkept"
"""The note that says when the daily upkeep last began, UTC."""


UNUSED_LEASES: Final = timedelta(weeks=1)
"""For how long a lease that nobody holds is kept: far longer than anybody works under one, for its token tells whose it was."""


async def is_day_over(services: Services) -> bool:
    """Whether a day has passed since the daily upkeep last began, in whichever process that was."""
    now = services.clock()
    async with services.reading() as uow:
        noted = await uow.notes.get(UPKEPT)
    last = datetime.fromisoformat(noted) if noted else None
    # One that lies ahead was noted by a clock that was put right since.
    return last is None or not last <= now < last + DAY


async def keep_up(services: Services) -> None:
    """Do the daily upkeep if a day is over. A process that is restarted each night would never do it by its own time."""
    if await is_day_over(services):
        await daily(services)


async def daily(services: Services) -> None:
    """Note that it is done now; draw again what quotes words that were changed lately, drop what is past its time."""
    async with services.unit_of_work() as uow:
        await uow.notes.put(UPKEPT, services.clock().isoformat())
        await uow.commit()
    await redraw_changed_quotes(services.unit_of_work, services.clock(), services.recorder.redraw)
    await drop_what_is_old(services)


async def drop_what_is_old(services: Services) -> None:
    """Drop what is past its time: what nobody asks for any more, and what the operator does not want kept."""
    await services.limiter.tidy()
    kept = services.settings.retention
    rule = RetentionRule(
        entries=timedelta(weeks=kept.entry_weeks) or None, members=timedelta(weeks=kept.member_weeks) or None
    )
    await retain(rule, services.unit_of_work, services.clock)
    async with services.unit_of_work() as uow:
        await uow.leases.drop(services.clock(), UNUSED_LEASES)
        await uow.commit()
    await services.builders.merge_index(services)
    await clean_files(services)


async def clean_files(services: Services) -> None:
    """Clean the database's files of what was deleted, where somebody was forgotten and that was broken off."""
    if not await is_owed(services.unit_of_work):
        return
    left = await services.builders.compact(services)
    logger.info("Cleaned the database's files: %s", left or "all is done", extra={"action": "files_cleaned"})


async def renew_tokens(services: Services, platform: str) -> None:
    """Refresh a platform's tokens before they expire. They live twelve hours, whether anything happens in these or not."""
    if platform not in services.platforms:
        return
    try:
        await services.platforms[platform].renew()
    except PaperRoundError as error:
        logger.warning("Nothing could be renewed on %s: %s", platform, error, extra={"action": "renewal_failed"})


async def measure(services: Services) -> None:
    """Measure how well the choice was made in weeks whose decisions are taken by now, in a process of its own, for the statistics."""
    if services.trying or services.backtester is None:
        return
    try:
        while await measure_quality(
            await services.current_channels(),
            services.unit_of_work,
            services.backtester,
            services.clock,
            reading=services.reading,
        ):
            pass
    except RankingError as error:
        logger.warning("The choice was not measured: %s", error, extra={"action": "choice_not_measured"})


async def tidy(_: Services) -> None:
    """Return the memory that collects and digests have freed; without that the process grows for weeks, into holes."""
    await asyncio.to_thread(give_back)
