"""
Taste from a channel's own past: the works whose links people shared there before Paper Round came.

An admin asks for it, the channel is told, and anybody may object for a day, by a reaction or a reply to the announcement. Then at most 1,000
messages are read at the platform's pace. Kept are works and dates: neither who shared them nor a word of what was said.

How far it has come is a note in the database, so that a crash anywhere is gone on from.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from bot.emojis import plain_emoji
from bot.item_keys import item_key
from bot.model import Answer, Channel, Member, MessageRef, Post
from bot.ports import Chat, Clock, History, UnitOfWork, UnitOfWorkFactory
from bot.rendering import posting_key
from bot.usecases.answers import say
from bot.usecases.deliver import CLOCK_ERROR
from bot.usecases.notices import notice
from bot.usecases.taste import Reference, tell

logger = logging.getLogger(__name__)

NOTE: Final = "taste from histories"
HOLD: Final = timedelta(hours=24)
"""How long anybody may object."""

MESSAGES: Final = 1000
ORIGIN: Final = "this channel's history"
_OBJECTIONS: Final = frozenset(map(plain_emoji, ("🛑", "⛔", "🚫", "👎", "✋", "❌")))
_NO_WORK: Final = ("url:", "entry:")
PLANNED, ANNOUNCED, STOPPED, DONE = "planned", "announced", "stopped", "done"


@dataclass(frozen=True, slots=True)
class _Plan:
    """How far it has come in one channel. `asked` and `told` are instants (UTC), `ref` is the announcement's address."""

    state: str
    asked: datetime
    by: str = ""
    told: datetime | None = None
    ref: MessageRef | None = None


async def ask_history(channel: Channel, member: Member, unit_of_work: UnitOfWorkFactory, now: datetime) -> Answer:
    """`taste history`: plan it, once at a time. The announcement follows with the next tick."""
    async with unit_of_work() as uow:
        plans = await _to_change(uow)
        known = plans.get(channel.name)
        if known and known.state in {PLANNED, ANNOUNCED}:
            return say("It is announced already. Whoever objects, reacts to that message with 🛑 or answers it.")
        plans[channel.name] = _Plan(PLANNED, now, member.name)
        await uow.notes.put(NOTE, _written(plans))
        await uow.commit()
    return say(
        "I tell the channel now, and look through its last 1,000 messages tomorrow, unless somebody objects.",
        "Kept are works and their dates, and neither names nor words.",
    )


async def waiting(unit_of_work: UnitOfWorkFactory) -> frozenset[str]:
    """Give the names of the channels where something is to be done about it."""
    async with unit_of_work() as uow:
        plans = _read(await uow.notes.get(NOTE))
    return frozenset(name for name, plan in plans.items() if plan.state in {PLANNED, ANNOUNCED})


async def go_on(
    channel: Channel, chat: Chat, history: History, unit_of_work: UnitOfWorkFactory, clock: Clock
) -> str | None:
    """Do for a channel what is due: announce it, or read what was shared once a day has passed. Gives what came of it. Raises `ChatError`."""
    async with unit_of_work() as uow:
        plan = _read(await uow.notes.get(NOTE)).get(channel.name)
    if plan and plan.state == PLANNED:
        return await _announce(channel, plan, chat, unit_of_work, clock)
    if plan and plan.state == ANNOUNCED and plan.told and plan.ref and clock() - plan.told >= HOLD:
        snapshot = await chat.snapshot(plan.ref)
        objected = any(plain_emoji(emoji) in _OBJECTIONS for _, emoji in snapshot.reactions) or snapshot.replies
        if objected:
            await _keep(channel, _Plan(STOPPED, plan.asked, plan.by, plan.told, plan.ref), unit_of_work)
            return STOPPED
        links = await history.links(channel, MESSAGES)
        works = [
            Reference(url=link.url, at=link.at)
            for link in links
            if (key := item_key(link.url)) and not key.startswith(_NO_WORK)
        ]
        told = await tell(works, ORIGIN, channel, unit_of_work, clock())
        logger.info("Learnt %s works from the history of %s", told.new, channel.name, extra={"action": "history_read"})
        await _keep(channel, _Plan(DONE, plan.asked, plan.by, plan.told, plan.ref), unit_of_work)
        return DONE
    return None


async def _announce(channel: Channel, plan: _Plan, chat: Chat, unit_of_work: UnitOfWorkFactory, clock: Clock) -> str:
    key = posting_key(channel.name, f"history {plan.asked.isoformat()}", 0)
    # Looked for first: it may have been posted by one who did not live to note it.
    ref = await chat.find(channel, key, plan.asked - CLOCK_ERROR) or await chat.post(
        channel, announcement(plan.by), key
    )
    await _keep(channel, _Plan(ANNOUNCED, plan.asked, plan.by, clock(), ref), unit_of_work)
    return ANNOUNCED


def announcement(by: str) -> Post:
    """Say in the channel what is planned, and how anybody stops it."""
    words = (
        f"{by or 'An admin'} asked me to learn from the works whose links were shared in this channel so far: its last 1,000 messages.",
        "I keep the works and their dates, and neither who shared them nor what was said.",
        "I begin in 24 hours. React with 🛑 or answer here, and I do not.",
    )
    title = "What this channel liked so far"
    return notice(title, *words)


async def _keep(channel: Channel, plan: _Plan, unit_of_work: UnitOfWorkFactory) -> None:
    async with unit_of_work() as uow:
        plans = await _to_change(uow)
        plans[channel.name] = plan
        await uow.notes.put(NOTE, _written(plans))
        await uow.commit()


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
            told=datetime.fromisoformat(one["told"]) if one["told"] else None,
            ref=MessageRef(platform=one["ref"][0], channel_id=one["ref"][1], message_id=one["ref"][2])
            if one["ref"]
            else None,
        )
        for name, one in found.items()
    }


def _written(plans: Mapping[str, _Plan]) -> str:
    return json.dumps(
        {
            name: {
                "state": plan.state,
                "asked": plan.asked.isoformat(),
                "by": plan.by,
                "told": plan.told.isoformat() if plan.told else None,
                "ref": [plan.ref.platform, plan.ref.channel_id, plan.ref.message_id] if plan.ref else None,
            }
            for name, plan in plans.items()
        }
    )
