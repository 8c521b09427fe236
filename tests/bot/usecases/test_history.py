"""Learning from what a channel shared before: announced, stopped by anybody, and no more than was said."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.errors import ChatError
from bot.model import SharedLink
from bot.usecases.history import HOLD, MESSAGES, go_on, waiting
from tests.command_context import CommandFixture
from tests.factories import ADA, BEN, NOW, at
from tests.fake_chat import FakeChat, ticking

SHARED = [
    SharedLink(url="https://arxiv.org/abs/2608.01111", at=at(days=30)),
    SharedLink(url="https://arxiv.org/pdf/2608.01111v2", at=at(days=40)),
    SharedLink(url="https://github.com/o/n", at=at(days=50)),
    SharedLink(url="https://cats.example/gif", at=at(days=60)),
]


class OldChat(FakeChat):
    """A platform with a past."""

    def __init__(self) -> None:
        super().__init__(clock=ticking(NOW), refuses_same_key=False)
        self.asked: list[int] = []

    async def links(self, channel, most: int) -> list[SharedLink]:
        self._check()
        self.asked.append(most)
        return SHARED


class Past(CommandFixture):
    def __init__(self) -> None:
        super().__init__()
        self.chat = OldChat()
        self.now = NOW
        context = self.commands._command_context
        self.commands._command_context = replace(context, histories=frozenset({"fake"}), clock=lambda: self.now)

    async def later(self, **more: float) -> str | None:
        self.now += timedelta(**more)
        return await go_on(self.channel, self.chat, self.chat, self.database.unit_of_work, lambda: self.now)

    async def told(self) -> list[tuple[str, str]]:
        async with self.database.unit_of_work() as uow:
            return [(one.key, f"{one.at:%d %B}") for one in await uow.tastes.of_channel(self.channel.name)]


@pytest.fixture
def past() -> Past:
    return Past()


async def test_a_day_later(past: Past) -> None:
    """An admin asks, the channel is told once, and after a day the works that were shared are known, each once, and nothing else."""
    assert "I tell the channel now" in await past.ask("taste history", admin=True)
    assert "It is announced already" in await past.ask("taste history", admin=True)
    assert {past.channel.name} == await waiting(past.database.unit_of_work)
    assert ["announced", None] == [await past.later(), await past.later(hours=23)]
    assert [] == await past.told()
    assert ["done", None] == [await past.later(hours=1), await past.later(hours=1)]

    assert [("arxiv:2608.01111", "18 July"), ("code:github.com/o/n", "28 June")] == await past.told()
    assert [MESSAGES] == past.chat.asked
    assert 1 == len(past.chat.messages)
    assert "Ada asked me to learn from the works" in past.chat.messages[0].post.plain
    assert frozenset() == await waiting(past.database.unit_of_work)


@pytest.mark.parametrize("objection", ["🛑", "👎🏽", "reply"])
async def test_anybody_stops_it(past: Past, objection: str) -> None:
    """One reaction or reply to the announcement, by anybody, and nothing is read; it may be asked for another time."""
    await past.ask("taste history", admin=True)
    await past.later()
    message = past.chat.messages[0].ref
    await (
        past.chat.reply(BEN, message, "Please not.")
        if objection == "reply"
        else past.chat.react(BEN, message, objection)
    )

    assert "stopped" == await past.later(hours=24)
    assert [] == past.chat.asked
    assert "I tell the channel now" in await past.ask("taste history", admin=True)
    await past.later(seconds=1)
    assert 2 == len(past.chat.messages)


async def test_a_smile_is_no_objection(past: Past) -> None:
    """Another reaction stops nothing."""
    await past.ask("taste history", admin=True)
    await past.later()
    await past.chat.react(BEN, past.chat.messages[0].ref, "🎉")

    assert "done" == await past.later(hours=24)


async def test_a_crash_at_the_announcement(past: Past) -> None:
    """An announcement that may or may not have been posted is looked for, and posted once."""
    await past.ask("taste history", admin=True)
    past.chat.faults.drops = 1
    with pytest.raises(ChatError):
        await past.later()

    assert "announced" == await past.later()
    assert 1 == len(past.chat.messages)


async def test_a_platform_that_is_away(past: Past) -> None:
    """Where the past cannot be read now, it is tried again, and read once."""
    await past.ask("taste history", admin=True)
    await past.later()
    past.chat.faults.down = True
    with pytest.raises(ChatError):
        await past.later(hours=24)
    past.chat.faults.down = False

    assert "done" == await past.later()
    assert HOLD == timedelta(hours=24)


async def test_who_may_and_where(past: Past) -> None:
    """Only an admin may ask, and only where a platform has a past that can be read."""
    assert "may tell the channel's taste" in await past.ask("taste history", member=ADA)
    past.commands._command_context = replace(past.commands._command_context, histories=frozenset())
    assert "I cannot look into this channel's past" in await past.ask("taste history", admin=True)
    assert frozenset() == await waiting(past.database.unit_of_work)
