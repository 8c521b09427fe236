"""A member's reading list over every channel that they read, as a command, and the home tab that shows it beside the weeks and the settings."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.budget import minutes_of
from bot.card import LINE_TITLE, MEANING_WORDS, linked, short
from bot.channel_sources import shown_to
from bot.following import matches
from bot.model import Answer, Block, BlockRole, Button, Channel, CommandCall, Item, Meaning, MemberWishes, Posting, Span
from bot.periods import newest
from bot.ports import UnitOfWorkFactory
from bot.remembered import Remembered
from bot.text import counted
from bot.usecases import wishes
from bot.usecases.answers import note, title, work
from bot.usecases.channel_commands import next_line
from bot.usecases.command_context import CommandContext, MessageUrl
from bot.usecases.recall import remember

_LISTED: Final = 12
_CHANNELS: Final = 5
_TWO_WEEKS: Final = 14
_DAYS: Final = 7

_DONE: Final = "Press Read on a work's card, react ✅, or write your summary in its thread, and it is off this list."


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedWork:
    """
    A work on somebody's list: in which channel, what they decided and when (UTC), its reading time in minutes.

    `thread` is the address of its message, where the platform knows one.
    """

    item: Item
    channel: str
    meaning: Meaning
    since: datetime
    minutes: int
    thread: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingList:
    """What a member marked and has not read, must-reads first and the oldest of them first; and what they read without a word of theirs."""

    waiting: tuple[ListedWork, ...] = ()
    owed: tuple[ListedWork, ...] = ()

    @property
    def minutes(self) -> int:
        """How long reading everything that waits takes."""
        return sum(one.minutes for one in self.waiting)


async def reading_list(
    member_id: str,
    channels: Sequence[Channel],
    unit_of_work: UnitOfWorkFactory,
    message_url: MessageUrl,
    own: MemberWishes | None = None,
    most: int = _LISTED,
) -> ReadingList:
    """
    Give a member's reading list over these channels, at most `most` works of each kind with their addresses; what they mute is left out.

    A work that two channels sent is there once, with the stronger of its decisions: who read it, or wrote of it, in one has done so in
    both.
    """
    known = [one for one in await remember(channels, unit_of_work) if not matches(one.item, own.mute if own else ())]
    waiting: dict[str, ListedWork] = {}
    owed: dict[str, ListedWork] = {}
    wrote = {one.item.key for one in known if any(summary.member.id == member_id for summary in one.summaries)}
    made = [
        (one, {decision.meaning: decision.at for decision in one.decisions if decision.member.id == member_id})
        for one in known
        if one.item.key not in wrote
    ]
    read = {one.item.key for one, mine in made if Meaning.READ in mine}
    for one, mine in made:
        open_as = next((meaning for meaning in (Meaning.MUST_READ, Meaning.TO_READ) if meaning in mine), None)
        if Meaning.READ in mine:
            owed.setdefault(one.item.key, _listed(one, Meaning.READ, mine[Meaning.READ]))
        elif open_as and one.item.key not in read:
            listed = _listed(one, open_as, mine[open_as])
            waiting[one.item.key] = min(waiting.get(one.item.key, listed), listed, key=_order)
    ordered = sorted(waiting.values(), key=_order)
    found = ReadingList(
        waiting=tuple(ordered), owed=tuple(sorted(owed.values(), key=lambda one: one.since, reverse=True))
    )
    return await _with_threads(found, channels, unit_of_work, message_url, most)


def _listed(one: Remembered, meaning: Meaning, since: datetime) -> ListedWork:
    return ListedWork(item=one.item, channel=one.channel, meaning=meaning, since=since, minutes=minutes_of(one.item))


def _order(one: ListedWork) -> tuple[bool, datetime, str]:
    return one.meaning is not Meaning.MUST_READ, one.since, one.item.key


async def _with_threads(
    found: ReadingList, channels: Sequence[Channel], unit_of_work: UnitOfWorkFactory, message_url: MessageUrl, most: int
) -> ReadingList:
    shown = [*found.waiting[:most], *found.owed[:most]]
    async with unit_of_work() as uow:
        cards = await uow.postings.of_items({one.item.key for one in shown})
    latest: dict[tuple[str, str], Posting] = {(card.channel, card.item_key or ""): card for card in cards}
    by_name = {channel.name: channel for channel in channels}

    async def linked_to(one: ListedWork) -> ListedWork:
        card = latest.get((one.channel, one.item.key))
        url = await message_url(by_name[one.channel], card.ref) if card and card.ref else None
        return ListedWork(
            item=one.item, channel=one.channel, meaning=one.meaning, since=one.since, minutes=one.minutes, thread=url
        )

    return ReadingList(
        waiting=(*[await linked_to(one) for one in found.waiting[:most]], *found.waiting[most:]),
        owed=(*[await linked_to(one) for one in found.owed[:most]], *found.owed[most:]),
    )


def list_blocks(found: ReadingList, now: datetime, *, named: bool, most: int = _LISTED) -> list[Block]:
    """Show a reading list, with each work's age, minutes and thread; `named` says in which channel it came, where there are several."""
    if not found.waiting:
        blocks = [title("My reading list"), note("Nothing is waiting for you.")]
    else:
        count = len(found.waiting)
        head = f"My reading list: {counted(count, 'work')}, about {counted(found.minutes, 'minute')}"
        blocks = [title(head), *(_line(one, now, named=named) for one in found.waiting[:most])]
        blocks += _more(len(found.waiting) - most)
        blocks.append(note(_DONE))
    if found.owed:
        blocks.append(title("I read these, and the team has no words of mine yet"))
        blocks += [_line(one, now, named=named) for one in found.owed[:most]]
        blocks += _more(len(found.owed) - most)
    return blocks


def _more(number: int) -> list[Block]:
    return [note(f"And {number} more.")] if number > 0 else []


def _line(one: ListedWork, now: datetime, *, named: bool) -> Block:
    said = [] if one.meaning is Meaning.READ else [MEANING_WORDS[one.meaning]]
    said += [age(now - one.since), f"{one.minutes} min", *([f"#{one.channel}"] if named else [])]
    spans = [
        linked(short(one.item.title, LINE_TITLE) or "(untitled)", one.item.url),
        Span(text=" · " + " · ".join(said)),
    ]
    if one.thread:
        spans += [Span(text=" · "), Span(text="thread", url=one.thread)]
    return Block(role=BlockRole.BODY, spans=tuple(spans))


def age(since: timedelta) -> str:
    """
    Say how long ago something was, in the words of a list.

    >>> [age(timedelta(days=days)) for days in (0, 1, 6, 15)]
    ['today', 'yesterday', '6 days ago', '2 weeks ago']
    """
    days = max(0, since.days)
    if days < 2:  # noqa: PLR2004 - yesterday
        return "yesterday" if days else "today"
    return f"{days} days ago" if days < _TWO_WEEKS else f"{days // _DAYS} weeks ago"


async def mine(context: CommandContext, call: CommandCall, channel: Channel, rest: str) -> Answer:
    """`mine`: the list of whoever asks; `mine follow ...` and its like are wishes for that list."""
    if rest:
        specs = shown_to([channel], await context.specs())
        return await wishes.mine(rest, call, context.unit_of_work, specs, context.clock())
    channels = await channels_of(context, call, channel)
    own = await wishes.of_member(call, context.unit_of_work)
    found = await reading_list(call.member.id, channels, context.unit_of_work, context.message_url, own)
    known = [one for one in await remember([channel], context.unit_of_work) if not matches(one.item, own.mute)]
    new = wishes.new_for(own, known, call.member.id)
    return Answer(blocks=(*list_blocks(found, context.clock(), named=len(channels) > 1), *new))


async def channels_of(context: CommandContext, call: CommandCall, here: Channel) -> list[Channel]:
    """Give the channels on this platform that whoever asks may read, the one they ask in first and always."""
    readable: Collection[str] = await context.readable_by(call.platform, call.member.id)
    others = [
        one
        for one in await context.channels()
        if one.platform == call.platform and one.name in readable and one.name != here.name
    ]
    return [here, *others]


async def home(context: CommandContext, call: CommandCall, channel: Channel, _rest: str) -> Answer:
    """The home tab: the reading list of whoever opens it, then the latest week of each channel that they read, those they take part in first."""
    channels = await channels_of(context, call, channel)
    readable = await context.readable_by(call.platform, call.member.id)
    if readable and channel.name not in readable:
        channels = channels[1:] or channels
    own = await wishes.of_member(call, context.unit_of_work)
    found = await reading_list(call.member.id, channels, context.unit_of_work, context.message_url, own)
    known = {one.name: await remember([one], context.unit_of_work) for one in channels}
    active = [one for one in channels if _takes_part(known[one.name], call.member.id)]
    ordered = [*active, *(one for one in channels if one not in active)][:_CHANNELS]
    blocks = list_blocks(found, context.clock(), named=len(channels) > 1)
    for one in ordered:
        blocks += await _week_blocks(context, one, known[one.name])
    blocks += _more(len(channels) - len(ordered))
    buttons = [Button(words=f"Settings of #{short(one.name, 40)}", asks=f"settings in {one.name}") for one in ordered]
    return Answer(blocks=tuple(blocks), buttons=tuple(buttons))


def _takes_part(known: Sequence[Remembered], member_id: str) -> bool:
    decided = {decision.member.id for one in known for decision in one.decisions}
    return member_id in decided | {summary.member.id for one in known for summary in one.summaries}


async def _week_blocks(context: CommandContext, channel: Channel, known: Sequence[Remembered]) -> list[Block]:
    week = newest(week for one in known for week in one.weeks)
    all_picks = [one for one in known if week in one.weeks]
    picks = all_picks[:_LISTED]
    async with context.unit_of_work() as uow:
        cards = {
            card.item_key: card
            for card in await uow.postings.of_items({one.item.key for one in picks})
            if card.channel == channel.name
        }
    blocks = [title(f"#{channel.name}"), note(await next_line(context, channel))]
    for one in picks:
        card = cards.get(one.item.key)
        url = await context.message_url(channel, card.ref) if card and card.ref else None
        line = work(one.item)
        thread = (Span(text=" · "), Span(text="thread", url=url)) if url else ()
        blocks.append(Block(role=line.role, spans=(*line.spans, *thread)))
    return [*blocks, *_more(len(all_picks) - len(picks))]
