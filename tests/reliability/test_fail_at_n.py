"""
Pull the plug before and after every side effect of a week, on every platform, and look whether anything came twice or was lost.

Not a sample: the first run counts, and each of them is then gone through.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from tests.reliability.platforms import (
    discord_platform,
    fake_world,
    fresh_discord,
    fresh_slack,
    slack_platform,
    web_world,
)
from tests.reliability.plug import Manner, Plug
from tests.reliability.world import World

MOST = 1000
"""No week has so many side effects: a guard against a loop without end."""

LEAST = 30
"""Every week has more: six messages, two commits for each, and what people do."""

Worlds = Callable[[], AbstractAsyncContextManager[World]]

everywhere = pytest.mark.parametrize("after", [False, True], ids=["before", "after"])


async def pulled_everywhere(worlds: Worlds, *, after: bool, manner: Manner) -> int:
    """Live a week once for each side effect it has, with the plug pulled there; give how many there are."""
    for number in range(1, MOST):
        plug = Plug(number, after=after, manner=manner)
        async with worlds() as world:
            await world.week(plug)
            assert await world.faults() == [], plug.where
        if not plug.pulled:
            return number - 1
    raise AssertionError("a week does not come to an end")


@everywhere
@pytest.mark.parametrize("manner", list(Manner), ids=lambda manner: manner.value)
@pytest.mark.parametrize("refuses_same_key", [True, False], ids=["like Discord", "like Slack"])
async def test_fake(*, refuses_same_key: bool, after: bool, manner: Manner) -> None:
    """On the fake of the chat contract suite, of both kinds."""
    worlds = partial(fake_world, refuses_same_key=refuses_same_key)
    assert await pulled_everywhere(worlds, after=after, manner=manner) > LEAST


@pytest.mark.slow
@everywhere
async def test_web(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, *, after: bool) -> None:
    """On the local channel and a real SQLite file."""
    worlds = partial(web_world, tmp_path_factory.getbasetemp(), tmp_path)
    assert await pulled_everywhere(worlds, after=after, manner=Manner.DIES) > LEAST


@pytest.mark.slow
@everywhere
async def test_slack(*, after: bool) -> None:
    """On our adapter for Slack, over signed HTTP."""
    async with slack_platform() as platform:
        assert await pulled_everywhere(partial(fresh_slack, platform), after=after, manner=Manner.DIES) > LEAST


@pytest.mark.slow
@everywhere
async def test_discord(*, after: bool) -> None:
    """On our adapter for Discord, over REST and the gateway."""
    async with discord_platform() as platform:
        assert await pulled_everywhere(partial(fresh_discord, platform), after=after, manner=Manner.DIES) > LEAST


class TestTheChecker:
    """It can fail: what it is there to find is found."""

    @asynccontextmanager
    async def after_a_week(self) -> AsyncIterator[World]:
        async with fake_world(refuses_same_key=False) as world:
            await world.week(Plug())
            assert await world.faults() == []
            yield world

    async def test_sent_twice(self) -> None:
        async with self.after_a_week() as world:
            first = world.harness.chat.messages[0]
            world.harness.chat.messages.append(first)
            assert f"{first.key} sent 2 times" in await world.faults()

    async def test_not_sent(self) -> None:
        async with self.after_a_week() as world:
            last = world.harness.chat.messages.pop()
            assert f"{last.key} was not sent" in await world.faults()

    async def test_not_recorded(self) -> None:
        async with self.after_a_week() as world:
            ref = next(one.ref for one in await world.postings() if one.item_key)
            (ada,) = [member for member, emoji in world.harness.chat._sent(ref).reactions if emoji == "⭐"]
            world.harness.chat._sent(ref).reactions[ada, "✅"] = world.clock.now
            assert any("reactions" in fault for fault in await world.faults())

    async def test_blind_resending(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A program that sends again without looking is caught."""

        async def never_found(*_: object) -> None: ...

        monkeypatch.setattr("bot.usecases.deliver._Delivery._found", never_found)
        worlds = partial(fake_world, refuses_same_key=False)
        with pytest.raises(AssertionError, match="sent 2 times"):
            await pulled_everywhere(worlds, after=True, manner=Manner.DIES)

    async def test_no_reconciliation(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A program that never looks what it missed is caught."""

        async def nothing(self: World, weeks: int = 6) -> None: ...

        monkeypatch.setattr(World, "reconcile", nothing)
        worlds = partial(fake_world, refuses_same_key=False)
        with pytest.raises(AssertionError, match="is shown"):
            await pulled_everywhere(worlds, after=False, manner=Manner.DIES)
