"""Reviews: told of in time without looking at all channels, compiled only where somebody may be told, and nobody waits for one that hangs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from bot.model import Channel, PlatformWords
from bot.usecases import channels as channel_settings
from bot.usecases.channel_list import ChannelList
from bot.usecases.review import RETRY, opens
from scheduler import jobs
from scheduler.jobs import recurring, requests, reviews
from scheduler.jobs.shared import do
from scheduler.queue import InProcessQueue
from scheduler.review_schedule import ReviewSchedule
from tests.factories import NOW, channel
from tests.reliability.world import WeekHouse
from tests.scheduler.test_jobs import HOUR, Lodge

WEEK = timedelta(days=7)
REVIEW = timedelta(hours=12)


class Desk:
    """A lodge whose channels have their first digest, want the next one shown to an editor, and whose platforms write to members."""

    def __init__(self, editors: Sequence[str] = ("U1",), number: int = 1) -> None:
        names = [f"{place}-on-{name}" for place in range(number) for name in ("slack", "discord")]
        self.lodge = Lodge([
            Channel(name=name, platform=name.partition("-on-")[2], id=name, review=REVIEW, editors=tuple(editors)) for name in names
        ])  # fmt: skip
        self.previewed: list[str] = []
        self.begin()

    def begin(self) -> None:
        """Begin a process of its own."""
        lodge, previewed = self.lodge, self.previewed
        platforms: Any = {
            name: SimpleNamespace(chat=chat, check=lodge.admitting.check, words=PlatformWords(name=name))
            for name, chat in lodge.chats.items()
        }

        class Counting(WeekHouse):
            async def preview(self, one: Channel) -> Any:
                previewed.append(one.name)
                return await super().preview(one)

        given = {name: getattr(lodge.services, name) for name in lodge.services.__dataclass_fields__}
        known = ChannelList(lodge.channels, lodge.database.unit_of_work)
        fresh = ("wake_ups", "alert_planner", "turns")
        new = {"platforms": platforms, "channels": known, "review_schedule": ReviewSchedule(opens)}
        lodge.services = Counting(**{name: one for name, one in (given | new).items() if name not in fresh})

    async def first_digests(self) -> Desk:
        await self.lodge.tick()
        self.due = opens(self.lodge.channels[0], self.lodge.clock.now) + REVIEW
        return self

    def told(self, platform: str = "slack") -> list[str]:
        return [member for member, _ in self.lodge.chats[platform].told]


async def test_in_time(caplog: pytest.LogCaptureFixture) -> None:
    """Editors are told once, as soon as so much is left and no sooner, and of each digest again; nothing is compiled between."""
    caplog.set_level("INFO")
    desk = await Desk().first_digests()
    for hours in (13, 11.9, 11, 1):
        desk.lodge.clock.now = desk.due - hours * HOUR
        await desk.lodge.tick()
        assert (["U1"] if hours < 12 else []) == desk.told() == desk.told("discord"), hours
    assert 2 == len(desk.previewed)
    assert 2 == sum(getattr(one, "action", "") == "review_shown" for one in caplog.records)
    for hours in (-1, -24 * 7 + 11):
        desk.lodge.clock.now = desk.due - hours * HOUR
        await desk.lodge.tick()
    assert ["U1", "U1"] == desk.told()


async def test_without_an_editor() -> None:
    """Where there is nobody to tell nothing is compiled; somebody who becomes an editor meanwhile is told."""
    desk = await Desk(editors=()).first_digests()
    desk.lodge.clock.now = desk.due - 11 * HOUR
    for _ in range(5):
        await desk.lodge.tick(after=RETRY)
    assert [] == desk.previewed
    unit_of_work = desk.lodge.database.unit_of_work
    await channel_settings.change(desk.lodge.channels[0], lambda _: {"editors": ["U7"]}, unit_of_work)
    await desk.lodge.tick(after=RETRY)
    assert ["U7"] == desk.told()


async def test_nobody_is_reached() -> None:
    """That nobody was reached is kept, by other processes, too: it is tried every ten minutes and not at each tick."""
    desk = await Desk().first_digests()
    desk.lodge.chats["slack"].silent.add("U1")
    desk.lodge.clock.now = desk.due - 11 * HOUR
    for number in range(41):
        if number % 10 == 5:
            desk.begin()
        await desk.lodge.tick(after=HOUR / 120)
    assert 3 == desk.previewed.count("0-on-slack")  # in twenty minutes
    desk.lodge.chats["slack"].silent.clear()
    await desk.lodge.tick(after=RETRY)
    assert ["U1"] == desk.told()


async def test_paused() -> None:
    """The editors of a paused channel are told nothing; once it is resumed they are, at once."""
    desk = await Desk().first_digests()
    one, unit_of_work = desk.lodge.channels[0], desk.lodge.database.unit_of_work
    await channel_settings.pause(one, "Ada paused it", unit_of_work, desk.lodge.clock, by_people=True)
    desk.lodge.clock.now = desk.due - 11 * HOUR
    await desk.lodge.tick()
    assert ([], ["U1"]) == (desk.told(), desk.told("discord"))
    await channel_settings.resume(one, unit_of_work, by_people=True)
    await desk.lodge.tick(after=HOUR / 120)
    assert ["U1"] == desk.told()


async def test_one_platform_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A platform that answers nobody keeps its own editors waiting: others are told, and the digests come at their hour."""
    monkeypatch.setattr(reviews, "PATIENCE", 0.1)
    desk = await Desk().first_digests()
    answers, tell, begun = asyncio.Event(), desk.lodge.chats["slack"].tell, []

    async def slowly(*given: Any) -> None:
        begun.append(given)
        await answers.wait()
        await tell(*given)

    monkeypatch.setattr(desk.lodge.chats["slack"], "tell", slowly)
    desk.lodge.clock.now = desk.due - 11 * HOUR
    before = desk.lodge.sent("slack")
    await desk.lodge.tick()
    assert (1, ["U1"]) == (len(begun), desk.told("discord"))
    desk.lodge.clock.now = desk.due
    await desk.lodge.tick()
    assert desk.lodge.sent("slack") > before
    answers.set()
    for pool in desk.lodge.services.reviewing.values():
        await pool.close(5)
    assert (1, ["U1"]) == (len(begun), desk.told())


async def asked(desk: Desk, monkeypatch: pytest.MonkeyPatch, work: Any) -> int:
    """How many units of work some work takes."""
    count, opened = 0, type(desk.lodge.database).unit_of_work

    def counted(database: Any) -> Any:
        nonlocal count
        count += database is desk.lodge.database
        return opened(database)

    monkeypatch.setattr(type(desk.lodge.database), "unit_of_work", counted)
    await work(desk.lodge.services)
    return count


async def test_what_a_quiet_tick_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one channel and of fifty a tick asks as little: before the time, in it where the editors were told, and where there are none."""
    found = []
    for number in (1, 25):
        told, alone = await Desk(number=number).first_digests(), await Desk(editors=(), number=number).first_digests()
        quiet = [await asked(told, monkeypatch, jobs.announce_reviews)]
        for desk in (told, alone):
            desk.lodge.clock.now = desk.due - 11 * HOUR
            for _ in range(5):  # a workspace has one place
                await jobs.announce_reviews(desk.lodge.services)
                await asyncio.gather(*(pool.close(1) for pool in desk.lodge.services.reviewing.values()))
                desk.lodge.services.reviewing.clear()
            quiet.append(await asked(desk, monkeypatch, jobs.announce_reviews))
        assert len(told.previewed) == 2 * number
        found.append(quiet)
    assert found[0] == found[1]
    assert max(found[0]) <= 1, "whether a channel has changed, and nothing of any"


async def waiting(queue: InProcessQueue) -> dict[str, int]:
    return {name: one.waiting for name, one in (await queue.depths()).items()}


async def test_a_job_a_channel() -> None:
    """Roles have a job a channel on its platform's queue; one who was told has none again."""
    desk = await Desk().first_digests()
    queue = InProcessQueue()
    services = replace(desk.lodge.services, queue=queue)
    desk.lodge.clock.now = desk.due - 11 * HOUR
    (job,) = next(one for one in recurring.RECURRING if one.name == "reviews").requests(())
    for _ in range(2):
        await do(services, job)
    assert {"slack": 1, "discord": 1} == await waiting(queue)
    await do(services, requests.review_job(desk.lodge.channels[0]))
    assert ["U1"] == desk.told()
    desk.begin()
    await do(replace(desk.lodge.services, queue=(other := InProcessQueue())), job)
    assert {"discord": 1} == await waiting(other)
    await do(services, requests.review_job(desk.lodge.channels[0]))
    assert ["U1"] == desk.told()


class TestSchedule:
    """Which channels are looked at."""

    def test_only_who_is_due(self) -> None:
        """A channel is due from its instant on until it is known when to look again, the longest due first, and at most so many."""
        many = [channel(f"c{number}", review=timedelta(hours=number)) for number in range(4)]
        schedule = ReviewSchedule(lambda one, now: NOW + HOUR - one.review)
        assert [] == schedule.due(many, NOW - 3 * HOUR, 9)
        assert ["c3"] == [one.name for one in schedule.due(many, NOW - 2 * HOUR, 9)]
        assert ["c3", "c2"] == [one.name for one in schedule.due(many, NOW, 2)]
        schedule.look(many[3], NOW + WEEK)
        schedule.look(many[3], NOW + WEEK)
        assert ["c2", "c1"] == [one.name for one in schedule.due(many, NOW, 9)]
        assert ["c2", "c1", "c3"] == [one.name for one in schedule.due(many, NOW + WEEK, 9)]

    def test_what_changes(self) -> None:
        """Who changes is looked at again, who leaves no more, the others as before; what is learned of a channel as it was is not kept."""
        before, other = channel("one", review=HOUR), channel("other", review=HOUR)
        schedule = ReviewSchedule(lambda *_: NOW)
        schedule.due([before, other], NOW, 9)
        schedule.look(before, NOW + WEEK)
        schedule.look(other, NOW + WEEK)
        after = replace(before, editors=("U1",))
        assert [after] == schedule.due([after, other], NOW, 9)
        schedule.look(before, NOW + WEEK)
        assert [after] == schedule.due([after, other], NOW, 9)
        assert [] == schedule.due([other, replace(after, review=None)], NOW, 9)
        assert [other] == schedule.due([other], NOW + WEEK, 9)

    def test_a_clock_that_is_put_right(self) -> None:
        """What was worked out by a clock that ran ahead is worked out again, also where a channel left meanwhile."""
        one, other = channel("one", review=HOUR), channel("other", review=HOUR)
        schedule = ReviewSchedule(lambda _, now: now)
        schedule.due([one, other], NOW + WEEK, 9)
        schedule.look(one, NOW + 2 * WEEK)
        assert [one] == schedule.due([one], NOW, 9)
