"""
Composition: choose what fits the team's reading time; ranked items become a digest. Pure.

The budget is a knapsack: each card costs a minute for looking and a part of its reading time (`bot.budget`). It is shared out over the
sections first (`bot.digest.sections`), so that a week of six hundred papers does not drown the one newsletter; what a section leaves over goes to
the papers, then to the rest. Within a section the next pick is the one with the most value for its cost, less what it repeats of those picked
already (`bot.digest.selection`). The last of the papers give their place to exploration (`bot.digest.last_places`), which comes at the end and says
that it is one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import Final

from bot.budget import FIRST_RATE, MOST_CARDS, card_cost
from bot.coverage import NO_VOTES, share_of_topics
from bot.digest.barely_named import BarelyNamed, barely_named
from bot.digest.eligibility import (
    LEAST_PAPERS,
    LISTED,
    announces,
    candidates,
    is_reached,
    unlike_the_liked,
    unreached,
    without_muted,
)
from bot.digest.last_places import Explore, explore_last_places
from bot.digest.listing import next_works, works_beyond
from bot.digest.making_up import beside_topics, made_up_with
from bot.digest.order import FIRST_OF_ALL, by_section, in_order, is_first
from bot.digest.sections import comparable, fill_in_order, fill_room, fill_sections
from bot.digest.selection import Selection
from bot.digest.shortness import shortness_of
from bot.digest.topic_words import come_next
from bot.digest.uncovered_topics import with_uncovered
from bot.digest.values import shares_of_subjects, values_of
from bot.diversity import Likeness
from bot.exploration import INSIDE, liked_stems, outside_reason, own_fields, subjects_of
from bot.model import Channel, Digest, Pick, Reason, Section, SourceReport, Window
from bot.ranking import exploration
from bot.ranking.candidate_index import CandidateIndex
from bot.ranking.ranked import Ranked
from bot.ranking.weights import DAMPING

FOLLOWED: Final = 0.5
"""The share of the budget within which what is followed comes before everything else."""


def choose(
    ranked: Sequence[Ranked],
    channel: Channel,
    *,
    week: str,
    window: Window,
    sources: Sequence[SourceReport],
    now: datetime,
    sample: bool = False,
    rate: float = FIRST_RATE,
    unmatched: Sequence[str] = (),
    explore: Explore = exploration.explore,
    informed: bool = False,
    decided: float = 0.0,
    liked: Sequence[str] = (),
    liked_fields: AbstractSet[str] = frozenset(),
    votes: Mapping[str, float] = NO_VOTES,
    agreeing: Collection[str] = (),
    most: int = MOST_CARDS,
    index: CandidateIndex | None = None,
) -> Digest:
    """
    Choose a week's picks for a channel, within its reading budget and at most `most` of them. What was `ranked` comes best first.

    The sum of what the picks' cards cost at this `rate` is at most the budget, unless not even one item costs as little as that: then the best one is
    picked alone. What the channel mutes and what is no research is no candidate; what it follows comes before the rest. Ranks count from 1 in reading
    order: sections first, in each what comes before the rest, then by score; exploration at the end. The works that came next are in `also`, with
    ranks that go on. The channel's topics are those that works are about, `unmatched` the others, which are only named. `informed` says that the
    scores know what the channel wants, by the meaning of its topics or by its decisions, and `decided` how much it liked in all: the more, the less its
    topics have equal shares; `liked` are titles of it, which nothing that explores is like, and `liked_fields` what its works lie in, which is nothing else than usual; `votes` are the sizes of its topics as parties, of the less, the more their works were skipped, and
    `agreeing` those whose works the other topics bear out. `index` is that of the week, if what was ranked are its
    candidates. The same input gives the same digest.
    """
    names = {report.id: report.name or report.id for report in sources}
    topics = channel.topics or tuple(unmatched)
    competing = without_muted(ranked, channel.mute)
    # Who asks for what no work is about asks for nothing else: that much is known, be nothing near it.
    knows = informed or bool(topics and not channel.topics)
    wanted, far = candidates(competing, channel, names, topics, informed=knows)
    asked_for = knows and bool(topics)
    barely = barely_named(wanted, channel.topics, agreeing, decided) if informed else BarelyNamed()
    wanted = with_uncovered(barely.with_naming(wanted), channel.topics) if informed else wanted
    everything = by_section(wanted)
    papers = everything[Section.PAPERS]
    waiting = unreached(papers, barely.beyond) if asked_for else []
    coming, filling = _made_up(waiting, papers, channel.topics)
    if filling:
        wanted = [coming.get(one.key, one) for one in wanted]
        everything = by_section(wanted)
        waiting = [coming.get(one.key, one) for one in waiting if one.key not in filling]
    unlike = unlike_the_liked(everything[Section.PAPERS]) if informed and not channel.topics else frozenset()
    values = values_of(everything, len(set(channel.topics)), share_of_topics(decided), unlike, votes)
    compared = {section: comparable(mine, values) for section, mine in everything.items()}
    items = [r.item for mine in compared.values() for r in mine]
    announced = {r.key: r.item.tags for r in (*everything[Section.LABS], *far) if announces(r)}
    begin = partial(
        Selection,
        left=channel.budget_minutes,
        costs=_costs([*wanted, *far], rate),
        values=values.beside(values_of(by_section(far))) if far else values,
        likeness=Likeness(items),
        shares=shares_of_subjects(compared[Section.PAPERS], values),
        unlike=unlike,
        follow_left=FOLLOWED * channel.budget_minutes,
        firsts={r.key: r.names & FIRST_OF_ALL for r in wanted if r.names and is_first(r)},
        announcements=set(announced),
        barred={key for key, tags in announced.items() if not LISTED.isdisjoint(tags)},
        unreached={one.key for one in waiting},
        making_up=filling.keys(),
        compared={item.key for item in items},
    )
    choice = fill_sections(begin, everything, compared, channel, most)
    # What is left beside works that are reached, and have no place, is the rest into which none of them fits.
    if waiting and len(choice.of(Section.PAPERS)) >= len(papers) - len(waiting) and choice.fits(waiting):
        coming = coming or {one.key: one for one in come_next(waiting, papers, channel.topics)}
        fill_in_order(choice, [one for one in coming.values() if one.key in choice.unreached])
        wanted = [coming.get(one.key, one) for one in wanted]
    # Where not even one fits, the best comes alone; a mere announcement only if there is nothing farther either.
    if not choice.chosen and (research := [r for r in wanted if r.key not in choice.barred]):
        choice.take(choice.worthiest(research))
    if far and all(r.key in choice.chosen or r.key in choice.barred for r in wanted):
        far = [beside_topics(one) for one in far] if topics else far
        fill_room(choice, far)
        wanted = [*wanted, *far]
    if not choice.chosen and wanted:
        choice.take(choice.worthiest(wanted))
    # What would have been chosen without exploration says which fields are the channel's own, be all of it given up.
    own = own_fields(r.item for r in choice.chosen.values()) | liked_fields
    drawn = explore_last_places(
        choice, wanted, channel if informed else replace(channel, topics=topics), week, explore, liked, index
    )
    outside = {one.ranked.key: one for one in drawn}
    inside = [r for r in choice.chosen.values() if r.key not in outside]
    exploring = {
        key: outside_reason(
            one.ranked.item,
            channel,
            own,
            subjects_of(
                one.ranked.candidate, [r.candidate for r in one.region], [r.candidate for r in one.others], index
            ),
            liked=liked_stems(liked),
            informed=informed,
        )
        for key, one in outside.items()
    }
    ordered = in_order(inside, choice.values.best, choice.unlike, _behind(coming, far))
    numbered = _numbered([*ordered, *(one.ranked for one in drawn)], exploring)
    picks = tuple(
        replace(pick, propensity=outside[pick.item.key].propensity) if pick.explore else pick for pick in numbered
    )
    taken = {pick.item.key for pick in picks}
    # Of what is announced the best is listed, unless one is picked; all of it where nothing else is left and there is room.
    room = len(picks) < most and all(key in taken or key in announced for key in choice.costs)
    unlisted = set(announced) - (set() if taken & announced.keys() else set(list(announced)[:1])) if not room else set()
    near = [r for r in _reached(wanted) if r.key not in barely.beyond] if asked_for else wanted
    also = next_works([r for r in near if r.key not in taken and r.key not in unlisted], choice)
    sizes, picked = Counter(map(_section, competing)), Counter(pick.section for pick in picks)
    return Digest(
        channel=channel.name,
        week=week,
        window=window,
        budget_minutes=channel.budget_minutes,
        minutes=math.floor(sum(card_cost(pick.minutes, rate) for pick in picks) + 0.5),
        picks=picks,
        left_out={section.value: left for section in Section if (left := sizes[section] - picked[section])},
        sources=tuple(sources),
        compiled_at=now,
        sample=sample,
        rate=rate,
        also=tuple(_numbered(also, {}, start=len(picks) + 1)),
        unmatched=tuple(unmatched),
        short=shortness_of(choice, picks, ranked, wanted, channel, names) if asked_for else None,
        barely_named=barely.topics,
        layout=channel.layout,
        beyond=works_beyond((r for r in wanted if r.key not in taken), {r.key for r in also}),
    )


_section: Final = attrgetter("section")


def _reached(wanted: Sequence[Ranked]) -> list[Ranked]:
    """Leave out the papers that are not reached (`is_reached`). What has no name of a reason and is on no topic, as most, needs no further look."""
    papers = Section.PAPERS
    return [r for r in wanted if r.on_topic or r.section is not papers or (r.names and is_reached(r))]


def _made_up(
    waiting: Sequence[Ranked], papers: Sequence[Ranked], topics: Sequence[str]
) -> tuple[dict[str, Ranked], dict[str, Ranked]]:
    """
    Give, by key, what stands behind the papers that are reached, if these are too few: those that come next to the topics, and those that the digest is made
    up with; nothing where they are enough. `waiting` are the papers that are not reached.
    """
    missing = LEAST_PAPERS - (len(papers) - len(waiting))
    if not waiting or missing <= 0:
        return {}, {}
    coming = {one.key: one for one in come_next(waiting, papers, topics)}
    filling = {one.key: one for one in made_up_with(waiting, coming, topics, missing)}
    return coming | filling, filling


def _behind(coming: Iterable[str], far: Iterable[Ranked]) -> dict[str, int]:
    """Give the places, by key, of what is read behind all that was asked for: what comes next to the topics in its order, then what is far from them."""
    places = {key: place for place, key in enumerate(coming)}
    return places | {one.key: len(places) for one in far}


def _costs(candidates: Sequence[Ranked], rate: float) -> dict[str, float]:
    """Give what the cards of candidates cost, by key. As many as take the same time cost the same."""
    of_minutes = {minutes: card_cost(minutes, rate) for minutes in {one.candidate.minutes for one in candidates}}
    return {one.candidate.key: of_minutes[one.candidate.minutes] for one in candidates}


def _numbered(ordered: Iterable[Ranked], exploring: Mapping[str, Reason], start: int = 1) -> Iterable[Pick]:
    return (_pick(number, one, exploring.get(one.key)) for number, one in enumerate(ordered, start=start))


def _pick(number: int, ranked: Ranked, exploring: Reason | None) -> Pick:
    reasons = tuple(reason for reason in ranked.reasons if reason.weight)
    if all(reason.name in DAMPING for reason in reasons):  # why it is not wanted is not why it is here
        reasons = (*[reason for reason in ranked.reasons if reason.name not in DAMPING][:1], *reasons)
    return Pick(
        rank=number,
        section=ranked.section,
        item=ranked.item,
        minutes=ranked.candidate.minutes,
        score=round(ranked.value, 4),
        reasons=(exploring, *(one for one in reasons if one.name not in INSIDE)) if exploring else reasons,
        explore=exploring is not None,
    )
