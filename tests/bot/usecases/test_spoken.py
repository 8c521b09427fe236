"""What was read and folded for one channel serves the next, until something more is stored."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import permutations

import pytest

from bot.model import SourceRecord, Window
from bot.source_state import batch_of
from bot.usecases.spoken import SpokenCache, Told, end_of_day, start_of_day
from bot.usecases.suggest import SOURCE
from tests.factories import NOW, at, channel, entry, spec
from tests.fake_storage import FakeDatabase

LAST_DAYS = Window(start=at(days=7), end=NOW)


async def stored(database: FakeDatabase, *names: str) -> None:
    async with database.unit_of_work() as uow:
        entries = [entry(name, published=at(days=1)) for name in names]
        await uow.entries.store(
            [batch_of(spec(), SourceRecord(id="arxiv"), entries, since=at(days=60), now=at(hours=1))]
        )
        await uow.commit()


@pytest.fixture
async def database() -> FakeDatabase:
    made = FakeDatabase()
    await stored(made, "https://a.example/1", "https://a.example/2")
    return made


async def test_once_for_all(database: FakeDatabase) -> None:
    """The same window is read once, also where it begins and ends at another hour of the day; an item is folded once."""
    cache, later = SpokenCache(), timedelta(minutes=1)
    async with database.unit_of_work() as uow:
        first = await cache.of(LAST_DAYS, uow)
        again = await cache.of(Window(start=LAST_DAYS.start + later, end=NOW + later), uow)

    assert first is again
    assert first.rows
    assert all(one is other for one, other in zip(first.fold(first.rows), first.fold(first.rows), strict=True))
    assert not first.during(Window(start=LAST_DAYS.start, end=at(days=2)))


async def test_nothing_of_the_rest_of_the_day(database: FakeDatabase) -> None:
    """What is read for channels of another hour is told to nobody else: neither what was said before a window, though seen since, nor after it."""
    hour = timedelta(hours=1)
    async with database.unit_of_work() as uow:
        said = await SpokenCache().of(Window(start=at(days=1) + hour, end=at(days=1) + 2 * hour), uow)
    inside = Window(start=at(days=1), end=at(days=1) + hour)

    def told(reading: Window) -> int:
        return len(said.told(channel(), frozenset({"arxiv"}), LAST_DAYS, reading, at(days=6)).items)

    assert len(said.rows) == 2
    assert (2, 0, 0) == (
        told(inside),
        told(Window(start=inside.start + hour, end=inside.end + hour)),
        told(Window(start=inside.start - hour, end=inside.start)),
    )


@pytest.mark.parametrize("order", list(permutations((1, 7, 14))))
async def test_rhythms_share(order: tuple[int, ...]) -> None:
    """
    What was read for a fortnight serves a week and a day that end with it, in whatever order they ask, and each is told what it would be told
    alone: also of a work that was spoken of before its window, or in it and before it.
    """
    database = FakeDatabase()
    said_at = {"old": (13,), "both": (13, 2), "week": (6, 3), "new": (0.5,), "again": (20, 0.5)}
    for name, instants in said_at.items():
        for place, days in enumerate(instants):
            source = ("arxiv", "letter")[place]
            said = entry(
                f"{name}-{place}", source_id=source, about=f"https://a.example/{name}", published=at(days=days)
            )
            async with database.unit_of_work() as uow:
                known = SourceRecord(id=source)
                await uow.entries.store([batch_of(spec(source), known, [said], since=at(days=60), now=at(hours=1))])
                await uow.commit()
    cache = SpokenCache()
    windows = {days: Window(start=at(days=days), end=NOW) for days in order}
    async with database.unit_of_work() as uow:
        read = [await cache.of(windows[days], uow) for days in (*order, *order)]
        for days, one in zip(order, read[3:], strict=True):
            mine, alone = windows[days], await SpokenCache().of(windows[days], uow)
            for sources in (frozenset({"arxiv"}), frozenset({"arxiv", "letter"})):
                asked = (channel(), sources, mine, mine, None)
                assert one.told(*asked) == alone.told(*asked)

    assert len({id(one) for one in read[3:]}) == 1
    longest_so_far = {max(order[:number]) for number in (1, 2, 3)}
    assert len({id(one) for one in read}) == len(longest_so_far)


async def test_read_again(database: FakeDatabase) -> None:
    """Once something is stored, it is read again."""
    cache = SpokenCache()
    async with database.unit_of_work() as uow:
        before = await cache.of(LAST_DAYS, uow)
    await stored(database, "https://a.example/3")
    async with database.unit_of_work() as uow:
        after = await cache.of(LAST_DAYS, uow)

    assert len(after.rows) == len(before.rows) + 1


async def test_parts_of_what_was_said(database: FakeDatabase) -> None:
    """Two channels that read other sources have each their own item of a work that both tell of."""
    cache = SpokenCache()
    async with database.unit_of_work() as uow:
        said = await cache.of(LAST_DAYS, uow)

    assert len(said.fold(said.rows[:1])) == 1
    assert len(said.fold(said.rows)) == len({key for key, _, _ in said.rows})


async def test_told_once_to_all_of_a_kind(database: FakeDatabase) -> None:
    """What was told is worked out once for channels that read the same, whenever they ask; others are told their own."""
    async with database.unit_of_work() as uow:
        said = await SpokenCache().of(LAST_DAYS, uow)
    reads, window = frozenset({"arxiv"}), LAST_DAYS

    def told(end: datetime, before: datetime | None = None, sources: frozenset[str] = reads) -> Told:
        return said.told(channel(), sources, window, Window(start=window.start, end=end), before)

    first = told(NOW + timedelta(seconds=1))
    assert first is told(NOW + timedelta(seconds=2)) is told(NOW)
    assert ({"arxiv": 2}, 2) == (dict(first.read), len(first.items))
    assert (0, 0) == (len(told(NOW, sources=frozenset({"else"})).items), len(told(at(days=3)).items))
    assert told(NOW, at(days=6)) is told(NOW, at(days=5)) is not told(NOW, NOW)


async def test_proposals_are_their_channels_own(database: FakeDatabase) -> None:
    """What a member proposed is told to their channel alone."""
    proposal = entry("https://a.example/mine", source_id=SOURCE, published=at(days=1), tags=("for reading",))
    async with database.unit_of_work() as uow:
        await uow.entries.store(
            [batch_of(spec(SOURCE), SourceRecord(id=SOURCE), [proposal], since=at(days=60), now=at(hours=1))]
        )
        await uow.commit()
        said = await SpokenCache().of(LAST_DAYS, uow)
    number = [
        len(said.told(ours, frozenset({"arxiv"}), LAST_DAYS, LAST_DAYS, None).items)
        for ours in (channel(), channel("other"), channel())
    ]

    assert [3, 2, 3] == number


async def test_volumes_are_no_works(database: FakeDatabase) -> None:
    """Proceedings and front matter are told to nobody, though a source lists them as papers, unless a member proposed them."""
    listed = [
        entry(f"https://a.example/{title}", title=title, published=at(days=1))
        for title in ("Proceedings of the 20th Conference on Tea", "Front Matter", "Proceeding with Care")
    ]
    url = "https://a.example/mine"
    proposal = entry(url, SOURCE, title="Proceedings of Tea", published=at(days=1), tags=("for reading",))
    async with database.unit_of_work() as uow:
        for source, entries in (("arxiv", listed), (SOURCE, [proposal])):
            await uow.entries.store(
                [batch_of(spec(source), SourceRecord(id=source), entries, since=at(days=60), now=at(hours=1))]
            )
        await uow.commit()
        said = await SpokenCache().of(LAST_DAYS, uow)
    told = said.told(channel(), frozenset({"arxiv"}), LAST_DAYS, LAST_DAYS, None)

    assert {"Proceeding with Care", "Proceedings of Tea"} == {
        one.title for one in told.items if "a.example" not in one.title
    }


def test_days() -> None:
    """Midnight stays, everything else becomes the midnight before or after it."""
    assert end_of_day(end_of_day(NOW)) == end_of_day(NOW) > NOW > start_of_day(NOW) == start_of_day(start_of_day(NOW))
    assert end_of_day(NOW) - start_of_day(NOW) == timedelta(days=1)
