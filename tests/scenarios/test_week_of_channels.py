"""A week of many channels, each due at an hour of its own: every digest that is due comes once, at its time, and none twice."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.model import Channel, ChannelState
from tests.factories import NOW
from tests.scheduler.test_jobs import Lodge

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Auckland")
TICK = timedelta(minutes=10)
CHANNELS = 84


def channels() -> list[Channel]:
    """One for each day of the week at twelve hours of the day, in workspaces of five on two platforms."""
    return [
        Channel(
            name=f"channel-{number}",
            platform=("slack", "discord")[number % 2],
            id=f"T{number // 10}/C{number}",
            team=f"T{number // 10}",
            zone=ZONES[number % 5],
            weekday=number % 7 + 1,
            time=time(number // 7 * 2, 15 * (number % 4)),
        )
        for number in range(CHANNELS)
    ]


def instants(channel: Channel, start: datetime, end: datetime) -> list[datetime]:
    """The instants in [start, end) at which a channel's wall clock shows its day and hour: counted, not asked of the code."""
    zone = ZoneInfo(channel.zone)
    days = [(start.astimezone(zone) + timedelta(days=number)).date() for number in range(-1, 10)]
    due = [
        datetime.combine(day, channel.time, zone).astimezone(UTC) for day in days if day.isoweekday() == channel.weekday
    ]
    return [at for at in due if start <= at < end]


async def started(lodge: Lodge) -> None:
    """All channels have been served for a while, and had their digest of the week before."""
    async with lodge.database.unit_of_work() as uow:
        for channel in lodge.channels:
            state = ChannelState(name=channel.name, platform=channel.platform, id=channel.id, team=channel.team)
            await uow.channels.save(state)
            await uow.channels.start(channel.name, NOW - timedelta(hours=1))
        await uow.commit()


@pytest.mark.parametrize("faults", [False, True], ids=["well", "with failing platforms"])
async def test_each_digest_once(faults: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """
    Over a week and a day each channel has the digests that its wall clock calls for: each message once, at the next tick, or where its
    platform fails now and then, once it is back.
    """
    lodge, chance = Lodge(channels()), random.Random(7)
    await started(lodge)
    begin, end = NOW, NOW + timedelta(days=8)
    sent: dict[tuple[str, str], datetime] = {}
    while lodge.clock.now < end:
        for chat in lodge.chats.values():
            chat.faults.down = faults and chance.random() < 0.2
        await lodge.tick()
        async with lodge.database.unit_of_work() as uow:
            for channel in lodge.channels:
                for week in set(await uow.digests.weeks(channel.name)) - {
                    one for name, one in sent if name == channel.name
                }:
                    sent[channel.name, week] = lodge.clock.now
        lodge.clock.now += TICK
    for chat in lodge.chats.values():
        chat.faults.down = False
    await lodge.tick()
    await lodge.tick(after=timedelta(hours=1))

    expected = {one.name: instants(one, begin, end) for one in lodge.channels}
    assert sum(map(len, expected.values())) >= CHANNELS
    for name, due in expected.items():
        came = sorted(at for (channel, _), at in sent.items() if channel == name)
        assert len(due) == len(came), (name, due, came)
        assert all(at <= when < at + TICK for at, when in zip(due, came, strict=True)), (name, due, came)
    keys = Counter(one.key for chat in lodge.chats.values() for one in chat.messages)
    assert [1] == sorted(set(keys.values()))
    planned = {posting.key for posting in lodge.database.tables.postings.values()}
    assert planned == keys.keys()
