"""
What is kept costs: a stored week, the events of a channel, and a year of both.

    python benchmarks/growth.py [--weeks 12] [--postgresql]        stored weeks, then channels with more and more events
    python benchmarks/growth.py --year [--channels 10] [--weeks 52]    a year as it is lived
    python benchmarks/growth.py --hour [--channels 1000] [--weeks 8] [--postgresql]    a collect at the hour

Each week has 2,200 entries of its own about 2,000 works, as many as in `digest.py` (1,500 papers), and comes from the same invented sources. Words are half
those of abstracts on machine learning, half drawn by Zipf's law from 40,000, so that the search index has as many different ones as a real one.

- `week`: what collecting it costs, once more where all is known, and what it adds to the database by kind of table; then what reading and folding it costs, which a process does once
  for all channels (the first digest less a further one).
- `events`: channels of which 0 to 10,000 reactions are kept, twenty on a work, and a summary for each of these works. What one digest of theirs costs to compile, the mean of ten, and
  the line through it.
- `year` (SQLite): so many channels (of `herd.py`, on platforms in memory whose waiting is skipped) live through the weeks, each with a digest and 40 reactions on it, with the service's own
  ticks. Told is what the database grew by for a week, a digest and an event, and the sum for a year of other numbers of channels.

- `hour`: so many channels of `herd.py`, all due, with messages of so many weeks, twelve each. What a collect of which nothing is new costs at that hour, and one of a single source
  amid it: CPU, queries, the longest time for which the event loop stood still, and by how much memory grew. Then what twenty of
  the digests cost while all sources fail, so that they wait, and what it costs to trim all entries.

CPU is of all processes, PostgreSQL's included.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import os
import random
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlalchemy import insert, text

from adapters.discord.embeds import key_in
from adapters.ranking.process import ProcessRanker
from adapters.sources.catalog import specs as configured
from adapters.storage.database import create_engine
from adapters.storage.migrations import migrate
from adapters.storage.tables import postings
from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from benchmarks import herd
from benchmarks.digest import COUNTS
from benchmarks.events import own_postgresql
from benchmarks.herd_roles import cpu_of
from benchmarks.invented_texts import TOPICS
from benchmarks.local_feeds import NOW, words
from benchmarks.simulated_time import SimulatedLoop
from benchmarks.strict_platforms import StrictDiscord, StrictSlack
from bot.due import channel_window
from bot.events import ReactionAdded
from bot.model import (
    Attention,
    Channel,
    Entry,
    FetchResult,
    ItemKind,
    Member,
    MessageRef,
    Posting,
    PostingState,
    Reaction,
    SourceRecord,
    SourceSpec,
    SourceStatus,
    Summary,
)
from bot.ports import Source
from bot.usecases.collect import collect
from bot.usecases.compile import compile_digest
from bot.usecases.retain import RetentionRule, retain
from bot.usecases.spoken import SpokenCache
from scheduler import jobs
from tests.factories import digest_of

WEEK: Final = timedelta(weeks=1)
VOCABULARY: Final = [f"w{number}x" for number in range(40_000)]
ZIPF: Final = list(itertools.accumulate(1 / (number + 4) for number in range(len(VOCABULARY))))
EVENTS: Final = (0, 500, 1_000, 2_000, 4_000, 7_000, 10_000)
ON_A_WORK: Final = 20
A_DIGEST: Final = 50
"""Works in each of the past digests of the channels with events."""

REACTIONS: Final = 40
"""On each digest of the year: some dozens a week."""

AGAIN: Final = 10
"""How often a digest of a channel with events is compiled: CPU is counted in hundredths of a second."""

MEMBERS: Final = [Member(id=f"U{number}", name=f"Member{number}") for number in range(12)]
EMOJI: Final = ("⭐", "👀", "✅", "👎")
TABLES: Final = {
    "entries": ("entries", "mentions", "item"),
    "search": ("search",),
}


class OfWeek:
    """A source that says what is new in the week that ends at `now`, the same however often it is asked."""

    def __init__(self, spec: SourceSpec, count: int, now: datetime) -> None:
        self._spec, self._count, self._now = spec, count, now

    async def fetch(self, since: datetime, state: Mapping[str, object]) -> FetchResult:  # noqa: ARG002 - it never changes
        chance = random.Random(f"{self._spec.id} {self._now:%G-%V}")
        return FetchResult(entries=tuple(self._entry(number, chance) for number in range(self._count)))

    def _entry(self, number: int, chance: random.Random) -> Entry:
        spec, day = self._spec, self._now
        paper = f"https://arxiv.org/abs/{day:%y%m}.{(day.day // 7) * 2_000 + number:05d}"
        own = paper if spec.id == "arxiv" else f"https://{spec.id}.example/{day:%G-%V}/{number}"
        return Entry(
            source_id=spec.id,
            external_id=own,
            kind=spec.item_kind,
            section=spec.section,
            title=some(chance, 9).title(),
            url=own,
            about=paper if spec.id == "huggingface" else None,
            authors=tuple(f"{some(chance, 1).title()} {place}" for place in range(4)),
            abstract=some(chance, 180 if spec.item_kind is ItemKind.PAPER else 60),
            published=day - timedelta(minutes=5 * number % 9000 + 30),
            attention=Attention(votes=chance.randrange(200)) if spec.id in {"huggingface", "reddit-machinelearning"} else Attention(),
        )  # fmt: skip


def some(chance: random.Random, count: int) -> str:
    rare = chance.choices(VOCABULARY, cum_weights=ZIPF, k=count // 2)
    return f"{words(chance, count - count // 2)} {' '.join(rare)}".strip()


def of_week(now: datetime) -> tuple[list[SourceSpec], dict[str, Source]]:
    specs = [spec for spec in configured() if spec.id in COUNTS]
    return specs, {spec.id: OfWeek(spec, COUNTS[spec.id], now) for spec in specs}


class Cost:
    """What a database and this process, with all that they started, have used."""

    def __init__(self, engine: Any, server: int | None) -> None:
        self.engine, self._server = engine, server

    def cpu(self) -> float:
        return cpu_of(os.getpid()) + (cpu_of(self._server) if self._server else 0.0)

    async def of(self, work: Awaitable[Any]) -> float:
        """Seconds of CPU."""
        before = self.cpu()
        await work
        return self.cpu() - before

    async def sizes(self) -> Counter[str]:
        """MB of the database by kind of table, indexes included; `whole` is all of it."""
        found: Counter[str] = Counter()
        async with self.engine.connect() as connection:
            if self._server is None:
                rows = await connection.execute(text(
                    "SELECT m.tbl_name, sum(d.pgsize) FROM dbstat('main', 1) d JOIN sqlite_master m ON m.name = d.name GROUP BY 1"
                ))  # fmt: skip
            else:
                rows = await connection.execute(text(
                    "SELECT relname, pg_total_relation_size(oid) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
                ))  # fmt: skip
            for table, size in rows:
                kind = next((kind for kind, names in TABLES.items() if table.startswith(names)), "others")
                found[kind] += int(size)
                found["whole"] += int(size)
        return Counter({kind: size / 2**20 for kind, size in found.items()})


async def stored(cost: Cost, weeks: int) -> None:
    """Collect so many weeks, one after the other, and say what each costs."""
    units = SqlUnitOfWorkFactory(cost.engine)
    print(
        "| week | collected, s | again | read and folded | a digest | MB | of entries and works | of the search index |\n|---|---|---|---|---|---|---|---|"
    )
    rows: list[list[float]] = []
    for number in range(weeks):
        now = NOW + number * WEEK
        specs, sources = of_week(now)
        before = await cost.sizes()

        async def asked(specs: Any = specs, sources: Any = sources, now: datetime = now) -> None:
            await collect(specs, sources, units, lambda: now, since=now - WEEK)

        first, again = await cost.of(asked()), await cost.of(asked())
        after = await cost.sizes()
        ranker, spoken = ProcessRanker(_standing_still(now), None), SpokenCache()
        made = [await cost.of(compiled(units, channel(each), now, specs, ranker, spoken)) for each in range(9)]
        each = statistics.mean(made[4:])
        await ranker.close()
        grown = [after[kind] - before[kind] for kind in ("whole", "entries", "search")]
        rows.append([first, again, made[0] - each, each, *grown])
        print(f"| {number + 1} | {' | '.join(f'{value:.2f}' for value in rows[-1])} |", flush=True)
    print(
        f"| mean of the last {len(rows[2:])} | {' | '.join(f'{statistics.mean(column):.2f}' for column in zip(*rows[2:], strict=True))} |\n"
    )


def _standing_still(now: datetime) -> Callable[[], datetime]:
    """A clock that always gives the same instant."""
    return lambda: now


def channel(number: int) -> Channel:
    """A channel with topics as those of `herd.py`."""
    topics = (TOPICS[number % 12], f"{TOPICS[number // 2 % 12]} {TOPICS[number % 7]}")
    return Channel(name=f"team {number}", platform="web", id=f"team {number}", zone="UTC", topics=topics)


async def compiled(units: Any, one: Channel, now: datetime, specs: Any, ranker: Any, spoken: Any) -> None:
    week = f"{now:%G-W%V}"
    await compile_digest(
        one, week, channel_window(one, week), units, specs=specs, now=now, ranker=ranker, spoken=spoken
    )


async def with_events(cost: Cost, weeks: int) -> None:
    """Compile digests of channels with more and more events, and say how the cost grows."""
    units, now = SqlUnitOfWorkFactory(cost.engine), NOW + (weeks - 1) * WEEK
    specs, _ = of_week(now)
    async with cost.engine.connect() as connection:
        asked = text("SELECT key FROM items WHERE key LIKE 'arxiv:%' ORDER BY key LIMIT :most")
        keys = list(await connection.scalars(asked, {"most": max(EVENTS) // ON_A_WORK}))
    queries, ranker, spoken = herd.Queries(cost.engine), ProcessRanker(lambda: now, None), SpokenCache()
    one = channel(1)
    for name in ("warm", "warm too"):
        await compiled(units, replace(one, name=name), now, specs, ranker, spoken)
    print("| events kept | on works | first digest, ms | a further one, ms | queries |\n|---|---|---|---|---|")
    points = []
    for number in EVENTS:
        named = replace(one, name=f"with {number}")
        await decided(units, named, keys[: number // ON_A_WORK], now)
        first = await cost.of(compiled(units, named, now, specs, ranker, spoken))
        queries.number = 0
        times = [await cost.of(compiled(units, named, now, specs, ranker, spoken)) for _ in range(AGAIN)]
        points.append((number, 1000 * statistics.mean(times)))
        print(
            f"| {number:,} | {number // ON_A_WORK} | {1000 * first:.0f} | {points[-1][1]:.0f} | {queries.number / AGAIN:.0f} |",
            flush=True,
        )
    slope, start = statistics.linear_regression(*zip(*points, strict=True))
    fit = statistics.correlation(*zip(*points, strict=True)) ** 2
    print(f"a line: {start:.0f} ms and {1000 * slope:.1f} ms for a thousand events (R² {fit:.3f})")
    await ranker.close()


async def decided(units: Any, one: Channel, keys: Sequence[str], now: datetime) -> None:
    """Let past digests have brought these works, and members have reacted to each and summarised it."""
    chance = random.Random(one.name)
    for nth, start in enumerate(range(0, len(keys), A_DIGEST), 1):
        day = now - nth * WEEK
        found = digest_of(keys[start : start + A_DIGEST], channel=one.name, week=f"{day:%G-W%V}", compiled_at=day)
        async with units() as uow:
            await uow.digests.add(found)
            for pick in found.picks:
                key = f"{one.name} {found.week} {pick.rank}"
                ref = MessageRef(platform="web", channel_id=one.id, message_id=key)
                posting = Posting(channel=one.name, week=found.week, part=pick.rank, key=key, item_key=pick.item.key)
                await uow.postings.plan([posting])
                await uow.postings.save(replace(posting, state=PostingState.POSTED, attempted_at=day, ref=ref))
                marks = chance.sample([(member, emoji) for member in MEMBERS for emoji in EMOJI], ON_A_WORK)
                await uow.reactions.put_all(
                    [Reaction(ref=ref, member=m, emoji=e, present=True, at=day) for m, e in marks]
                )
                await uow.summaries.put(Summary(
                    ref=replace(ref, message_id=f"{key} reply"), parent=ref, channel=one.name, item_key=pick.item.key, member=MEMBERS[0],
                    text=f"Worth it for {some(chance, 20)}", at=day,
                ))  # fmt: skip
            await uow.commit()


class Year(herd.Bench):
    """The services with the sources of the week that it is."""

    @contextlib.asynccontextmanager
    async def open_sources(
        self,
        specs: Sequence[SourceSpec],  # noqa: ARG002 - they say all each time
        full: Collection[str] = (),  # noqa: ARG002 - as above
    ) -> AsyncIterator[Mapping[str, Source]]:
        # As of the Monday on which the digests are due.
        passed = (self.clock() - NOW) // WEEK
        yield of_week(NOW + passed * WEEK)[1]


async def lived(folder: str, number: int, weeks: int) -> None:
    """Live through so many weeks, and say what they cost."""
    engine = create_engine(f"sqlite:///{folder}/paperround.db")
    await migrate(engine)
    loop: Any = asyncio.get_running_loop()
    world = herd.World(StrictSlack(loop.time), StrictDiscord(loop.time, key_in), loop)
    clock = herd.Stopped(NOW - timedelta(hours=1), loop)
    herd.Bench = Year  # type: ignore[misc] # whose services these are
    services = herd.services_on(engine, clock, loop, world)
    await jobs.collect(services)
    await herd.populate(services, number, spread=False)
    cost, rows = Cost(engine, None), list[list[float]]()
    print(
        "| week | collect, s | digests, s | events, s | MB of the week | KB a digest | KB an event | MB in all |\n|---|---|---|---|---|---|---|---|"
    )
    for week in range(weeks):
        sizes = [(await cost.sizes())["whole"]]
        clock.run(NOW + week * WEEK + timedelta(seconds=1))
        seconds = [await cost.of(jobs.collect(services))]
        sizes.append((await cost.sizes())["whole"])
        done = (week + 1) * number
        seconds.append(await cost.of(served(services, done)))
        sizes.append((await cost.sizes())["whole"])
        events = await reactions(services, week)
        seconds.append(await cost.of(recorded(services, events)))
        sizes.append((await cost.sizes())["whole"])
        grown = [after - before for before, after in itertools.pairwise(sizes)]
        rows.append([*seconds, grown[0], 1024 * grown[1] / number, 1024 * grown[2] / len(events), sizes[-1]])
        if week % 4 == 3 or week < 2 or week == weeks - 1:
            print(f"| {week + 1} | {' | '.join(f'{value:.2f}' for value in rows[-1])} |", flush=True)
    means = [statistics.mean(column) for column in zip(*rows[1:], strict=True)]
    print(f"| mean, without the first | {' | '.join(f'{value:.2f}' for value in means[:-1])} | |")
    for many in (1, 10, 100, 1_000, 10_000):
        a_week = means[3] + many * (means[4] + REACTIONS * means[5]) / 1024
        print(
            f"a year of {many:,} channels: {52 * a_week / 1024:.1f} GB, of which the collected weeks are {52 * means[3] / 1024:.2f}"
        )
    for pool in services.deliveries.values():
        await pool.close()
    if services.ranker:
        await services.ranker.close()
    await engine.dispose()


async def recorded(services: Any, events: Sequence[ReactionAdded]) -> None:
    """Record events, and see that all of them are."""
    before = await number_of(services, "reactions")
    await services.recorder.receive_all(events)
    await services.recorder.settle()
    new = await number_of(services, "reactions") - before
    assert new == len(events), f"{new} of {len(events)} events are recorded"


async def number_of(services: Any, table: str) -> int:
    async with services.engine.connect() as connection:
        return int(await connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


async def served(services: Any, done: int) -> None:
    """Tick until so many digests are sent."""
    while await digests_sent(services) < done:
        await jobs.tick(services)
        await asyncio.sleep(herd.TICK)


async def digests_sent(services: Any) -> int:
    async with services.engine.connect() as connection:
        whole = "SELECT count(*) FROM (SELECT 1 FROM postings GROUP BY channel, week HAVING sum(state <> 'posted') = 0)"
        return int(await connection.scalar(text(whole)) or 0)


async def reactions(services: Any, week: int) -> list[ReactionAdded]:
    """So many reactions on each digest of this week, as the platforms tell of them."""
    chance = random.Random(week)
    async with services.engine.connect() as connection:
        asked = text(
            "SELECT channel, platform, channel_id, message_id FROM postings WHERE week = :week AND item_key IS NOT NULL AND message_id IS NOT NULL"
        )
        rows = (await connection.execute(asked, {"week": f"{NOW + week * WEEK:%G-W%V}"})).all()
    by_channel: dict[str, list[MessageRef]] = {}
    for row in rows:
        by_channel.setdefault(row.channel, []).append(
            MessageRef(platform=row.platform, channel_id=row.channel_id, message_id=row.message_id)
        )
    return [
        ReactionAdded(
            event_id=f"{name} {week} {number}", ref=refs[mark[0]], member=mark[1], emoji=mark[2], at=services.clock()
        )
        for name, refs in by_channel.items()
        for number, mark in enumerate(
            chance.sample(
                list(itertools.product(range(len(refs)), MEMBERS, EMOJI)),
                min(REACTIONS, len(refs) * len(MEMBERS) * len(EMOJI)),
            )
        )
    ]


MESSAGES: Final = 12
"""Of each past digest of a channel that is due at the hour."""

AT_ONCE: Final = 50_000
"""Rows that are written in one transaction."""


async def at_the_hour(address: str, server: int | None, number: int, weeks: int) -> None:
    """Say what a collect costs at the hour at which channels with a past are due."""
    engine = create_engine(address)
    await migrate(engine)
    loop: Any = SimpleNamespace(time=asyncio.get_running_loop().time, counted=lambda work: work)
    world = herd.World(StrictSlack(loop.time), StrictDiscord(loop.time, key_in), loop)
    clock = herd.Stopped(herd.DUE - timedelta(hours=13), loop)
    services = herd.services_on(engine, clock, loop, world)
    await jobs.collect(services)
    await herd.populate(services, number, spread=False)
    await with_a_past(engine, number, weeks)
    clock.run(herd.DUE + timedelta(seconds=5))
    assert len(await services.wake_ups.awake(services.clock(), lambda _: True)) == number
    cost, queries = Cost(engine, server), herd.Queries(engine)
    one = (await services.specs())[:1]
    print("| | CPU, s | queries | the loop stood still, s | memory grew by, MB |\n|---|---|---|---|---|")
    for what, work in (
        ("all sources", partial(jobs.collect, services)),
        ("one source", partial(jobs.collect, services, specs=one)),
    ):
        queries.number = 0
        before = peak_memory(start_again=True)
        still = asyncio.create_task(longest_standstill())
        seconds = await cost.of(work())
        still.cancel()
        rose = peak_memory() - before
        stood = (await asyncio.gather(still))[0]
        print(f"| {what} | {seconds:.2f} | {queries.number} | {stood:.2f} | {rose:.0f} |", flush=True)
    async with services.unit_of_work() as uow:
        records = (await uow.sources.all()).values()
        await uow.sources.save([failing(record) for record in records])
        await uow.commit()
    waiting = (await services.wake_ups.awake(services.clock(), lambda _: False))[:WAITING]

    async def choose(_services: Any) -> Sequence[Channel]:
        return waiting

    queries.number = 0
    seconds = await cost.of(jobs.deliver_due(services, choose=choose))
    print(f"| {len(waiting)} digests due while all sources fail | {seconds:.2f} | {queries.number} | | |")
    queries.number = 0
    rule, later = RetentionRule(entries=13 * WEEK), herd.DUE + 26 * WEEK
    seconds = await cost.of(retain(rule, services.unit_of_work, lambda: later))
    print(f"| all entries trimmed | {seconds:.2f} | {queries.number} | | |")
    assert await number_of(services, "postings WHERE state <> 'posted'") == 0
    for pool in services.deliveries.values():
        await pool.close()
    if services.ranker:
        await services.ranker.close()
    await engine.dispose()


WAITING: Final = 20
"""Channels whose digest is due while all sources fail."""


def failing(record: SourceRecord) -> SourceRecord:
    """A source that answered until it was asked last."""
    report = record.report and replace(record.report, state=SourceStatus.FAILING, error="answered 503")
    return replace(record, report=report, failures=1, failing_since=herd.DUE)


async def with_a_past(engine: Any, number: int, weeks: int) -> None:
    """Let each channel have been sent so many weeks' messages, all of them posted, and none about a work that the sources name."""
    rows = (
        {
            "channel": f"channel-{channel}",
            "week": f"{herd.DUE - week * WEEK:%G-W%V}",
            "part": part,
            "key": f"channel-{channel}/{week}/{part}",
            "item_key": f"url:of {week} {(channel + part) % 300}",
            "state": PostingState.POSTED.value,
            "attempt": 1,
            "attempted_at": herd.DUE - week * WEEK,
            "platform": "slack",
            "channel_id": f"C{channel}",
            "message_id": f"{channel} {week} {part}",
        }
        for week in range(1, weeks + 1)
        for channel in range(number)
        for part in range(1, MESSAGES + 1)
    )
    while piece := list(itertools.islice(rows, AT_ONCE)):
        async with engine.begin() as connection:
            await connection.execute(insert(postings), piece)
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("ANALYZE"))


def peak_memory(*, start_again: bool = False) -> float:
    """MB that this process held at most, since it was to `start_again` (Linux)."""
    if start_again:
        Path("/proc/self/clear_refs").write_text("5")
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


async def longest_standstill() -> float:
    """For how many seconds at most this loop had no turn, until it is cancelled."""
    clock, longest = asyncio.get_running_loop().time, 0.0
    with contextlib.suppress(asyncio.CancelledError):
        while True:
            asked = clock()
            await asyncio.sleep(0.005)
            longest = max(longest, clock() - asked - 0.005)
    return longest


async def grown(address: str, server: int | None, weeks: int) -> None:
    engine = create_engine(address)
    await migrate(engine)
    cost = Cost(engine, server)
    await stored(cost, weeks)
    await with_events(cost, weeks)
    await engine.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weeks", type=int)
    parser.add_argument("--channels", type=int, default=10)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--year", action="store_true")
    parser.add_argument("--hour", action="store_true")
    given = parser.parse_args()
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"{os.cpu_count()} cores, load before: {load}; {datetime.now(UTC):%Y-%m-%d %H:%M}\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="paperround-growth-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs as another user where this runs as root
        if given.year:
            with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
                runner.run(lived(folder, given.channels, given.weeks or 52))
        else:
            address, server = (
                own_postgresql(folder) if given.postgresql else (f"sqlite:///{folder}/paperround.db", None)
            )
            if given.hour:
                asyncio.run(at_the_hour(address, server, given.channels, given.weeks or 8))
            else:
                asyncio.run(grown(address, server, given.weeks or 12))


if __name__ == "__main__":
    main()
