"""
Plans of learning from channels' pasts (`bot.usecases.history`): how far it has come in each channel, and what was seen of its past, as they are noted in the
database.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from bot.model import Channel, MessageRef, SharedLink
from bot.ports import UnitOfWork, UnitOfWorkFactory

NOTE: Final = "taste from histories"
"""The note of all plans; what was seen of a channel's past has one of its own (`seen_note`)."""

HOLD: Final = timedelta(hours=24)
"""How long anybody may object."""

PLANNED, ANNOUNCED, LOOKING, READING, DONE = "planned", "announced", "looking", "reading", "done"
"""`LOOKING` through the messages, page by page; `READING` the works that were found there."""

STOPPING, STOPPED = "stopping", "stopped"
"""Somebody objected: what was read is taken back, and the channel is to be told, or was."""

GIVEN_UP: Final = "given up"
"""The platform did not let us for a fortnight, whereas `STOPPED` is an objection."""

UNDER_WAY: Final = frozenset({PLANNED, ANNOUNCED, LOOKING, READING, STOPPING})
"""The states in which something is still to be done."""

_STEPS: Final = (PLANNED, ANNOUNCED, LOOKING, READING, GIVEN_UP, STOPPING, STOPPED, DONE)
"""The states in the order in which they may follow on each other; only that nothing is `DONE` to which somebody objected."""


@dataclass(frozen=True, slots=True)
class Plan:
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
class Seen:
    """
    How much of a channel's past was seen so far: how many messages, where the next page is, and the works that were linked to, by key.

    `adding` are the keys of those that were not the channel's taste before, once all is seen: what an objection takes back.
    """

    messages: int = 0
    following: str = ""
    works: Mapping[str, SharedLink] = field(default_factory=dict)
    adding: tuple[str, ...] | None = None


def objected_at(plan: Plan | None) -> datetime | None:
    """When somebody objected last. Of what an earlier version stopped, the day of its announcement is the nearest that is known."""
    if plan is None:
        return None
    return plan.objected or ((plan.told or plan.asked) if plan.state == STOPPED else None)


async def keep(channel: Channel, plan: Plan, unit_of_work: UnitOfWorkFactory, seen: Seen | None = None) -> str:
    """Note how far it has come, and what was seen of the past; give the state. A process that came later than another leaves that one's as it is."""
    async with unit_of_work() as uow:
        plans = await plans_to_change(uow)
        if known := plans.get(channel.name):
            undone = known.state in {STOPPING, STOPPED} and plan.state == DONE
            if known.asked != plan.asked or undone or _STEPS.index(known.state) > _STEPS.index(plan.state):
                return known.state
            plan = replace(plan, by=known.by)  # a member who was forgotten meanwhile stays so
        plans[channel.name] = plan
        await uow.notes.put(NOTE, written_plans(plans))
        if seen is not None:
            await uow.notes.put(seen_note(channel), _seen_written(seen, plan))
        await uow.commit()
    return plan.state


def seen_note(channel: Channel) -> str:
    """A note of its own: a channel's pages are many, and the plans of all channels are one note."""
    return f"{NOTE}: {channel.name}"


def seen_for(note: str | None, plan: Plan) -> Seen:
    """What was seen for this wish; what was seen for an earlier one that was given up counts no more."""
    told: Mapping[str, Any] = json.loads(note or "{}")
    if told.get("asked") != plan.asked.isoformat():
        return Seen()
    works = {key: SharedLink(url=url, at=datetime.fromisoformat(at)) for key, (url, at) in told["works"].items()}
    adding = told.get("adding")
    return Seen(told["messages"], told["following"], works, None if adding is None else tuple(adding))


def _seen_written(seen: Seen, plan: Plan) -> str:
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


async def plans_to_change(uow: UnitOfWork) -> dict[str, Plan]:
    """Read the plans of all channels, which share a note: nobody else changes one before the unit of work ends."""
    await uow.leases.lock(NOTE)
    return read_plans(await uow.notes.get(NOTE))


def read_plans(note: str | None) -> dict[str, Plan]:
    """Read the plans of all channels, by their names."""
    found: Mapping[str, Mapping[str, Any]] = json.loads(note or "{}")
    return {
        name: Plan(
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


def written_plans(plans: Mapping[str, Plan]) -> str:
    """Write them as they are noted."""
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
