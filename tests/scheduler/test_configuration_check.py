"""Processes that share a database and were started with different configuration files are told of."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from scheduler import configuration_check, doctor
from scheduler.bootstrap import open_services
from scheduler.configuration_check import _Watch, configuration_watched, differing, fingerprint
from scheduler.services import Services
from scheduler.settings.settings import Settings, load_settings
from tests.databases import migrated_postgresql
from tests.factories import NOW
from tests.waiting import until

pytestmark = pytest.mark.postgres

MONDAY = '[[channels]]\nname = "papers"\nweekday = "monday"\n'
THURSDAY = MONDAY.replace("monday", "thursday")


@pytest.fixture
async def _database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", await migrated_postgresql())


def read(file: str) -> Settings:
    Path("paperround.toml").write_text(file, "utf-8")
    return load_settings()


@asynccontextmanager
async def process(file: str) -> AsyncIterator[Services]:
    """A process that was started with a file."""
    async with open_services(read(file)) as services:
        yield services


@pytest.mark.usefixtures("_database")
async def test_two_files() -> None:
    """While a process with another file lives, `status` and `doctor` say so with what to do; of the same file nothing is said."""
    async with process(MONDAY) as old, process(MONDAY) as same:
        await _Watch(old).look()
        await _Watch(same).look()
        assert await differing(old) == ""
        async with process(THURSDAY) as new:
            assert "The configuration file here is not the one with which processes run" in await differing(new)
            watch = _Watch(new)
            await watch.look()

            told = await differing(old)
            assert told.startswith("Processes run with different configuration files: one on ")
            assert f"(process {old.owner.rsplit('/')[-2]})" in told
            assert (told, configuration_check.REMEDY) in {(one.what, one.remedy) for one in await doctor._roles(same)}

            await watch.end()
        assert await differing(old) == ""


@pytest.mark.usefixtures("_database")
async def test_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """The log says it once, and not of two that live side by side for as long as a restart takes."""
    async with process(MONDAY) as old, process(THURSDAY) as new:
        told: list[int] = []
        watches = [_Watch(replace(one, clock=lambda: NOW + timedelta(minutes=len(told)))) for one in (old, new)]
        with caplog.at_level(logging.WARNING):
            while len(told) < 9:
                for watch in watches:
                    await watch.look()
                told.append(sum(getattr(one, "action", "") == "configurations_differ" for one in caplog.records))

    assert told == [0, 0, 0, 1, 2, 2, 2, 2, 2], "each process, once"


@pytest.mark.usefixtures("_database")
async def test_watched() -> None:
    """A process says that it lives with its file until it stops."""
    async with process(MONDAY) as services, process(THURSDAY) as other:
        watching = asyncio.create_task(configuration_watched(services))

        async def told() -> bool:
            return bool(await differing(other))

        assert await until(told)
        watching.cancel()
        await asyncio.wait({watching})
        assert not await told()


def test_what_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files differ by what is to be done, and not by where a process listens."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    bare = fingerprint(read(MONDAY))

    for own in ("[web]\nport = 9000\n", '[discord]\nshard = "0/2"\n'):
        assert bare == fingerprint(read(MONDAY + own))
    tables = [
        "[schedule]\nspread_minutes = 5\n",
        "[sources.chinai]\nenabled = false\n",
        "[chat]\nmax_channels = 3\n",
        "[discord]\npublish = true\n",
        '[slack]\nadmins = ["U0123ABCD"]\n',
    ]
    others = [THURSDAY, *[MONDAY + table for table in tables]]
    assert len({bare, *[fingerprint(read(one)) for one in others]}) == 1 + len(others)
