"""Classics: one work of lasting value a week, in a corner of the digest for the basics. Pure."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from bot.budget import card_cost
from bot.item_keys import item_key
from bot.model import Digest, Item, ItemKind, Pick, Reason, Section
from bot.text import reading_minutes

LARGEST_SHARE: Final = 0.25
"""The share of the reading budget that the basics may take: in a budget of ten minutes they have no place."""

_UNKNOWN_YEAR: Final = 2000

REASON: Final = "classic"
"""The name of the reason that says why a classic lasts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Classic:
    """A work of lasting value: where it stands, who made it in which year, and in a sentence why it lasts. Unique by `key`."""

    title: str
    url: str
    why: str
    authors: tuple[str, ...] = ()
    year: int | None = None

    @property
    def key(self) -> str:
        """The work's item key, under which decisions and summaries are kept as for any other work."""
        return item_key(self.url) or self.url

    @property
    def item(self) -> Item:
        """The work as an item. No source spoke of it, and its date is the first day of its year."""
        published = datetime(self.year or _UNKNOWN_YEAR, 1, 1, tzinfo=UTC)
        return Item(
            key=self.key,
            kind=ItemKind.PAPER,
            section=Section.PAPERS,
            title=self.title,
            url=self.url,
            authors=self.authors,
            published=published,
            work_date=published if self.year else None,
        )

    @property
    def minutes(self) -> int:
        """Reading time in minutes (`bot.text.reading_minutes`)."""
        return reading_minutes(ItemKind.PAPER, abstract="", full_words=None)


def next_classic(classics: Sequence[Classic], sent: Collection[str], budget: int, rate: float) -> Classic | None:
    """
    Give the first classic, in the list's order, that a channel was never sent; None when all were, or where it would take too much.

    `sent` are the item keys of everything the channel was sent, `budget` its minutes a week, `rate` its share of marked cards.
    """
    found = next((one for one in classics if one.key not in sent), None)
    return found if found and card_cost(found.minutes, rate) <= LARGEST_SHARE * budget else None


def with_classic(digest: Digest, classic: Classic, rate: float) -> Digest:
    """Give a digest with a classic as its last pick; the numbers of 'also this week' go on behind it. Of a work that is there already, the digest as it is."""
    if any(pick.item.key == classic.key for pick in digest.picks):
        return digest
    pick = Pick(
        rank=len(digest.picks) + 1,
        section=Section.PAPERS,
        item=classic.item,
        minutes=classic.minutes,
        score=0.0,
        reasons=(Reason(name=REASON, text=classic.why, weight=1.0),),
        classic=True,
    )
    left = [line for line in digest.also if line.item.key != classic.key]
    also = tuple(replace(line, rank=rank) for rank, line in enumerate(left, start=pick.rank + 1))
    cost = card_cost(classic.minutes, rate)
    return replace(digest, picks=(*digest.picks, pick), also=also, minutes=math.floor(digest.minutes + cost + 0.5))
