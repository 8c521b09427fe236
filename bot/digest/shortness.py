"""Shortness: whether a digest leaves minutes unused because the week had little of what its channel asks for, which its head then says. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from bot.channel_sources import reads_all
from bot.digest.eligibility import TASTE, is_reached
from bot.digest.order import FIRST_OF_ALL
from bot.digest.selection import Selection
from bot.following import in_words, keeps_out, matches
from bot.model import Channel, Pick, Section, Shortness
from bot.ranking.ranked import Ranked

LEFT_OVER: Final = 0.25
"""The part of its budget from which on a digest that leaves it unused is called short; less is what no card fits into."""

_ASKED_FOR: Final = TASTE | FIRST_OF_ALL | {"interest"}
"""Reasons on a card by which its work is what the channel asks for."""


def shortness_of(
    choice: Selection,
    picks: Iterable[Pick],
    ranked: Sequence[Ranked],
    wanted: Sequence[Ranked],
    channel: Channel,
    names: Mapping[str, str],
) -> Shortness | None:
    """
    Give what a short digest tells of itself; None of one whose budget or cards are used, or that could not be longer, or that had more of what its channel asks
    for, but for places that explore.

    What the `picks` say of themselves counts, or the head would contradict them. `wanted` are the candidates of all that was `ranked`, `names` the
    names of the sources that the channel reads, by id.
    """
    if len(choice.chosen) >= choice.most or choice.left < LEFT_OVER * channel.budget_minutes:
        return None
    left = [one for one in wanted if one.section is Section.PAPERS and one.key not in choice.chosen]
    fitting = [one for one in left if choice.costs[one.key] <= choice.left]
    reached_left = [one for one in left if one.key not in choice.unreached and is_reached(one)]
    if not fitting or any(choice.costs[one.key] <= choice.left for one in reached_left):
        return None
    inside = [pick for pick in picks if pick.section is Section.PAPERS and not pick.explore]
    reached = sum(not _ASKED_FOR.isdisjoint(reason.name for reason in pick.reasons) for pick in inside)
    muted = [
        (topic, in_words(wish))
        for topic in channel.topics
        if (wish := next((one for one in channel.mute if keeps_out(one, f"word:{topic}")), None))
    ]
    named = {wish for _, wish in muted}
    return Shortness(
        reached=reached + len(reached_left),
        added=len(inside) - reached,
        muted=tuple(muted),
        kept_out=tuple((wish, number) for wish, number in _kept_out(ranked, channel) if wish not in named),
        read=() if reads_all(channel) else tuple(names.values()),
    )


def _kept_out(ranked: Iterable[Ranked], channel: Channel) -> list[tuple[str, int]]:
    """Give the mutes that keep out papers which the channel asks for, each with how many."""
    if not channel.mute:
        return []
    papers = [one for one in ranked if one.section is Section.PAPERS and is_reached(one)]
    counts = Counter(wish for one in papers for wish in matches(one.item, channel.mute))
    return [(in_words(wish), counts[wish]) for wish in channel.mute if counts[wish]]
