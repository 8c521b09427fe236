"""
Taste from a channel's own past: the works whose links people shared there before Paper Round came.

An admin asks for it, the channel is told, and anybody may object: by a reply or a reaction to the announcement, by plain words in the channel below it, or
by deleting it. Where nobody does for a day at most 1,000 messages are read, a page a turn and at the platform's pace, the works that they link to are looked
up (`taste_lookups`), and the channel is told what came of it. Who objects before that stops it: what was read is taken back, and the channel is told.
Kept are works and dates: neither who shared them nor a word of what was said.

How far it has come is noted in the database after each step and each page, so that a crash anywhere is gone on from.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.errors import ChatError, MessageGone
from bot.item_keys import item_key
from bot.model import Answer, Channel, Member, MessageRef, TasteWork
from bot.objections import approves
from bot.ports import Chat, Clock, History, UnitOfWork, UnitOfWorkFactory
from bot.rendering import posting_key
from bot.usecases.answers import command, say
from bot.usecases.deliver import CLOCK_ERROR
from bot.usecases.history_plans import (
    ANNOUNCED,
    DONE,
    GIVEN_UP,
    HOLD,
    LOOKING,
    NOTE,
    PLANNED,
    READING,
    STOPPED,
    STOPPING,
    UNDER_WAY,
    Plan,
    Seen,
    keep,
    objected_at,
    plans_to_change,
    read_plans,
    seen_for,
    seen_note,
    written_plans,
)
from bot.usecases.history_words import announcement, day_of, how_far, is_forgotten, known_of, result, stopped
from bot.usecases.taste import FROM_HISTORY, Reference, taste_of, tell
from bot.usecases.taste_lookups import next_look_up

logger = logging.getLogger(__name__)

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


async def ask_history(channel: Channel, member: Member, unit_of_work: UnitOfWorkFactory, now: datetime) -> Answer:
    """`taste history`: plan it, once at a time, or say how far it is. The announcement follows with the next tick."""
    async with unit_of_work() as uow:
        plans = await plans_to_change(uow)
        known = plans.get(channel.name)
        if known and known.state in UNDER_WAY:
            return say(*how_far(known, await _learnt(channel, uow), now))
        objected = objected_at(known)
        if objected and now < objected + PAUSE:
            return say(
                f"Somebody objected on {day_of(objected, channel)}. You may ask again from {day_of(objected + PAUSE, channel)} on; meanwhile {command('taste LINKS')} takes links to works that this channel likes."
            )
        plans[channel.name] = Plan(PLANNED, now, member.name, objected=objected)
        await uow.notes.put(NOTE, written_plans(plans))
        await uow.commit()
    return say(
        *([f"Somebody objected on {day_of(objected, channel)}, which I tell the channel, too."] if objected else []),
        *(["The platform did not let me the last time; I try once more."] if known and known.state == GIVEN_UP else []),
        "I tell the channel now, and look through its last 1,000 messages tomorrow, unless somebody objects.",
        "Kept are works and their dates, and neither names nor words.",
    )


async def waiting(unit_of_work: UnitOfWorkFactory, now: datetime | None = None) -> frozenset[str]:
    """Give the names of the channels where something is to be done about it; with `now` those alone where a step may be tried by then."""
    async with unit_of_work() as uow:
        plans = read_plans(await uow.notes.get(NOTE))
    return frozenset(
        name
        for name, plan in plans.items()
        if plan.state in UNDER_WAY and (now is None or plan.again is None or plan.again <= now)
    )


async def go_on(
    channel: Channel, chat: Chat, history: History, unit_of_work: UnitOfWorkFactory, clock: Clock
) -> str | None:
    """
    Do for a channel what is due: announce it, look whether somebody objects, read a page of what was shared once a day has passed, tell what came of it.

    Gives the state that this led to, None where nothing was due. Raises `ChatError`; `failed` notes it.
    """
    async with unit_of_work() as uow:
        plan = read_plans(await uow.notes.get(NOTE)).get(channel.name)
    if plan is None or (plan.again and clock() < plan.again):
        return None
    if plan.state == PLANNED:
        return await _announce(channel, plan, chat, unit_of_work, clock)
    if plan.state == STOPPING:
        return await _tell_that_it_stopped(channel, plan, chat, unit_of_work)
    return await _go_further(channel, plan, chat, history, unit_of_work, clock) if plan.state in UNDER_WAY else None


async def _go_further(
    channel: Channel, plan: Plan, chat: Chat, history: History, unit_of_work: UnitOfWorkFactory, clock: Clock
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
    await keep(channel, replace(plan, again=min(clock() + LOOK_EVERY, begin), problem=""), unit_of_work)
    return None


async def failed(channel: Channel, error: ChatError, unit_of_work: UnitOfWorkFactory, clock: Clock) -> None:
    """Note that a step failed: it is tried again after a pause, the one that the platform names if it does, and given up after a fortnight."""
    async with unit_of_work() as uow:
        plan = read_plans(await uow.notes.get(NOTE)).get(channel.name)
    if plan is None or plan.state not in UNDER_WAY:
        return
    if clock() - plan.asked >= GIVE_UP:
        ends = {READING: DONE, STOPPING: STOPPED}
        await keep(channel, replace(plan, state=ends.get(plan.state, GIVEN_UP)), unit_of_work, Seen())
    else:
        pause = TRY_AGAIN if error.retry_after is None else timedelta(seconds=error.retry_after)
        await keep(channel, replace(plan, again=clock() + pause, problem=error.reason), unit_of_work)


async def _look_for_objections(
    channel: Channel,
    plan: Plan,
    every: timedelta,
    chat: Chat,
    history: History,
    unit_of_work: UnitOfWorkFactory,
    clock: Clock,
) -> tuple[Plan, str | None]:
    """
    Look whether anybody objects, where the last look is so long ago; give the plan as it is then, and the state that ends it, if any does.

    Each look is noted by itself: where a platform lets us look into a channel but now and then, the next step does not begin with both again.
    """
    if plan.ref is None:
        return plan, await keep(channel, replace(plan, state=GIVEN_UP), unit_of_work)
    if plan.looked is None or clock() - plan.looked >= every:
        at = clock()
        if await _answered(plan.ref, chat, history):
            return await _stop(channel, plan, unit_of_work, at)
        plan = replace(plan, looked=at, problem="")
        if (state := await keep(channel, plan, unit_of_work)) != plan.state:
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
        if (state := await keep(channel, plan, unit_of_work)) != plan.state:
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
    channel: Channel, plan: Plan, unit_of_work: UnitOfWorkFactory, now: datetime
) -> tuple[Plan, str | None]:
    """Note that somebody objected, and take back what was read; the channel is told next."""
    stopping = replace(plan, state=STOPPING, objected=now, again=None, problem="")
    state = await keep(channel, stopping, unit_of_work)
    if state != STOPPING:
        return plan, state
    gone = await _take_back(channel, plan, unit_of_work)
    stopping = replace(stopping, gone=gone)
    return stopping, await keep(channel, stopping, unit_of_work)


async def _take_back(channel: Channel, plan: Plan, unit_of_work: UnitOfWorkFactory) -> int:
    """Forget the works that this wish brought; what the channel was told to like by others, or by an earlier wish, stays. Gives how many there were."""
    async with unit_of_work() as uow:
        adding = seen_for(await uow.notes.get(seen_note(channel)), plan).adding
    return await _forget(channel, adding or (), unit_of_work)


async def _forget(channel: Channel, keys: Collection[str], unit_of_work: UnitOfWorkFactory) -> int:
    async with unit_of_work() as uow:
        mine = [one.key for one in await _learnt(channel, uow) if one.key in set(keys)]
        if mine:
            await uow.tastes.forget(channel.name, mine)
            await uow.commit()
    return len(mine)


async def _tell_that_it_stopped(
    channel: Channel, plan: Plan, chat: Chat, unit_of_work: UnitOfWorkFactory
) -> str | None:
    # Once more: a process that was at the last page may have noted works since.
    gone = plan.gone + await _take_back(channel, plan, unit_of_work)
    key = posting_key(channel.name, f"history stopped {plan.asked.isoformat()}", 0)
    if not await chat.find(channel, key, (plan.objected or plan.asked) - CLOCK_ERROR):
        await chat.post(channel, stopped(gone), key)
    return await keep(channel, replace(plan, state=STOPPED, again=None, problem=""), unit_of_work, Seen())


async def _look_back(
    channel: Channel, plan: Plan, history: History, unit_of_work: UnitOfWorkFactory, clock: Clock
) -> str:
    """Read a page, and note what it had; after the last one note the works as the channel's taste."""
    async with unit_of_work() as uow:
        seen = seen_for(await uow.notes.get(seen_note(channel)), plan)
    if seen.adding is None:
        page = await history.links(channel, MESSAGES - seen.messages, seen.following)
        works = dict(seen.works)
        for link in page.links:
            if (key := item_key(link.url)) and not key.startswith(_NO_WORK):
                works.setdefault(key, link)
        seen = Seen(seen.messages + page.messages, page.following, works)
        looking = replace(plan, state=LOOKING, again=None, problem="")
        if page.following and page.messages and seen.messages < MESSAGES:
            again = clock() + page.wait if page.wait else None
            return await keep(channel, replace(looking, again=again), unit_of_work, seen)
        # What is about to be noted is noted first: whatever happens then, an objection finds all that it takes back.
        seen = replace(seen, adding=await _not_known(channel, list(works), unit_of_work))
        if (state := await keep(channel, looking, unit_of_work, seen)) != LOOKING:
            return state
    references = [Reference(url=link.url, at=link.at) for link in seen.works.values()]
    told = await tell(references, FROM_HISTORY, channel, unit_of_work, clock())
    logger.info("Learnt %s works from the history of %s", told.new, channel.name, extra={"action": "history_read"})
    plan = replace(plan, state=READING, read=clock(), found=told.works, new=told.new, beyond=told.beyond)
    state = await keep(channel, replace(plan, again=None, problem=""), unit_of_work, replace(seen, works={}))
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
    channel: Channel, plan: Plan, chat: Chat, unit_of_work: UnitOfWorkFactory, clock: Clock
) -> str | None:
    """Tell the channel, once every work that it shared was looked up, twice where it did not answer, or after a while."""
    async with unit_of_work() as uow:
        learnt = await _learnt(channel, uow)
    # A second turn an hour later: what does not answer at all may be our own network.
    pending = any(one.look_ups < _TURNS and next_look_up(one) for one in learnt)
    if pending and clock() - (plan.read or clock()) < READING_UP:
        return None
    if is_forgotten(plan, learnt):
        return await keep(channel, replace(plan, state=DONE), unit_of_work, Seen())
    key = posting_key(channel.name, f"history read {plan.asked.isoformat()}", 0)
    if not await chat.find(channel, key, (plan.read or plan.asked) - CLOCK_ERROR):
        await chat.post(channel, result(plan.found, known_of(plan, learnt), plan.beyond), key)
    return await keep(channel, replace(plan, state=DONE), unit_of_work, Seen())


async def _learnt(channel: Channel, uow: UnitOfWork) -> list[TasteWork]:
    return [one for one in await taste_of(channel.name, uow) if one.origin == FROM_HISTORY]


async def _announce(channel: Channel, plan: Plan, chat: Chat, unit_of_work: UnitOfWorkFactory, clock: Clock) -> str:
    key = posting_key(channel.name, f"history {plan.asked.isoformat()}", 0)
    # Looked for first: it may have been posted by one who did not live to note it.
    ref = await chat.find(channel, key, plan.asked - CLOCK_ERROR) or await chat.post(
        channel, announcement(plan.by, day_of(plan.objected, channel) if plan.objected else ""), key
    )
    return await keep(
        channel, replace(plan, state=ANNOUNCED, told=clock(), ref=ref, again=None, problem=""), unit_of_work
    )
