"""
What a decision's button says when it is pressed: `press 1/must-read`, of a line of a list `press 1/must-read/14`, and where the button
stands on another message than the list, `press 1/must-read/14/MESSAGE`.

A platform hands this back for as long as the message stands, so that what was written once is read for ever: the number in front is the
format's version, a later format gets another one, and `read_press` goes on reading this one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from bot.model import Channel, Meaning

PRESS: Final = "press"
"""The first word of what a decision's button asks."""

_FIRST: Final = re.compile(r"press 1/([a-z-]{1,16})(?:/(\d{1,4})(?:/([\w.-]{1,40}))?)?")


@dataclass(frozen=True, slots=True)
class Pressed:
    """Which decision a button is for: on its message, or on the line `rank` of the list `message_id` (or of its own message)."""

    meaning: Meaning
    rank: int | None = None
    message_id: str | None = None


def press_text(meaning: Meaning, rank: int | None = None, message_id: str = "") -> str:
    """
    Write what a decision's button says, in the present format.

    >>> press_text(Meaning.MUST_READ, 14)
    'press 1/must-read/14'
    """
    line = "" if rank is None else f"/{rank}" + (f"/{message_id}" if message_id else "")
    return f"{PRESS} 1/{meaning.value}{line}"


def read_press(text: str) -> Pressed | None:
    """Read what a button of any version says; None for what is no decision, or one of a version to come."""
    found = _FIRST.fullmatch(text)
    if found is None or found[1] not in set(Meaning):
        return None
    return Pressed(Meaning(found[1]), int(found[2]) if found[2] else None, found[3])


def shown_emoji(channel: Channel) -> dict[Meaning, str]:
    """Give the emoji by which each meaning is shown in a channel: the first one that means it."""
    return {meaning: sign for sign, meaning in reversed(tuple(channel.meanings.items()))}
