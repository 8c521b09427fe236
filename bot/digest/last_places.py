"""Last places: those of a digest's papers that are given to exploration. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice

from bot.boilerplate import is_general
from bot.digest.eligibility import is_outside
from bot.digest.selection import Selection
from bot.exploration import is_language_models, names_language_models
from bot.function_words import without_function_words
from bot.model import Channel, Section
from bot.ranking.exploration import LOOKED_AT, NEAREST, Drawn
from bot.ranking.features import has_whole, names_any
from bot.ranking.ranked import Ranked
from bot.stems import has_any, stems

Explore = Callable[[Sequence[Ranked], int, str], Sequence[Drawn]]
"""Draws so many of the candidates (best first) that the channel's topics and decisions do not reach; the text makes each week's draw its own."""


def without_topics(outside: Sequence[Ranked], topics: Sequence[str]) -> list[Ranked]:
    """
    Leave out what names a topic in its title, in whichever form ('LLMs', 'Large Language Models', and to who asks for these 'Diffusion Language Models'), and what does so anywhere, or says one word of a topic, and
    is of more interest than the average: a team of LLM agents would not call a multi-agent framework outside. Of the works that interest nearly reaches the nearest come,
    as many as take part in the draw.
    """
    if any(map(is_language_models, topics)):
        outside = [one for one in outside if not names_language_models(one.item.title)]
    words = {word for topic in topics for word in stems(without_function_words(topic)) if not is_general((word,))}
    nearest = sorted([one for one in outside if one.interest > 0], key=lambda one: (-one.interest, one.item.key))
    unsaid = (
        one
        for one in nearest
        if not names_any(one.item.title, topics)
        and not has_any(f"{one.item.title} {one.item.abstract}", words)
        and not any(has_whole(topic, one.candidate.text) for topic in topics)
    )
    return [*islice(unsaid, NEAREST), *_best_unnamed([one for one in outside if one.interest <= 0], topics)]


def _best_unnamed(outside: Sequence[Ranked], topics: Sequence[str]) -> list[Ranked]:
    """Give those of works (best first) whose title names no topic, as many of the best as take part in the draw and all that are worth the same as the last."""
    found: list[Ranked] = []
    for one in outside:
        if len(found) >= LOOKED_AT and one.value < found[-1].value:
            break
        if not names_any(one.item.title, topics):
            found.append(one)
    return found


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
    drawn = list(explore(without_topics(fitting, channel.topics), places, f"{channel.name}/{week}"))
    taken = {one.ranked.item.key for one in drawn}
    for one in (*(each.ranked for each in drawn), *(r for r in giving if r.item.key not in taken)):
        if len(choice.of(Section.PAPERS)) < len(papers):
            choice.take(one)
    return drawn
