"""Eligibility: which of the ranked works may be picks or lines, by what the channel follows and mutes and by what is research at all. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from bot.digest.order import is_first
from bot.following import in_passing, matches, muted, reason_of
from bot.function_words import FUNCTION_WORDS, without_function_words
from bot.model import Channel, Item, Reason, Section
from bot.ranking.features import has_whole
from bot.ranking.ranked import Ranked
from bot.ranking.weights import REACHED
from bot.stems import has_all, stems

FILLER: Final = frozenset({"beginner", "question", "self-promotion"})
"""
What a source's rule found to be something else than research: never a pick, on the channel's very topics neither, for a topic's word stands in
a plea for help as easily as in a result. A section of nothing else stays empty. Only what a member proposed may come all the same.
"""

ANNOUNCED: Final = frozenset({"announcement", "release"})
"""
What a source's rule found to announce a product, a model, a programme: of these a digest has one at most beside those
on the channel's topics. Most of what a lab publishes in a week is of this kind.
"""

LISTED: Final = frozenset({"announcement"})
"""Of these what is told in a line and is no pick, unless there is nothing else: a programme or product. A model by its name and version may be one."""

OF_TOPICS: Final = frozenset({"topics", "interest"})
"""Reasons that say that a work is on the channel's topics, or close to them; of a channel without topics, that it is like what was marked."""

TASTE: Final = frozenset({"follow", "topics", "like"})
"""Reasons that say by which of the channel's wishes a work is here."""

WISHED: Final = TASTE | {"mention"}
"""The same, and that a work mentions a word that is followed, which brings it no place."""

FLOOR: Final[Mapping[Section, float]] = {Section.LABS: 0.8, Section.NEWSLETTERS: 0.5, Section.COMMUNITY: 0.8}
"""
Below this score a channel whose interest is known takes none in a lab's note, a newsletter or a discussion that is not on its topics: it does
not come, and its minutes go to the papers. A note and a discussion are few words, of which one in common with a topic makes a score of 0.7;
a newsletter is about many things. Papers need no floor, the best of thousands is near.
Where everything nearer has its place and there is still room, what stands below comes all the same.
"""

LEAST_PAPERS: Final = 5
"""So many papers a digest has, if the week has them."""

HALF: Final = 0.5
FEW: Final = 20
"""A followed source that has more than this part of a section's works, and more than so many, is the section."""

_VENUE: Final = r"(?:ICML|NeurIPS|ICLR|AAAI|ACL|EMNLP|NAACL|CVPR|ICCV|ECCV|WACV|KDD|ICDM|IJCAI|TMLR|ARR|UAI|AISTATS|COLM|CoRL|ICRA|OpenReview|CMT)"

_FORMALITY: Final = (
    r"(?:results?|notifications?|decisions?|reviews?|reviewers?|rebuttals?|deadlines?|camera[- ]ready|acceptances?|rejections?|scores|submissions?"
    r"|prestige|visa|registration|waiting|comments?|repl(?:y|ies)|ACs?|area chairs?|meta-?reviews?|desk[- ]reject(?:s|ed|ions?)?|accepted|rejected|withdrawn|chances)"
)

_CHATTER: Final = re.compile(
    rf"\b{_VENUE}\b.*\b{_FORMALITY}\b|\b{_FORMALITY}\b.*\b{_VENUE}\b|\b(?:salary|job market|hiring|internships?|ph\.?d admissions?)\b"
    r"|\b(?:procrastinat\w+|imposter syndrome|work-life balance|career (?:advice|change|switch|path))\b",
    re.IGNORECASE,
)
"""Talk about conferences' formalities, careers and moods: much of what a forum holds, and no research."""


def without_muted(ranked: Sequence[Ranked], mute: Sequence[str]) -> Sequence[Ranked]:
    """Leave out what is muted: no candidate, and none of the works that a digest says it chose among."""
    if not mute:
        return ranked
    kept = {item.key for item in muted([one.item for one in ranked], mute)}
    return [one for one in ranked if one.key in kept]


def candidates(
    ranked: Sequence[Ranked], channel: Channel, names: Mapping[str, str], topics: Sequence[str], *, informed: bool
) -> tuple[list[Ranked], list[Ranked]]:
    """
    Leave out what is no research, and put what is followed first, for that reason; what stands below its section's floor is apart.

    That comes only where there is room and nothing nearer: a channel of forums alone has no papers to give their minutes to. `topics` are those that the
    channel asks for, be any work about them or not.
    """
    found: list[Ranked] = []
    far: list[Ranked] = []
    broad = _broad(ranked, channel.follow)
    papers, follow = Section.PAPERS, channel.follow
    for one in ranked:
        # Of a week's thousands most are papers, on no topic: of these there is nothing more to ask.
        plain = not one.on_topic and one.section is papers
        if one.candidate.never or not (plain or not _is_no_research(one)):
            continue
        if plain and not follow:
            found.append(one)
            continue
        item = one.item
        met: Sequence[str] = ()
        reasons: Sequence[Reason] = ()
        followed = False
        if follow:
            wishes = matches(item, follow)
            met = [wish for wish in wishes if wish not in broad]
            reasons = [_followed(item, wish, names) for wish in met]
            followed = any(reason.name == "follow" for reason in reasons) or len(met) < len(wishes)
        if informed and not followed and _is_far(one, topics):
            far.append(one)
            continue
        if one.on_topic and not met and TASTE.isdisjoint(one.names):
            close = "close to your topics" if channel.topics else "like what you marked"
            reasons = [*reasons, Reason(name="interest", text=close, weight=0.1)]
        found.append(one.because(reasons) if reasons else one)
    return found, far


def _broad(ranked: Sequence[Ranked], follow: Sequence[str]) -> frozenset[str]:
    """Give the followed sources that have more than half of a section's works: none of these is told apart by them, or put before the others."""
    sources = [wish for wish in follow if wish.startswith("source:")]
    if not sources:
        return frozenset()
    sizes = Counter(one.section for one in ranked)
    having = Counter((wish, one.section) for one in ranked for wish in matches(one.item, sources))
    return frozenset(
        wish for (wish, section), number in having.items() if number > HALF * sizes[section] and number > FEW
    )


def _followed(item: Item, wish: str, names: Mapping[str, str]) -> Reason:
    """Say which wish a work meets; one that it only mentions is told, and puts it before nothing."""
    if in_passing(item, wish):
        return Reason(name="mention", text=f"mentions '{wish.partition(':')[2]}', which you follow", weight=0.1)
    return Reason(name="follow", text=reason_of(wish, names), weight=1.0)


def _is_no_research(ranked: Ranked) -> bool:
    """Tell whether a work is no research: it is none on the channel's topics either. What a member proposed is always worth a look."""
    item = ranked.item
    tags = item.tags
    if item.section is Section.PAPERS or "suggested" in ranked.names:
        return False
    return not FILLER.isdisjoint(tags) or (
        item.section is Section.COMMUNITY and _CHATTER.search(item.title) is not None
    )


def _is_far(ranked: Ranked, topics: Sequence[str]) -> bool:
    """
    Tell whether a section's piece is far from what the channel wants; no paper is, nor what is published rarely.

    A few sentences with one word of two of a topic have a high score and are of another field: 'machine' is in most that forums speak of. So where the
    channel has topics, the score alone is no nearness; the words of one of them must be there.
    """
    item = ranked.item
    if item.section is Section.PAPERS or ranked.on_topic or is_first(ranked):
        return False
    if ranked.value < FLOOR[item.section]:
        return True
    return bool(topics) and not any(_has_words_of(topic, ranked.candidate.text) for topic in topics)


def _has_words_of(topic: str, text: str) -> bool:
    """Tell whether all words of a topic that say something are in a text, in whichever form."""
    wanted = stems(without_function_words(topic)) - FUNCTION_WORDS
    return has_whole(topic, text) or (bool(wanted) and has_all(text, wanted))


def is_reached(ranked: Ranked) -> bool:
    """
    Tell whether the channel's topics or decisions reach a work, or something else puts it before all others. Of papers there is always a next one:
    a list that was filled up with it would show a team whose topic few works are about what it did not ask for.
    """
    return (
        ranked.section is not Section.PAPERS
        or ranked.on_topic
        or not TASTE.isdisjoint(ranked.names)
        or is_first(ranked)
    )


def unreached(papers: Sequence[Ranked], beyond: Collection[str] = ()) -> list[Ranked]:
    """
    Give the papers that the channel's topics and decisions do not reach, be the week as quiet as it may, or that are `beyond` what may stand for a topic, by key.

    A digest is rather shorter than filled with what nobody asked for.
    """
    # What has no name of a reason and is on no topic needs no further look, as `is_reached` would have it.
    return [one for one in papers if one.key in beyond or (not one.on_topic and not (one.names and is_reached(one)))]


def unlike_the_liked(papers: Sequence[Ranked]) -> frozenset[str]:
    """Give the keys of the papers that are like no liked work, nor like several of them; of none where nothing is."""
    like = {one.key for one in papers if one.known.akin or one.on_topic or "like" in one.names or is_first(one)}
    return frozenset(one.key for one in papers) - like if like else frozenset()


def works_outside(papers: Iterable[Ranked]) -> list[Ranked]:
    """
    Give the papers that lie outside what the channel wants: on none of its topics and near none, in words or in meaning, like nothing that it liked, not
    reached, and without a word of what it follows. One loop for all, since they are a week's thousands.
    """
    return [
        one
        for one in papers
        if not one.on_topic
        and one.interest < REACHED
        and one.aboutness < REACHED
        and not one.known.near
        and (not one.names or WISHED.isdisjoint(one.names))
    ]


def is_outside(paper: Ranked) -> bool:
    """Tell whether a paper lies outside what the channel wants."""
    return bool(works_outside([paper]))


def announces(ranked: Ranked) -> bool:
    """Tell whether a lab's note announces something that the channel did not ask for."""
    item = ranked.item
    return (
        item.section is Section.LABS
        and bool(ANNOUNCED & set(item.tags))
        and not ranked.on_topic
        and not is_first(ranked)
    )
