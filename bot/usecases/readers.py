"""Readers: what one member has to read, has read and owes words on, and who decides and writes in the channels that one may read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.following import matches
from bot.model import Channel, Meaning, Member, MemberWishes, MessageRef, Summary
from bot.ports import UnitOfWork, UnitOfWorkFactory
from bot.usecases.digest_facts import DigestFacts, PickFacts
from bot.usecases.library import NO_MARKS, Marks, channel_marks
from bot.usecases.recall import remember

WANTED: Final = (Meaning.MUST_READ, Meaning.TO_READ)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """
    A work on a member's list: what they decided last (`meaning`) and when (`at`, UTC), in which channel and week, and the message
    that is its card.
    """

    channel: Channel
    week: str
    work: PickFacts
    meaning: Meaning
    at: datetime
    card: MessageRef | None
    marks: Marks = NO_MARKS


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingList:
    """What a member marked: `unread` with must-reads first and the oldest of each first, `owed` read without words of theirs, `done`."""

    unread: tuple[Entry, ...] = ()
    owed: tuple[Entry, ...] = ()
    done: tuple[Entry, ...] = ()

    @property
    def minutes(self) -> int:
        """How long reading what is unread takes."""
        return sum(entry.work.minutes for entry in self.unread)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberSums:
    """What a member did in the readable channels. `last` is the instant (UTC) of what they did last."""

    platform: str
    member: Member
    marked: int
    read: int
    written: int
    last: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A summary with the work that it is about, as far as a digest brought it."""

    summary: Summary
    channel: Channel
    title: str
    url: str


async def reading_list(
    platform: str, member_id: str, channels: Sequence[Channel], unit_of_work: UnitOfWorkFactory, facts: DigestFacts
) -> ReadingList:
    """
    Give the reading list of a member over these channels. A work that several of them sent is there once: who read it, or wrote of it, in
    one has done so in all. What they mute neither waits nor is owed.
    """
    found: list[Entry] = []
    written: set[str] = set()
    async with unit_of_work() as uow:
        own = await uow.members.wishes(platform, member_id)
        for channel in (one for one in channels if one.platform == platform):
            marks = await channel_marks(channel, uow)
            works = await _works(channel, facts, uow)
            mine = {key: made for key, made in marks.items() if member_id in made.members}
            cards = await _cards(channel, [works[key][0] for key in mine if key in works], uow)
            for key, made in mine.items():
                if any(one.member.id == member_id for one in made.summaries):
                    written.add(key)
                if key in works:
                    found.append(_entry(channel, works[key], made, member_id, cards.get(key)))
    read = sorted((one for one in found if one.meaning is Meaning.READ), key=_latest)
    over = {one.work.key for one in read}
    muted = await _muted(own, [one for one in channels if one.platform == platform], unit_of_work)
    unread = [one for one in found if one.meaning in WANTED and one.work.key not in over | muted]
    return ReadingList(
        unread=_once(sorted(unread, key=lambda one: (WANTED.index(one.meaning), one.at))),
        owed=_once(one for one in read if one.work.key not in written | muted),
        done=_once(one for one in read if one.work.key in written),
    )


async def _muted(own: MemberWishes, channels: Sequence[Channel], unit_of_work: UnitOfWorkFactory) -> frozenset[str]:
    """The keys of the works that a member mutes. Few mute anything, so whole digests are read for these alone."""
    if not own.mute:
        return frozenset()
    known = await remember(channels, unit_of_work)
    return frozenset(one.item.key for one in known if matches(one.item, own.mute))


def _once(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Each work's first entry."""
    first: dict[str, Entry] = {}
    for one in entries:
        first.setdefault(one.work.key, one)
    return tuple(first.values())


async def member_sums(channels: Sequence[Channel], unit_of_work: UnitOfWorkFactory) -> list[MemberSums]:
    """
    Give everybody who decided or wrote in these channels, in the order of their names; of a channel that shows counts alone, those who
    wrote, and what they wrote.
    """
    sums: dict[tuple[str, str], MemberSums] = {}

    def add(platform: str, member: Member, at: datetime, **more: int) -> None:
        known = sums.get((platform, member.id)) or MemberSums(
            platform=platform, member=member, marked=0, read=0, written=0, last=at
        )
        counted = {name: getattr(known, name) + number for name, number in more.items()}
        sums[platform, member.id] = replace(known, last=max(known.last, at), **counted)

    async with unit_of_work() as uow:
        for channel in channels:
            for made in (await channel_marks(channel, uow)).values():
                for one in made.summaries:
                    add(channel.platform, one.member, one.at, written=1)
                for decision in made.decisions if channel.names_shown else ():
                    what = "read" if decision.meaning is Meaning.READ else "marked"
                    add(channel.platform, decision.member, decision.at, **{what: decision.meaning is not Meaning.SKIP})
    return sorted(sums.values(), key=lambda one: (one.member.name.casefold(), one.platform, one.member.id))


async def written_by(
    platform: str, member_id: str, channels: Sequence[Channel], unit_of_work: UnitOfWorkFactory, facts: DigestFacts
) -> list[Written]:
    """Give a member's summaries in these channels, newest first. What others wrote there is not read, however many channels these are."""
    readable = {one.name: one for one in channels if one.platform == platform}
    found = []
    async with unit_of_work() as uow:
        theirs = [
            one for one in await uow.summaries.of_member(platform, member_id) if one.text and one.channel in readable
        ]
        works = {name: await _works(readable[name], facts, uow) for name in {one.channel for one in theirs}}
    for summary in theirs:
        work = works[summary.channel].get(summary.item_key, (None, None))[1]
        title, url = (work.title, work.url) if work else (summary.item_key, "")
        found.append(Written(summary=summary, channel=readable[summary.channel], title=title, url=url))
    return sorted(found, key=lambda one: one.summary.at, reverse=True)


async def _works(channel: Channel, facts: DigestFacts, uow: UnitOfWork) -> dict[str, tuple[str, PickFacts]]:
    """Give the latest week that brought each work of a channel, and the work, by canonical key."""
    weeks = await facts.weeks(channel.name, uow, sample=True)
    brought = [(week.week, pick) for week in weeks for pick in (*week.lines, *week.picks)]
    keys = await uow.items.canonical([pick.key for _, pick in brought])
    return {keys[pick.key]: (week, replace(pick, key=keys[pick.key])) for week, pick in brought}


async def _cards(channel: Channel, weeks: Sequence[str], uow: UnitOfWork) -> dict[str, MessageRef]:
    found = {}
    for week in dict.fromkeys(weeks):
        for posting in await uow.postings.of(channel.name, week):
            if posting.item_key and posting.ref:
                found[posting.item_key] = posting.ref
    return found


def _entry(
    channel: Channel, work: tuple[str, PickFacts], made: Marks, member_id: str, card: MessageRef | None
) -> Entry:
    mine = [one for one in made.decisions if one.member.id == member_id]
    words = [one.at for one in made.summaries if one.member.id == member_id]
    meanings = {one.meaning for one in mine}
    order = (Meaning.READ, Meaning.MUST_READ, Meaning.TO_READ, Meaning.SKIP)
    # Who wrote of it has read it, whatever they marked it as before.
    meaning = Meaning.READ if words else next(one for one in order if one in meanings)
    at = max([one.at for one in mine if one.meaning is meaning] or words)
    return Entry(channel=channel, week=work[0], work=work[1], meaning=meaning, at=at, card=card, marks=made)


def _latest(entry: Entry) -> float:
    return -entry.at.timestamp()
