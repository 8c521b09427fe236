"""
Whether this machine's clock agrees with the database's, where these may be two machines.

Who owns a connection or a delivery is told by the database's clock alone. When a digest falls due each machine tells by its own.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final

from bot.errors import StorageError
from bot.text import counted
from scheduler.services import Services

logger = logging.getLogger(__name__)

AGREE: Final = timedelta(seconds=5)
"""By how much two machines' clocks may differ before somebody is told."""

REMEDY: Final = "Keep both by NTP (timedatectl says whether they are): a machine that is ahead sends what is due too early, one that is behind too late."


async def disagreement(services: Services) -> str | None:
    """
    How this machine's clock differs from the database's, as a sentence without its full stop: empty where they agree, None where there is one clock
    or the database does not answer.
    """
    try:
        error = await services.clock_error()
    except StorageError:
        return None
    if error is None:
        return None
    where = "ahead of" if error > timedelta(0) else "behind"
    seconds = counted(round(abs(error).total_seconds()), "second")
    return f"This machine's clock is {seconds} {where} the database's" if abs(error) > AGREE else ""


async def warn_of_disagreement(services: Services) -> None:
    """Log a clock that is wrong."""
    if found := await disagreement(services):
        logger.warning("%s. %s", found, REMEDY, extra={"action": "clocks_disagree"})
