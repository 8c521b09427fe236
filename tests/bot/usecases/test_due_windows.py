"""How far back the digests reach that may be due is found at once, and is as each of them begins."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.due import channel_due_period, channel_window, following_period
from bot.model import Channel, ChannelState, Rhythm, Skip
from bot.periods import LENGTHS
from bot.usecases.compile import due_digest
from bot.usecases.due_windows import earliest_start
from tests.factories import DAY, HOUR, NOW, WEEK, channel, digest_of
from tests.fake_storage import FakeDatabase

BEGUN = NOW - timedelta(weeks=20)
DUE = {
    Rhythm.WEEKLY: WEEK,
    Rhythm.FORTNIGHTLY: WEEK,
    Rhythm.TWICE_A_WEEK: f"{WEEK}-1",
    Rhythm.MONTHLY: "2026-08",
    Rhythm.DAILY: f"{NOW.date()}",
}


async def serve(
    database: FakeDatabase, one: Channel, *weeks: str, compiled: datetime | None = None, **state: object
) -> ChannelState:
    """Let a channel be served since long ago, and have had the digests of these periods."""
    kept = ChannelState(name=one.name, started=BEGUN, **state)  # type: ignore[arg-type]  # fields of a state
    async with database.unit_of_work() as uow:
        await uow.channels.save(kept)
        for week in weeks:
            window = channel_window(one, week)
            made = digest_of([], channel=one.name, week=week, window=window, compiled_at=compiled or window.end)
            await uow.digests.add(made)
        await uow.commit()
    return kept


async def both(database: FakeDatabase, one: Channel, state: ChannelState, now: datetime) -> list[datetime | None]:
    """When the digest begins that is due in a channel, as it is looked up, and as it is found for many."""
    due = await due_digest(one, database.unit_of_work, now)
    return [due and due[1].start, await earliest_start([one], {one.name: state}, database.unit_of_work, now)]


@pytest.mark.parametrize("rhythm", list(Rhythm))
async def test_as_it_begins(rhythm: Rhythm) -> None:
    """Of each rhythm: without a digest before, after the one before, after one longer ago, after one made early by hand, and after a skipped one."""
    database, found = FakeDatabase(), list[list[datetime | None]]()
    end = channel_window(channel(rhythm=rhythm), DUE[rhythm]).end
    now = end + HOUR
    before = history(channel(rhythm=rhythm), end)
    cases = {
        "none": (),
        "the one before": before[-1:],
        "one longer ago": before[-2:-1],
        "long ago": before[:1],
        "all": before,
    }
    for name, weeks in cases.items():
        one = channel(name, rhythm=rhythm)
        found.append(await both(database, one, await serve(database, one, *weeks), now))
    early = channel("early", rhythm=rhythm)
    state = await serve(database, early, *before[-1:], compiled=channel_window(early, before[-1]).end - 5 * HOUR)
    found.append(await both(database, early, state, now))
    skipped = channel("skipped", rhythm=rhythm)
    state = await serve(database, skipped, *before[-2:])
    async with database.unit_of_work() as uow:
        await uow.digests.skip([Skip(channel="skipped", week=before[-1], because="nobody was there", at=now)])
        await uow.commit()
    found.append(await both(database, skipped, state, now))

    assert all(exact is not None for exact, _ in found)
    assert [exact for exact, _ in found] == [quick for _, quick in found]


def history(one: Channel, end: datetime) -> list[str]:
    """The periods of a channel that fell due in the two months before an instant, the oldest first."""
    found: list[str] = []
    period = channel_due_period(one, end - LENGTHS[one.rhythm] - timedelta(weeks=9))
    while period != DUE[one.rhythm]:
        found.append(period)
        period = following_period(one, period)
    return found


async def test_never_later() -> None:
    """Also of a channel that is new, and of one that was set up again and wants a digest at once, with digests of before and without."""
    database, found = FakeDatabase(), list[list[datetime | None]]()
    now = NOW + 2 * DAY
    new = channel("new")
    found.append(await both(database, new, ChannelState(name="new"), now))
    for name, weeks in (("again", ()), ("again and again", ("2026-W32",)), ("had it", ("2026-W33",))):
        one = channel(name)
        state = await serve(database, one, *weeks, restarted=now - HOUR, at_once=True)
        found.append(await both(database, one, state, now))

    assert all(exact and quick and quick <= exact for exact, quick in found), found


async def test_the_earliest_of_all() -> None:
    """Of several channels it is the earliest; one that is paused, and one that has its digest, have none."""
    database = FakeDatabase()
    had, paused, due = channel("had"), channel("paused"), channel("due")
    states = {
        "had": await serve(database, had, "2026-W33", WEEK),
        "paused": replace(await serve(database, paused, "2026-W31"), paused_because="not admitted"),
        "due": await serve(database, due, "2026-W33"),
    }
    start = channel_window(due, WEEK).start

    assert start == await earliest_start([had, paused, due], states, database.unit_of_work, NOW + HOUR)
    assert await earliest_start([had, paused], states, database.unit_of_work, NOW + HOUR) is None
    assert await earliest_start([], {}, database.unit_of_work, NOW) is None
