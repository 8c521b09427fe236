"""
Taste from a channel's own past: the works whose links people shared there before Paper Round came.

An admin asks for it, the channel is told, and anybody may object for a day: by a reaction or a reply to the announcement, or by deleting it. Then at
most 1,000 messages are read, a page a turn and at the platform's pace, the works that they link to are looked up (`taste_lookups`), and the channel is
told what came of it. Kept are works and dates: neither who shared them nor a word of what was said.

How far it has come is noted in the database after each step and each page, so that a crash anywhere is gone on from.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from bot.emojis import plain_emoji
from bot.errors import ChatError, MessageGone
from bot.item_keys import item_key
from bot.model import Answer, Channel, Member, MessageRef, Post, SharedLink, TasteWork
from bot.ports import Chat, Clock, History, UnitOfWork, UnitOfWorkFactory
from bot.rendering import posting_key
from bot.text import counted
from bot.usecases.answers import command, say
from bot.usecases.deliver import CLOCK_ERROR
from bot.usecases.notices import notice
from bot.usecases.taste import FROM_HISTORY, MOST, Reference, taste_of, tell
from bot.usecases.taste_lookups import next_look_up

logger = logging.getLogger(__name__)

NOTE: Final = "taste from histories"
HOLD: Final = timedelta(hours=24)
"""How long anybody may object."""

MESSAGES: Final = 1000
LOOK_EVERY: Final = timedelta(hours=1)
"""How often it is looked whether anybody objected."""

TRY_AGAIN: Final = timedelta(minutes=10)
"""How long nothing is tried where the platform did not answer."""

GIVE_UP: Final = timedelta(days=14)
"""How long after it was asked for something is tried that does not succeed. What cannot be looked at is not done."""

READING_UP: Final = timedelta(days=2)
"""How long the channel waits at most to be told what came of it; look-ups may go on."""

_TURNS: Final = 2
_OBJECTIONS: Final = frozenset(map(plain_emoji, ("🛑", "⛔", "🚫", "👎", "✋", "❌")))
_NO_WORK: Final = ("url:", "entry:")
PLANNED, ANNOUNCED, LOOKING, READING, STOPPED, DONE = "planned", "announced", "looking", "reading", "stopped", "done"
"""`LOOKING` through the messages, page by page; `READING` the works that were found there."""

GIVEN_UP: Final = "given up"
"""The platform did not let us for a fortnight, whereas `STOPPED` is an objection."""

_UNDER_WAY: Final = frozenset({PLANNED, ANNOUNCED, LOOKING, READING})
_STEPS: Final = (PLANNED, ANNOUNCED, LOOKING, READING, GIVEN_UP, STOPPED, DONE)
"""The states in the order in which they may follow on each other."""

_BEFORE: Final = {
    STOPPED: "Somebody objected the last time; I ask once more.",
    GIVEN_UP: "The platform did not let me the last time; I try once more.",
}


@dataclass(frozen=True, slots=True)
class _Plan:
    """
    How far it has come in one channel. `asked`, `told`, `read` and `again` are instants (UTC): of the wish, the announcement, the reading of the past,
    and when the next step may be tried. `ref` is the announcement's address, `problem` what it waits for. `found` is how many works were linked to;
    `new` of them were not known as the channel's taste before, and for `beyond` of them there was no room.
    """

    state: str
    asked: datetime
    by: str = ""
    told: datetime | None = None
    ref: MessageRef | None = None
    read: datetime | None = None
    found: int = 0
    new: int = 0
    beyond: int = 0
    again: datetime | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Seen:
    """How much of a channel's past was seen so far: how many messages, where the next page is, and the works that were linked to, by key."""

    messages: int = 0
    following: str = ""
    works: Mapping[str, SharedLink] = field(default_factory=dict)


async def ask_history(channel: Channel, member: Member, unit_of_work: UnitOfWorkFactory, now: datetime) -> Answer:
    """`taste history`: plan it, once at a time, or say how far it is. The announcement follows with the next tick."""
    async with unit_of_work() as uow:
        plans = await _to_change(uow)
        known = plans.get(channel.name)
        if known and known.state in _UNDER_WAY:
            return say(*_how_far(known, await _learnt(channel, uow), now))
        plans[channel.name] = _Plan(PLANNED, now, member.name)
        await uow.notes.put(NOTE, _written(plans))
        await uow.commit()
    return say(
        *([_BEFORE[known.state]] if known and known.state in _BEFORE else []),
        "I tell the channel now, and look through its last 1,000 messages tomorrow, unless somebody objects.",
        "Kept are works and their dates, and neither names nor words.",
    )


def _how_far(plan: _Plan, learnt: Sequence[TasteWork], now: datetime) -> list[str]:
    if plan.state == LOOKING:
        lines = ["I am at it: I look through this channel's last messages. The channel is told when I am done."]
    elif plan.state == READING and _is_forgotten(plan, learnt):
        lines = [f"{counted(plan.found, 'work')} found, and forgotten since. Ask again in a minute."]
    elif plan.state == READING:
        lines = [
            f"I am at it: {counted(plan.found, 'work')} found, {_known_of(plan, learnt)} of them read so far. The channel is told when I am done."
        ]
    elif plan.state == PLANNED:
        lines = ["I tell the channel as soon as I can, and begin a day later, unless somebody objects."]
    else:
        hours = max(0, round(((plan.told or now) + HOLD - now) / timedelta(hours=1)))
        lines = [
            "It is announced already. Whoever objects, reacts to that message with 🛑, answers it or deletes it.",
            f"I begin in {counted(hours, 'hour')}." if hours else "I begin within the hour.",
        ]
    return [*lines, *([f"It waits, since {plan.problem}."] if plan.problem else [])]


def _is_forgotten(plan: _Plan, learnt: Sequence[TasteWork]) -> bool:
    """Whether somebody had the channel's taste forgotten while it was read."""
    return bool(plan.new) and not learnt


def _known_of(plan: _Plan, learnt: Sequence[TasteWork]) -> int:
    """Of how many works that were found and kept more is known than an address; those that a list had told before are taken for known."""
    return max(0, plan.found - plan.beyond - sum(1 for one in learnt if not one.title))


async def waiting(unit_of_work: UnitOfWorkFactory, now: datetime | None = None) -> frozenset[str]:
    """Give the names of the channels where something is to be done about it; with `now` those alone where a step may be tried by then."""
    async with unit_of_work() as uow:
        plans = _read(await uow.notes.get(NOTE))
    return frozenset(
        name
        for name, plan in plans.items()
        if plan.state in _UNDER_WAY and (now is None or plan.again is None or plan.again <= now)
    )


async def go_on(
    channel: Channel, chat: Chat, history: History, unit_of_work: UnitOfWorkFactory, clock: Clock
) -> str | None:
    """
    Do for a channel what is due: announce it, look whether somebody objects, read a page of what was shared once a day has passed, tell what came of it.

    Gives the state that this led to, None where nothing was due. Raises `ChatError`; `failed` notes it.
    """
    async with unit_of_work() as uow:
        plan = _read(await uow.notes.get(NOTE)).get(channel.name)
    if plan is None or (plan.again and clock() < plan.again):
        return None
    if plan.state == PLANNED:
        return await _announce(channel, plan, chat, unit_of_work, clock)
    if plan.state == ANNOUNCED:
        return await _heed(channel, plan, chat, history, unit_of_work, clock)
    if plan.state == LOOKING:
        return await _look_back(channel, plan, history, unit_of_work, clock)
    return await _tell_result(channel, plan, chat, unit_of_work, clock) if plan.state == READING else None


async def _heed(
    channel: Channel, plan: _Plan, chat: Chat, history: History, unit_of_work: UnitOfWorkFactory, clock: Clock
) -> str | None:
    """Look whether anybody objects; once a day has passed without, begin to look back."""
    if ended := await _ended(plan, chat):
        return await _keep(channel, replace(plan, state=ended), unit_of_work)
    if plan.told and clock() - plan.told >= HOLD:
        return await _look_back(channel, plan, history, unit_of_work, clock)
    begin = (plan.told or clock()) + HOLD
    await _keep(channel, replace(plan, again=min(clock() + LOOK_EVERY, begin), problem=""), unit_of_work)
    return None


async def failed(channel: Channel, error: ChatError, unit_of_work: UnitOfWorkFactory, clock: Clock) -> None:
    """Note that a step failed: it is tried again after a pause, the one that the platform names if it does, and given up after a fortnight."""
    async with unit_of_work() as uow:
        plan = _read(await uow.notes.get(NOTE)).get(channel.name)
    if plan is None or plan.state not in _UNDER_WAY:
        return
    if clock() - plan.asked >= GIVE_UP:
        await _keep(channel, replace(plan, state=DONE if plan.state == READING else GIVEN_UP), unit_of_work)
    else:
        pause = TRY_AGAIN if error.retry_after is None else timedelta(seconds=error.retry_after)
        await _keep(channel, replace(plan, again=clock() + pause, problem=error.reason), unit_of_work)


async def _ended(plan: _Plan, chat: Chat) -> str | None:
    """Give the state that ends it, if anybody objects or nobody can. Who deletes the announcement objects: it cannot be answered any more."""
    if plan.ref is None:
        return GIVEN_UP
    try:
        snapshot = await chat.snapshot(plan.ref)
    except MessageGone:
        return STOPPED
    objects = snapshot.replies or any(plain_emoji(emoji) in _OBJECTIONS for _, emoji in snapshot.reactions)
    return STOPPED if objects else None


async def _look_back(
    channel: Channel, plan: _Plan, history: History, unit_of_work: UnitOfWorkFactory, clock: Clock
) -> str:
    """Read a page, and note what it had; after the last one note the works as the channel's taste."""
    async with unit_of_work() as uow:
        seen = _seen(await uow.notes.get(_seen_note(channel)), plan)
    page = await history.links(channel, MESSAGES - seen.messages, seen.following)
    works = dict(seen.works)
    for link in page.links:
        if (key := item_key(link.url)) and not key.startswith(_NO_WORK):
            works.setdefault(key, link)
    seen = _Seen(seen.messages + page.messages, page.following, works)
    if page.following and page.messages and seen.messages < MESSAGES:
        again = clock() + page.wait if page.wait else None
        return await _keep(channel, replace(plan, state=LOOKING, again=again, problem=""), unit_of_work, seen)
    references = [Reference(url=link.url, at=link.at) for link in works.values()]
    told = await tell(references, FROM_HISTORY, channel, unit_of_work, clock())
    logger.info("Learnt %s works from the history of %s", told.new, channel.name, extra={"action": "history_read"})
    plan = replace(plan, state=READING, read=clock(), found=told.works, new=told.new, beyond=told.beyond)
    return await _keep(channel, replace(plan, again=None, problem=""), unit_of_work, _Seen())


async def _tell_result(
    channel: Channel, plan: _Plan, chat: Chat, unit_of_work: UnitOfWorkFactory, clock: Clock
) -> str | None:
    """Tell the channel, once every work that it shared was looked up, twice where it did not answer, or after a while."""
    async with unit_of_work() as uow:
        learnt = await _learnt(channel, uow)
    # A second turn an hour later: what does not answer at all may be our own network.
    pending = any(one.look_ups < _TURNS and next_look_up(one) for one in learnt)
    if pending and clock() - (plan.read or clock()) < READING_UP:
        return None
    if _is_forgotten(plan, learnt):
        return await _keep(channel, replace(plan, state=DONE), unit_of_work)
    key = posting_key(channel.name, f"history read {plan.asked.isoformat()}", 0)
    if not await chat.find(channel, key, (plan.read or plan.asked) - CLOCK_ERROR):
        await chat.post(channel, result(plan.found, _known_of(plan, learnt), plan.beyond), key)
    return await _keep(channel, replace(plan, state=DONE), unit_of_work)


async def _learnt(channel: Channel, uow: UnitOfWork) -> list[TasteWork]:
    return [one for one in await taste_of(channel.name, uow) if one.origin == FROM_HISTORY]


def result(found: int, known: int, beyond: int = 0) -> Post:
    """Say in the channel what was found in its past: of how many works more than the address is known, and for how many there was no room."""
    title = "What this channel liked so far"
    if not found:
        return notice(title, "I found no link to a paper or to code in its last 1,000 messages.")
    there = f"I found {counted(found, 'work')} in its last 1,000 messages"
    room = f"a channel's taste holds {MOST:,} works, and this one's is full. {command('taste forget')} makes room."
    if beyond >= found:
        return notice(title, f"{there}, and kept none: {room}")
    kept = found - beyond
    read = "it" if found == 1 else f"{known:,} of them" if known < found else "them"
    words = (
        f"{there}, and "
        + (f"have read {read}." if known else f"could not read {'it' if found == 1 else 'them'} yet; I go on trying."),
        *([f"I kept {kept:,} of them: {room}"] if beyond else []),
        f"From the next digest on {'those' if beyond else 'they'} count as marked to be read. {command('taste')} says what I learnt; {command('taste forget')} takes it back.",
    )
    return notice(title, *words)


async def _announce(channel: Channel, plan: _Plan, chat: Chat, unit_of_work: UnitOfWorkFactory, clock: Clock) -> str:
    key = posting_key(channel.name, f"history {plan.asked.isoformat()}", 0)
    # Looked for first: it may have been posted by one who did not live to note it.
    ref = await chat.find(channel, key, plan.asked - CLOCK_ERROR) or await chat.post(
        channel, announcement(plan.by), key
    )
    return await _keep(channel, _Plan(ANNOUNCED, plan.asked, plan.by, clock(), ref), unit_of_work)


def announcement(by: str) -> Post:
    """Say in the channel what is planned, and how anybody stops it."""
    words = (
        f"{by or 'An admin'} asked me to learn from the works whose links were shared in this channel so far: its last 1,000 messages.",
        "I keep the works and their dates, and neither who shared them nor what was said.",
        "I begin in 24 hours. React with 🛑, answer here or delete this message, and I do not.",
    )
    title = "What this channel liked so far"
    return notice(title, *words)


async def _keep(channel: Channel, plan: _Plan, unit_of_work: UnitOfWorkFactory, seen: _Seen | None = None) -> str:
    """Note how far it has come, and what was seen of the past; give the state. A process that came later than another leaves that one's as it is."""
    async with unit_of_work() as uow:
        plans = await _to_change(uow)
        if known := plans.get(channel.name):
            if known.asked != plan.asked or _STEPS.index(known.state) > _STEPS.index(plan.state):
                return known.state
            plan = replace(plan, by=known.by)  # a member who was forgotten meanwhile stays so
        plans[channel.name] = plan
        await uow.notes.put(NOTE, _written(plans))
        if seen is not None:
            await uow.notes.put(_seen_note(channel), _seen_written(seen, plan))
        await uow.commit()
    return plan.state


def _seen_note(channel: Channel) -> str:
    """A note of its own: a channel's pages are many, and the plans of all channels are one note."""
    return f"{NOTE}: {channel.name}"


def _seen(note: str | None, plan: _Plan) -> _Seen:
    """What was seen for this wish; what was seen for an earlier one that was given up counts no more."""
    told: Mapping[str, Any] = json.loads(note or "{}")
    if told.get("asked") != plan.asked.isoformat():
        return _Seen()
    works = {key: SharedLink(url=url, at=datetime.fromisoformat(at)) for key, (url, at) in told["works"].items()}
    return _Seen(told["messages"], told["following"], works)


def _seen_written(seen: _Seen, plan: _Plan) -> str:
    if not seen.messages:
        return ""
    return json.dumps(
        {
            "asked": plan.asked.isoformat(),
            "messages": seen.messages,
            "following": seen.following,
            "works": {key: (link.url, link.at.isoformat()) for key, link in seen.works.items()},
        }
    )


async def _to_change(uow: UnitOfWork) -> dict[str, _Plan]:
    """Read the plans of all channels, which share a note: nobody else changes one before the unit of work ends."""
    await uow.leases.lock(NOTE)
    return _read(await uow.notes.get(NOTE))


def _read(note: str | None) -> dict[str, _Plan]:
    found: Mapping[str, Mapping[str, Any]] = json.loads(note or "{}")
    return {
        name: _Plan(
            state=one["state"],
            asked=datetime.fromisoformat(one["asked"]),
            by=one["by"],
            told=_instant(one["told"]),
            ref=MessageRef(platform=one["ref"][0], channel_id=one["ref"][1], message_id=one["ref"][2])
            if one["ref"]
            else None,
            read=_instant(one.get("read")),
            found=one.get("found", 0),
            new=one.get("new", 0),
            beyond=one.get("beyond", 0),
            again=_instant(one.get("again")),
            problem=one.get("problem", ""),
        )
        for name, one in found.items()
    }


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _written(plans: Mapping[str, _Plan]) -> str:
    return json.dumps(
        {
            name: {
                "state": plan.state,
                "asked": plan.asked.isoformat(),
                "by": plan.by,
                "told": plan.told.isoformat() if plan.told else None,
                "ref": [plan.ref.platform, plan.ref.channel_id, plan.ref.message_id] if plan.ref else None,
                "read": plan.read.isoformat() if plan.read else None,
                "found": plan.found,
                "new": plan.new,
                "beyond": plan.beyond,
                "again": plan.again.isoformat() if plan.again else None,
                "problem": plan.problem,
            }
            for name, plan in plans.items()
        }
    )
