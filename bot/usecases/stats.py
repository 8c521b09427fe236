"""
Statistics of a channel: what it was sent and marked, and what exploration tells of the works outside its topics.

Sums of the channel alone: who reads how much is counted nowhere, and what members made of it is told from three of them up. What exploration tells is an estimate by inverse propensity
(`bot.ranking.exploration.liking_outside`) over the works that could be drawn; of those that could not, nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.budget import FIRST_RATE, marking_rate
from bot.model import CARD_PARTS, Channel, Posting, PostingState
from bot.periods import in_order, is_period
from bot.ports import Clock, UnitOfWork, UnitOfWorkFactory
from bot.ranking.exploration import LOOKED_AT, Estimate, liking_outside
from bot.ranking.signals import voices
from bot.text import counted
from bot.usecases.compile import marked_works
from bot.usecases.decided import channel_decisions
from bot.usecases.digest_facts import DigestFacts, PickFacts, WeekFacts
from bot.usecases.figures import ENOUGH_MEMBERS

OPEN_FOR: Final = timedelta(days=7)
"""How long a pick may still be marked before it counts as passed over: until then it is no part of the estimate."""

ENOUGH: Final = 10
"""Explored picks from which on there is an estimate: the interval of fewer spans nearly everything."""

POPULATION: Final = (
    f"papers that exploration drew from: each week's best {LOOKED_AT} outside the channel's topics and decisions, as far as they fit "
    "its reading time"
)
"""The works of which the estimate speaks. What ranks below them is never drawn, so nothing is known of it."""


@dataclass(frozen=True, slots=True)
class Explored:
    """A pick that explored: its propensity (None in a digest of before they were kept), whether it was liked, how long ago it was sent."""

    propensity: float | None
    liked: bool
    age: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Exploration:
    """
    What came of exploration: of the `explored` picks, `liked` were liked.

    `counted` of them make the estimate; the others can still be marked (`waiting`) or have no propensity (`unweighted`). `estimate` is
    of the share of `POPULATION` that the channel would like; None while fewer than `ENOUGH` are counted. Of fewer than three members
    `liked` and `estimate` are None.
    """

    explored: int
    liked: int | None
    counted: int
    waiting: int
    unweighted: int
    estimate: Estimate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelStats:
    """
    A channel's sums: the `digests` and `picks` that were sent, and of `cards` (picks, and cards that were asked for) those that were
    `marked`, and of the marked those with a summary (`summarised`). `rate` is the share of cards marked, as the budget has learnt it.

    `members` decided or wrote something. While they are fewer than three, `marked`, `summarised` and `rate` are None: they would tell
    what one of them does.
    """

    channel: Channel
    digests: int
    picks: int
    cards: int
    members: int
    marked: int | None
    summarised: int | None
    rate: float | None
    exploration: Exploration


async def channel_stats(
    channels: Sequence[Channel], unit_of_work: UnitOfWorkFactory, clock: Clock, facts: DigestFacts | None = None
) -> list[ChannelStats]:
    """
    Give the sums of each channel, in their order. The sample week does not count, nor does what was never sent.

    With `facts` that are kept, each digest is read once and not at each call.
    """
    now, known = clock(), facts or DigestFacts()
    async with unit_of_work() as uow:
        return [await _of_channel(channel, uow, now, known) for channel in channels]


async def _of_channel(channel: Channel, uow: UnitOfWork, now: datetime, facts: DigestFacts) -> ChannelStats:
    weeks = await uow.digests.weeks(channel.name)
    digests, picks = 0, []
    for week in sorted(filter(is_period, weeks), key=in_order):
        digest = await facts.week(channel.name, week, uow)
        postings = await uow.postings.of(channel.name, week)
        if digest and any(one.state is PostingState.POSTED for one in postings):
            digests += 1
            picks += await _sent(digest, postings, uow)
    cards = await uow.digests.sent_keys(channel.name, besides=[week for week in weeks if not is_period(week)])
    written = [one for one in await uow.summaries.of_channel(channel.name) if one.text]
    taken = await channel_decisions(channel, uow)
    marked = cards & marked_works(taken)
    said = voices(taken, [(one.member.id, one.item_key, one.at) for one in written])
    liked = {voice.key for voice in said if voice.liked > 0}
    members = {one.member.id for one in taken} | {one.member.id for one in written}
    found = exploration(
        Explored(pick.propensity, key in liked, now - sent_at) for key, pick, sent_at in picks if pick.explore
    )
    enough = len(members) >= ENOUGH_MEMBERS
    return ChannelStats(
        channel=channel,
        digests=digests,
        picks=len(picks),
        cards=len(cards),
        members=len(members),
        marked=len(marked) if enough else None,
        summarised=len(marked & {one.item_key for one in written}) if enough else None,
        rate=marking_rate(len(cards), len(marked)) if enough else None,
        exploration=found if enough else replace(found, liked=None, estimate=None),
    )


async def _sent(
    digest: WeekFacts, postings: Sequence[Posting], uow: UnitOfWork
) -> list[tuple[str, PickFacts, datetime]]:
    """Give the picks of a digest that reached the channel, each with its canonical key and when the digest was made."""
    unsent = {
        one.item_key
        for one in postings
        if one.item_key and one.part < CARD_PARTS and one.state is not PostingState.POSTED
    }
    keys: Mapping[str, str] = await uow.items.canonical([*(pick.key for pick in digest.picks), *unsent])
    missing = {keys[key] for key in unsent}
    return [(keys[pick.key], pick, digest.compiled_at) for pick in digest.picks if keys[pick.key] not in missing]


def exploration(picks: Iterable[Explored]) -> Exploration:
    """Weigh what came of the picks that explored, each by the inverse of its propensity. Pure."""
    explored = list(picks)
    weighted = [(one.propensity, one) for one in explored if one.propensity is not None]
    counted = [(propensity, one.liked) for propensity, one in weighted if one.age >= OPEN_FOR]
    return Exploration(
        explored=len(explored),
        liked=sum(one.liked for one in explored),
        counted=len(counted),
        waiting=len(weighted) - len(counted),
        unweighted=len(explored) - len(weighted),
        estimate=liking_outside(counted) if len(counted) >= ENOUGH else None,
    )


def in_words(stats: ChannelStats) -> list[str]:
    """Say a channel's sums in sentences."""
    sent = f"{counted(stats.digests, 'digest')} with {counted(stats.picks, 'pick')} so far."
    if stats.marked is None or stats.summarised is None or stats.rate is None:
        return [sent, _withheld(stats.members), *exploration_in_words(stats)]
    marked = (
        f"You marked {stats.marked} of {counted(stats.cards, 'card')}; the budget reckons with {_percent(stats.rate)} % "
        f"(it begins at {_percent(FIRST_RATE)} % and learns)."
    )
    written = f"Of the {counted(stats.marked, 'work')} that you marked, {stats.summarised} {_have(stats.summarised)} a summary."
    return [sent, marked, *([written] if stats.marked else []), *exploration_in_words(stats)]


def exploration_in_words(stats: ChannelStats) -> list[str]:
    """Say what exploration found, of which works that speaks, or why there is nothing to say yet."""
    found = stats.exploration
    if not found.explored:
        off = " It is off: explore = 0." if not stats.channel.explore else ""
        return [f"Exploration: no pick was drawn from outside what you ask for yet.{off}"]
    # Who never marked anything has no taste to be outside of: there the draw is from what was noticed less.
    outside = "outside what you mark" if stats.members else "beyond the most noticed"
    drawn = f"{counted(found.explored, 'pick')} drawn from {'outside what you ask for' if stats.channel.topics else outside}"
    if found.liked is None:
        return [f"Exploration: {drawn}."]
    lines = [f"Exploration: {drawn}, of which you liked {found.liked}."]
    if found.estimate is None:
        lines.append(f"Too few yet to tell how much of the rest you would like: {found.counted} of {ENOUGH} picks.")
    else:
        low, high = _percent(found.estimate.low), _percent(found.estimate.high)
        lines.append(
            f"You would like about {_percent(found.estimate.rate)} % of such works, most likely between {low} and {high} % "
            f"(95 % interval, from {counted(found.counted, 'pick')})."
        )
        lines.append(f"'Such works' are the {POPULATION}. Of works below these nothing is known.")
    if found.waiting:
        lines.append(
            f"{counted(found.waiting, 'pick')} of the last seven days {_have(found.waiting)} time to be marked."
        )
    if found.unweighted:
        lines.append(f"{counted(found.unweighted, 'pick')} of before cannot be weighed: their chance was not kept.")
    return lines


def _withheld(members: int) -> str:
    return f"What was marked and summarised is told from three members up, so that it tells of nobody; so far {members or 'nobody'} took part."


def _percent(share: float) -> int:
    return round(100 * share)


def _have(number: int) -> str:
    return "has" if number == 1 else "have"
