"""Sections: how the budget is shared out over papers, labs, newsletters and community, and filled. Pure."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Final

from bot.coverage import Coverage
from bot.digest.order import by_section
from bot.digest.selection import Selection
from bot.digest.values import Values
from bot.model import Channel, Section
from bot.ranking.ranked import Ranked

SHARES: Final[Mapping[Section, float]] = {
    Section.PAPERS: 0.54,
    Section.LABS: 0.20,
    Section.NEWSLETTERS: 0.16,
    Section.COMMUNITY: 0.10,
}
"""How the budget is shared out. Each section gets its best pick first, even where that costs more than its share."""

COMPARED: Final = 120
"""How many of a section's best are compared with one another; more than four times of what is ever picked."""


def comparable(candidates: Sequence[Ranked], values: Values) -> list[Ranked]:
    """Give a section's best, in the order in which they come: those that are worth most among all of it or among the works of a topic."""
    if len(candidates) <= COMPARED:
        return list(candidates)
    worth = values.bests([r.key for r in candidates])
    best = sorted(range(len(worth)), key=worth.__getitem__, reverse=True)[:COMPARED]  # stable: of equals the first
    return [candidates[place] for place in sorted(best)]


def fill_sections(
    begin: partial[Selection],
    everything: Mapping[Section, Sequence[Ranked]],
    compared: Mapping[Section, Sequence[Ranked]],
    channel: Channel,
    most: int,
) -> Selection:
    """
    Choose within the sections' shares of the budget; where that is more cards than there may be, within the same shares of the cards. `compared` are
    the best (`comparable`) of everything that is wanted.
    """
    # What stands below all of these has no chance beside them; it is looked at when none of them fits any more.
    firsts = begin.keywords["firsts"]
    values = begin.keywords["values"]
    sections = {section: _looked_at(compared[section], mine, firsts) for section, mine in everything.items()}
    parties = values.groups or channel.topics
    choice = begin(coverage=Coverage(parties, values.topics_count, values.votes), most=math.inf)
    _share_out(choice, sections, everything, channel)
    if len(choice.chosen) > most:
        places = _places(choice, channel.budget_minutes, most)
        choice = begin(coverage=Coverage(parties, values.topics_count, values.votes), most=most)
        _share_out(choice, sections, everything, channel, places)
    choice.most = most
    # What is left over, of an empty section too, goes to the papers, then to whatever still fits.
    for section in SHARES:
        while fitting := choice.open(sections[section]) or choice.open(everything[section]):
            choice.take(choice.best(fitting), compare=True)
    return choice


def fill_room(choice: Selection, far: Sequence[Ranked]) -> None:
    """Fill what nothing nearer wants with what is far from the channel's interest: the best of each section in turn, while there is room."""
    sections = by_section(far)
    while any(fitting := [choice.open(mine) for mine in sections.values()]):
        for mine in fitting:
            if still := choice.open(mine):
                choice.take(choice.best(still), compare=True)


def fill_in_order(choice: Selection, papers: Sequence[Ranked]) -> None:
    """Fill what the papers that are reached leave over with others, in the order in which they come, while there is room."""
    choice.unreached = choice.unreached - {one.key for one in papers}
    for one in papers:
        if choice.open([one]):
            choice.take(one, compare=True)


def _looked_at(best: Sequence[Ranked], candidates: Sequence[Ranked], firsts: Collection[str]) -> list[Ranked]:
    keys = {r.key for r in best}
    return [*best, *(r for r in candidates if r.key in firsts and r.key not in keys)] if firsts else [*best]


def _share_out(
    choice: Selection,
    sections: Mapping[Section, Sequence[Ranked]],
    everything: Mapping[Section, Sequence[Ranked]],
    channel: Channel,
    places: Mapping[Section, int] = MappingProxyType({}),
) -> None:
    """Give each section its best, then the best within its share of the minutes, and of the `places` where these are counted."""
    for section, mine in everything.items():
        if fitting := choice.open(sections[section]) or choice.open(mine):
            choice.take(choice.worthiest(fitting), compare=True)
    for section, share in SHARES.items():
        mine = choice.of(section)
        minutes = share * channel.budget_minutes - sum(choice.costs[r.key] for r in mine)
        _fill(choice, sections[section], minutes, places.get(section, math.inf) - len(mine))


def _places(choice: Selection, minutes: int, most: int) -> dict[Section, int]:
    """
    Cut what was chosen within shares of these minutes to `most` cards, as a smaller budget would: that of the most minutes whose shares are no more
    cards. So a longer budget takes no card from any section.
    """
    while True:
        found = {
            section: _within(share * minutes, [choice.costs[key] for key in choice.taken[section]])
            for section, share in SHARES.items()
        }
        if sum(found.values()) <= most or minutes <= 0:
            return found
        minutes -= 1


def _within(minutes: float, costs: Sequence[float]) -> int:
    """Say how many cards of these costs are taken within a share of minutes, as `_fill` does; the first one is taken anyway."""
    taken = 0.0
    for number, cost in enumerate(costs):
        if number and cost >= 2 * (minutes - taken):
            return number
        taken += cost
    return len(costs)


def _fill(choice: Selection, candidates: Sequence[Ranked], minutes: float, places: float) -> None:
    """Take the best until the share of minutes or places is used up, rounded to whole picks: the last one may reach over its minutes by less than half."""
    taken, before = 0.0, len(choice.chosen)
    while len(choice.chosen) - before < places and (fitting := choice.open(candidates)):
        best = choice.best(fitting)
        if choice.costs[best.key] >= 2 * (minutes - taken):
            break
        taken += choice.take(best, compare=True)
