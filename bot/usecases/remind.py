"""Remind: a weekly message to a member alone, with their reading list and what they owe, at the hour that they asked for."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from pydantic import ValidationError

from bot.channel_fields import WEEKDAYS, ChannelFields
from bot.due import next_due
from bot.errors import ChatError, ChatRefused, ChatUnsettled, TokenRefused
from bot.model import Answer, Block, Channel, CommandCall, MemberWishes, Reminder
from bot.ports import Clock, DirectMessages, UnitOfWorkFactory
from bot.rendering import local_time
from bot.usecases.answers import command, note, say
from bot.usecases.command_context import CommandContext, MessageUrl, ReadableBy
from bot.usecases.reading_list import list_blocks, reading_list

logger = logging.getLogger(__name__)

AGAIN: Final = timedelta(minutes=10)
"""After how long a platform that was away is tried again."""

TOO_LATE: Final = timedelta(hours=12)
"""A reminder that could not be sent for so long is dropped: the next one says what is new, too."""

_MOST: Final = 5_000
"""How many that are due are given at once: enough that a large workspace's do not stand before all others'."""

_ASKED: Final = re.compile(r"(\S+)\s+(\d{1,2}:\d{2})(?:\s+(\S+))?")
_HOW: Final = f"Write a day and a time, like: {command('remind monday 10:00')}. Add a zone if it is not this channel's, like Asia/Tokyo"
_WHY: Final = f"You asked for this on your own. End it with: {command('remind off')}"


async def remind(context: CommandContext, call: CommandCall, channel: Channel, rest: str) -> Answer:
    """`remind`, `remind monday 10:00`, `remind monday 10:00 Asia/Tokyo`, `remind off`."""
    if rest.lower() == "off":
        return await _off(context, call)
    if not rest:
        return await _present(context, call)
    if call.platform not in context.direct:
        return say(f"I cannot write to members alone here. See your list with: {command('mine')}")
    asked = _ASKED.fullmatch(rest)
    if asked is None:
        return say(_HOW)
    try:
        given = ChannelFields.model_validate({"weekday": asked[1], "time": asked[2], "zone": asked[3] or channel.zone})
    except ValidationError:
        return say(_HOW)
    now = context.clock()
    reminder = Reminder(
        platform=call.platform,
        member_id=call.member.id,
        weekday=given.weekday,
        time=given.time,
        zone=given.zone,
        next_at=next_due(now, given.zone, given.weekday, given.time),
    )
    async with context.unit_of_work() as uow:
        await uow.reminders.put(reminder)
        await uow.commit()
    return say(
        f"Once a week I write your list and what you owe to you alone, first on {local_time(reminder.next_at, given.zone)}.",
        f"End it with: {command('remind off')}",
    )


async def _off(context: CommandContext, call: CommandCall) -> Answer:
    async with context.unit_of_work() as uow:
        gone = await uow.reminders.remove(call.platform, call.member.id)
        await uow.commit()
    return say("I write you no more reminders." if gone else "You had asked for none.")


async def _present(context: CommandContext, call: CommandCall) -> Answer:
    async with context.unit_of_work() as uow:
        found = await uow.reminders.get(call.platform, call.member.id)
    if found is None:
        return say(f"You get no reminder. {_HOW}")
    day = WEEKDAYS[found.weekday - 1].capitalize()
    return say(
        f"You get your list on {day}s at {found.time:%H:%M} ({found.zone}), next on {local_time(found.next_at, found.zone)}.",
        f"End it with: {command('remind off')}",
    )


async def due(platform: str, unit_of_work: UnitOfWorkFactory, now: datetime) -> list[Reminder]:
    """Give the reminders of a platform that are due, those that wait longest first; some hundreds at a time."""
    async with unit_of_work() as uow:
        return await uow.reminders.due(platform, now, _MOST)


async def send(
    reminder: Reminder,
    channels: Callable[[], Awaitable[Sequence[Channel]]],
    chat: DirectMessages,
    readable_by: ReadableBy,
    message_url: MessageUrl,
    unit_of_work: UnitOfWorkFactory,
    clock: Clock,
) -> bool:
    """
    Send a reminder that is due; tell whether it was sent.

    It is put off to its next week before it is sent, so that whoever crashes or runs twice sends none twice; one may be missed by a
    crash at that very moment. A platform that is away, or does not tell what the member may read (`readable_by` raises `ChatError`), is tried again in ten
    minutes, for twelve hours; a member who takes no messages is asked no more. Who has nothing to read and owes nothing gets none.
    """
    now = clock()
    following = replace(reminder, since=None, next_at=next_due(now, reminder.zone, reminder.weekday, reminder.time))
    async with unit_of_work() as uow:
        mine = await uow.reminders.put_off(reminder, following)
        await uow.commit()
    if not mine or now - (reminder.since or reminder.next_at) > TOO_LATE:
        return False
    try:
        readable = await readable_by(reminder.platform, reminder.member_id)
    except ChatError as error:
        return await _later(reminder, following, error, unit_of_work, now)
    here = [one for one in await channels() if one.platform == reminder.platform and one.name in readable]
    async with unit_of_work() as uow:
        own = await uow.members.wishes(reminder.platform, reminder.member_id)
    blocks = await _blocks(reminder, here, own, unit_of_work, message_url, now)
    return bool(blocks) and await _sent(reminder, following, blocks, chat, unit_of_work, now)


async def _blocks(
    reminder: Reminder,
    channels: Sequence[Channel],
    own: MemberWishes,
    unit_of_work: UnitOfWorkFactory,
    message_url: MessageUrl,
    now: datetime,
) -> list[Block]:
    found = await reading_list(reminder.member_id, channels, unit_of_work, message_url, own)
    if not (found.waiting or found.owed):
        return []
    return [*list_blocks(found, now, named=len(channels) > 1), note(_WHY)]


async def _sent(
    reminder: Reminder,
    following: Reminder,
    blocks: Sequence[Block],
    chat: DirectMessages,
    unit_of_work: UnitOfWorkFactory,
    now: datetime,
) -> bool:
    try:
        await chat.tell(reminder.member_id, blocks)
    except TokenRefused as error:
        return await _later(reminder, following, error, unit_of_work, now)
    except ChatRefused as error:
        logger.warning("A reminder was refused, and is off: %s", error, extra={"action": "reminder_refused"})
        async with unit_of_work() as uow:
            await uow.reminders.remove(reminder.platform, reminder.member_id)
            await uow.commit()
        return False
    except ChatUnsettled as error:
        # It may have come; twice would be a nuisance, and the list is a command away.
        logger.warning("It is unknown whether a reminder was sent: %s", error, extra={"action": "reminder_unsettled"})
        return False
    except ChatError as error:
        return await _later(reminder, following, error, unit_of_work, now)
    return True


async def _later(
    reminder: Reminder, following: Reminder, error: ChatError, unit_of_work: UnitOfWorkFactory, now: datetime
) -> bool:
    logger.warning("A reminder waits: %s", error, extra={"action": "reminder_waits"})
    later = replace(reminder, since=reminder.since or reminder.next_at, next_at=now + AGAIN)
    async with unit_of_work() as uow:
        await uow.reminders.put_off(following, later)
        await uow.commit()
    return False
