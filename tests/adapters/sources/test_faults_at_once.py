"""The sources of the captured week faulty one at a time and all at once, through the use-case: it ends in time, names each, and loses nothing."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import cycle

import pytest
import pytest_asyncio

from adapters.sources.build import SourceFactory
from adapters.sources.catalog import specs
from adapters.sources.settings import FetchSettings
from bot.model import SourceStatus
from bot.usecases.collect import collect
from tests.adapters.sources.conftest import NOW
from tests.fake_storage import FakeDatabase, FakeUnitOfWork

pytestmark = [pytest.mark.replay, pytest.mark.asyncio(loop_scope="module")]

SINCE = NOW - timedelta(days=7)
IN_HASTE, SECONDS = 0.8, 2.0
"""The deadline of a question and the bound of a source while everything is faulty; otherwise they are the usual ones."""
PATHS = {
    "arxiv": "/arxiv/api/query",
    "huggingface": "/huggingface/api/daily_papers",
    "reddit-machinelearning": "/reddit/r/MachineLearning/top/.rss?t=week",
}
FASTER = {"arxiv": {"interval": 0, "patience": 0}}
ELSEWHERE = ("redirect", "http://169.254.169.254/latest/")
FAULTS = [
    [("status", 503)],
    [("path", None), ("drop", None), ELSEWHERE],
    [("drip", 60)],
    [("bomb", 60)],
    [("status", 429), ("html", None), ("empty", None), ("garbage", None), ("drip", 60), ("slow", 60), ("bomb", 60)],
]
ALONE = [
    *[("status", 429), ("html", None), ("empty", None), ("path", None), ("garbage", None), ("drop", None)],
    *[("slow", 60), ("drip", 60), ("bomb", 60), ("status", 404), ELSEWHERE, ("status", 503), ("status", 410)],
]
"""One for each source that is on, so that every fault strikes one that is alone with it."""


class Week:
    """The catalogue on the captured week, and a database that is kept from collect to collect."""

    def __init__(self, address: str, room: SourceFactory, hasty: SourceFactory) -> None:
        self._address = address
        self.database = FakeDatabase()
        overrides = {spec.id: {"url": address + PATHS.get(spec.id, f"/feeds/{spec.id}")} for spec in specs()}
        for source_id, options in FASTER.items():
            overrides[source_id]["options"] = options
        self.specs = [replace(spec, seconds=None) for spec in specs(overrides) if spec.enabled]
        self.sources = {spec.id: room.source(spec) for spec in self.specs}
        self.hasty = {spec.id: hasty.source(spec) for spec in self.specs}

    def faulty(self, faults) -> None:
        for spec, (kind, argument) in zip(self.specs, cycle(faults), strict=False):
            self._control(spec.id, kind, argument)

    def _control(self, source_id, kind, argument) -> None:
        body = json.dumps({"source": source_id, "kind": kind, "argument": argument}).encode()
        urllib.request.urlopen(urllib.request.Request(f"{self._address}/_control/fault", body, method="POST")).close()

    async def collect(self, sources, *, only=None, **how):
        def unit_of_work():
            return FakeUnitOfWork(self.database)

        asked = [spec for spec in self.specs if only in (None, spec.id)]
        reports = await collect(asked, sources, unit_of_work, lambda: NOW, since=SINCE, **how)
        return {report.id: report for report in reports}

    async def stored(self):
        async with FakeUnitOfWork(self.database) as uow:
            return await uow.entries.counts()


@pytest.fixture(scope="module")
def address(shared) -> Iterator[str]:
    command = [sys.executable, str(shared / "replay" / "serve.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process.stdout.readline().split()[1]
        process.terminate()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def week(address):
    rooms = [
        SourceFactory(lambda: NOW, FetchSettings(allow_private=True, deadline_seconds=each), agent="PaperRound/test")
        for each in (20, IN_HASTE)
    ]
    week = Week(address, *rooms)
    await week.collect(week.sources)
    yield week
    for room in rooms:
        await room.aclose()


@pytest.mark.parametrize(
    ("place", "fault"), list(enumerate(ALONE)), ids=lambda each: str(each[0] if isinstance(each, tuple) else each)
)
async def test_one_alone_fails(week, place, fault):
    """A faulty source is named with its state and its reason; all others answer, nothing is lost, and it recovers by itself."""
    before, spec = await week.stored(), week.specs[place]
    week.faulty([(None, None)] * place + [fault] + [(None, None)] * (len(week.specs) - place - 1))
    try:
        reports = await week.collect({**week.sources, spec.id: week.hasty[spec.id]})
    finally:
        week.faulty([(None, None)])
    (recovered,) = (await week.collect(week.sources, only=spec.id)).values()

    assert {spec.id} == {each.id for each in reports.values() if each.state is SourceStatus.FAILING}
    assert reports[spec.id].error
    assert before == await week.stored()
    assert recovered.state is not SourceStatus.FAILING


@pytest.mark.parametrize("faults", FAULTS, ids=lambda faults: "+".join(kind for kind, _ in faults))
async def test_everything_fails_at_once(week, faults):
    """With every source faulty, a collect ends within its bound; each is named, none loses what it gave, all recover."""
    before = await week.stored()
    week.faulty(faults)
    began = asyncio.get_running_loop().time()
    try:
        faulty = await week.collect(week.hasty, seconds=SECONDS)
    finally:
        took = asyncio.get_running_loop().time() - began
        week.faulty([(None, None)])
    recovered = await week.collect(week.sources)

    assert {report.state for report in faulty.values()} == {SourceStatus.FAILING}
    assert all(report.error for report in faulty.values())
    assert took < SECONDS + 1
    assert SourceStatus.FAILING not in {report.state for report in recovered.values()}
    assert before == await week.stored()
