"""Shortness: whether a digest leaves minutes unused because the week had little of what its channel asks for, which its head then says. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from bot.digest.eligibility import is_reached
from bot.digest.selection import Selection
from bot.following import in_words, keeps_out
from bot.model import Channel, Section, Shortness
from bot.ranking.ranked import Ranked

LEFT_OVER: Final = 0.25
"""The part of its budget from which on a digest that leaves it unused is called short; less is what no card fits into."""


def shortness_of(
    choice: Selection, wanted: Sequence[Ranked], outside: Collection[str], channel: Channel
) -> Shortness | None:
    """
    Give what a short digest tells of itself; None of one whose budget or cards are used, or that could not be longer.

    `wanted` are the candidates, `outside` the keys of the picks that explore.
    """
    if len(choice.chosen) >= choice.most or choice.left < LEFT_OVER * channel.budget_minutes:
        return None
    papers = [one for one in wanted if one.item.section is Section.PAPERS]
    reached = {one.item.key for one in papers if one.item.key not in outside and is_reached(one)}
    others = [one for one in papers if one.item.key not in reached and one.item.key not in outside]
    if not any(one.item.key not in choice.chosen and choice.costs[one.item.key] <= choice.left for one in others):
        return None
    return Shortness(
        reached=len(reached),
        added=sum(one.item.key in choice.chosen for one in others),
        muted=tuple(
            (topic, in_words(wish))
            for topic in channel.topics
            if (wish := next((one for one in channel.mute if keeps_out(one, f"word:{topic}")), None))
        ),
    )
