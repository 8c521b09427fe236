"""What a collect asks of the database does not grow with the channels that are due, nor with what they were sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import event, insert
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.storage.repositories.digests import last_ends_of
from adapters.storage.tables import postings
from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from bot.due import channel_window
from bot.model import ChannelOrigin, ChannelState, MessageRef, SourceSpec
from bot.usecases.channel_list import ChannelList, subscribed
from bot.usecases.due_windows import earliest_start
from bot.usecases.wake_ups import WakeUps
from bot.usecases.withdrawals import tell_withdrawn
from tests.factories import HOUR, NOW, WEEK, WINDOW, digest_of

BEFORE = "2026-W33"


async def no_sources() -> Sequence[SourceSpec]:
    return ()


async def asked(engine: AsyncEngine, first: int, number: int) -> list[str]:
    """What is asked around a collect where so many channels more are due, each with a week of messages behind it."""
    units = SqlUnitOfWorkFactory(engine)
    channels = ChannelList((), units)
    wake_ups = WakeUps(channels, units, no_sources)
    for name in (f"channel-{one}" for one in range(first, first + number)):
        state = ChannelState(
            name=name,
            platform="slack",
            id=f"T1/{name}",
            team="T1",
            origin=ChannelOrigin.CHAT,
            started=NOW - timedelta(weeks=9),
        )
        one = subscribed(state)
        window = channel_window(one, BEFORE)
        async with units() as uow:
            await uow.channels.save(state)
            await uow.digests.add(digest_of([], channel=name, week=BEFORE, window=window, compiled_at=window.end))
            await uow.commit()
        rows = [posted(name, part, window.end) for part in range(1, 13)]
        async with engine.begin() as connection:
            await connection.execute(insert(postings), rows)
    await channels.read()
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    async def draws(refs: Sequence[MessageRef]) -> None:
        raise AssertionError(f"{refs} were withdrawn")

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    now = NOW + HOUR
    due = await wake_ups.may_be_due(now)
    start = await earliest_start(due, channels.states, units.reading, now)
    told = await tell_withdrawn(units, now, draws, reading=units.reading)
    event.remove(engine.sync_engine, "before_cursor_execute", note)
    assert (first + number, channel_window(subscribed(state), WEEK).start, 0) == (len(due), start, told)
    return statements


def posted(channel: str, part: int, at: datetime) -> dict[str, object]:
    """A message that was sent."""
    key = f"{channel}/{BEFORE}/{part}"
    return {
        "channel": channel, "week": BEFORE, "part": part, "key": key, "item_key": f"url:{part}", "state": "posted", "attempt": 1,
        "attempted_at": at, "platform": "slack", "channel_id": channel, "message_id": key,
    }  # fmt: skip


async def test_as_many_for_a_hundred_as_for_ten(sqlite: AsyncEngine) -> None:
    """Before the sources are asked, how far back, and behind it, whose paper was withdrawn."""
    ten = await asked(sqlite, 0, 10)
    hundred = await asked(sqlite, 10, 90)

    assert len(ten) == len(hundred) <= 12


async def test_by_an_index_alone(sqlite: AsyncEngine) -> None:
    """When digests ended is read of an index: a digest has 127 KB, and its instants stand behind them."""
    plans: list[str] = []

    def explained(
        _connection: object, _cursor: object, statement: str, parameters: object, *_: object
    ) -> tuple[str, object]:
        return f"EXPLAIN QUERY PLAN {statement}", parameters

    query = last_ends_of(["reading", "writing"], WINDOW)
    async with sqlite.connect() as connection:
        await connection.run_sync(lambda sync: event.listen(sync, "before_cursor_execute", explained, retval=True))
        plans += [row[3] for row in await connection.execute(query)]

    assert "COVERING INDEX ix_digests_ends (channel=? AND window_end>? AND window_end<?)" in " ".join(plans)
