"""
What many channels cost: the first tick, a tick with nothing due, and the hour at which all of them are due.

    python benchmarks/herd.py [--channels 100 1000 10000] [--deliver 100 1000] [--loop 100 1000] [--layout cards|compact]

So many channels, set up in chat in workspaces of eight, each with a digest of the week before, read the same 2,000 invented works of
`digest.py` on SQLite. Each number of channels is a process of its own, so that its memory is its own.

- `start`: the tick after a start, at which every channel is looked at.
- `quiet`: a tick with nothing due, the median of five; `all`: one that looks at every channel, as all did before wake-ups were stored (its
  looks are cheaper now than they were then, since what a digest covers is read without the digest). For the numbers in `--loop`.
- `compile`: one digest by itself, of twenty channels with topics of their own, after the first four; wall and CPU of all processes.
- `herd`: everything is due at the same instant, and posted to a platform that answers at once. For the numbers in `--deliver`.

Times are of the wall clock and, behind the stroke, of CPU, ranking's process included; memory is this process's peak.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dataclasses
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlalchemy import event

from adapters.ranking.process import ProcessRanker
from adapters.sources.catalog import specs as configured
from adapters.storage.database import create_engine
from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from benchmarks.digest import COUNTS, Told, filled
from benchmarks.local_feeds import NOW
from bot.due import channel_due_period, channel_window
from bot.model import Channel, ChannelOrigin, ChannelState, MessageRef, Post, Snapshot, SourceSpec
from bot.ports import EventSink, Source
from bot.usecases.audience import Audience
from bot.usecases.channel_list import ChannelList, subscribed
from bot.usecases.compile import compile_digest
from bot.usecases.record import Recorder
from scheduler import jobs
from scheduler.services import Services

TOPICS: Final = "agents reasoning video diffusion quantization alignment robotics speech retrieval code protein segmentation".split()
WORKSPACE: Final = 8
DUE: Final = NOW
"""Monday 09:00 UTC, the hour at which all are due."""


class Mute:
    """A platform that takes every message at once, and keeps nothing but their number."""

    def __init__(self, platform: str) -> None:
        self.platform = platform
        self.posts = 0

    async def post(self, channel: Channel, post: Post, key: str) -> MessageRef:  # noqa: ARG002 - the port's signature
        self.posts += 1
        return MessageRef(platform=self.platform, channel_id=channel.id, message_id=f"m{self.posts}")

    async def find(self, channel: Channel, key: str, since: datetime) -> MessageRef | None:  # noqa: ARG002 - the port's signature
        return None

    async def snapshot(self, ref: MessageRef) -> Snapshot:
        return Snapshot(ref=ref)

    async def acknowledge(self, ref: MessageRef, *, recorded: bool = True) -> None:
        pass

    async def listen(self, sink: EventSink) -> None:
        pass

    async def close(self) -> None:
        pass


class Bench(Services):
    """The services with the invented sources."""

    async def specs(self) -> tuple[SourceSpec, ...]:
        return tuple(spec for spec in configured() if spec.id in COUNTS)

    @contextlib.asynccontextmanager
    async def open_sources(
        self,
        specs: Sequence[SourceSpec],
        full: Collection[str] = (),  # noqa: ARG002 - they say all each time
    ) -> AsyncIterator[Mapping[str, Source]]:
        yield {spec.id: Told(spec, COUNTS[spec.id]) for spec in specs}


class Queries:
    """Counts the statements that an engine runs."""

    def __init__(self, engine: Any) -> None:
        self.number = 0
        event.listen(engine.sync_engine, "before_cursor_execute", self._count)

    def _count(self, *_: object) -> None:
        self.number += 1


def cpu() -> float:
    """Seconds of CPU of this process and of those it has ended."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


async def took(work: Callable[[], Awaitable[object]]) -> tuple[float, float]:
    began, before = time.perf_counter(), cpu()
    await work()
    return time.perf_counter() - began, cpu() - before


def state_of(number: int, layout: str) -> ChannelState:
    team = f"T{number // WORKSPACE}"
    return ChannelState(
        name=f"channel-{number}",
        platform="slack" if number % 5 else "discord",
        id=f"{team}/C{number}",
        team=team,
        origin=ChannelOrigin.CHAT,
        started=DUE - timedelta(weeks=6),
        values={
            "zone": "UTC",
            "layout": layout,
            "topics": [TOPICS[number % 12], f"{TOPICS[number // 12 % 12]} {TOPICS[number % 7]}"],
        },
    )


async def populate(services: Services, number: int, layout: str) -> None:
    """Store so many channels, each with a digest of the week before."""
    first = subscribed(state_of(0, layout))
    week = channel_due_period(first, DUE - timedelta(days=1))
    specs = await services.specs()
    digest = await compile_digest(
        first, week, channel_window(first, week), services.reading, specs=specs, now=DUE - timedelta(days=6)
    )
    # Without works: what was sent must not be missing from the week that is measured.
    bare = dataclasses.replace(digest, picks=(), also=(), beyond=(), left_out={})
    for start in range(0, number, 500):
        async with services.unit_of_work() as uow:
            for one in range(start, min(start + 500, number)):
                await uow.channels.save(state_of(one, layout))
                await uow.digests.add(dataclasses.replace(bare, channel=f"channel-{one}"))
            await uow.commit()


async def measure(number: int, folder: str, layout: str, *, loop: bool, deliver: bool) -> None:
    address = f"sqlite:///{folder}/paperround.db"
    await filled(address)
    engine = create_engine(address)
    units, moment = SqlUnitOfWorkFactory(engine), [DUE - timedelta(minutes=20)]
    channels = ChannelList((), units)
    settings: Any = SimpleNamespace(
        fetch=SimpleNamespace(at_once=8, deadline_seconds=20), reconcile=SimpleNamespace(weeks=6), sources={}
    )
    chats: dict[str, Any] = {name: Mute(name) for name in ("slack", "discord")}
    ranker = ProcessRanker(lambda: moment[0], None)
    builders: Any = SimpleNamespace(classics=tuple)
    services = Bench(
        settings=settings, clock=lambda: moment[0], unit_of_work=units, reading=units.reading, channels=channels, chats=chats,
        recorder=Recorder(units, lambda: moment[0], {}), engine=engine, builders=builders, ranker=ranker,
        audience=Audience({}, channels.read, lambda: moment[0]),
    )  # fmt: skip
    await populate(services, number, layout)
    async with units() as uow:
        await uow.notes.put(jobs.ROUND, moment[0].isoformat())
        records = await uow.sources.all()
        await uow.sources.save([dataclasses.replace(one, last_success=moment[0]) for one in records.values()])
        await uow.commit()
    queries = Queries(engine)

    def told(what: str, wall: float, used: float, each: float | None = None) -> None:
        asked = f"   {queries.number / (each or 1):9.1f} queries" + (" a channel" if each else "")
        a_channel = f"   {1000 * wall / each:7.1f} / {1000 * used / each:7.1f} ms a channel" if each else ""
        print(f"{number:7} {what:8} {1000 * wall:11.1f} / {1000 * used:11.1f} ms{asked}{a_channel}", flush=True)
        queries.number = 0

    told("start", *await took(lambda: jobs.tick(services)), number)
    walls = [await took(lambda: jobs.tick(services)) for _ in range(5)]
    queries.number //= 5
    told("quiet", statistics.median(wall for wall, _ in walls), statistics.median(used for _, used in walls))
    if loop:
        told("all", *await took(lambda: jobs.tick(services, jobs.every_channel)), number)
    await compiled(services, told)
    if deliver:
        moment[0] = DUE + timedelta(seconds=30)
        told("herd", *await took(lambda: jobs.tick(services)), number)
        posts = sum(chat.posts for chat in chats.values())
        told("after", *await took(lambda: jobs.tick(services)), number)
        print(f"{number:7} {posts / number:.1f} messages a channel")
    await ranker.close()
    await engine.dispose()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = os.stat(f"{folder}/paperround.db").st_size / 2**20  # noqa: PTH116 - nothing else runs any more
    print(f"{number:7} {peak:.0f} MB at most, database {size:.0f} MB")


async def compiled(services: Services, told: Callable[[str, float, float, float], None]) -> None:
    """Compile the digests of twenty channels, as the clock does it when they are due, without freezing them."""
    specs, known = await services.specs(), (await services.current_channels())[:24]

    async def one(channel: Channel) -> None:
        week = channel_due_period(channel, DUE)
        await compile_digest(
            channel, week, channel_window(channel, week), services.reading, specs=specs, now=DUE, ranker=services.ranker,
            spoken=services.spoken,
        )  # fmt: skip

    async def some(few: Sequence[Channel]) -> None:
        for channel in few:
            await one(channel)

    await some(known[:4])
    told("(warm)", 0, 0, 4)
    began = ranking_cpu()
    wall, used = await took(lambda: some(known[4:]))
    told("compile", wall, used + ranking_cpu() - began, len(known[4:]))


def ranking_cpu() -> float:
    """Seconds of CPU of the processes that we run (Linux only, else 0)."""
    tasks = Path(f"/proc/{os.getpid()}/task")
    children = {pid for one in tasks.glob("*/children") for pid in one.read_text().split()} if tasks.is_dir() else set()
    ticks = 0
    for pid in children:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--channels", type=int, nargs="+", default=[100, 1_000, 10_000])
    parser.add_argument("--deliver", type=int, nargs="*", default=[100, 1_000])
    parser.add_argument("--loop", type=int, nargs="*", default=[100, 1_000])
    parser.add_argument("--layout", choices=("cards", "compact"), default="compact")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(
                measure(
                    given.one, folder, given.layout, loop=given.one in given.loop, deliver=given.one in given.deliver
                )
            )
        return
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"{os.cpu_count()} cores, load before: {load}; {datetime.now(UTC):%Y-%m-%d}, {given.layout}\n")
    for number in given.channels:
        subprocess.run([sys.executable, __file__, *sys.argv[1:], "--one", str(number)], check=True)


if __name__ == "__main__":
    main()
