"""After a time away: the latest digest or none, and every week without one is accounted for."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from bot.model import PostingState
from bot.usecases.catchup import AWAY, OVERTAKEN, UNSENT, skip_missed
from bot.usecases.channels import pause
from bot.usecases.deliver import freeze
from tests.factories import DAY, HOUR, NOW, WEEK, channel, digest, digest_of, ref
from tests.fake_storage import FakeDatabase

CHANNEL = channel()


@pytest.fixture
def database() -> FakeDatabase:
    return FakeDatabase()


async def skipped(database: FakeDatabase, now: datetime) -> list[tuple[str, str]]:
    return [(one.week, one.because) for one in await skip_missed(CHANNEL, database.unit_of_work, now)]


async def sent(database: FakeDatabase, states: list[PostingState]) -> None:
    """Say how far the messages of the frozen digest came."""
    async with database.unit_of_work() as uow:
        for number, (posting, state) in enumerate(zip(await uow.postings.of("reading", WEEK), states, strict=True)):
            where = ref(f"m{number}") if state is PostingState.POSTED else None
            await uow.postings.save(replace(posting, state=state, ref=where))
        await uow.commit()


POSTED, PENDING, SENDING = PostingState.POSTED, PostingState.PENDING, PostingState.SENDING


async def started(database: FakeDatabase) -> None:
    """A channel whose first digest, of two messages, is all sent."""
    await freeze(digest(), CHANNEL, database.unit_of_work)
    await sent(database, [POSTED, POSTED])


async def test_never_served(database: FakeDatabase) -> None:
    """A channel that was never served has missed nothing."""
    assert await skipped(database, NOW + 70 * DAY) == []


async def test_on_time(database: FakeDatabase) -> None:
    """While a digest may still be sent, its week is not skipped."""
    await started(database)

    assert await skipped(database, NOW + 7 * DAY - HOUR) == []
    assert await skipped(database, NOW + 9 * DAY) == []


async def test_too_late(database: FakeDatabase) -> None:
    """Two days after it fell due it is skipped, once."""
    await started(database)

    assert await skipped(database, NOW + 9 * DAY + HOUR) == [("2026-W35", AWAY)]
    assert await skipped(database, NOW + 9 * DAY + 2 * HOUR) == []


async def test_several(database: FakeDatabase) -> None:
    """Of several weeks away, all but one that may still be sent are skipped."""
    await started(database)

    assert await skipped(database, NOW + 22 * DAY) == [("2026-W35", AWAY), ("2026-W36", AWAY)]
    assert await skipped(database, NOW + 24 * DAY) == [("2026-W37", AWAY)]


async def test_paused(database: FakeDatabase) -> None:
    """A week that passed while the channel was paused says so."""
    await started(database)
    await pause(CHANNEL, "we are on holiday", database.unit_of_work, lambda: NOW, by_people=True)

    assert await skipped(database, NOW + 10 * DAY) == [("2026-W35", "the channel was paused: we are on holiday")]


async def test_nothing_posted_in_time(database: FakeDatabase) -> None:
    """A frozen digest of which nothing was posted in two days is skipped, and its picks may be chosen again."""
    await freeze(digest_of(["arxiv:2608.00001"]), CHANNEL, database.unit_of_work)

    assert await skipped(database, NOW + 2 * DAY) == []
    assert await skipped(database, NOW + 2 * DAY + HOUR) == [(WEEK, UNSENT)]
    async with database.unit_of_work() as uow:
        assert await uow.digests.sent_keys("reading") == frozenset()


@pytest.mark.parametrize("states", [[POSTED, PENDING, PENDING], [SENDING, PENDING, PENDING]])
async def test_half_sent(database: FakeDatabase, states: list[PostingState]) -> None:
    """One that was begun is finished however late, until the next one falls due."""
    await freeze(digest_of(["arxiv:2608.00001"]), CHANNEL, database.unit_of_work)
    await sent(database, states)

    assert await skipped(database, NOW + 6 * DAY) == []
    assert await skipped(database, NOW + 7 * DAY) == [(WEEK, OVERTAKEN)]
