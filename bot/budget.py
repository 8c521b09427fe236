"""
Cost model of a digest: looking at a card is cheap, reading its work is dear. Pure.

A card costs one minute for looking at it, and the share `rate` of its reading time, since that is how many of its cards a
channel marks to be read. So an hour shows a dozen papers of which three or four are read, where it used to show the four that
it takes to read everything. The rate begins at 0.3 and is learnt from what the channel marked of what it was shown.
"""

from __future__ import annotations

from typing import Final

from bot.model import Item
from bot.text import reading_minutes

LOOK_MINUTES: Final = 1
"""What it takes to decide on a card."""

FIRST_RATE: Final = 0.3
"""The share of cards that a channel of which nothing is known marks to be read."""

MOST_CARDS: Final = 25
"""More cards than this nobody looks through in one go, however long the budget."""

_PRIOR_CARDS: Final = 20
"""How many cards' worth of evidence the first rate is: after twenty cards half of the rate is the channel's own."""

_LEAST_RATE: Final = 0.1
"""A channel that marks nothing may read all the same."""


def marking_rate(shown: int, marked: int) -> float:
    """
    Estimate the share of cards that a channel marks (must-read, to read or read) from how many it was shown and marked so far.

    The mean of a beta distribution that begins at 0.3 with the weight of 20 cards; 0.1 at least.

    >>> [round(marking_rate(*seen), 3) for seen in [(0, 0), (20, 10), (200, 100), (200, 0)]]
    [0.3, 0.4, 0.482, 0.1]
    """
    return max(_LEAST_RATE, (FIRST_RATE * _PRIOR_CARDS + marked) / (_PRIOR_CARDS + shown))


def minutes_of(item: Item) -> int:
    """Estimate an item's reading time in minutes (the rule is `bot.text.reading_minutes`)."""
    return reading_minutes(item.kind, abstract=item.abstract, full_words=item.words)


def card_cost(minutes: int, rate: float) -> float:
    """Give what a card costs, in minutes: looking at it, and the expected part of its reading time."""
    return LOOK_MINUTES + rate * minutes
