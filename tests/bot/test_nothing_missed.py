"""What a source speaks of reaches the week's candidates, whatever the zones, the hours and the collects that were missed; and is posted once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import SourceError
from bot.model import A_DAY, Attention, Channel, Entry, FetchResult, ItemKind, Section, SourceSpec
from bot.usecases.collect import collect
from bot.usecases.compile import compile_digest, due_digest
from bot.usecases.deliver import freeze
from tests.examples import examples
from tests.factories import HOUR, channel, spec
from tests.fake_storage import FakeDatabase

BEGIN = datetime(2026, 3, 9, tzinfo=UTC)
"""A Monday; the clocks of New York, Berlin, Santiago and Auckland change within the six weeks that follow."""
WEEKS = 6
COVERED = 14 * A_DAY
"""What a weekly digest covers at most, of the time since the last one: its rhythm and a week."""

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Pacific/Auckland", "Asia/Kolkata", "America/Santiago")


@dataclass(frozen=True)
class Said:
    """What a source speaks of: from when on it can be read, and which date the source gives it."""

    number: int
    source: str
    visible: datetime
    published: datetime | None
    whole_day: bool = False

    def is_asked_for(self, since: datetime) -> bool:
        """Whether a source that is asked for what it dates `since` gives it; an archive is asked two weeks back at least."""
        if self.source == "archive":
            since = min(since, self.visible - 14 * A_DAY)
        return self.published is None or self.published + (A_DAY if self.whole_day else timedelta()) >= since

    def entry(self, now: datetime) -> Entry:
        return Entry(
            source_id=self.source,
            external_id=str(self.number),
            kind=ItemKind.POST,
            section=Section.LABS,
            title=f"Work {self.number}",
            url=f"https://{self.source}.example/{self.number}",
            published=self.published,
            whole_day=self.whole_day,
            attention=Attention(votes=int((now - self.visible) / HOUR)),
        )


@dataclass(frozen=True)
class Plan:
    """A program's weeks: its channels, what is said meanwhile, when it runs, and which of a source's answers fail."""

    channels: tuple[Channel, ...]
    said: tuple[Said, ...]
    start: datetime
    step: timedelta
    asleep: tuple[tuple[datetime, datetime], ...]
    weekly: bool
    failing: tuple[tuple[datetime, datetime], ...]
    posts_every: int


@dataclass
class Told:
    """What came of it: by channel, each digest's compile time, its window's end, its candidates and what it posted."""

    digests: dict[str, list[tuple[datetime, datetime, frozenset[str], frozenset[str]]]] = field(default_factory=dict)
    first_collect: datetime | None = None
    last_collect: datetime | None = None
    stored: dict[str, datetime] = field(default_factory=dict)


class Listing:
    """A source that shows what it has said since it was asked for."""

    def __init__(self, of: SourceSpec, plan: Plan, clock: list[datetime]) -> None:
        self._mine = [one for one in plan.said if one.source == of.id]
        self._spec, self._plan, self._clock = of, plan, clock

    async def fetch(self, since: datetime, state: Mapping[str, object]) -> FetchResult:
        now = self._clock[0]
        if any(start <= now < end for start, end in self._plan.failing):
            raise SourceError(self._spec.id, "down")
        shown = (one for one in self._mine if one.visible <= now and one.is_asked_for(since))
        return FetchResult(entries=tuple(one.entry(now) for one in shown))


async def lived(plan: Plan) -> Told:
    """Live through the plan as the program does: ask twice a day and before a digest, and freeze what is due."""
    database, clock, told = FakeDatabase(), [plan.start], Told()
    specs = [spec(name, section=Section.LABS) for name in sorted({one.source for one in plan.said} | {"quiet"})]
    sources = {one.id: Listing(one, plan, clock) for one in specs}
    asked: datetime | None = None
    while clock[0] < BEGIN + WEEKS * 7 * A_DAY:
        now = clock[0]
        if not any(start <= now < end for start, end in plan.asleep):
            due = [(one, await due_digest(one, database.unit_of_work, now)) for one in plan.channels]
            age = now - asked if asked else timedelta.max
            if (age >= 12 * HOUR and not plan.weekly) or not asked or (any(week for _, week in due) and age >= HOUR):
                reports = await _collected(plan, specs, sources, database, clock, due)
                asked = now if any(report.state.answered for report in reports) else asked
                told.first_collect, told.last_collect = told.first_collect or asked, asked
                for source, external_id in database.tables.entries:
                    told.stored.setdefault(f"{source}/{external_id}", now)
            for one, week in due:
                if week and asked:
                    await _sent(plan, one, week, specs, database, now, told)
        clock[0] = now + plan.step
    return told


async def _collected(plan, specs, sources, database, clock, due):
    ends = []
    async with database.unit_of_work() as uow:
        for one in plan.channels:
            weeks = await uow.digests.weeks(one.name)
            digest = await uow.digests.get(one.name, weeks[-1]) if weeks else None
            ends += [digest.window.end] if digest else []
    since = min([clock[0] - 7 * A_DAY, *(week[1].start for _, week in due if week)])
    return await collect(
        specs, sources, database.unit_of_work, lambda: clock[0], since=since, read_until=max(ends, default=None)
    )


async def _sent(plan, one, week, specs, database, now, told) -> None:
    name, window = week
    digest = await compile_digest(one, name, window, database.unit_of_work, specs=specs, now=now)
    kept = [pick for pick in digest.picks if int(pick.item.key.rpartition("/")[2]) % plan.posts_every == 0]
    if await freeze(replace(digest, picks=tuple(kept)), one, database.unit_of_work):
        competed = frozenset(pick.item.key for pick in digest.picks)
        posted = frozenset(pick.item.key for pick in kept)
        told.digests.setdefault(one.name, []).append((now, window.end, competed, posted))


def instants(first: datetime, last: datetime) -> st.SearchStrategy[datetime]:
    """Any minute of the days between two midnights; drawn as day and minute, for Hypothesis prefers small numbers."""
    days = st.integers(0, (last - first).days - 1)
    return st.tuples(days, st.integers(0, 1439)).map(lambda each: first + timedelta(days=each[0], minutes=each[1]))


@st.composite
def sayings(draw: st.DrawFn, number: int) -> Said:
    visible = draw(instants(BEGIN - 3 * A_DAY, BEGIN + WEEKS * 7 * A_DAY))
    kind = draw(st.sampled_from(["instant", "announced", "day", "undated"]))
    if kind == "instant":
        return Said(number, "lab", visible, visible)
    if kind == "announced":
        return Said(number, "archive", visible, visible - (draw(instants(BEGIN, BEGIN + 12 * A_DAY)) - BEGIN))
    if kind == "undated":
        return Said(number, "page", visible, None)
    hours = draw(st.sampled_from([-11, -4, 0, 2, 9, 13]))
    day = visible.astimezone(timezone(timedelta(hours=hours))).replace(hour=0, minute=0, second=0, microsecond=0)
    return Said(number, f"list{hours + 12}", visible, day.astimezone(UTC), whole_day=True)


def spans(longest: timedelta) -> st.SearchStrategy[tuple[tuple[datetime, datetime], ...]]:
    one = st.tuples(instants(BEGIN, BEGIN + 30 * A_DAY), instants(BEGIN, BEGIN + longest)).map(
        lambda pair: (pair[0], pair[0] + (pair[1] - BEGIN))
    )
    return st.lists(one, max_size=1).map(tuple)  # two of them stay below the four weeks that are looked back


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    channels = tuple(
        channel(
            f"c{number}",
            zone=draw(st.sampled_from(ZONES)),
            weekday=draw(st.integers(1, 7)),
            time=draw(st.sampled_from([time(0), time(2, 30), time(9), time(23, 59)])),
            budget_minutes=100_000,
        )
        for number in range(draw(st.integers(1, 2)))
    )
    return Plan(
        channels=channels,
        said=tuple(draw(sayings(number)) for number in range(draw(st.integers(1, 14)))),
        start=draw(instants(BEGIN, BEGIN + 6 * A_DAY)),
        step=draw(st.sampled_from([timedelta(minutes=50), timedelta(hours=3), timedelta(hours=7)])),
        asleep=draw(spans(12 * A_DAY)),
        weekly=draw(st.booleans()),
        failing=draw(spans(12 * A_DAY)),
        posts_every=draw(st.sampled_from([1, 2, 3, 100])),
    )


def key(one: Said) -> str:
    return f"url:https://{one.source}.example/{one.number}"


def is_before_the_window(
    one: Said, digests: Sequence[tuple[datetime, datetime, frozenset[str], frozenset[str]]], seen: datetime | None
) -> bool:
    """Whether the channel was without a digest for longer than one covers at most, and a work is of before what the next one covers."""
    if seen is None:
        return False
    last = max((end for made, end, _, _ in digests if made < seen), default=None)
    following = min((end for made, end, _, _ in digests if made >= seen), default=None)
    if last is None or following is None or following - last <= COVERED:
        return False
    return (one.published or seen) < following - COVERED


def is_news(one: Said, told: Told) -> bool:
    """Whether a work must compete: what was there when its source was first asked counts if its date lies in the week before."""
    seen = told.stored.get(f"{one.source}/{one.number}")
    if seen is None or told.first_collect is None:
        return False
    if seen > told.first_collect:
        # What an archive dates long before it shows it is archive; the others date what they say when they say it.
        return one.source != "archive" or (one.published is not None and seen - one.published <= 14 * A_DAY)
    return False if one.published is None else one.published >= seen - 7 * A_DAY


@settings(max_examples=examples(40), deadline=None)
@given(plans())
def test_everything_competes_and_is_posted_once(plan: Plan) -> None:
    """
    What a source spoke of at any moment is a candidate of at least one digest, and posted in at most one.

    A listing day's works compete in the digest that falls due on that day and, unsent, once more in the next.
    """
    told = asyncio.run(lived(plan))

    for each in plan.channels:
        digests = told.digests.get(each.name, [])
        for one in plan.said:
            seen = told.stored.get(f"{one.source}/{one.number}")
            if told.first_collect and told.last_collect and told.first_collect < one.visible <= told.last_collect:
                assert seen, ("was never seen", one)
            after = [digest for digest in digests if seen and digest[0] >= seen]
            competed = [digest for digest in digests if key(one) in digest[2]]
            wanted = is_news(one, told) and not is_before_the_window(one, digests, seen)
            # What was seen after the last window's end belongs to a digest that is still to come.
            if wanted and any(seen and end > seen for _, end, _, _ in after):
                assert competed, (each.name, one)
            assert sum(key(one) in posted for _, _, _, posted in digests) <= 1
            if one.whole_day and one.published and wanted:
                _competes_twice(one, digests, seen)


def _competes_twice(
    one: Said, digests: Sequence[tuple[datetime, datetime, frozenset[str], frozenset[str]]], seen: datetime | None
) -> None:
    assert one.published
    ends = one.published + A_DAY
    for place, (compiled, end, competed, posted) in enumerate(digests):
        if seen and seen <= compiled and one.published < end < ends:
            assert key(one) in competed
            following = digests[place + 1] if place + 1 < len(digests) else None
            if following and key(one) not in posted and following[1] - end <= COVERED:
                assert key(one) in following[2]
