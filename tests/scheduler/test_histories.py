"""The jobs about what a channel liked before: its own past, and look-ups of what lists name."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from bot.model import Member, SharedLink
from bot.usecases.history import ask_history
from bot.usecases.taste import Reference, taste_of, tell
from scheduler.jobs.histories import learn_from_histories, look_up_tastes
from tests.command_context import Works
from tests.fake_chat import FakeChat
from tests.scheduler.test_jobs import Lodge

ARXIV = "https://arxiv.org/abs/2608.01111"


class OldChat(FakeChat):
    """A platform with a past."""

    async def links(self, channel, most: int) -> list[SharedLink]:
        self._check()
        return [SharedLink(url=ARXIV, at=self.clock() - timedelta(days=30))]


class Past:
    def __init__(self) -> None:
        self.lodge = Lodge()
        self.works = Works()
        self.chat = OldChat("slack", clock=self.lodge.clock, refuses_same_key=False)
        builders = SimpleNamespace(**vars(self.lodge.services.builders), works=self.opened)
        platforms = {"slack": SimpleNamespace(chat=self.chat)}
        self.services = replace(self.lodge.services, builders=builders, platforms=platforms)
        self.channel = self.lodge.channels[0]

    @asynccontextmanager
    async def opened(self, _):
        yield self.works

    async def after(self, **more: float) -> None:
        self.lodge.clock.now += timedelta(**more)
        await learn_from_histories(self.services)
        await look_up_tastes(self.services)

    async def titles(self) -> list[str]:
        async with self.services.unit_of_work() as uow:
            return [one.title for one in await taste_of(self.channel.name, uow)]


@pytest.fixture
def past() -> Past:
    return Past()


async def test_from_the_wish_to_the_news(past: Past, caplog: pytest.LogCaptureFixture) -> None:
    """What was asked for is announced, read a day later, looked up and told; a platform that is away is asked every ten minutes, not at every tick."""
    past.works.know(ARXIV, "Sparse attention", abstract="We prune heads.")
    await ask_history(past.channel, Member(id="a", name="Ada"), past.services.unit_of_work, past.lodge.clock())
    await past.after()
    past.chat.faults.down = True
    for _ in range(20):
        await past.after(hours=24 / 20, seconds=30)
    for _ in range(20):
        await past.after(seconds=30)
    told = [record for record in caplog.records if getattr(record, "action", "") == "history_waits"]
    assert 20 <= len(told) <= 22
    past.chat.faults.down = False
    await past.after(minutes=10)
    await past.after(minutes=1)

    assert ["Sparse attention"] == await past.titles()
    assert ["I found 1 work in its last 1,000 messages, and have read it."] == [
        line for sent in past.chat.messages for line in sent.post.plain.splitlines() if line.startswith("I found")
    ]


async def test_what_was_told_before_there_were_look_ups(past: Past) -> None:
    """Works that an earlier version noted by their address alone are looked up as well, each once."""
    past.works.know(ARXIV, "Sparse attention", abstract="We prune heads.")
    await tell([Reference(url=ARXIV)], "a list", past.channel, past.services.unit_of_work, past.lodge.clock())
    past.lodge.database.tables.notes.clear()
    await past.after()
    await past.after(hours=9)

    assert (["Sparse attention"], 1) == (await past.titles(), len(past.works.asked))
