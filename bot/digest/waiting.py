"""Waiting: when the digest of a week is not frozen yet, because its sources failed. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import Final

from bot.model import Digest, SourceReport, SourceStatus, Window
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
    failed, asked = _failed(digest.sources), _asked(digest.sources)
    if quiet >= failed or _is_over(digest.window, digest.compiled_at):
        return None
    if not any(not pick.classic for pick in digest.picks):
        return f"nothing was found, and {len(failed)} of {counted(asked, 'source')} failed"
    return too_few_answered(digest.sources, quiet)


def waits_anyway(sources: Sequence[SourceReport], window: Window, now: datetime, quiet: AbstractSet[str]) -> str | None:
    """Say why the digest of a window should wait whatever it would bring, so that none has to be made for that; None if that depends on its picks."""
    return None if _is_over(window, now) else too_few_answered(sources, quiet)


def too_few_answered(sources: Sequence[SourceReport], quiet: AbstractSet[str]) -> str | None:
    """Say why every digest of these sources waits, as long as it has patience; None if none of them does for that reason."""
    failed, asked = _failed(sources), _asked(sources)
    if quiet >= failed:
        return None
    few = sum(1 for report in sources if report.state.answered) < FEW * asked
    return f"{len(failed)} of {counted(asked, 'source')} failed" if few else None


def _failed(sources: Sequence[SourceReport]) -> set[str]:
    return {report.id for report in sources if report.state is SourceStatus.FAILING}


def _asked(sources: Sequence[SourceReport]) -> int:
    return sum(1 for report in sources if report.state.asked)


def _is_over(window: Window, now: datetime) -> bool:
    """Tell whether sources were waited for long enough."""
    return now - window.end > PATIENCE


def is_unread(digest: Digest) -> bool:
    """Tell whether sources were asked and none of them answered."""
    states = [report.state for report in digest.sources]
    return any(state.asked for state in states) and not any(state.answered for state in states)


def waits_until(window: Window) -> datetime:
    """Give the instant from which the digest of a window is frozen as it is, where it waits."""
    return window.end + PATIENCE
