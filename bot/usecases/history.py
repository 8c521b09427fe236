"""
Taste from a channel's own past: the works whose links people shared there before Paper Round came.

An admin asks for it, the channel is told, and anybody may object: by a reply or a reaction to the announcement, by plain words in the channel below it, or
by deleting it. Where nobody does for a day at most 1,000 messages are read, a page a turn and at the platform's pace, the works that they link to are looked
up (`taste_lookups`), and the channel is told what came of it. Who objects before that stops it: what was read is taken back, and the channel is told.
Kept are works and dates: neither who shared them nor a word of what was said.

How far it has come is noted in the database after each step and each page, so that a crash anywhere is gone on from.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from bot.errors import ChatError, MessageGone
from bot.item_keys import item_key
from bot.model import Answer, Channel, Member, MessageRef, Post, SharedLink, TasteWork
from bot.objections import approves
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
"""How often it is looked whether anybody objected, while nothing is read."""

LOOK_WHILE_READING: Final = timedelta(minutes=10)
"""How often that is looked for while the past is read, and how old the last look is at most when that begins."""

PAUSE: Final = timedelta(days=7)
"""How long after an objection nobody may ask again."""

TRY_AGAIN: Final = timedelta(minutes=10)
"""How long nothing is tried where the platform did not answer."""

GIVE_UP: Final = timedelta(days=14)
"""How long after it was asked for something is tried that does not succeed. What cannot be looked at is not done."""

READING_UP: Final = timedelta(days=2)
"""How long the channel waits at most to be told what came of it; look-ups may go on."""

_TURNS: Final = 2
_OVERLAP: Final = timedelta(minutes=5)
"""How far a look for what was said in the channel begins before the last one: the platform's clock is not ours."""

_NO_WORK: Final = ("url:", "entry:")
PLANNED, ANNOUNCED, LOOKING, READING, DONE = "planned", "announced", "looking", "reading", "done"
"""`LOOKING` through the messages, page by page; `READING` the works that were found there."""

STOPPING, STOPPED = "stopping", "stopped"
"""Somebody objected: what was read is taken back, and the channel is to be told, or was."""

GIVEN_UP: Final = "given up"
"""The platform did not let us for a fortnight, whereas `STOPPED` is an objection."""

_UNDER_WAY: Final = frozenset({PLANNED, ANNOUNCED, LOOKING, READING, STOPPING})
_STEPS: Final = (PLANNED, ANNOUNCED, LOOKING, READING, GIVEN_UP, STOPPING, STOPPED, DONE)
"""The states in the order in which they may follow on each other; only that nothing is `DONE` to which somebody objected."""

TITLE: Final = "What this channel liked so far"


@dataclass(frozen=True, slots=True)
class _Plan:
    """
    How far it has come in one channel. `asked`, `told`, `read` and `again` are instants (UTC): of the wish, the announcement, the reading of the past,
    and when the next step may be tried; `looked` and `overheard` those of the last look for objections at the announcement and below it, `objected` that of
    the last objection, also to an earlier wish. `ref` is the announcement's address, `problem` what it waits for. `found` is how many works were linked to;
    `new` of them were not known as the channel's taste before, and for `beyond` of them there was no room; `gone` of them were taken back.
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
    looked: datetime | None = None
    overheard: datetime | None = None
    objected: datetime | None = None
    gone: int = 0


@dataclass(frozen=True, slots=True)
class _Seen:
    """
    How much of a channel's past was seen so far: how many messages, where the next page is, and the works that were linked to, by key.

    `adding` are the keys of those that were not the channel's taste before, once all is seen: what an objection takes back.
    """

    messages: int = 0
    following: str = ""
    works: Mapping[str, SharedLink] = field(default_factory=dict)
    adding: tuple[str, ...] | None = None


async def ask_history(channel: Channel, member: Member, unit_of_work: UnitOfWorkFactory, now: datetime) -> Answer:
    """`taste history`: plan it, once at a time, or say how far it is. The announcement follows with the next tick."""
    async with unit_of_work() as uow:
        plans = await _to_change(uow)
        known = plans.get(channel.name)
        if known and known.state in _UNDER_WAY:
            return say(*_how_far(known, await _learnt(channel, uow), now))
        objected = _objected(known)
        if objected and now < objected + PAUSE:
            return say(
                f"Somebody objected on {_day(objected, channel)}. You may ask again from {_day(objected + PAUSE, channel)} on; meanwhile {command('taste LINKS')} takes links to works that this channel likes."
            )
        plans[channel.name] = _Plan(PLANNED, now, member.name, objected=objected)
        await uow.notes.put(NOTE, _written(plans))
        await uow.commit()
    return say(
        *([f"Somebody objected on {_day(objected, channel)}, which I tell the channel, too."] if objected else []),
        *(["The platform did not let me the last time; I try once more."] if known and known.state == GIVEN_UP else []),
        "I tell the channel now, and look through its last 1,000 messages tomorrow, unless somebody objects.",
        "Kept are works and their dates, and neither names nor words.",
    )


def _objected(plan: _Plan | None) -> datetime | None:
    """When somebody objected last. Of what an earlier version stopped, the day of its announcement is the nearest that is known."""
    if plan is None:
        return None
    return plan.objected or ((plan.told or plan.asked) if plan.state == STOPPED else None)


def _day(instant: datetime, channel: Channel) -> str:
    day = instant.astimezone(ZoneInfo(channel.zone))
    return f"{day.day} {day:%B}"


def _how_far(plan: _Plan, learnt: Sequence[TasteWork], now: datetime) -> list[str]:
    if plan.state == LOOKING:
        lines = ["I am at it: I look through this channel's last messages. The channel is told when I am done."]
    elif plan.state == READING and _is_forgotten(plan, learnt):
        lines = [f"{counted(plan.found, 'work')} found, and forgotten since. Ask again in a minute."]
    elif plan.state == READING:
        lines = [
            f"I am at it: {counted(plan.found, 'work')} found, {_known_of(plan, learnt)} of them read so far. The channel is told when I am done."
        ]
    elif plan.state == STOPPING:
        lines = ["Somebody objected, so I learn nothing from it. I tell the channel as soon as I can."]
    elif plan.state == PLANNED:
        lines = ["I tell the channel as soon as I can, and begin a day later, unless somebody objects."]
    else:
        hours = max(0, round(((plan.told or now) + HOLD - now) / timedelta(hours=1)))
        lines = [
            "It is announced already. Whoever objects, uses Reply on that message, reacts to it with 🛑 or deletes it.",
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
    if plan.state == STOPPING:
        return await _tell_that_it_stopped(channel, plan, chat, unit_of_work)
    return await _go_further(channel, plan, chat, history, unit_of_work, clock) if plan.state in _UNDER_WAY else None


async def _go_further(
    channel: Channel, plan: _Plan, chat: Chat, history: History, unit_of_work: UnitOfWorkFactory, clock: Clock
) -> str | None:
    """Do what is due of what was announced: look whether anybody objects, and where nobody does read on."""
    held = bool(plan.told and clock() - plan.told >= HOLD)
    every = LOOK_EVERY if plan.state == ANNOUNCED and not held else LOOK_WHILE_READING
    plan, ended = await _look_for_objections(channel, plan, every, chat, history, unit_of_work, clock)
    if ended:
        stopping = ended == STOPPING
        return await _tell_that_it_stopped(channel, plan, chat, unit_of_work) if stopping else ended
    if plan.state == READING:
        return await _tell_result(channel, plan, chat, unit_of_work, clock)
    if plan.state == LOOKING or held:
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
        ends = {READING: DONE, STOPPING: STOPPED}
        await _keep(channel, replace(plan, state=ends.get(plan.state, GIVEN_UP)), unit_of_work, _Seen())
    else:
        pause = TRY_AGAIN if error.retry_after is None else timedelta(seconds=error.retry_after)
        await _keep(channel, replace(plan, again=clock() + pause, problem=error.reason), unit_of_work)


async def _look_for_objections(
    channel: Channel,
    plan: _Plan,
    every: timedelta,
    chat: Chat,
    history: History,
    unit_of_work: UnitOfWorkFactory,
    clock: Clock,
) -> tuple[_Plan, str | None]:
    """
    Look whether anybody objects, where the last look is so long ago; give the plan as it is then, and the state that ends it, if any does.

    Each look is noted by itself: where a platform lets us look into a channel but now and then, the next step does not begin with both again.
    """
    if plan.ref is None:
        return plan, await _keep(channel, replace(plan, state=GIVEN_UP), unit_of_work)
    if plan.looked is None or clock() - plan.looked >= every:
        at = clock()
        if await _answered(plan.ref, chat, history):
            return await _stop(channel, plan, unit_of_work, at)
        plan = replace(plan, looked=at, problem="")
        if (state := await _keep(channel, plan, unit_of_work)) != plan.state:
            return plan, state
    if plan.overheard is None or clock() - plan.overheard >= every:
        at = clock()
        told = plan.told or plan.asked
        since = max(told, plan.overheard - _OVERLAP) if plan.overheard else told
        if found := await history.objection(channel, since):
            with suppress(ChatError):
                await chat.acknowledge(found)
            return await _stop(channel, plan, unit_of_work, at)
        plan = replace(plan, overheard=at, problem="")
        if (state := await _keep(channel, plan, unit_of_work)) != plan.state:
            return plan, state
    return plan, None


async def _answered(ref: MessageRef, chat: Chat, history: History) -> bool:
    """
    Whether anybody objects to the announcement itself: by any reply, by a reaction that does not approve, by deleting it, since it cannot be answered then.

    Who answered sees by 📝 that it was heard; where the platform refuses that, the message to the channel says so all the same.
    """
    try:
        snapshot = await history.all_answers(ref)
    except MessageGone:
        return True
    reacted = not all(approves(emoji) for _, emoji in snapshot.reactions)
    for heard in (*([ref] if reacted else []), *(reply.ref for reply in snapshot.replies)):
        with suppress(ChatError):
            await chat.acknowledge(heard)
    return reacted or bool(snapshot.replies)


async def _stop(
    channel: Channel, plan: _Plan, unit_of_work: UnitOfWorkFactory, now: datetime
) -> tuple[_Plan, str | None]:
    """Note that somebody objected, and take back what was read; the channel is told next."""
    stopping = replace(plan, state=STOPPING, objected=now, again=None, problem="")
    state = await _keep(channel, stopping, unit_of_work)
    if state != STOPPING:
        return plan, state
    gone = await _take_back(channel, plan, unit_of_work)
    stopping = replace(stopping, gone=gone)
    return stopping, await _keep(channel, stopping, unit_of_work)


async def _take_back(channel: Channel, plan: _Plan, unit_of_work: UnitOfWorkFactory) -> int:
    """Forget the works that this wish brought; what the channel was told to like by others, or by an earlier wish, stays. Gives how many there were."""
    async with unit_of_work() as uow:
        adding = _seen(await uow.notes.get(_seen_note(channel)), plan).adding
    return await _forget(channel, adding or (), unit_of_work)


async def _forget(channel: Channel, keys: Collection[str], unit_of_work: UnitOfWorkFactory) -> int:
    async with unit_of_work() as uow:
        mine = [one.key for one in await _learnt(channel, uow) if one.key in set(keys)]
        if mine:
            await uow.tastes.forget(channel.name, mine)
            await uow.commit()
    return len(mine)


async def _tell_that_it_stopped(
    channel: Channel, plan: _Plan, chat: Chat, unit_of_work: UnitOfWorkFactory
) -> str | None:
    # Once more: a process that was at the last page may have noted works since.
    gone = plan.gone + await _take_back(channel, plan, unit_of_work)
    key = posting_key(channel.name, f"history stopped {plan.asked.isoformat()}", 0)
    if not await chat.find(channel, key, (plan.objected or plan.asked) - CLOCK_ERROR):
        await chat.post(channel, stopped(gone), key)
    return await _keep(channel, replace(plan, state=STOPPED, again=None, problem=""), unit_of_work, _Seen())


def stopped(gone: int = 0) -> Post:
    """Say in the channel that somebody's objection was heard, and that nothing was or is kept."""
    return notice(
        TITLE,
        "Somebody objected, so I do not learn from what was shared in this channel.",
        *([f"I had begun: what I noted of {counted(gone, 'work')} is forgotten again."] if gone else []),
        "An admin may ask again after a week at the earliest, and I would say then that somebody objected.",
    )


async def _look_back(
    channel: Channel, plan: _Plan, history: History, unit_of_work: UnitOfWorkFactory, clock: Clock
) -> str:
    """Read a page, and note what it had; after the last one note the works as the channel's taste."""
    async with unit_of_work() as uow:
        seen = _seen(await uow.notes.get(_seen_note(channel)), plan)
    if seen.adding is None:
        page = await history.links(channel, MESSAGES - seen.messages, seen.following)
        works = dict(seen.works)
        for link in page.links:
            if (key := item_key(link.url)) and not key.startswith(_NO_WORK):
                works.setdefault(key, link)
        seen = _Seen(seen.messages + page.messages, page.following, works)
        looking = replace(plan, state=LOOKING, again=None, problem="")
        if page.following and page.messages and seen.messages < MESSAGES:
            again = clock() + page.wait if page.wait else None
            return await _keep(channel, replace(looking, again=again), unit_of_work, seen)
        # What is about to be noted is noted first: whatever happens then, an objection finds all that it takes back.
        seen = replace(seen, adding=await _not_known(channel, list(works), unit_of_work))
        if (state := await _keep(channel, looking, unit_of_work, seen)) != LOOKING:
            return state
    references = [Reference(url=link.url, at=link.at) for link in seen.works.values()]
    told = await tell(references, FROM_HISTORY, channel, unit_of_work, clock())
    logger.info("Learnt %s works from the history of %s", told.new, channel.name, extra={"action": "history_read"})
    plan = replace(plan, state=READING, read=clock(), found=told.works, new=told.new, beyond=told.beyond)
    state = await _keep(channel, replace(plan, again=None, problem=""), unit_of_work, replace(seen, works={}))
    if state in {STOPPING, STOPPED}:
        await _forget(channel, seen.adding or (), unit_of_work)
    return state


async def _not_known(channel: Channel, keys: Sequence[str], unit_of_work: UnitOfWorkFactory) -> tuple[str, ...]:
    """Of the keys of works those, in their canonical form, that are not the channel's taste already."""
    async with unit_of_work() as uow:
        canonical = await uow.items.canonical(keys)
        known = {one.key for one in await taste_of(channel.name, uow)}
    return tuple(dict.fromkeys(canonical[key] for key in keys if canonical[key] not in known))


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
        return await _keep(channel, replace(plan, state=DONE), unit_of_work, _Seen())
    key = posting_key(channel.name, f"history read {plan.asked.isoformat()}", 0)
    if not await chat.find(channel, key, (plan.read or plan.asked) - CLOCK_ERROR):
        await chat.post(channel, result(plan.found, _known_of(plan, learnt), plan.beyond), key)
    return await _keep(channel, replace(plan, state=DONE), unit_of_work, _Seen())


async def _learnt(channel: Channel, uow: UnitOfWork) -> list[TasteWork]:
    return [one for one in await taste_of(channel.name, uow) if one.origin == FROM_HISTORY]


def result(found: int, known: int, beyond: int = 0) -> Post:
    """Say in the channel what was found in its past: of how many works more than the address is known, and for how many there was no room."""
    title = TITLE
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
        channel, announcement(plan.by, _day(plan.objected, channel) if plan.objected else ""), key
    )
    return await _keep(
        channel, replace(plan, state=ANNOUNCED, told=clock(), ref=ref, again=None, problem=""), unit_of_work
    )


def announcement(by: str, objected: str = "") -> Post:
    """Say in the channel what is planned, and how anybody stops it; with the day on which somebody objected to it before, if any did."""
    words = (
        f"{by or 'An admin'} asked me to learn from the works whose links were shared in this channel so far: its last 1,000 messages.",
        "I keep the works and their dates, and neither who shared them nor what was said.",
        *([f"Somebody objected to this on {objected}; I was asked to ask you once more."] if objected else []),
        "I begin in 24 hours, unless somebody objects, and whoever does so later stops it, until I tell you what came of it: react to this message with 🛑 (anything but 👍 and the like counts), use Reply on this message, in whatever words, or have it deleted. I say here that I heard it.",
    )
    return notice(TITLE, *words)


async def _keep(channel: Channel, plan: _Plan, unit_of_work: UnitOfWorkFactory, seen: _Seen | None = None) -> str:
    """Note how far it has come, and what was seen of the past; give the state. A process that came later than another leaves that one's as it is."""
    async with unit_of_work() as uow:
        plans = await _to_change(uow)
        if known := plans.get(channel.name):
            undone = known.state in {STOPPING, STOPPED} and plan.state == DONE
            if known.asked != plan.asked or undone or _STEPS.index(known.state) > _STEPS.index(plan.state):
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
    adding = told.get("adding")
    return _Seen(told["messages"], told["following"], works, None if adding is None else tuple(adding))


def _seen_written(seen: _Seen, plan: _Plan) -> str:
    if not seen.messages and not seen.adding:
        return ""
    return json.dumps(
        {
            "asked": plan.asked.isoformat(),
            "messages": seen.messages,
            "following": seen.following,
            "works": {key: (link.url, link.at.isoformat()) for key, link in seen.works.items()},
            "adding": seen.adding,
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
            looked=_instant(one.get("looked")),
            overheard=_instant(one.get("overheard")),
            objected=_instant(one.get("objected")),
            gone=one.get("gone", 0),
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
                "looked": plan.looked.isoformat() if plan.looked else None,
                "overheard": plan.overheard.isoformat() if plan.overheard else None,
                "objected": plan.objected.isoformat() if plan.objected else None,
                "gone": plan.gone,
            }
            for name, plan in plans.items()
        }
    )
