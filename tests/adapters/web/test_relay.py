"""Open windows hear what other processes changed, by PostgreSQL's LISTEN and NOTIFY."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from adapters.bounded_connection import BoundedConnection
from adapters.web.channel import relay as relays
from adapters.web.channel.hub import EVERYTHING, Change, Hub
from adapters.web.channel.relay import Relay
from bot.log_repeats import OnceAMinute
from tests.databases import new_postgresql, opened
from tests.frozen_proxy import frozen_proxy
from tests.waiting import PATIENCE, until

pytestmark = pytest.mark.postgres

POSTED, DRAWN = Change("local", "m1", posted=True), Change("local", "m2")


class Window:
    """An open window of one process: the changes that it was told of."""

    def __init__(self, hub: Hub) -> None:
        self.told: list[Change] = []
        self._task = asyncio.create_task(self._watch(hub))

    async def _watch(self, hub: Hub) -> None:
        async for change in hub.watch():
            if isinstance(change, Change):
                self.told.append(change)

    async def hears(self, change: Change) -> None:
        async with asyncio.timeout(PATIENCE):
            while change not in self.told:  # noqa: ASYNC110 - it comes by way of a server
                await asyncio.sleep(0.02)


@asynccontextmanager
async def served(address: str, *, only_tells: bool = False) -> AsyncIterator[tuple[Hub, Window]]:
    """A process that serves the page, or only tells those that do."""
    hub = Hub()
    task = asyncio.create_task(Relay(address, hub, only_tells=only_tells).run())
    try:
        yield hub, Window(hub)
        assert not task.done(), task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        hub.close()


async def listening(address: str, number: int) -> None:
    """Wait until so many processes listen."""
    async with opened(address) as engine, asyncio.timeout(PATIENCE):
        while True:
            async with engine.connect() as connection:
                asked = (
                    "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()"
                )
                if await connection.scalar(text(asked)) == number:
                    return
            await asyncio.sleep(0.05)


async def test_each_hears_the_other_once() -> None:
    """What one process changes is told to the windows of both, to its own only once."""
    address = await new_postgresql()
    async with served(address) as (first, here), served(address) as (second, there):
        await listening(address, 2)
        first.publish(POSTED)
        await there.hears(POSTED)
        second.publish(DRAWN)
        await here.hears(DRAWN)
        await there.hears(DRAWN)

        assert [POSTED, DRAWN] == here.told
        assert [POSTED, DRAWN] == there.told


async def test_a_database_that_was_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a time without the database all windows are told that everything may have changed."""
    monkeypatch.setattr(relays, "AGAIN_SECONDS", 0.1)
    address = await new_postgresql()
    async with served(address) as (_, here), served(address) as (second, there):
        await listening(address, 2)
        async with opened(address) as engine, engine.connect() as connection:
            ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            await connection.execute(text(ended))
        second.publish(POSTED)
        await here.hears(EVERYTHING)
        await there.hears(EVERYTHING)


async def test_an_outage_is_said_once(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """It is tried again every two seconds, by two connections, for as long as the database is away; the log says so once a minute."""
    monkeypatch.setattr(relays, "AGAIN_SECONDS", 0.01)
    async with served("postgresql://me@127.0.0.1:1/none"):
        await asyncio.sleep(0.5)
    assert len([one for one in caplog.records if getattr(one, "action", "") == "relay_away"]) <= 1


async def test_a_dead_connection(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """
    A connection that is frozen, without an error, is noticed and replaced: the windows are told that everything may have changed, and hear what others
    do again. Where no new one lives, the relay says that it does not hear.
    """
    monkeypatch.setattr(relays, "AGAIN_SECONDS", 0.1)
    monkeypatch.setattr(relays, "QUIET_SECONDS", 0.5)
    monkeypatch.setattr(BoundedConnection, "ping_seconds", 2.0)
    async with frozen_proxy() as proxy:
        hub = Hub()
        relay = Relay(proxy.address, hub)
        assert not relay.hears
        task = asyncio.create_task(relay.run())
        window = Window(hub)
        try:
            await until(lambda: relay.hears)
            await asyncio.sleep(1.5)
            assert relay.hears, "silence is no fault"
            assert [] == window.told
            proxy.freeze()
            await window.hears(EVERYTHING)
            async with served(proxy.direct) as (other, _):
                await until(lambda: relay.hears and other.outlet is not None)
                other.publish(POSTED)
                await window.hears(POSTED)
            said = [getattr(one, "action", "") for one in caplog.records if "Open windows" in one.getMessage()]
            assert ["relay_away", "relay_back"] == [one for one in said if one]
            proxy.new_ones = True
            proxy.freeze()
            await until(lambda: not relay.hears)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            hub.close()


UNREADABLE = (
    '{"from": "newer", "channel_id": "C", "message_id": "m", "novel": 1}',
    '{"from": "newer", "channel": "C"}',
    '{"channel_id": "C", "message_id": "m"}',
    '{"from": "other", "channel_id": ["C"], "message_id": null}',
    "[]",
    "17",
    "no JSON",
    "",
)


async def test_what_cannot_be_read(caplog: pytest.LogCaptureFixture) -> None:
    """A notice of another version, or of any program, counts as a change of everything and ends nothing; the log says so once a minute."""
    relays.logger.filters.clear()
    relays.logger.addFilter(OnceAMinute())
    address = await new_postgresql()
    async with served(address) as (first, _), served(address) as (_, there):
        await listening(address, 2)
        for payload in UNREADABLE:
            there.told.clear()
            async with opened(address) as engine, engine.begin() as connection:
                await connection.execute(text("SELECT pg_notify(:name, :payload)"), {"name": relays.CHANNEL, "payload": payload})  # fmt: skip
            await there.hears(EVERYTHING)
        first.publish(POSTED)
        await there.hears(POSTED)
    actions = [getattr(one, "action", "") for one in caplog.records if one.levelname in {"WARNING", "ERROR"}]
    assert actions == ["relay_unreadable"]


async def test_who_only_tells() -> None:
    """A process without windows tells others of its changes, and holds no connection that listens."""
    address = await new_postgresql()
    async with served(address) as (_, there), served(address, only_tells=True) as (worker, _):
        await listening(address, 1)
        worker.publish(POSTED)
        await there.hears(POSTED)
        await listening(address, 1)


async def test_a_fault_of_ours(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever goes wrong in here is logged with its traceback, and tried again."""
    monkeypatch.setattr(relays, "AGAIN_SECONDS", 0.02)
    address = await new_postgresql()
    hub_fails = Hub()
    monkeypatch.setattr(hub_fails, "publish_here", _fails)
    task = asyncio.create_task(Relay(address, hub_fails).run())
    async with served(address) as (second, _):
        await listening(address, 2)
        second.publish(POSTED)
        async with asyncio.timeout(PATIENCE):
            while "relay_failed" not in {getattr(one, "action", "") for one in caplog.records}:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.02)
    assert not task.done()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _fails(_: Change) -> None:
    raise RuntimeError("a fault of ours")
