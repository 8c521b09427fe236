"""What channels and admins are told of learning from a channel's past (`bot.usecases.history`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.model import Channel, Post, TasteWork
from bot.text import counted
from bot.usecases.answers import command
from bot.usecases.history_plans import HOLD, LOOKING, PLANNED, READING, STOPPING, Plan
from bot.usecases.notices import notice
from bot.usecases.taste import MOST

TITLE: Final = "What this channel liked so far"


def day_of(instant: datetime, channel: Channel) -> str:
    """A day as the channel's people name it."""
    day = instant.astimezone(ZoneInfo(channel.zone))
    return f"{day.day} {day:%B}"


def how_far(plan: Plan, learnt: Sequence[TasteWork], now: datetime) -> list[str]:
    """Say to an admin who asks again how far it has come."""
    if plan.state == LOOKING:
        lines = ["I am at it: I look through this channel's last messages. The channel is told when I am done."]
    elif plan.state == READING and is_forgotten(plan, learnt):
        lines = [f"{counted(plan.found, 'work')} found, and forgotten since. Ask again in a minute."]
    elif plan.state == READING:
        lines = [
            f"I am at it: {counted(plan.found, 'work')} found, {known_of(plan, learnt)} of them read so far. The channel is told when I am done."
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


def is_forgotten(plan: Plan, learnt: Sequence[TasteWork]) -> bool:
    """Whether somebody had the channel's taste forgotten while it was read."""
    return bool(plan.new) and not learnt


def known_of(plan: Plan, learnt: Sequence[TasteWork]) -> int:
    """Of how many works that were found and kept more is known than an address; those that a list had told before are taken for known."""
    return max(0, plan.found - plan.beyond - sum(1 for one in learnt if not one.title))


def announcement(by: str, objected: str = "") -> Post:
    """Say in the channel what is planned, and how anybody stops it; with the day on which somebody objected to it before, if any did."""
    words = (
        f"{by or 'An admin'} asked me to learn from the works whose links were shared in this channel so far: its last 1,000 messages.",
        "I keep the works and their dates, and neither who shared them nor what was said.",
        *([f"Somebody objected to this on {objected}; I was asked to ask you once more."] if objected else []),
        "I begin in 24 hours, unless somebody objects, and whoever does so later stops it, until I tell you what came of it: react to this message with 🛑 (anything but 👍 and the like counts), use Reply on this message, in whatever words, or have it deleted. I say here that I heard it.",
    )
    return notice(TITLE, *words)


def stopped(gone: int = 0) -> Post:
    """Say in the channel that somebody's objection was heard, and that nothing was or is kept."""
    return notice(
        TITLE,
        "Somebody objected, so I do not learn from what was shared in this channel.",
        *([f"I had begun: what I noted of {counted(gone, 'work')} is forgotten again."] if gone else []),
        "An admin may ask again after a week at the earliest, and I would say then that somebody objected.",
    )


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
