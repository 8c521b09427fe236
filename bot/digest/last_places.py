"""Last places: those of a digest's papers that are given to exploration. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import partial
from itertools import chain, groupby, islice
from operator import attrgetter
from statistics import NormalDist, median
from typing import Final

from bot.digest.eligibility import is_outside, works_outside
from bot.digest.selection import Selection
from bot.digest.topic_words import dwelling_on_any, saying_any
from bot.exploration import APART, is_language_models, names_language_models
from bot.model import Channel, Section
from bot.ranking.candidate_index import Candidate, CandidateIndex
from bot.ranking.exploration import LOOKED_AT, NEAREST, Drawn
from bot.ranking.features import has_whole, naming_any
from bot.ranking.ranked import Ranked
from bot.telling_words import telling_words
from bot.title_terms import pairs_of_title, subject_stems

MEDIAN_DEVIATION: Final = 1.4826
"""Standard deviations of a normal distribution in its median deviation."""

SPREAD_OF: Final = 10
"""Works, half of what tells how a week's interests are spread."""

COUNTED: Final = 200
A_TENTH: Final = 0.1
"""Works outside in whose titles pairs of words are counted, and the part of them that may have one that tells a subject."""

SEVERAL: Final = 3
A_TWENTIETH: Final = 0.05
"""Liked titles, at least, and the part of them, that have a word which tells what is liked."""

_interest: Final = attrgetter("interest")
_key: Final = attrgetter("key")

Explore = Callable[[Sequence[Ranked], int, str], Sequence[Drawn]]
"""Draws so many of the candidates (best first) that the channel's topics and decisions do not reach; the text makes each week's draw its own."""


def without_topics(
    outside: Sequence[Ranked],
    topics: Sequence[str],
    liked: Sequence[str] = (),
    index: CandidateIndex | None = None,
    picked: Sequence[str] = (),
) -> list[Ranked]:
    """
    Give what may be drawn of works that lie outside, best first: none that is near a topic by its words, that has two neighbouring words of a title that was `liked`, or that is `picked` beside it, or a word in its title that tells what is liked (`telling_stems`).

    Leave out what names a topic in its title, in whichever form ('LLMs', 'Large Language Models', and to who asks for these 'Diffusion Language Models'), and what dwells on a word that tells a topic: a
    team of LLM agents would not call a multi-agent framework outside. So do works of more interest than the average that name a topic, or say such a word,
    anywhere. Of the works that interest nearly reaches the nearest come, as many as take part in the draw. `index` is that of the week, if these are its
    candidates.
    """
    if any(map(is_language_models, topics)):
        outside = [one for one in outside if not names_language_models(one.item.title)]
    words = frozenset().union(*map(telling_words, topics))
    pairs = frozenset().union(*map(pairs_of_title, liked)) | telling_pairs(picked, outside)
    stems = telling_stems(liked, outside)
    names, says, dwells = naming_any(topics), saying_any(words, index), dwelling_on_any(words, index)
    unsaid = (
        one
        for one in _nearest_first([one for one in outside if one.interest > 0])
        if not _like_a_liked(one, pairs, stems)
        and not names(one.item.title)
        and not says(one.candidate)
        and not any(has_whole(topic, one.candidate.text) for topic in topics)
    )
    far = (one for one in outside if one.interest <= 0)
    return [
        *islice(unsaid, NEAREST),
        *_best_unnamed(far, names, dwells, partial(_like_a_liked, pairs=pairs, stems=stems)),
    ]


def telling_pairs(titles: Iterable[str], outside: Sequence[Ranked]) -> frozenset[tuple[str, str]]:
    """Give the pairs of neighbouring words of titles that tell a subject: not those that a tenth of a week's works have in theirs."""
    pairs = frozenset().union(*map(pairs_of_title, titles))
    if not pairs:
        return pairs
    some = outside[:COUNTED]
    theirs = (pairs_of_title(one.item.title) for one in some)
    counts = Counter(chain.from_iterable(map(pairs.intersection, theirs)))
    return pairs - {pair for pair, count in counts.items() if count > A_TENTH * len(some)}


def telling_stems(liked: Sequence[str], outside: Sequence[Ranked]) -> frozenset[str]:
    """
    Give the stems of words that tell what is liked by themselves: those that three titles of it and a twentieth of them have, and three times as large a
    part as of the week's works outside. 'Agent', where agents are all that is liked, though a tenth of a week's titles have it.
    """
    counts = Counter(one for title in liked for one in subject_stems(title))
    often = {one: count for one, count in counts.items() if count >= max(SEVERAL, A_TWENTIETH * len(liked))}
    if not often:
        return frozenset()
    some = outside[:COUNTED]
    here = Counter(stem for one in some for stem in often.keys() & subject_stems(one.item.title))
    return frozenset(one for one, count in often.items() if count / len(liked) >= APART * here[one] / max(1, len(some)))


def _like_a_liked(one: Ranked, pairs: AbstractSet[tuple[str, str]], stems: AbstractSet[str]) -> bool:
    title = one.item.title
    return (bool(pairs) and not pairs.isdisjoint(pairs_of_title(title))) or (
        bool(stems) and not stems.isdisjoint(subject_stems(title))
    )


def _nearest_first(works: Sequence[Ranked]) -> Iterator[Ranked]:
    """Give works by their interest, the greatest first; equal ones in the order of their keys, which few of them are asked for."""
    for _, equal in groupby(sorted(works, key=_interest, reverse=True), key=_interest):
        yield from sorted(equal, key=_key)


def _best_unnamed(
    outside: Iterable[Ranked],
    names: Callable[[str], bool],
    dwells: Callable[[Candidate], bool],
    alike: Callable[[Ranked], bool],
) -> list[Ranked]:
    """Give those of works (best first) that name no topic in their title, dwell on none of its words and have none of these pairs of words there, as many of the best as take part in the draw and all that are worth the same as the last."""
    found: list[Ranked] = []
    for one in outside:
        if len(found) >= LOOKED_AT and one.value < found[-1].value:
            break
        if not (dwells(one.candidate) or names(one.item.title) or alike(one)):
            found.append(one)
    return found


def highest_by_chance(interests: Sequence[float]) -> float:
    """
    Say how high the highest of so many works would stand by chance, for what stands higher is near a topic, be it in words that nobody has asked for.

    A work is reached from a standard deviation on, but in a small week the few that are on a topic make that wide: beside five on robots a sixth that says
    none of their words stands a third of it above the mean. So the spread is told by the median deviation, which no few works change (the week's middle
    and 1.48 times that are a normal distribution's mean and deviation; F. R. Hampel, 'The influence curve', 1974).
    """
    if len(interests) < 2 * SPREAD_OF:
        return math.inf
    ordered = sorted(interests)
    middle = median(ordered)
    # Of what is in order the deviations fall and rise, which is put in order in no time.
    spread = MEDIAN_DEVIATION * median([abs(one - middle) for one in ordered])
    return middle + spread * NormalDist().inv_cdf(1 - 1 / len(interests)) if spread else math.inf


def explore_last_places(
    choice: Selection,
    wanted: Sequence[Ranked],
    channel: Channel,
    week: str,
    explore: Explore,
    liked: Sequence[str] = (),
    index: CandidateIndex | None = None,
) -> list[Drawn]:
    """
    Give the last of the papers' places to exploration: of n paper picks, `explore` times n, rounded.

    Drawn is from what fits in their stead and lies outside what the channel wants, like no title that it `liked` and like none of the other papers. Where too little lies outside, the papers
    that were chosen keep their places, and what came before the rest always does. While the budget has room for more of them, they keep their places, too.
    """
    papers = choice.of(Section.PAPERS)
    giving = [r for r in papers if r.key not in choice.ahead]
    number, places = _with_room(choice, papers, giving, channel.explore)
    if not places:
        return []
    giving = giving[len(giving) - (len(papers) - (number - places)) :]
    kept = {r.key for r in papers} - {r.key for r in giving}
    for one in giving:
        choice.give_back(one)
    room, costs, of_papers = choice.left / places + 1e-9, choice.costs, Section.PAPERS
    all_papers = [r for r in wanted if r.section is of_papers]
    bound = highest_by_chance([r.interest for r in all_papers]) if channel.topics else math.inf
    fitting = [
        r for r in works_outside(all_papers) if r.interest < bound and costs[r.key] <= room and r.key not in kept
    ]
    # What shares a subject with a pick of the same digest is not outside for whoever reads both.
    picked = [r.item.title for r in choice.of(of_papers)]
    drawn = list(
        explore(without_topics(fitting, channel.topics, liked, index, picked), places, f"{channel.name}/{week}")
    )
    taken = {one.ranked.key for one in drawn}
    for one in (*(each.ranked for each in drawn), *(r for r in giving if r.key not in taken)):
        if len(choice.of(Section.PAPERS)) < number:
            choice.take(one)
    return drawn


def _with_room(
    choice: Selection, papers: Sequence[Ranked], giving: Sequence[Ranked], explore: float
) -> tuple[int, int]:
    """
    Say how many papers there are with those that explore, and how many of them do: `explore` times all, in the stead of the last of those that are `giving`
    their places.

    Where the budget has room, there are so many more papers, each as long as one is usually, that the fewest of those that the channel asked for give theirs;
    where it asked for so much exploration that these give theirs anyway, as many as there is room for.
    """
    number, ahead = len(papers), len(papers) - len(giving)
    places = min(round(explore * number), len(giving))
    found = number, places
    usual = math.fsum(choice.costs[one.key] for one in papers) / max(1, number)
    others = len(choice.chosen) - len(papers)
    while number - places < len(papers) and number + others < choice.most:
        number += 1
        places = min(round(explore * number), number - ahead)
        given, before = len(papers) - (number - places), len(papers) - (found[0] - found[1])
        if given < 0:
            break
        room = choice.left + math.fsum(choice.costs[one.key] for one in giving[len(giving) - given :])
        if room < usual * places:
            break
        if given < before and is_outside(giving[-given - 1]):
            break
        if given <= before:
            found = number, places
    return found
