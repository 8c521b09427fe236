from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.model import FetchResult, SourceStatus
from bot.usecases.collect import collect
from tests.factories import NOW, WINDOW, entry, spec
from tests.fake_sources import FakeSource
from tests.fake_storage import FakeDatabase, FakeUnitOfWork


class Collecting:
    """Some sources and a database; `ask` collects once."""

    def __init__(self) -> None:
        self.database = FakeDatabase()
        self.sources = {}
        self.specs = []
        self.now = NOW

    def source(self, name, fetch=None, **about):
        source = FakeSource(spec(name, **about), [entry("1", name)])
        if fetch:
            source.fetch = fetch
        self.sources[name] = source
        self.specs.append(source.spec)
        return source

    async def ask(self, **how):
        unit_of_work = lambda: FakeUnitOfWork(self.database)  # noqa: E731
        reports = await collect(self.specs, self.sources, unit_of_work, lambda: self.now, since=WINDOW.start, **how)
        return {report.id: report for report in reports}


@pytest.fixture
def collecting():
    return Collecting()


async def for_ever(since, state):
    await asyncio.sleep(60)


def saying(*entries, **more):
    async def fetch(since, state):
        return FetchResult(entries=entries, **more)

    return fetch


class TestBounds:
    async def test_a_source_without_end_is_given_up(self, collecting):
        """A source that does not come to an end is an error of its own, and delays nobody for longer than the bound."""
        collecting.source("lost", for_ever)
        collecting.source("fine")
        reports = await collecting.ask(seconds=0.05)

        assert reports["lost"].error == "did not come to an end within 0.05 s"
        assert (reports["fine"].state, reports["fine"].new) == (SourceStatus.OK, 1)

    async def test_a_source_may_have_longer(self, collecting):
        """Where a source is known to take its time, its own bound counts."""

        async def slowly(since, state):
            await asyncio.sleep(0.1)
            return FetchResult()

        collecting.source("patient", slowly, seconds=5)

        assert (await collecting.ask(seconds=0.02))["patient"].error is None

    async def test_everything_hanging_has_an_end(self, collecting):
        """With every source hanging at once, a collect takes its bound times the sources by those asked together."""
        for number in range(12):
            collecting.source(f"lost-{number}", for_ever)
        began = asyncio.get_running_loop().time()
        reports = await collecting.ask(seconds=0.1, at_once=4)

        assert asyncio.get_running_loop().time() - began < 3 * 0.1 + 0.2
        assert {report.state for report in reports.values()} == {SourceStatus.FAILED}

    async def test_a_fault_of_ours_is_no_error_of_a_source(self, collecting):
        """Only what runs out of our patience is put down to patience."""

        async def confused(since, state):
            raise TimeoutError

        collecting.source("confused", confused)

        with pytest.raises(ExceptionGroup) as caught:
            await collecting.ask()
        assert caught.group_contains(TimeoutError)

    async def test_answers_do_not_pile_up(self, collecting):
        """Two hundred sources that answer faster than we store wait with their answers."""
        waiting = most = 0

        async def answering(since, state):
            nonlocal waiting, most
            waiting += 1
            most = max(most, waiting)
            return FetchResult(entries=tuple(entry(str(number)) for number in range(20)))

        def stored(report):
            nonlocal waiting
            waiting -= 1

        for number in range(200):
            collecting.source(f"quick-{number}", answering)
        await collecting.ask(at_once=8, progress=stored)

        assert (waiting, most < 80) == (0, True)


class TestRest:
    async def test_believes_a_source_for_some_hours(self, collecting):
        """Who says that nothing will be new is not asked before, six hours at most; by hand, it is asked all the same."""
        source = collecting.source("calm", saying(entry(), rests_until=NOW + timedelta(days=300)))
        await collecting.ask()
        source.fetch = saying(entry("2"))
        collecting.now = NOW + timedelta(hours=5)

        report = (await collecting.ask(respect_backoff=True))["calm"]
        assert (report.state, report.new, report.error) == (SourceStatus.OK, 0, None)
        assert (await collecting.ask())["calm"].new == 1

    async def test_asks_again_afterwards(self, collecting):
        """Once its time is over, it is asked."""
        source = collecting.source("calm", saying(entry(), rests_until=NOW + timedelta(hours=2)))
        await collecting.ask()
        source.fetch = saying(entry("2"))
        collecting.now = NOW + timedelta(hours=2)

        assert (await collecting.ask(respect_backoff=True))["calm"].new == 1

    async def test_says_when_a_failing_one_is_asked_again(self, collecting):
        """A source that failed rests for five minutes, and the report says so."""
        collecting.source("poor").error = "answered 500"
        await collecting.ask()
        report = (await collecting.ask(respect_backoff=True))["poor"]

        assert report.state is SourceStatus.FAILED
        assert report.error == "answered 500; will be asked again at 2026-08-17 09:05 UTC"


async def test_one_transaction_for_many(collecting):
    """What arrives within a moment is stored together."""
    for number in range(200):
        collecting.source(f"same-{number}", saying(not_modified=True))
    commits = 0

    class Counting(FakeUnitOfWork):
        async def commit(self):
            nonlocal commits
            commits += 1
            await super().commit()

    unit_of_work = lambda: Counting(collecting.database)  # noqa: E731
    await collect(collecting.specs, collecting.sources, unit_of_work, lambda: NOW, since=WINDOW.start)

    assert commits == 1
