"""Of many channels it is told at once what is told of each by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.model import Channel, ChannelState, Rhythm, Skip
from bot.usecases.compile import next_digest
from bot.usecases.many_channels import LOOKED_BACK, ManyChannels
from tests.bot.usecases.test_due_windows import DUE, history, serve
from tests.factories import DAY, HOUR, NOW, channel, digest_of
from tests.fake_storage import FakeDatabase


async def herd(database: FakeDatabase, rhythm: Rhythm) -> list[Channel]:
    """Channels of a rhythm in every state on which it depends when their next digest falls due."""

    def called(name: str, **what: object) -> Channel:
        return channel(f"{name} {rhythm.value}", rhythm=rhythm, **what)

    before = history(called("any"), NOW)
    had = {
        "no digest": (),
        "the one before": before[-1:],
        "all": (*before, DUE[rhythm]),
        "long ago": before[:1],
    }
    channels = [called(name) for name in (*had, "unknown", "new", "sample alone", "paused", "skipped", "set up again")]
    for one, weeks in zip(channels, had.values(), strict=False):
        await serve(database, one, *weeks)
    await serve(database, channels[-3], *before[-1:], paused_because="away", paused_at=NOW)
    await serve(database, channels[-2], *before[-2:])
    await serve(database, channels[-1], *before[-2:], restarted=NOW - HOUR, at_once=True)
    async with database.unit_of_work() as uow:
        await uow.channels.save(ChannelState(name=channels[-5].name))
        await uow.digests.add(digest_of([], channel=channels[-4].name, week="sample"))
        await uow.digests.skip([Skip(channel=channels[-2].name, week=before[-1], because="nobody was there", at=NOW)])
        await uow.commit()
    moved = called("moved on", weekday=5)
    await serve(database, replace(moved, weekday=1), DUE[rhythm])
    return [*channels, moved, called("its first is long ago", weekday=3)]


@pytest.mark.parametrize("rhythm", list(Rhythm))
async def test_the_next_digest(rhythm: Rhythm) -> None:
    """It falls due when it does by the question about one channel: before, at and after each of the instants that matter."""
    database = FakeDatabase()
    channels, found = await herd(database, rhythm), list[int]()
    for now in (
        NOW - HOUR,
        NOW,
        NOW + HOUR,
        NOW + 3 * DAY,
        NOW + 4 * DAY + HOUR,
        NOW + 10 * DAY,
        NOW + 2 * LOOKED_BACK,
    ):
        alone = {one.name: await next_digest(one, database.unit_of_work, now) for one in channels}
        async with database.unit_of_work() as uow:
            known = await ManyChannels.read(channels, uow, now)
            together = {one.name: await known.next_digest(one, now) for one in channels}

        assert alone == together, now
        found.append(len({at for at in alone.values() if at > now}) + (now in alone.values()))
    assert max(found) > 1, "they are not all alike"
