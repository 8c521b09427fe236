"""Trying again. Imported by those who failed once: the machinery costs as much as half an exchange."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable

import stamina
from stamina.instrumentation import RetryDetails, set_on_retry_hooks

logger = logging.getLogger(__name__)


def attempts(
    on: Callable[[Exception], bool | float], most: int, wait_initial: float, wait_max: float
) -> AsyncIterator[stamina.Attempt]:
    """Give up to `most` attempts, ever longer apart; `on` tells whether a failure is worth another, or after how long."""
    # For the whole process, since stamina knows no other way: left alone, it prints through structlog on standard output,
    # where `--json` promises one document and nothing else.
    set_on_retry_hooks([say_so])
    return aiter(
        stamina.retry_context(
            on=on,
            attempts=most,
            timeout=None,  # the deadline around us is the limit
            wait_initial=wait_initial,
            wait_max=wait_max,
            wait_jitter=wait_initial / 2,
        )
    )


def say_so(details: RetryDetails) -> None:
    """Tell the log. The reasons of our errors hold no addresses, so nothing secret gets there."""
    logger.info(
        "Trying again in %.1f s: %s", details.wait_for, details.caused_by, extra={"action": "question_repeated"}
    )
