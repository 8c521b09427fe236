"""One digest a week, whatever the clock does: it leaps, it is set back, the host sleeps for days, the channel moves to another zone."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.due import channel_due_period, channel_window, window_of
from bot.model import Channel, DigestSpan, Entry, ItemKind, Rhythm, Section, SourceSpec
from bot.rendering import posting_key
from bot.usecases import channels as channel_settings
from bot.usecases.audience import Audience
from bot.usecases.channel_list import ChannelList
from bot.usecases.record import Recorder
from bot.weeks import monday_of, week_key, week_of
from scheduler import jobs
from scheduler.services import Services
from tests.examples import examples
from tests.fake_chat import FakeChat
from tests.fake_sources import FakeSource
from tests.fake_storage import FakeDatabase

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)


def weeks_between(first: str, last: str) -> tuple[str, ...]:
    """The weeks after `first` and before `last`, oldest first."""
    day, found = monday_of(first) + WEEK, []
    while (between := week_of(day)) < last:
        found.append(between)
        day += WEEK
    return tuple(found)


START = datetime(2026, 8, 19, 12, 0, tzinfo=UTC)
"""A Wednesday, in the middle of a week."""

SPEC = SourceSpec(id="lab", kind="feed", name="A Lab", url="https://lab.example/", section=Section.LABS)
SETTINGS: Any = SimpleNamespace(
    fetch=SimpleNamespace(at_once=4, deadline_seconds=20), reconcile=SimpleNamespace(weeks=6), sources={}
)


def are_unbroken(weeks: list[str], last: str) -> bool:
    """Tell whether no week is missing between the channel's first own one, which follows its first look, and the last."""
    first = weeks[0]
    return first in {"2026-W34", "2026-W35"} and weeks == list(
        dict.fromkeys([first, *weeks_between(first, last), last])
    )


class HouseOfOneSource(Services):
    """A house that reads one source of our own."""

    async def specs(self) -> tuple[SourceSpec, ...]:
        return (SPEC,)

    def open_sources(self, specs: Any, full: Any = ()) -> Any:
        return contextlib.nullcontext({SPEC.id: self.settings.source})


class Service:
    """The service in memory, with a clock that is put to where we want it. The source says something every day of true time."""

    def __init__(self, channel: Channel, now: datetime = START) -> None:
        self.true = self.now = now
        self.channel = channel
        self.chat = FakeChat(clock=lambda: self.now)
        self.database = FakeDatabase()
        self.source = FakeSource(SPEC)
        units = self.database.unit_of_work
        channels = ChannelList((channel,), units)
        self.services = HouseOfOneSource(
            settings=SimpleNamespace(**vars(SETTINGS), source=self.source), clock=lambda: self.now, unit_of_work=units,
            reading=units, channels=channels, chats={"fake": self.chat}, recorder=Recorder(units, lambda: self.now, {}),
            engine=None, builders=SimpleNamespace(classics=tuple), owner="we",
            audience=Audience({}, channels.read, lambda: self.now),
        )  # fmt: skip

    async def ticks(self) -> None:
        while not self.source.entries or self.true - self.source.entries[-1].published >= DAY:
            last = self.source.entries[-1].published if self.source.entries else START - 3 * DAY
            self._says(min(last + DAY, self.true))
        await jobs.tick(self.services)

    async def lives(self, span: timedelta, step: timedelta = 12 * HOUR) -> None:
        """Time passes as it should."""
        while span > timedelta(0):
            self.true, self.now, span = self.true + step, self.now + step, span - step
            await self.ticks()

    async def sleeps(self, span: timedelta) -> None:
        """The host is suspended: time passes, and nothing is done in it."""
        self.true, self.now = self.true + span, self.now + span
        await self.ticks()

    async def is_set(self, by: timedelta) -> None:
        """Somebody sets the clock forward, or back."""
        self.now += by
        await self.ticks()

    async def moves(self, **values: object) -> None:
        """People change the channel's zone, weekday or time."""
        await channel_settings.change(self.channel, values, self.database.unit_of_work)
        await self.ticks()

    def _says(self, at: datetime) -> None:
        number = len(self.source.entries)
        words = f"{_word(number)} {_word(number * 7 + 3)} {_word(number * 13 + 5)}"
        self.source.entries.append(
            Entry(
                source_id=SPEC.id, external_id=f"n{number}", kind=ItemKind.POST, section=Section.LABS, published=at,
                title=f"Note {number} on {words}", url=f"https://lab.example/{number}-{words.replace(' ', '-')}",
            )
        )  # fmt: skip

    # what came of it

    def sent(self) -> list[str]:
        """The weeks whose head was posted, in the order of posting, as often as it was."""
        heads = {posting_key("reading", week, 0): week for week in _all_weeks(self.now)}
        return [heads[message.key] for message in self.chat.messages if message.key in heads]

    def picks(self) -> Counter[str]:
        """How often each thing that the source said was posted."""
        return Counter(message.post.item_key for message in self.chat.messages if message.post.item_key)

    async def spans(self) -> list[DigestSpan]:
        """What the digests cover, the latest first."""
        async with self.database.unit_of_work() as uow:
            return await uow.digests.spans("reading", 60)

    async def skipped(self) -> list[str]:
        async with self.database.unit_of_work() as uow:
            return sorted(skip.week for skip in await uow.digests.skipped("reading"))


def _word(number: int) -> str:
    return "".join("bdfgklmnprstvz"[number // 5**n % 14] + "aeiou"[number // 14**n % 5] for n in range(4))


def _all_weeks(until: datetime) -> list[str]:
    return [week_key(START + n * WEEK, "UTC") for n in range(-60, (until - START) // WEEK + 120)]


def channel(**what: Any) -> Channel:
    plain = {"platform": "fake", "id": "C1", "zone": "Europe/Berlin", "budget_minutes": 600}
    return Channel(name="reading", **{**plain, **what})


ODD = [
    ("America/New_York", 7, time(1, 30)),
    ("America/Santiago", 7, time(0, 0)),
    ("Australia/Lord_Howe", 7, time(1, 45)),
    ("Africa/Casablanca", 7, time(2, 30)),
    ("Europe/Berlin", 1, time(9, 0)),
]


@pytest.mark.parametrize(("zone", "weekday", "at"), ODD)
async def test_half_a_year(zone: str, weekday: int, at: time) -> None:
    """Through half a year with both changes of the clocks, each week has its digest, in the tick after it fell due, and nothing comes twice."""
    service = Service(channel(zone=zone, weekday=weekday, time=at))
    await service.ticks()
    await service.lives(27 * WEEK, DAY)

    due = channel_due_period(service.channel, service.now)
    assert are_unbroken(service.sent(), due)
    assert await service.skipped() == []
    heads = [message.at for message in service.chat.messages if message.post.role.value == "head"]
    # Before them a first look, where the channel began long before its own day.
    for week, head in list(zip(service.sent(), heads[-len(service.sent()) :], strict=True))[1:]:
        assert timedelta(0) <= head - window_of(week, zone, weekday, at).end < DAY
    assert set(service.picks().values()) == {1}


async def test_apia_loses_a_day() -> None:
    """In the week in which Samoa had no Friday, the Friday's digest comes at the first instant after it; once."""
    service = Service(channel(zone="Pacific/Apia", weekday=5, time=time(9)), datetime(2011, 12, 22, tzinfo=UTC))
    await service.ticks()
    await service.lives(9 * DAY, HOUR)

    heads = [message.at for message in service.chat.messages if message.post.role.value == "head"]
    assert heads[2:] == [datetime(2011, 12, 30, 10, tzinfo=UTC)]


@pytest.mark.parametrize("days", [0.1, 2, 3, 7, 8, 15, 40])
@pytest.mark.parametrize("after", [0, 100, 166])
async def test_a_suspended_host(after: int, days: float) -> None:
    """A host that sleeps sends the latest digest if it is fresh enough, once, and accounts for every other week."""
    service = Service(channel())
    await service.ticks()
    await service.lives(WEEK + after * HOUR)
    await service.sleeps(days * DAY)
    posted = len(service.sent())
    await service.ticks()
    assert posted == len(service.sent())
    await service.lives(2 * WEEK)

    due = channel_due_period(service.channel, service.now)
    sent, skipped = service.sent(), await service.skipped()
    assert sent == sorted(set(sent))
    assert are_unbroken(sorted([*sent, *skipped]), due)
    assert set(service.picks().values()) == {1}


@pytest.mark.parametrize("back", [timedelta(seconds=1), HOUR, 3 * DAY, 10 * DAY, 30 * DAY])
@pytest.mark.parametrize("after", [0, 5, 60])
async def test_a_clock_that_is_set_back(after: int, back: timedelta) -> None:
    """A clock that is set back sends no week again; when it comes to where it was, all goes on."""
    service = Service(channel())
    await service.ticks()
    await service.lives(12 * DAY + after * HOUR)
    before = service.sent()
    await service.is_set(-back)
    await service.lives(back if back > HOUR else 2 * HOUR)

    assert before == service.sent()
    await service.lives(2 * WEEK)
    sent = service.sent()
    assert sent == sorted(set(sent))
    assert len(sent) == len(before) + 2
    assert set(service.picks().values()) == {1}


@pytest.mark.parametrize("ahead", [DAY, 9 * DAY, 45 * DAY, 400 * DAY])
async def test_a_clock_that_was_wrong(ahead: timedelta) -> None:
    """
    After a clock that ran ahead is put right, sources are asked again at once and the weeks that come get their digests.

    Only the one week that was sent in the wrong future, if any, is missing when it comes; and no week comes twice.
    """
    service = Service(channel())
    await service.ticks()
    await service.lives(12 * DAY)
    await service.is_set(ahead)
    await service.lives(6 * HOUR)
    before, asked = service.sent(), len(service.source.fetches)
    await service.is_set(-ahead)
    await service.lives(DAY)

    assert len(service.source.fetches) > asked
    await service.lives(4 * WEEK)
    sent, due = service.sent(), channel_due_period(service.channel, service.now)
    assert Counter(sent).most_common(1)[0][1] == 1
    assert set(weeks_between("2026-W34", due)) | {due} == set(sent) - _after(due, sent)
    assert set(before) <= set(sent)
    assert set(service.picks().values()) == {1}


def _after(week: str, weeks: list[str]) -> set[str]:
    return {one for one in weeks if one > week}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"zone": "Pacific/Auckland"}, {"zone": "Pacific/Honolulu"}),
        ({"zone": "Pacific/Honolulu"}, {"zone": "Pacific/Kiritimati"}),
        ({"weekday": 1}, {"weekday": 7}),
        ({"weekday": 7}, {"weekday": 1}),
        ({"time": "00:00"}, {"time": "23:59"}),
        ({"zone": "Etc/GMT+12", "weekday": 7, "time": "23:59"}, {"zone": "Pacific/Kiritimati", "weekday": 1, "time": "00:00"}),
        ({"zone": "Pacific/Kiritimati", "weekday": 1, "time": "00:00"}, {"zone": "Etc/GMT+12", "weekday": 7, "time": "23:59"}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("after", [0, 77, 144])
async def test_moving(first: dict[str, object], second: dict[str, object], after: int) -> None:
    """A channel that moves to another zone, weekday or time, at any point of the week, still gets one digest for each week."""
    service = Service(channel())
    await service.moves(**first)
    await service.lives(12 * DAY + after * HOUR)
    await service.moves(**second)
    await service.lives(2 * WEEK)
    await service.moves(**first)
    await service.lives(2 * WEEK)

    (now,) = await service.services.current_channels()
    sent, skipped = service.sent(), await service.skipped()
    assert sent == sorted(set(sent))
    whole = sorted([*sent, *skipped])
    assert are_unbroken(whole, max(whole))
    assert max(whole) >= channel_due_period(now, service.now)
    assert set(service.picks().values()) == {1}


async def test_moved_on_after_its_digest() -> None:
    """Moved from Monday to Friday after Monday's digest, a channel has its Friday in the same week, and no window has a hole or an overlap."""
    service = Service(channel())
    await service.ticks()
    await service.lives(6 * DAY)  # to the Tuesday
    await service.moves(weekday=5)
    await service.lives(2 * WEEK)

    spans = await service.spans()
    weeks = ["2026-08-19-extra", "2026-W35", "2026-W35-extra", "2026-W36"]
    assert weeks == [one.week for one in reversed(spans)]
    assert all(newer.window.start == older.window.end for newer, older in pairwise(spans))
    assert set(service.picks().values()) == {1}


@pytest.mark.parametrize("was", [1, 5])
async def test_a_second_digest_is_caught_up_with(was: int) -> None:
    """A second digest of a week that fell due while the service was down comes when it is back, once, whatever the day was the week before."""
    service = Service(channel(weekday=was))
    await service.ticks()
    await service.lives(4 * DAY)  # to the Sunday
    await service.moves(weekday=1)
    while service.now.strftime("%A") != "Tuesday":
        await service.lives(DAY)
    await service.moves(weekday=5)
    sent = await service.spans()
    await service.sleeps(4 * DAY)  # from Tuesday to Saturday
    await service.lives(DAY)

    newest, *others = await service.spans()
    assert others == sent
    assert newest.week == f"{others[0].week}-extra"
    assert newest.window.start == others[0].window.end < newest.window.end
    assert "Friday" == newest.window.end.strftime("%A")
    assert set(service.picks().values()) == {1}


async def test_a_day_moved_while_nobody_was_there() -> None:
    """Who moves to Friday while the service is down over that Friday gets nothing on the Saturday: the next Friday covers it all."""
    service = Service(channel())
    await service.ticks()
    await service.lives(6 * DAY)
    sent = await service.spans()
    service.true, service.now = service.true + 4 * DAY, service.now + 4 * DAY
    await service.moves(weekday=5)
    await service.lives(DAY)

    assert sent == await service.spans()


FOUND = [
    # W38 covered W36 and W37; the clock set back made W37 due again, and it came with W38's picks.
    [("lives", 172 * HOUR), ("sleeps", 403 * HOUR), ("is_set", -120 * HOUR)],
    # W39 covered W35 to W38 after a month of sleep; under the clock set back W37 was frozen, and never sent.
    [("lives", 97 * HOUR), ("sleeps", 715 * HOUR), ("lives", 121 * HOUR), ("is_set", -456 * HOUR)],
    # A week that ends before the one before it does: its days are that one's.
    [
        ("moves", {"zone": "Etc/GMT+12", "weekday": 7, "time": "23:59"}),
        ("lives", 300 * HOUR),
        ("moves", {"zone": "Pacific/Kiritimati", "weekday": 1, "time": "00:00"}),
        ("lives", 200 * HOUR),
    ],
]
"""What the property test below found, each an example of its own."""


@pytest.mark.parametrize("happened", FOUND)
async def test_what_was_found(happened: list[tuple[str, Any]]) -> None:
    """What once broke the promise of the next test does not break it again."""
    await all_is_accounted_for(happened)


@pytest.mark.parametrize("first", [{"weekday": 1}, {"weekday": 7, "time": "23:59", "zone": "Etc/GMT+12"}])
@pytest.mark.parametrize("second", [{"weekday": 4}, {"weekday": 7}, {"zone": "Pacific/Kiritimati", "time": "00:00"}])
async def test_windows_do_not_overlap(first: dict[str, object], second: dict[str, object]) -> None:
    """Whatever day and zone a channel moves to, no instant is in the windows of two of its digests."""
    service = Service(channel())
    await service.moves(**first)
    await service.lives(3 * WEEK)
    await service.moves(**second)
    await service.lives(3 * WEEK)

    async with service.database.unit_of_work() as uow:
        digests = [await uow.digests.get("reading", week) for week in await uow.digests.weeks("reading")]
    windows = sorted((one.window.start, one.window.end) for one in digests if one)
    assert len(windows) >= 6
    assert all(end <= start for (_, end), (start, _) in pairwise(windows))


PLACES = {
    "zone": st.sampled_from([zone for zone, _, _ in ODD] + ["Pacific/Kiritimati", "Etc/GMT+12"]),
    "weekday": st.integers(1, 7),
    "time": st.sampled_from(["00:00", "01:30", "09:00", "23:59"]),
}


def happenings(most_ahead: int, **more: st.SearchStrategy[str]) -> st.SearchStrategy[list[tuple[str, Any]]]:
    """What may happen to a host and a channel, in any order; its clock is set forward by `most_ahead` hours at most."""

    def hours(first: int, last: int) -> st.SearchStrategy[timedelta]:
        return st.integers(first, last).map(lambda number: number * HOUR)

    one = st.one_of(
        st.tuples(st.just("lives"), hours(1, 200)),
        st.tuples(st.just("sleeps"), hours(1, 30 * 24)),
        st.tuples(st.just("is_set"), hours(-20 * 24, most_ahead)),
        st.tuples(st.just("moves"), st.fixed_dictionaries({}, optional={**PLACES, **more})),
    )
    return st.lists(one, min_size=1, max_size=8)


@settings(max_examples=examples(25), deadline=None)
@given(happenings(0))
async def test_whatever_happens(happened: list[tuple[str, Any]]) -> None:
    """However often it sleeps, is set back and moves: no week twice, none unaccounted for, none both sent and skipped, nothing twice."""
    await all_is_accounted_for(happened)


@settings(max_examples=examples(15), deadline=None)
@given(happenings(20 * 24, rhythm=st.sampled_from([str(one) for one in Rhythm])))
async def test_whatever_happens_in_any_rhythm(happened: list[tuple[str, Any]]) -> None:
    """
    In other rhythms, and under a clock that is ahead, too: nothing twice, no period both sent and skipped; and where the clock was never
    ahead, no instant in two digests. (What was sent under a clock that was ahead covers days that have yet to come.)
    """
    service = await lived(happened)

    async with service.database.unit_of_work() as uow:
        periods = list(await uow.digests.weeks("reading"))
        digests = [await uow.digests.get("reading", period) for period in periods]
    windows = sorted((one.window.start, one.window.end) for one in digests if one)
    ahead = any(what == "is_set" and how > timedelta(0) for what, how in happened)
    assert len(set(periods)) == len(periods)
    assert not set(periods) & set(await service.skipped())
    assert ahead or all(end <= start for (_, end), (start, _) in pairwise(windows))
    assert not service.picks() or set(service.picks().values()) == {1}


async def lived(happened: list[tuple[str, Any]]) -> Service:
    """A service to which all of it happened, and nine days of peace after that."""
    service = Service(channel())
    await service.ticks()
    for what, how in happened:
        await (service.moves(**how) if what == "moves" else getattr(service, what)(how))
    await service.sleeps(max(timedelta(0), service.true - service.now))
    await service.lives(9 * DAY, 12 * HOUR)
    return service


async def all_is_accounted_for(happened: list[tuple[str, Any]]) -> None:
    service = await lived(happened)
    (now,) = await service.services.current_channels()
    sent, skipped = service.sent(), await service.skipped()
    whole = sorted([*sent, *skipped])
    assert list(dict.fromkeys(whole)) == whole
    assert are_unbroken(whole, max(whole))
    assert max(whole) >= channel_due_period(now, service.now)
    assert not service.picks() or set(service.picks().values()) == {1}


def weeks_of_the_year() -> Iterator[str]:
    return iter(_all_weeks(START))


def test_the_weeks_of_the_scenarios_follow_one_another() -> None:
    """The list by which these scenarios know a message's week has no gap."""
    assert all(weeks_between(before, after) == () for before, after in pairwise(weeks_of_the_year()))
    assert channel_window(channel(), "2026-W35").end == datetime(2026, 8, 24, 7, tzinfo=UTC)
