"""A team on a real database; the program in a folder of its own; the captured week; a browser."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from bot.model import Channel
from tests.browser import ARGUMENTS, CHROMIUM, REQUIRED
from tests.databases import migrated_sqlite, opened
from tests.scenarios.program import Program, replay_config
from tests.scenarios.site import Site
from tests.scenarios.team import Team

SHARED = Path(__file__).parents[3] / "shared"


@pytest.fixture
async def team(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Team]:
    """A team in Berlin that reads an hour a week, on the Monday on which it starts."""
    address = await migrated_sqlite(tmp_path_factory.getbasetemp(), tmp_path)
    channel = Channel(
        name="reading", platform="fake", id="C1", zone="Europe/Berlin", topics=("reward models",), explore=0.2
    )
    async with opened(address) as engine:
        yield Team(channel, SqlUnitOfWorkFactory(engine), datetime(2026, 8, 17, 7, 0, tzinfo=UTC))


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """The program, in an empty folder; stopped in the end."""
    program = Program(tmp_path)
    yield program
    program.stop()


class Replay:
    """The captured week on loopback. Its clock can be moved."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.config = replay_config(address)

    def until(self, instant: str) -> None:
        body = f'{{"until": "{instant}"}}'.encode()
        urllib.request.urlopen(urllib.request.Request(f"{self.address}/_control/until", body, method="POST")).close()


@pytest.fixture
def replay() -> Iterator[Replay]:
    """The captured week's server; it lies beside the checkout, not in it."""
    server = SHARED / "replay" / "serve.py"
    if not server.exists():
        pytest.skip("the captured week is not beside this checkout")
    with subprocess.Popen([sys.executable, str(server)], stdout=subprocess.PIPE, text=True) as process:
        yield Replay(process.stdout.readline().split()[1])
        process.terminate()


@pytest.fixture
def new_page() -> Iterator[Callable]:
    """Gives pages of a real browser, each with cookies of its own."""
    if CHROMIUM is None:
        if REQUIRED:
            pytest.fail("there is no chromium, and PAPERROUND_REQUIRE_BROWSER asks for one")
        pytest.skip("there is no chromium on this machine; on Debian: apt-get install chromium")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where there is a browser

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield lambda **options: browser.new_context(**options).new_page()
        browser.close()


@pytest.fixture
def sites() -> Iterator[list[Site]]:
    found: list[Site] = []
    yield found
    for site in found:
        for process in site.processes.values():
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            process.wait()
