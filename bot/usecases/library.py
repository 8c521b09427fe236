"""
The library: what channels were sent, and what their members decided and wrote, week by week and work by work.

Everything here is given the channels that somebody may read (`bot.visibility`), and looks at no other.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.channel_sources import hidden_from
from bot.dedupe import fold
from bot.model import (
    CARD_PARTS,
    Channel,
    Decision,
    Digest,
    Item,
    LeftOut,
    Meaning,
    MessageRef,
    Pick,
    Posting,
    Summary,
)
from bot.periods import oldest_first
from bot.ports import UnitOfWork, UnitOfWorkFactory
from bot.usecases.decided import channel_decisions, decisions_on
from bot.usecases.digest_facts import DigestFacts, PickFacts, WeekFacts
from bot.usecases.own_sources import own_sources_of
from bot.usecases.suggest import SOURCE, is_for

WEEKS_A_PAGE: Final = 12
"""Weeks that a list shows at once: a quarter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What a channel's members made of one work: their decisions and their words, oldest first."""

    decisions: tuple[Decision, ...] = ()
    summaries: tuple[Summary, ...] = ()

    @property
    def marked(self) -> bool:
        """Whether somebody wants to read it, or has."""
        return any(one.meaning is not Meaning.SKIP for one in self.decisions)

    @property
    def read(self) -> bool:
        """Whether somebody has read it."""
        return any(one.meaning is Meaning.READ for one in self.decisions)

    @property
    def members(self) -> frozenset[str]:
        """Ids of those who decided or wrote."""
        return frozenset({d.member.id for d in self.decisions} | {s.member.id for s in self.summaries})

    @property
    def best_received(self) -> tuple[int, int, int]:
        """A number to sort by: words first, then must-reads, then other marks."""
        must = sum(one.meaning is Meaning.MUST_READ for one in self.decisions)
        return len(self.summaries), must, sum(one.meaning is not Meaning.SKIP for one in self.decisions)


NO_MARKS: Final = Marks()


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekSums:
    """One week of a channel as a list shows it. `best` are up to three of its works, those with the most said of them first."""

    facts: WeekFacts
    marked: int
    read: int
    summarised: int
    best: tuple[tuple[PickFacts, Marks], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A work in a week: its pick, what was made of it, and the message that is its card, where one was sent."""

    pick: Pick
    key: str
    marks: Marks
    card: MessageRef | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekView:
    """A whole week: the `picks`, cards that were `asked` for, and the other `lines`. `before` and `after` are the neighbouring weeks."""

    channel: Channel
    digest: Digest
    picks: tuple[Shown, ...]
    asked: tuple[Shown, ...]
    lines: tuple[Shown, ...]
    beyond: tuple[LeftOut, ...]
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bringing:
    """A digest that brought a work: the channel, the week, its pick, and its card's message."""

    channel: Channel
    week: str
    pick: Pick
    card: MessageRef | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """An earlier text of a summary, and when it was written (UTC)."""

    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A summary with the texts it had before, oldest first."""

    summary: Summary
    versions: tuple[Version, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """Everything that is known of a work in the readable channels. `similar` are works that share its rarer words, nearest first."""

    item: Item
    brought: tuple[Bringing, ...]
    decisions: tuple[Decision, ...]
    words: tuple[Words, ...]
    similar: tuple[PickFacts, ...] = ()


async def channel_marks(channel: Channel, uow: UnitOfWork) -> dict[str, Marks]:
    """Give what a channel's members made of each work that anybody marked or wrote of, by canonical key."""
    decided: defaultdict[str, list[Decision]] = defaultdict(list)
    for one in await channel_decisions(channel, uow):
        decided[one.item_key].append(one)
    written: defaultdict[str, list[Summary]] = defaultdict(list)
    for summary in await uow.summaries.of_channel(channel.name):
        if summary.text:
            written[summary.item_key].append(summary)
    return {
        key: Marks(decisions=tuple(decided[key]), summaries=tuple(written[key]))
        for key in dict.fromkeys([*decided, *written])
    }


class Library:
    """Reads weeks and works. One for the process: it keeps the facts of frozen digests. `unit_of_work` may be a read-only one."""

    def __init__(self, unit_of_work: UnitOfWorkFactory, facts: DigestFacts | None = None) -> None:
        self._unit_of_work = unit_of_work
        self.facts = facts or DigestFacts()

    async def weeks(
        self, channel: Channel, *, before: str | None = None, most: int = WEEKS_A_PAGE
    ) -> tuple[list[WeekSums], bool]:
        """Give a channel's last weeks before a week, newest first, and whether there are more behind them."""
        async with self._unit_of_work() as uow:
            names = [
                one
                for one in await uow.digests.weeks(channel.name)
                if before is None or oldest_first(one) < oldest_first(before)
            ]
            shown = list(reversed(names))[: most + 1]
            facts = [one for week in shown[:most] if (one := await self.facts.week(channel.name, week, uow))]
            marks = await channel_marks(channel, uow)
            keys = await uow.items.canonical([pick.key for one in facts for pick in one.picks])
        return [_sums(one, marks, keys) for one in facts], len(shown) > most

    async def week(self, channel: Channel, week: str) -> WeekView | None:
        """Give one week of a channel with all that came of it; None if it has no digest."""
        async with self._unit_of_work() as uow:
            digest = await self.facts.digest(channel.name, week, uow)
            if digest is None:
                return None
            names = await uow.digests.weeks(channel.name)
            postings = await uow.postings.of(channel.name, week)
            marks = await channel_marks(channel, uow)
            keys = await uow.items.canonical([pick.item.key for pick in (*digest.picks, *digest.also)])
        place = names.index(week)
        asked = {posting.part - CARD_PARTS for posting in postings if posting.part > CARD_PARTS}

        def shown(pick: Pick) -> Shown:
            key = keys[pick.item.key]
            return Shown(pick=pick, key=key, marks=marks.get(key, NO_MARKS), card=_card(key, postings))

        return WeekView(
            channel=channel,
            digest=digest,
            picks=tuple(map(shown, digest.picks)),
            asked=tuple(shown(pick) for pick in digest.also if pick.rank in asked),
            lines=tuple(shown(pick) for pick in digest.also if pick.rank not in asked),
            beyond=digest.beyond,
            before=names[place - 1] if place else None,
            after=names[place + 1] if place + 1 < len(names) else None,
        )

    async def item(self, key: str, channels: Sequence[Channel]) -> ItemView | None:
        """
        Give everything that is known of a work; None where nothing is, or nothing that one who reads these channels may know.

        What members proposed is known to their channel alone: it is no mention elsewhere, and a work that only they spoke of is none. So is
        what a channel's own source said.
        """
        async with self._unit_of_work() as uow:
            key = (await uow.items.canonical([key]))[key]
            hidden = hidden_from(channels, await own_sources_of(uow))
            rows = [
                row
                for row in await uow.entries.of_items([key])
                if row[1].entry.source_id not in hidden
                and (row[1].entry.source_id != SOURCE or any(is_for(row[1].entry, one) for one in channels))
            ]
            brought = await self._brought(key, {one.name: one for one in channels}, uow)
            folded = fold(rows)
            if not folded and not brought:
                return None
            item = folded[0] if folded else max(brought, key=lambda one: oldest_first(one.week)).pick.item
            taken = await decisions_on([key], channels, uow)
            written = [one for one in await uow.summaries.of_items([key], [one.name for one in channels]) if one.text]
            words = [Words(summary=s, versions=tuple(await _versions(s.ref, uow))) for s in written]
            similar = await self._similar(item, channels, uow)
        return ItemView(
            item=replace(item, key=key),
            brought=tuple(sorted(brought, key=lambda one: (oldest_first(one.week), one.channel.name))),
            decisions=tuple(sorted(itertools.chain(*taken.values()), key=lambda decision: decision.at)),
            words=tuple(words),
            similar=tuple(similar),
        )

    async def _brought(self, key: str, channels: Mapping[str, Channel], uow: UnitOfWork) -> list[Bringing]:
        found = []
        for name, week in (await uow.digests.brought([key])).get(key, []):
            channel = channels.get(name)
            digest = await self.facts.digest(name, week, uow) if channel else None
            if channel is None or digest is None:
                continue
            picks = (*digest.picks, *digest.also)
            keys = await uow.items.canonical([pick.item.key for pick in picks])
            pick = next((pick for pick in picks if keys[pick.item.key] == key), None)
            if pick:
                postings = await uow.postings.of(channel.name, week)
                found.append(Bringing(channel=channel, week=week, pick=pick, card=_card(key, postings)))
        return found

    async def _similar(self, item: Item, channels: Sequence[Channel], uow: UnitOfWork) -> list[PickFacts]:
        """Give works of these channels' digests whose titles share the most of their rarer words with this one."""
        known: dict[str, PickFacts] = {}
        for channel in channels:
            for facts in await self.facts.weeks(channel.name, uow, most=_COMPARED_WEEKS):
                known |= {pick.key: pick for pick in facts.picks}
        keys = await uow.items.canonical(list(known))
        others = {keys[key]: replace(pick, key=keys[key]) for key, pick in known.items() if keys[key] != item.key}
        return nearest_titles(item.title, list(others.values()))


_COMPARED_WEEKS: Final = 26
"""Of each channel, the works of so many last weeks are compared with one."""

_SIMILAR: Final = 5
_ENOUGH: Final = 0.25
"""Of the weight of a title's words, so much must be shared for another to be called similar."""


def nearest_titles(title: str, others: Sequence[PickFacts]) -> list[PickFacts]:
    """Give up to five works whose titles share the most of their rarer words with this one, nearest first. Pure."""
    wanted = _title_words(title)
    counts: defaultdict[str, int] = defaultdict(int)
    words = [(_title_words(one.title), one) for one in others]
    for found, _ in words:
        for word in found:
            counts[word] += 1
    weights = {word: 1 / (1 + counts[word]) ** 0.5 for word in wanted}
    whole = sum(weights.values()) or 1.0
    scored = [(sum(weights[word] for word in wanted & found) / whole, one) for found, one in words]
    near = [(score, one) for score, one in scored if score >= _ENOUGH]
    return [one for _, one in sorted(near, key=lambda pair: (-pair[0], pair[1].key))[:_SIMILAR]]


_SHORT: Final = 4


def _title_words(title: str) -> frozenset[str]:
    bare = "".join(character if character.isalnum() else " " for character in title.casefold())
    return frozenset(word for word in bare.split() if len(word) >= _SHORT or not word.isascii())


async def _versions(ref: MessageRef, uow: UnitOfWork) -> Iterable[Version]:
    return [Version(text=text, at=at) for at, text in await uow.summaries.history(ref)]


def _card(key: str, postings: Sequence[Posting]) -> MessageRef | None:
    """Give the message that is the card of the work with this canonical key, its own or one that was asked for."""
    return next((posting.ref for posting in postings if posting.item_key == key and posting.ref), None)


def _sums(facts: WeekFacts, marks: Mapping[str, Marks], keys: Mapping[str, str]) -> WeekSums:
    found = [(pick, marks.get(keys[pick.key], NO_MARKS)) for pick in facts.picks]
    best = sorted((pair for pair in found if pair[1].marked or pair[1].summaries), key=_by_reception)
    return WeekSums(
        facts=facts,
        marked=sum(made.marked for _, made in found),
        read=sum(made.read for _, made in found),
        summarised=sum(bool(made.summaries) for _, made in found),
        best=tuple((replace(pick, key=keys[pick.key]), made) for pick, made in best[:3]),
    )


def _by_reception(pair: tuple[PickFacts, Marks]) -> tuple[tuple[int, ...], int]:
    return tuple(-number for number in pair[1].best_received), pair[0].rank
