from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.sources.http.fetcher import Fetcher
from adapters.sources.http.pacing import HostPacing
from adapters.sources.http.request import FetchLimits, Request
from adapters.sources.http.ssrf import SsrfGuard
from adapters.sources.http.transport import Connections
from tests.fake_sources import ReadHere
from tests.local_server import Asked, Canned, LocalServer, local_server

NOW = datetime(2026, 8, 17, 9, tzinfo=UTC)
QUICK = FetchLimits(agent="PaperRound/test (+https://example.org)", deadline=2.0, wait_initial=0.01, wait_max=0.02)


@pytest.fixture
async def server() -> AsyncIterator[LocalServer]:
    async with local_server() as running:
        yield running


@pytest.fixture
async def make_fetcher() -> AsyncIterator[Callable[..., Fetcher]]:
    """Gives fetchers with short waits, allowed to speak to loopback unless told otherwise."""
    made: list[Fetcher] = []

    def make(guard: SsrfGuard | None = None, limits: FetchLimits = QUICK, lanes: HostPacing | None = None) -> Fetcher:
        made.append(Fetcher(Connections(guard or SsrfGuard(allow_private=True)), lambda: NOW, limits, lanes))
        return made[-1]

    yield make
    for fetcher in made:
        await fetcher.aclose()


@pytest.fixture
def fetcher(make_fetcher: Callable[..., Fetcher]) -> Fetcher:
    return make_fetcher()


@pytest.fixture
def parser() -> ReadHere:
    """Reads without the cost of a process; `test_parsing.py` and the contract suite use the real one."""
    return ReadHere()


def ask(url: str, **more: Any) -> Request:
    return Request(**{"source_id": "it", "url": url, "trusted": True, **more})


def tagged(answer: Canned, tag: str) -> Callable[[Asked], Canned]:
    """Give the answer with an ETag, and to whoever knows that tag, that nothing has changed."""

    def say(asked: Asked) -> Canned:
        known = asked.headers.get("if-none-match") == tag
        return Canned(status=304) if known else replace(answer, headers={**answer.headers, "ETag": tag})

    return say


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with the captured week, beside the checkout."""
    for parent in Path(__file__).resolve().parents:
        found = parent / "shared"
        if (found / "data").is_dir() and (found / "replay" / "serve.py").is_file():
            return found
    pytest.skip("the captured week is not beside the checkout")
