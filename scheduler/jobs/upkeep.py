"""Jobs of upkeep: the daily look back, tokens, memory."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from bot.errors import PaperRoundError, RankingError
from bot.usecases.forget import is_owed
from bot.usecases.quality import measure_quality
from bot.usecases.quotes import redraw_changed_quotes
from bot.usecases.retain import RetentionRule, retain
from scheduler.memory import give_back
from scheduler.services import Services

logger = logging.getLogger(__name__)


async def daily(services: Services) -> None:
    """Reconcile the last weeks with the platforms, draw again what quotes words that were changed meanwhile, drop what is past its time."""
    await services.look_over()
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
    await clean_files(services)


async def clean_files(services: Services) -> None:
    """Clean the database's files of what was deleted, where somebody was forgotten and that was broken off."""
    if not await is_owed(services.unit_of_work):
        return
    left = await services.builders.compact(services)
    logger.info("Cleaned the database's files: %s", left or "all is done", extra={"action": "files_cleaned"})


async def renew_tokens(services: Services) -> None:
    """
    Refresh tokens before they expire. They live twelve hours, whether anything happens in these or not.

    Platforms are asked side by side: one that hangs keeps no other's tokens from being renewed.
    """
    await asyncio.gather(*(renew_tokens_of(services, name) for name in services.platforms))


async def renew_tokens_of(services: Services, platform: str) -> None:
    """Refresh the tokens of one platform."""
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
            await services.current_channels(), services.unit_of_work, services.backtester, services.clock
        ):
            pass
    except RankingError as error:
        logger.warning("The choice was not measured: %s", error, extra={"action": "choice_not_measured"})


async def tidy(_services: Services) -> None:
    """Return the memory that collects, digests and pages have freed; without that the process grows for weeks, into holes."""
    await asyncio.to_thread(give_back)
