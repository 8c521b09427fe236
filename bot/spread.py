"""
Spread: channels that are all due at one hour have their digests some minutes apart, each always as many after its hour.

Only where the operator allows it. The delay follows from the channel's name alone, so that it is the same every week and in every process; whatever tells
people when a digest comes reckons with it (`bot.due`).
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.model import Channel
from bot.text import counted

MOST_MINUTES: Final = 180
"""How far digests may be spread at most: beyond that it is another hour, which a channel sets itself."""

_MINUTE: Final = timedelta(minutes=1)
_RANGE: Final = 2**64


def delay_of(name: str, spread: timedelta) -> timedelta:
    """
    Give how long after its hour a channel's digest falls due: whole minutes, from none to `spread`.

    Where the spread grows, every channel's delay grows with it.

    >>> delay_of("reading", timedelta(0)), delay_of("reading", timedelta(hours=1)) <= timedelta(hours=1)
    (datetime.timedelta(0), True)
    """
    number = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big")
    return number * (spread // _MINUTE + 1) // _RANGE * _MINUTE


def delay_line(channel: Channel) -> str:
    """Say by how much later than its time a channel's digest comes; nothing where it comes at its time."""
    minutes = channel.delay // _MINUTE
    if not minutes:
        return ""
    return (
        f"Its digest comes {counted(minutes, 'minute')} after the time, so that not all channels have theirs at once."
    )


def spread_out(channel: Channel, spread: timedelta) -> Channel:
    """Give the channel with its delay."""
    return replace(channel, delay=delay_of(channel.name, spread))
