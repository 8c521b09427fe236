"""What is said of a source that answered, but not as it should."""

from __future__ import annotations

from bot.rendering import PARTLY


def partly(reason: str) -> str:
    """
    Say that not everything was read, and why; the receipt names the source then.

    >>> partly("took the newest 6000 of 7000 papers")
    'read in part: took the newest 6000 of 7000 papers'
    """
    return f"{PARTLY}: {reason}"
