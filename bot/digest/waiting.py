"""Waiting: when the digest of a week is not frozen yet, because its sources failed. Pure."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import Final

from bot.model import Digest, SourceStatus
from bot.text import counted

PATIENCE: Final = timedelta(hours=12)
"""How long after it fell due a digest of nearly nothing waits for sources that fail."""

FEW: Final = 0.25
"""Where a smaller part of the sources answered, a digest would be made of what was left over from the week before."""


def waits(digest: Digest, quiet: AbstractSet[str]) -> str | None:
    """
    Say why a digest should not be frozen yet; None if it may be.

    A frozen digest is its week's only one. So while sources fail that are not `quiet` anyway, one without picks waits, and so does
    one for which hardly any source answered, as when the network is not up yet: until the next collect, twelve hours at most
    after it fell due. Counted are all that failed, of all that were asked.
    """
    failed = [report.id for report in digest.sources if report.state is SourceStatus.FAILING]
    chosen = [pick for pick in digest.picks if not pick.classic]
    if quiet >= set(failed) or digest.compiled_at - digest.window.end > PATIENCE:
        return None
    asked = sum(1 for report in digest.sources if report.state.asked)
    if not chosen:
        return f"nothing was found, and {len(failed)} of {counted(asked, 'source')} failed"
    if sum(1 for report in digest.sources if report.state.answered) < FEW * asked:
        return f"{len(failed)} of {counted(asked, 'source')} failed"
    return None


def is_unread(digest: Digest) -> bool:
    """Tell whether sources were asked and none of them answered."""
    states = [report.state for report in digest.sources]
    return any(state.asked for state in states) and not any(state.answered for state in states)


def waits_until(digest: Digest) -> datetime:
    """Give the instant from which a digest that waits is frozen as it is."""
    return digest.window.end + PATIENCE
