"""`status` asks the database as often for fifty channels as for two, whatever they have had and are due."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from bot.due import channel_due_period, channel_window
from bot.model import ChannelState, PostingState
from bot.usecases.deliver import freeze
from bot.usecases.status import ChannelStatus, look, next_digest_lines
from tests.adapters.storage.test_alert_queries import engine, statements
from tests.factories import NOW, channel, digest, item, pick, spec

__all__ = ["engine"]

SPECS = [spec("arxiv")]


@pytest.fixture
async def many(engine: AsyncEngine) -> SqlUnitOfWorkFactory:
    """Fifty channels with last week's digest, of which each tenth has a message that is not sent."""
    units = SqlUnitOfWorkFactory(engine)
    for number in range(50):
        one = channel(f"c{number}", id=f"C{number}")
        week = channel_due_period(one, NOW - timedelta(days=7))
        async with units() as uow:
            await uow.channels.save(ChannelState(name=one.name, started=NOW - timedelta(weeks=9)))
            await uow.commit()
        window = channel_window(one, week)
        await freeze(replace(digest(pick(item())), channel=one.name, week=week, window=window), one, units)
        if number % 10 == 0:
            async with units() as uow:
                [first, *_] = await uow.postings.of(one.name, week)
                await uow.postings.save(replace(first, state=PostingState.SENDING, last_error="no answer in time"))
                await uow.commit()
    return units


async def test_as_many_questions(many: SqlUnitOfWorkFactory, engine: AsyncEngine) -> None:
    """A status, and the lines of when digests come, take a fixed number of statements; and both are as of each channel by itself."""
    channels = [channel(f"c{number}", id=f"C{number}") for number in range(50)]
    asked = []
    for some in (channels[:2], channels):
        with statements(engine) as seen:
            found = await look(some, SPECS, {"fake"}, many.reading, lambda: NOW)
            lines = await next_digest_lines(some, SPECS, many.reading, NOW)
        asked.append(len(seen))
    assert asked[0] == asked[1] < 20
    assert 5 == sum(one.needs_care for one in found.channels)
    assert list(found.channels) == [await by_itself(many, one.name) for one in channels]
    assert {one.name for one in channels} == lines.keys()


async def by_itself(units: SqlUnitOfWorkFactory, name: str) -> ChannelStatus:
    (found,) = (await look([channel(name, id=f"C{name[1:]}")], SPECS, {"fake"}, units.reading, lambda: NOW)).channels
    return found
