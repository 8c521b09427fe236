"""Processes that several commands find: where each answers on this machine, while it lives, and what the doctor says of them."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scheduler import running
from scheduler.bootstrap import configuration, open_services
from scheduler.doctor import _address, next_step
from scheduler.jobs.ticks import note_tick
from scheduler.running import Running, find_processes, find_running, instance, note_running, running_noted
from scheduler.services import Services
from tests.databases import migrated_postgresql
from tests.waiting import until

pytestmark = pytest.mark.postgres


def at(port: int, command: str = "web", host: str = "127.0.0.1") -> Running:
    return Running(command=command, address=f"http://127.0.0.1:{port}", host=host, port=port)


@pytest.fixture
async def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Services]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", await migrated_postgresql())
    async with open_services(configuration()) as services:
        yield services


@pytest.fixture
def living(services: Services, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The addresses at which this process answers."""
    found: set[str] = set()

    async def answers(address: str) -> str | None:
        return instance(services) if address in found else None

    async def well(_: str) -> dict[str, str]:
        return {}

    monkeypatch.setattr("adapters.web.http.health.instance_at", answers)
    monkeypatch.setattr("adapters.web.http.health.impaired_at", well)
    return found


async def said(services: Services, host: str | None = None, port: int | None = None) -> tuple[bool, str]:
    (found,) = await _address(services, host, port)
    return found.well, found.what


async def test_the_last_one_is_gone(services: Services, living: set[str]) -> None:
    """Of two webs the one that was started last is stopped: the other one is known all the same, by its port and without."""
    for port in (9301, 9302):
        living.add(f"http://127.0.0.1:{port}")
    await note_running(services, at(9302))
    last = asyncio.create_task(running_noted(services, at(9301)))

    async def both() -> bool:
        return await find_processes(services) == [at(9301), at(9302)]

    await until(both)
    last.cancel()
    await asyncio.gather(last, return_exceptions=True)

    assert [at(9302)] == await find_processes(services)
    runs = "Paper Round runs, and serves the local channel at http://127.0.0.1:9302"
    assert [(True, runs)] * 2 == [await said(services), await said(services, port=9302)]
    async with services.reading() as uow:
        assert [f"served at {socket.gethostname()}:9302"] == [*await uow.notes.beginning(running.SERVED_AT)]


@pytest.mark.parametrize("command", ["worker", "clock", "discord"])
async def test_a_role_that_serves_no_page(services: Services, living: set[str], command: str) -> None:
    """At the port of a worker's health the doctor finds the worker, and tells nobody to stop it; so it does in its container, where nothing is named."""
    living.add("http://127.0.0.1:8321")
    await note_running(services, at(8321, command, "0.0.0.0"))

    runs = f"A paperround {command} runs, and answers machines at http://127.0.0.1:8321"
    assert [(True, runs)] * 2 == [await said(services), await said(services, port=8321)]
    assert await find_running(services) is None


async def test_work_without_a_page(services: Services, living: set[str]) -> None:
    """Where others work and no process of this machine serves the page, nobody is told to start all of it here; before anybody worked they are."""
    assert not living
    assert (await next_step(services, [])).startswith("Next: paperround up")
    await note_tick(services, services.clock())

    well, what = await said(services)
    assert (well, True) == (True, what.startswith("The page is served by no process of this machine"))
    assert (await next_step(services, [])).startswith("Nothing to do: it runs")
    assert (True, "127.0.0.1 can be listened on, at any free port") == await said(services, port=0)


async def test_left_by_one_that_was_killed(services: Services, living: set[str]) -> None:
    """What containers left that were killed is removed by whoever notes itself days later; what others noted lately stays."""
    assert not living
    now = datetime.now(UTC)
    notes = {
        "served at gone:8321": {"at": (now - timedelta(days=4)).isoformat()},
        "served at other:8321": {"at": (now - timedelta(days=2)).isoformat()},
        "served at older": {},
    }
    async with services.unit_of_work() as uow:
        for name, facts in notes.items():
            await uow.notes.put(name, json.dumps(facts))
        await uow.commit()

    await note_running(services, at(8321))

    async with services.reading() as uow:
        found = await uow.notes.beginning("served at")
    assert {"served at other:8321", f"served at {socket.gethostname()}:8321"} == found.keys()
