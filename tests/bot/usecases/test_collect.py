"""Every source is asked, and what it says is kept, whatever the others do."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.errors import SourceError, StorageError
from bot.model import Attention, FetchResult, SourceStatus, Window
from bot.usecases.collect import collect
from tests.factories import NOW, WINDOW, entry, spec
from tests.fake_sources import FakeSource
from tests.fake_storage import FakeDatabase, FakeUnitOfWork
from tests.leaping import leaping
from tests.waiting import PATIENCE, until


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

    async def external_ids(self, window):
        async with self.database.unit_of_work() as unit:
            return [stored.entry.external_id for _, stored, _ in await unit.entries.between(window)]


@pytest.fixture
def collecting():
    return Collecting()


async def for_ever(since, state):
    await asyncio.Event().wait()


def saying(*entries, **more):
    async def fetch(since, state):
        return FetchResult(entries=entries, **more)

    return fetch


class TestSources:
    async def test_what_is_said_is_stored(self, collecting):
        """Every source is asked for the same time, and what it says is kept with what it speaks of."""
        sources = [collecting.source(name) for name in ("arxiv", "letter")]
        reports = await collecting.ask()

        assert [source.fetches for source in sources] == [[WINDOW.start], [WINDOW.start]]
        assert {name: (one.state, one.fetched, one.new) for name, one in reports.items()} == {
            "arxiv": (SourceStatus.OK, 1, 1),
            "letter": (SourceStatus.OK, 1, 1),
        }
        assert set(collecting.database.tables.entries) == {("arxiv", "1"), ("letter", "1")}
        assert set(collecting.database.tables.items) == {"url:https://arxiv.example/1", "url:https://letter.example/1"}

    async def test_a_failing_source_is_a_result(self, collecting):
        """A source that fails says so, and the others are stored."""
        collecting.source("poor").error = "answered 503"
        collecting.source("fine")
        reports = await collecting.ask()

        assert (reports["poor"].state, reports["poor"].error) == (SourceStatus.FAILING, "answered 503")
        assert (reports["fine"].state, reports["fine"].new) == (SourceStatus.OK, 1)

    async def test_an_unknown_failure_stops_the_run(self, collecting):
        """What is no error of a source is a fault of ours, and comes out."""

        async def broken(since, state):
            raise ZeroDivisionError

        collecting.source("broken", broken)
        for number in range(50):
            collecting.source(f"fine-{number}")

        with pytest.raises(ExceptionGroup) as caught:
            await asyncio.wait_for(collecting.ask(), PATIENCE)
        assert caught.group_contains(ZeroDivisionError)

    async def test_reports_in_order(self, collecting):
        """Reports come in the order of the sources, whoever answered first; each is told of once."""

        async def slowly(since, state):
            await asyncio.sleep(0.02)
            return FetchResult()

        told = []
        collecting.source("slow", slowly)
        collecting.source("off", enabled=False, off_because="needs a token")
        collecting.source("quick")
        reports = await collecting.ask(progress=lambda report: told.append(report.id))

        assert list(reports) == ["slow", "off", "quick"]
        assert sorted(told) == ["off", "quick", "slow"]

    async def test_off(self, collecting):
        """A source that is off is not asked, and needs no adapter."""
        collecting.source("off", enabled=False, off_because="needs a token")
        del collecting.sources["off"]
        reports = await collecting.ask()

        assert (reports["off"].state, reports["off"].error) == (SourceStatus.OFF, "needs a token")

    async def test_none(self, collecting):
        """No sources, no reports."""
        assert await collecting.ask() == {}

    async def test_its_own_note(self, collecting):
        """A source is given back what it noted the last time it answered, though it failed since."""
        noted = []

        async def noting(since, state):
            noted.append(dict(state))
            if len(noted) == 2:
                raise SourceError("noting", "answered 503")
            return FetchResult(state={"page": len(noted)})

        collecting.source("noting", noting)
        for _ in range(3):
            await collecting.ask()

        assert noted == [{}, {"page": 1}, {"page": 1}]

    async def test_at_once(self, collecting):
        """No more sources than allowed are asked at the same time."""
        asked = most = 0

        async def counting(since, state):
            nonlocal asked, most
            asked, most = asked + 1, max(most, asked + 1)
            await asyncio.sleep(0)
            asked -= 1
            return FetchResult()

        for number in range(20):
            collecting.source(f"s{number}", counting)
        await collecting.ask(at_once=3)

        assert most == 3


class TestAgain:
    async def test_twice(self, collecting):
        """Asked again, a source that says the same stores nothing new."""
        collecting.source("same", saying(entry("1"), entry("2")))
        await collecting.ask()
        before = collecting.database.tables.copy()
        collecting.now += timedelta(hours=1)
        report = (await collecting.ask())["same"]
        after = collecting.database.tables

        assert (report.fetched, report.new) == (2, 0)
        assert (after.entries, after.mentions, after.items) == (before.entries, before.mentions, before.items)

    async def test_changed_votes(self, collecting):
        """Votes that changed are taken over; the entry does not become new, and keeps the time at which it was seen."""
        source = collecting.source("hf", saying(entry("1", attention=Attention(votes=1))))
        await collecting.ask()
        source.fetch = saying(entry("1", attention=Attention(votes=99)))
        collecting.now += timedelta(hours=12)
        report = (await collecting.ask())["hf"]
        (kept,) = collecting.database.tables.entries.values()

        assert (report.fetched, report.new) == (1, 0)
        assert (kept.entry.attention.votes, kept.first_seen) == (99, NOW)

    async def test_backlog(self, collecting):
        """What a new source said before the time asked for is kept as archive, what it says later is news."""
        old, undated = entry("old", published=NOW - timedelta(days=30)), entry("undated", published=None)
        source = collecting.source("blog", saying(old, undated, entry("fresh")))
        await collecting.ask()
        source.fetch = saying(old, undated, entry("fresh"), entry("later", published=None))
        collecting.now += timedelta(hours=12)
        await collecting.ask()
        archive = {place[1]: one.backlog for place, one in collecting.database.tables.entries.items()}

        assert archive == {"old": True, "undated": True, "fresh": False, "later": False}

    async def test_late_arrivals(self, collecting):
        """What arXiv announces days after its submission counts in the week in which we see it, once and only once."""
        source = collecting.source("arxiv", saying(entry("1")))
        await collecting.ask()
        source.fetch = saying(entry("1"), entry("late", published=NOW - timedelta(days=3)))
        for hours in (12, 24, 36):
            collecting.now = NOW + timedelta(hours=hours)
            await collecting.ask()

        assert await collecting.external_ids(WINDOW) == ["1"]
        assert await collecting.external_ids(Window(start=NOW, end=NOW + timedelta(days=7))) == ["late"]
        assert await collecting.external_ids(Window(start=NOW + timedelta(days=7), end=NOW + timedelta(days=14))) == []

    async def test_stale(self, collecting):
        """A source that has stopped speaking is called stale though it answers."""
        source = collecting.source("blog", saying(entry("1"), rhythm_days=7.0))
        await collecting.ask()
        source.fetch = saying(not_modified=True)
        collecting.now += timedelta(days=30)
        report = (await collecting.ask())["blog"]

        assert (report.state, report.error) == (SourceStatus.STALE, "nothing since 15 August 2026, usually weekly")


class TestStore:
    @pytest.mark.parametrize("commit", [1, 2])
    async def test_a_store_that_fails(self, collecting, commit):
        """When storing fails in the middle of two hundred sources, that error comes out, and nothing hangs."""
        commits = 0

        class Failing(FakeUnitOfWork):
            async def commit(self):
                nonlocal commits
                commits += 1
                if commits == commit:
                    raise StorageError("the disk is full")
                await super().commit()

        for number in range(200):
            collecting.source(f"s{number}", saying(*(entry(str(n)) for n in range(20))))
        asking = collect(
            collecting.specs, collecting.sources, lambda: Failing(collecting.database), lambda: NOW, since=WINDOW.start
        )

        with pytest.raises(StorageError, match="the disk is full"):
            await asyncio.wait_for(asking, PATIENCE)
        assert len(asyncio.all_tasks()) == 1

    async def test_cancelled(self, collecting):
        """A collect that is cancelled leaves nothing running."""
        for number in range(100):
            collecting.source(f"lost-{number}", for_ever)
        asking = asyncio.create_task(collecting.ask())
        await until(lambda: len(asyncio.all_tasks()) > 2)
        asking.cancel()

        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(asking, PATIENCE)
        assert len(asyncio.all_tasks()) == 1


class TestBounds:
    @leaping
    async def test_a_source_without_end_is_given_up(self, collecting):
        """A source that does not come to an end is an error of its own, and delays nobody for longer than the bound."""
        collecting.source("lost", for_ever)
        collecting.source("fine")
        reports = await collecting.ask(seconds=0.05)

        assert reports["lost"].error == "did not come to an end within 0.05 s"
        assert (reports["fine"].state, reports["fine"].new) == (SourceStatus.OK, 1)

    @leaping
    async def test_a_source_may_have_longer(self, collecting):
        """Where a source is known to take its time, its own bound counts."""

        async def slowly(since, state):
            await asyncio.sleep(0.1)
            return FetchResult()

        collecting.source("patient", slowly, seconds=5)

        assert (await collecting.ask(seconds=0.02))["patient"].error is None

    @leaping
    async def test_everything_hanging_has_an_end(self, collecting):
        """With every source hanging at once, a collect takes its bound times the sources by those asked together."""
        for number in range(12):
            collecting.source(f"lost-{number}", for_ever)
        began = asyncio.get_running_loop().time()
        reports = await collecting.ask(seconds=20, at_once=4)

        assert asyncio.get_running_loop().time() - began < 3 * 20 + 1
        assert {report.state for report in reports.values()} == {SourceStatus.FAILING}

    async def test_a_fault_of_ours_is_no_error_of_a_source(self, collecting):
        """Only what exceeds our timeout is reported as a timeout."""

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

        assert report.state is SourceStatus.FAILING
        assert report.error == "answered 500; will be asked again at 2026-08-17 09:05 UTC"

    async def test_what_is_gone_is_left_alone(self, collecting):
        """A source that answered 410 is turned off for a week, and says so; a person's collect asks it all the same."""

        async def gone(since, state):
            raise SourceError("poor", "answered 410", gone=True)

        source = collecting.source("poor", gone)
        first = (await collecting.ask())["poor"]
        collecting.now = NOW + timedelta(days=7) - timedelta(minutes=1)
        resting = (await collecting.ask(respect_backoff=True))["poor"]
        source.fetch = saying(entry("2", "poor"))
        by_hand = (await collecting.ask())["poor"]

        assert (first.state, first.error) == (SourceStatus.FAILING, "gone, turned off for a week: answered 410")
        assert resting.error == "gone, turned off for a week: answered 410; will be asked again at 2026-08-24 09:00 UTC"
        assert (by_hand.state, by_hand.error, by_hand.new) == (SourceStatus.OK, None, 1)

    async def test_by_hand_nobody_is_spared(self, collecting):
        """A source that is paused after failures is asked at once when a person collects, and not by itself."""
        source = collecting.source("poor")
        source.error = "answered 500"
        await collecting.ask()
        source.error = None

        assert (await collecting.ask(respect_backoff=True))["poor"].state is SourceStatus.FAILING
        assert (await collecting.ask())["poor"].state is SourceStatus.OK


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
