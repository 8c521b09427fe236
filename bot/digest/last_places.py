"""Last places: those of a digest's papers that are given to exploration. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.digest.eligibility import is_outside
from bot.digest.selection import Selection
from bot.model import Channel, Section
from bot.ranking import Ranked
from bot.ranking.exploration import Drawn

Explore = Callable[[Sequence[Ranked], int, str], Sequence[Drawn]]
"""Draws so many of the candidates (best first) that the channel's topics and decisions do not reach; the text makes each week's draw its own."""


def explore_last_places(
    choice: Selection, wanted: Sequence[Ranked], channel: Channel, week: str, explore: Explore
) -> list[Drawn]:
    """
    Give the last of the papers' places to exploration: of n paper picks, `explore` times n, rounded.

    Drawn is from what fits in their stead and lies outside what the channel wants. Where too little lies outside, the papers
    that were chosen keep their places, and what came before the rest always does.
    """
    papers = choice.of(Section.PAPERS)
    giving = [r for r in papers if r.item.key not in choice.ahead]
    places = min(round(channel.explore * len(papers)), len(giving))
    if not places:
        return []
    giving = giving[-places:]
    kept = {r.item.key for r in papers} - {r.item.key for r in giving}
    for one in giving:
        choice.give_back(one)
    papers_left = [r for r in wanted if r.item.section is Section.PAPERS and r.item.key not in kept]
    outside = [r for r in papers_left if is_outside(r)]
    room = choice.left / places
    fitting = [r for r in outside if choice.costs[r.item.key] <= room + 1e-9]
    drawn = list(explore(fitting, places, f"{channel.name}/{week}"))
    taken = {one.ranked.item.key for one in drawn}
    for one in (*(each.ranked for each in drawn), *(r for r in giving if r.item.key not in taken)):
        if len(choice.of(Section.PAPERS)) < len(papers):
            choice.take(one)
    return drawn
