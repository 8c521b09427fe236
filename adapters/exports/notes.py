"""What goes into a reference as a note: what the team decided and wrote, as plain text."""

from __future__ import annotations

from collections import Counter

from bot.exporting import NOBODY, Work
from bot.remembered import Remembered


def keywords(work: Work) -> list[str]:
    """The decisions, each once, and the channels: what a reference manager makes tags of."""
    return list(dict.fromkeys([*(one.meaning.value for one in work.decisions), *(one.channel for one in work.places)]))


def decided(place: Remembered) -> list[str]:
    """What was decided: 'Ada: must-read' for each, or 'must-read: 2' where the channel shows no names."""
    named = [
        f"{one.member.name or one.member.id}: {one.meaning.value}" for one in place.decisions if one.member != NOBODY
    ]
    return [*named, *counts(place)]


def counts(place: Remembered) -> list[str]:
    """How many decided so, of decisions that bear no member: 'must-read: 2'."""
    numbers = Counter(one.meaning.value for one in place.decisions if one.member == NOBODY)
    return [f"{meaning}: {number}" for meaning, number in numbers.items()]


def summaries(work: Work) -> list[str]:
    """Each summary with who wrote it and when."""
    return [f"{one.member.name or one.member.id}, {one.at:%Y-%m-%d}: {one.text}" for one in work.summaries]
