"""Members are reminded side by side, a platform's own few at a time: one that hangs keeps its own members waiting, and no tick."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import time, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from bot.model import Member, PlatformWords, Reaction, Reminder
from bot.usecases.audience import Audience
from scheduler import jobs
from scheduler.jobs import reminders
from scheduler.services import REMINDED
from tests.factories import NOW
from tests.fake_membership import FakeMembership
from tests.scheduler.test_jobs import Lodge
from tests.waiting import PATIENCE

MEMBERS = 12


@pytest.fixture
async def lodge(monkeypatch: pytest.MonkeyPatch) -> Lodge:
    """Two platforms with a digest each, and on each a dozen members with something to read and a reminder that is due."""
    monkeypatch.setattr(reminders, "PATIENCE", 0.2)
    found = Lodge()
    await found.tick()
    people = [Member(id=f"U{number}", name=f"Member {number}") for number in range(MEMBERS)]
    memberships = {name: FakeMembership(name) for name in found.chats}
    async with found.database.unit_of_work() as uow:
        for name, chat in found.chats.items():
            card = next(one.ref for one in chat.messages if one.post.item_key)
            for member in people:
                memberships[name].join(member.id, "home", f"on-{name}")
                await uow.reactions.put(Reaction(ref=card, member=member, emoji="👀", present=True, at=NOW))
                await uow.reminders.put(
                    Reminder(platform=name, member_id=member.id, weekday=1, time=time(9), zone="UTC", next_at=NOW)
                )
        await uow.commit()
    platforms: Any = {
        name: SimpleNamespace(chat=chat, words=PlatformWords(name=name)) for name, chat in found.chats.items()
    }
    audience = Audience(memberships, found.services.channels.read, found.clock)
    found.services = replace(found.services, platforms=platforms, audience=audience)
    return found


def told(lodge: Lodge, platform: str) -> list[str]:
    return sorted(member for member, _ in lodge.chats[platform].told)


async def remind(lodge: Lodge) -> None:
    """Each platform's job, side by side."""
    await asyncio.gather(*(jobs.send_reminders(lodge.services, name) for name in lodge.chats))


ALL = sorted(f"U{number}" for number in range(MEMBERS))


async def test_one_workspace_hangs(lodge: Lodge, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one workspace answers nobody, the members of another one of the platform have their reminders, though they come last."""
    chat, hangs = lodge.chats["slack"], asyncio.Event()
    tell = chat.tell

    async def slowly(member_id: str, *given: Any) -> None:
        if member_id.startswith("T1:"):
            await hangs.wait()
        await tell(member_id, *given)

    async with lodge.database.unit_of_work() as uow:
        card = next(one.ref for one in chat.messages if one.post.item_key)
        for member in (Member(id=f"{team}:U{number}", name="") for team in ("T1", "T2") for number in range(MEMBERS)):
            lodge.services.audience._memberships["slack"].join(member.id, "home", "on-slack")
            await uow.reactions.put(Reaction(ref=card, member=member, emoji="👀", present=True, at=NOW))
            await uow.reminders.put(
                Reminder(platform="slack", member_id=member.id, weekday=1, time=time(9), zone="UTC", next_at=NOW)
            )
        await uow.commit()
    monkeypatch.setattr(chat, "tell", slowly)
    async with asyncio.timeout(PATIENCE):
        await remind(lodge)

    assert sorted([*ALL, *(f"T2:{one}" for one in ALL)]) == told(lodge, "slack")
    hangs.set()
    await lodge.services.reminding["slack"].close(PATIENCE)


async def test_each_once(lodge: Lodge) -> None:
    """Whose reminder is due gets it, once, however often it is looked."""
    await remind(lodge)
    await remind(lodge)

    assert (ALL, ALL) == (told(lodge, "slack"), told(lodge, "discord"))


async def test_one_platform_hangs(lodge: Lodge, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one platform answers nobody, the other's members have their reminders; its own have them once it does, each once."""
    answers = asyncio.Event()
    tell, begun = lodge.chats["slack"].tell, []

    async def slowly(member_id: str, *given: Any) -> None:
        begun.append(member_id)
        await answers.wait()
        await tell(member_id, *given)

    monkeypatch.setattr(lodge.chats["slack"], "tell", slowly)
    async with asyncio.timeout(PATIENCE):
        await remind(lodge)
        await remind(lodge)

    assert ([], ALL) == (told(lodge, "slack"), told(lodge, "discord"))
    pool = lodge.services.reminding["slack"]
    assert (REMINDED.running, MEMBERS - REMINDED.running) == (pool.running, pool.waiting)
    assert REMINDED.running == len(begun)

    answers.set()
    async with asyncio.timeout(PATIENCE):
        while pool.running:
            await remind(lodge)
    assert ALL == told(lodge, "slack")


async def test_one_that_fails(lodge: Lodge, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """A fault of ours with one member's reminder is told, and the others have theirs."""
    tell = lodge.chats["slack"].tell

    async def broken(member_id: str, *given: Any) -> None:
        if member_id == "U3":
            raise RuntimeError("a fault of ours")
        await tell(member_id, *given)

    monkeypatch.setattr(lodge.chats["slack"], "tell", broken)
    await remind(lodge)

    assert [one for one in ALL if one != "U3"] == told(lodge, "slack")
    assert ["reminder_failed"] == [
        one.action for one in caplog.records if getattr(one, "action", "") == "reminder_failed"
    ]


async def test_the_next_week(lodge: Lodge) -> None:
    """A week later everybody has the next one."""
    await remind(lodge)
    lodge.clock.now = NOW + timedelta(days=7)
    await remind(lodge)

    assert sorted([*ALL, *ALL]) == told(lodge, "slack")
