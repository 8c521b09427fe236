"""Rounds of reconciling: no channel is left out, and none is looked at twice for one gap, whoever dies in between."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.model import MessageRef, PostingState, ReconciledChannel
from bot.usecases import reconcile_rounds as rounds
from bot.usecases.reconcile_rounds import begin_round, first_of, last_round, missing, note_look, open_round, ready
from tests.factories import DAY, HOUR, NOW, posting
from tests.fake_storage import FakeDatabase

MINUTE = timedelta(minutes=1)
AT_ONCE = timedelta(0)


class Desk:
    """Somebody who keeps the rounds of one platform, with three channels on it."""

    def __init__(self) -> None:
        self.database = FakeDatabase()
        self.units = self.database.unit_of_work
        self.now = NOW

    def clock(self) -> datetime:
        return self.now

    async def sent(self, *channels: str) -> None:
        async with self.units() as uow:
            for part, channel in enumerate(channels):
                sent = replace(
                    posting(part, channel=channel, key=f"{channel} {part}"),
                    state=PostingState.POSTED,
                    attempted_at=NOW - DAY,
                    ref=MessageRef(platform="slack", channel_id=channel, message_id=str(part)),
                )
                await uow.postings.plan([sent])
                await uow.postings.save(sent)
            await uow.commit()

    async def begin(self) -> int:
        return (await begin_round("slack", self.units, self.clock)).number

    async def missing(self, number: int) -> list[str]:
        return [one.channel for one in await self.all_missing(number)]

    async def all_missing(self, number: int) -> list[ReconciledChannel]:
        return await missing("slack", number, 6, self.units, self.clock)

    async def look(self, channel: str, number: int, *, whole: bool = True, after: timedelta = AT_ONCE) -> None:
        self.now += after
        async with self.units() as uow:
            before = await uow.reconciled.of("slack", channel)
        await note_look(before, number, self.now, self.units, whole=whole)


@pytest.fixture
async def desk() -> Desk:
    desk = Desk()
    await desk.sent("agents", "robots", "vision")
    return desk


async def test_a_round(desk: Desk) -> None:
    """A round is done once it is with each channel, whoever looked at which; a day later the next one is begun by itself."""
    number = await desk.begin()
    await desk.look("robots", number)
    left = await desk.missing(number)
    for channel in left:
        await desk.look(channel, number)

    assert ["agents", "vision"] == left
    assert await open_round("slack", desk.units, desk.clock) is not None, "nobody has seen yet that nothing is missing"
    assert [] == await desk.missing(number)
    assert await open_round("slack", desk.units, desk.clock) is None
    desk.now += DAY
    following = await open_round("slack", desk.units, desk.clock)
    assert following
    assert (number + 1, 3) == (following.number, len(await desk.missing(following.number)))


async def test_the_first_round(desk: Desk) -> None:
    """Where none was ever begun, one is."""
    found = await open_round("slack", desk.units, desk.clock)

    assert found
    assert found == await open_round("slack", desk.units, desk.clock) == await last_round("slack", desk.units)


async def test_a_gap_amid_a_round(desk: Desk) -> None:
    """
    What was missed in a second gap is looked for in each channel, those that were looked at in between included; and in those whose look began
    before it. The one that was looked at the longest ago comes first.
    """
    first = await desk.begin()
    await desk.look("vision", first, after=MINUTE)
    await desk.look("agents", first, after=MINUTE)
    second = await desk.begin()
    await desk.look("robots", first, after=MINUTE)

    assert ["vision", "agents", "robots"] == await desk.missing(second)
    await desk.look("vision", second, after=MINUTE)
    await desk.look("agents", second, after=MINUTE)
    assert ["robots"] == await desk.missing(second)


async def test_a_slow_look(desk: Desk) -> None:
    """A look of an earlier round that ends late takes nothing back of a later one."""
    first = await desk.begin()
    second = await desk.begin()
    await desk.look("vision", second)
    await desk.look("vision", first)

    assert ["agents", "robots"] == await desk.missing(second)


async def test_a_clock_that_is_put_back(desk: Desk) -> None:
    """Rounds are counted and not dated: with a clock that was ahead, and put right, no channel counts as looked at; and a day later is reckoned from there."""
    desk.now += HOUR
    for channel in await desk.missing(first := await desk.begin()):
        await desk.look(channel, first)
    await desk.missing(first)
    desk.now -= 2 * HOUR
    second = await desk.begin()

    assert 3 == len(await desk.missing(second))
    for channel in await desk.missing(second):
        await desk.look(channel, second)
    await desk.missing(second)
    desk.now -= HOUR
    assert await open_round("slack", desk.units, desk.clock) is not None


async def test_a_channel_that_fails(desk: Desk) -> None:
    """It is tried again after longer and longer pauses, then left to the next round; in that it is tried at once."""
    number = await desk.begin()
    tried = list[timedelta]()
    while "vision" in await desk.missing(number):
        if [one for one in ready(await desk.all_missing(number), number, desk.now) if one.channel == "vision"]:
            tried.append(desk.now - NOW)
            await desk.look("vision", number, whole=False)
        desk.now += MINUTE

    assert [0, 1, 3, 7, 15, 25] == [one / MINUTE for one in tried]
    following = await desk.begin()
    await desk.look("vision", following, whole=False)
    again = await desk.begin()
    assert "vision" in [one.channel for one in ready(await desk.all_missing(again), again, desk.now)]
    await desk.look("vision", again, whole=False)
    (noted,) = [one for one in await desk.all_missing(again) if one.channel == "vision"]
    assert (1, desk.now + rounds.FIRST_PAUSE) == (noted.tries, noted.again)


async def test_platforms_apart(desk: Desk) -> None:
    """A gap on one platform has no channel looked at on another one."""
    await desk.begin()

    assert await last_round("discord", desk.units) is None
    assert [] == await missing("discord", 1, 6, desk.units, desk.clock)


def test_the_first_of_many() -> None:
    """Of a workspace no more are taken than it may have, so that one with hundreds of channels, looked at the longest ago, leaves room for others."""
    there = [ReconciledChannel(platform="slack", channel=f"{'large' if n < 300 else n} {n}") for n in range(310)]

    found = first_of(there, lambda name: name.partition(" ")[0], 6, 2)

    assert ["large 0", "large 1", "300 300", "301 301", "302 302", "303 303"] == [one.channel for one in found]
