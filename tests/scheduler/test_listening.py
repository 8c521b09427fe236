"""Listening: at once to what comes by requests, over a connection as long as it is ours, and again whatever becomes of the database."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from bot.errors import StorageError
from bot.model import ChannelOrigin, ChannelState
from bot.ports import Hearing, UnitOfWork
from bot.usecases.channel_list import ChannelList
from scheduler import kept_leases, listening
from scheduler.health import Health
from scheduler.listening import Listening
from scheduler.metrics import Metrics
from scheduler.services import Services
from tests.scheduler.test_jobs import Lodge
from tests.waiting import PATIENCE, until

SHARED: Any = SimpleNamespace(dialect=SimpleNamespace(name="postgresql"))
ONE_FILE: Any = SimpleNamespace(dialect=SimpleNamespace(name="sqlite"))


def slack(hearing: Hearing, is_alive: Callable[[], Awaitable[bool]]) -> Any:
    return {"slack": SimpleNamespace(hearing=hearing, words=SimpleNamespace(name="Slack"), is_alive=is_alive)}


class Process:
    """One process that listens on Slack, with pauses a thousand times as short."""

    def __init__(self, lodge: Lodge, name: str, *, hearing: Hearing = Hearing.CONNECTION, engine: Any = SHARED) -> None:
        self.chat = type(lodge.chats["slack"])("slack", clock=lodge.clock)
        self.database_is_away = False
        self.alive = True
        self._units = lodge.services.unit_of_work
        self.services: Services = replace(
            lodge.services, owner=f"{name}/7/4f2a", speed=1000.0, platforms=slack(hearing, self._is_alive), chats={"slack": self.chat}, engine=engine,
            unit_of_work=self._unit_of_work, metrics=Metrics(),
        )  # fmt: skip
        self.health = Health(self.services, self.services.metrics)
        self.said: list[str] = []
        self.looked_over: list[str] = []
        self.listening = Listening(self.services, ["slack"], self.health, self.look_over, self.said.append)

    def _unit_of_work(self) -> UnitOfWork:
        if self.database_is_away:
            raise StorageError("The database does not answer.")
        return self._units()

    async def _is_alive(self) -> bool:
        return self.alive

    async def look_over(self, platform: str) -> None:
        self.looked_over.append(platform)

    @property
    def hears(self) -> bool:
        return self.chat._sink is not None

    @asynccontextmanager
    async def lives(self) -> AsyncIterator[Process]:
        running = asyncio.create_task(self.listening.run())
        try:
            await asyncio.wait_for(self.listening.begun(), PATIENCE)
            yield self
            assert not running.done(), running
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            self.services.metrics.stop()


@pytest.fixture
def lodge(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Lodge:
    """Leases are renewed ten times a second, and lost after one and a half without."""
    monkeypatch.setattr(kept_leases, "HELD", timedelta(seconds=1.5))
    monkeypatch.setattr(kept_leases, "RENEWALS", 15)
    caplog.set_level(logging.INFO)
    return Lodge()


async def test_one_listens_and_the_other_stands_by(lodge: Lodge) -> None:
    """Of two on one database the second one says why it does not listen, is as well as the first, and goes on when that ends."""
    first, second = Process(lodge, "first"), Process(lodge, "second")
    async with first.lives():
        async with second.lives():
            assert (first.hears, second.hears) == (True, False)
            await asyncio.sleep(0.1)
            (words,) = second.said
            assert words.startswith(
                "Slack is listened to by another Paper Round (process 7 on first), or was until that was killed."
            )
            assert (list(first.health.standing_by()), list(second.health.standing_by())) == ([], ["slack"])
            assert (await second.health._platforms(), second.looked_over) == ({}, [])
            first.database_is_away = True
            await until(lambda: not first.hears)
            lodge.clock.now += kept_leases.HELD + timedelta(seconds=1)
            await until(lambda: second.hears)
            first.database_is_away = False
            await until(lambda: len(first.said) == 1)
            assert (await second.health._platforms(), list(second.health.standing_by())) == ({"slack": None}, [])
            assert second.looked_over == ["slack"]
        await until(lambda: first.hears)
        assert first.looked_over == ["slack", "slack"]
    assert not first.hears


async def test_channels_that_were_set_up_while_it_stood_by(lodge: Lodge) -> None:
    """Who takes over knows them before anything is heard: what happens there is not taken for something in none of ours."""
    first, second = Process(lodge, "first"), Process(lodge, "second")
    own_list = ChannelList((), second._unit_of_work)
    second.listening._services = replace(second.services, channels=own_list)
    async with first.lives(), second.lives():
        async with first._units() as uow:
            await uow.channels.save(ChannelState(name="new", platform="slack", id="C77", origin=ChannelOrigin.CHAT))
            await uow.commit()
        assert not list(own_list.on("slack")), "it reads nothing while it stands by in this test"
        first.database_is_away = True
        await until(lambda: not first.hears)
        lodge.clock.now += kept_leases.HELD + timedelta(seconds=1)
        await until(lambda: second.hears)
        assert [channel.id for channel in own_list.on("slack")] == ["C77"]


async def test_a_database_that_is_away_for_long(lodge: Lodge, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing ends: nobody is listened to while nothing could be stored, then everybody again, and what was missed is looked for."""
    only = Process(lodge, "only")
    async with only.lives():
        only.database_is_away = True
        await until(lambda: not only.hears)
        await asyncio.sleep(0.1)
        assert not only.hears
        assert await only.health._platforms() == {"slack": "is not listened to yet"}, (
            "nobody listens, so it stands by for nobody"
        )
        only.database_is_away = False
        await until(lambda: only.hears and len(only.looked_over) == 2)
        assert only.said == [], "it stands by for nobody"
    actions = {getattr(record, "action", "") for record in caplog.records}
    assert {"lease_waits", "ownership_waits", "ownership_lost", "ownership_taken"} <= actions


async def test_an_owner_that_slept(lodge: Lodge) -> None:
    """Who told nothing for longer than the lease, and lost it, closes its connection and stands by."""
    first, second = Process(lodge, "first"), Process(lodge, "second")
    async with first.lives():
        async with first._units() as uow:
            lodge.clock.now += kept_leases.HELD + timedelta(seconds=1)
            assert await uow.leases.claim(
                "listen/slack", second.services.owner, lodge.clock(), lodge.clock() + kept_leases.HELD
            )
            await uow.commit()
        await until(lambda: not first.hears)
        await until(lambda: list(first.health.standing_by()) == ["slack"])
        async with second.lives():
            assert second.hears


@pytest.mark.parametrize(("hearing", "engine"), [(Hearing.REQUESTS, SHARED), (Hearing.CONNECTION, ONE_FILE)])
async def test_what_nobody_owns(lodge: Lodge, hearing: Hearing, engine: Any) -> None:
    """Requests are heard by every process, and on SQLite there is one: there is no lease."""
    first, second = (Process(lodge, name, hearing=hearing, engine=engine) for name in ("first", "second"))
    async with first.lives(), second.lives():
        await until(lambda: first.hears and second.hears)
        async with first._units() as uow:
            assert await uow.leases.held(lodge.clock()) == []


async def test_tried_again(lodge: Lodge) -> None:
    """A platform that does not answer keeps no start waiting, is told as a fault, and is tried again."""
    first = Process(lodge, "first")
    first.chat.faults.down = True
    async with first.lives():
        assert await first.health._platforms() == {"slack": "is not listened to yet"}
        first.chat.faults.down = False
        await until(lambda: first.hears)
        assert await first.health._platforms() == {"slack": None}
        assert first.said == []


async def test_an_owner_that_cannot_listen(lodge: Lodge, caplog: pytest.LogCaptureFixture) -> None:
    """One with a token that is no good, or without a way to the platform, gives its lease back: another one that can listens, whoever came first."""
    first, second = Process(lodge, "first"), Process(lodge, "second")
    first.chat.faults.down = True
    async with first.lives(), second.lives():
        await until(lambda: second.hears)
        await until(lambda: list(first.health.standing_by()) == ["slack"])
        assert (await first.health._platforms(), await second.health._platforms()) == ({}, {"slack": None})
        assert not first.hears
    assert "Cannot listen on slack" in caplog.text


async def test_an_owner_that_is_cut_off(lodge: Lodge, caplog: pytest.LogCaptureFixture) -> None:
    """A connection that was made and does not live is given up after some minutes, so that another process tries; until then it is a fault."""
    first, second = Process(lodge, "first"), Process(lodge, "second")
    async with first.lives(), second.lives():
        await until(lambda: first.hears and list(second.health.standing_by()) == ["slack"])
        first.alive = False
        assert await first.health._platforms() == {"slack": "is not connected"}
        await until(lambda: second.hears)
        await until(lambda: list(first.health.standing_by()) == ["slack"])
        assert not first.hears
        assert second.looked_over == ["slack"]
    assert re.search(r"Slack has not been heard here for \d+ minutes. Another process may listen now", caplog.text)


async def test_who_is_cut_off_alone(lodge: Lodge, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody else takes it, it is tried again, ever more seldom: each attempt costs one of the day's."""
    monkeypatch.setattr(listening, "AGAIN_SECONDS", 0.0)
    only = Process(lodge, "only")
    only.alive = False
    async with only.lives():
        await until(lambda: len(only.looked_over) == 3)
        assert only.listening._allowed_downtime == {"slack": 4 * listening.DOWN_SECONDS}
        only.alive = True
        await until(lambda: only.listening._allowed_downtime == {"slack": listening.DOWN_SECONDS})
        assert await only.health._platforms() == {"slack": None}


async def test_what_was_missed_is_looked_for(lodge: Lodge) -> None:
    """A process that begins to listen while the queue is away goes on listening, and has the platform looked over once it answers."""
    asked = 0

    async def away_at_first(_: str) -> None:
        nonlocal asked
        asked += 1
        if asked < 3:
            raise StorageError("The job queue cannot be used: the connection was refused.")

    process = Process(lodge, "first", hearing=Hearing.REQUESTS)
    process.listening = Listening(process.services, ["slack"], process.health, away_at_first)
    async with process.lives():
        await until(lambda: asked == 3)
        assert process.hears


async def test_a_fault_of_ours(lodge: Lodge, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ends the listening by a fault of ours is logged with its traceback; it ends nothing else, and is tried again."""
    monkeypatch.setattr(listening, "AGAIN_SECONDS", 0.0)
    asked = 0

    async def faulty_at_first(_: str) -> None:
        nonlocal asked
        asked += 1
        if asked < 3:
            raise RuntimeError("nobody thought of this")

    only = Process(lodge, "only")
    only.listening = Listening(only.services, ["slack"], only.health, faulty_at_first)
    async with only.lives():
        await until(lambda: asked == 3 and only.hears)
    told = [record for record in caplog.records if getattr(record, "action", "") == "listen_failed"]
    assert [record.getMessage() for record in told] == ["Slack cannot be listened to"] * 2
    assert all(record.exc_info and "nobody thought of this" in str(record.exc_info[1]) for record in told)


async def test_a_connection_that_does_not_close(lodge: Lodge, caplog: pytest.LogCaptureFixture) -> None:
    """One that fails to close is logged, and keeps nobody from being the next."""
    first, second = Process(lodge, "first"), Process(lodge, "second")
    first.chat.stop_listening = _fails  # type: ignore[method-assign]
    async with first.lives():
        pass
    async with second.lives():
        assert second.hears
    assert "was not closed" in caplog.text


def _fails() -> Awaitable[None]:
    raise RuntimeError("it hangs together by a thread")
