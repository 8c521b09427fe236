"""Listing: the works below the picks, in 'also this week' and behind it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import Final

from bot.digest.eligibility import OF_TOPICS
from bot.digest.order import by_section, in_order
from bot.digest.sections import SHARES, comparable
from bot.digest.selection import Selection
from bot.model import LeftOut, Section
from bot.ranking.ranked import Ranked
from bot.ranking.weights import DAMPING
from bot.text import cut

ALSO: Final = 15
"""How many works 'also this week' lists below the picks."""

FURTHER: Final = 20
"""How many more are kept for those who ask for them."""

BEYOND: Final = 100
"""How many of the works that were no pick are kept in all, those that `also` lists among them."""


def next_works(left: Sequence[Ranked], choice: Selection) -> list[Ranked]:
    """Give the works that came next: for 'also this week', then for those who ask for more, each in the sections' proportions."""
    first = _shared_out(left, ALSO, choice)
    taken = {r.key for r in first}
    further = _shared_out([r for r in left if r.key not in taken], FURTHER, choice)
    return [*first, *further]


def works_beyond(left: Iterable[Ranked], listed: AbstractSet[str]) -> tuple[LeftOut, ...]:
    """Give the works behind the listed ones; they are in order already."""
    rest = (r for r in left if r.key not in listed)
    return tuple(
        LeftOut(
            key=one.key,
            section=one.section,
            title=cut(one.item.title, 300),
            url=one.item.url,
            why=next((cut(reason.text, 120) for reason in one.reasons if reason.name not in DAMPING), ""),
            sources=tuple(dict.fromkeys(mention.source_id for mention in one.item.mentions)),
            on_topic=any(reason.name in OF_TOPICS for reason in one.reasons),
        )
        for one in islice(rest, BEYOND - len(listed))
    )


def _shared_out(left: Sequence[Ranked], number: int, choice: Selection) -> list[Ranked]:
    sections = {
        section: sorted(mine, key=lambda r: r.key not in choice.firsts) if choice.firsts else mine
        for section, mine in by_section(left).items()
    }
    places = {section: min(len(sections[section]), round(number * share)) for section, share in SHARES.items()}
    for section in SHARES:
        places[section] += min(len(sections[section]) - places[section], number - sum(places.values()))
    found = [
        r
        for section, mine in sections.items()
        if section is not Section.PAPERS
        for r in mine[: max(0, places[section])]
    ]
    return in_order(
        [
            *_covering(comparable(sections[Section.PAPERS], choice.values), max(0, places[Section.PAPERS]), choice),
            *found,
        ],
        choice.values.best,
        choice.unlike,
    )


def _covering(papers: Sequence[Ranked], number: int, choice: Selection) -> list[Ranked]:
    """Give the next papers by their value and what is due to their topics, after the picks and those that were listed before."""
    # The first of equals, for they come in order; beyond one that cannot be worth as much as another is, nobody looks.
    left = sorted((one.key not in choice.firsts, -choice.worth_at_most(one), place) for place, one in enumerate(papers))
    found: list[Ranked] = []
    while left and len(found) < number:
        best: tuple[bool, float, int, int] | None = None
        for at, (later, bound, place) in enumerate(left):
            if best is not None and (later, bound) > best[:2]:
                break
            looked_at = (later, -choice.worth(papers[place]), place, at)
            best = looked_at if best is None else min(best, looked_at)
        assert best is not None, "some are left"  # noqa: S101 - says to mypy what the loop sees to
        _, _, place, at = best
        del left[at]
        choice.cover(papers[place])
        found.append(papers[place])
    return found
