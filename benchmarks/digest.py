"""
What a digest costs, and what it costs to ask for anything.

    python benchmarks/digest.py

Two thousand invented works (1,500 papers, 200 of which Hugging Face votes for, and 500 of labs, newsletters and a forum; `invented_texts.py`) are
collected into SQLite by `bot.usecases.collect`; `compile_digest` then makes a digest of them, five times, and those of twenty channels, which
share what is read, folded and ranked. `preview --json` on that
database, `--help` and `python -c pass` run as processes of their own: the best of three, in seconds of wall clock and of CPU, and as a
multiple of the bare interpreter. Last, the memory of `paperround up --sample` when it has nothing to do.
"""

from __future__ import annotations

import asyncio
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from adapters.ranking.process import ProcessRanker
from adapters.sources.catalog import specs as configured
from adapters.storage.database import create_engine
from adapters.storage.migrations import migrate
from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from benchmarks.invented_texts import TOPICS, work
from benchmarks.local_feeds import NOW
from bot.due import channel_window
from bot.model import Attention, Channel, Entry, FetchResult, ItemKind, SourceSpec
from bot.usecases.collect import collect
from bot.usecases.compile import compile_digest
from bot.usecases.spoken import SpokenCache

CHECKOUT: Final = Path(__file__).resolve().parents[1]
WEEK: Final = "2026-W34"
CHANNEL: Final = Channel(name="reading", platform="web", id="reading", zone="UTC", topics=("agents reasoning", "video"))
COUNTS: Final = {"arxiv": 1500, "huggingface": 200, "reddit-machinelearning": 100, "openai": 100, "google-research": 150, "import-ai": 50, "chinai": 100}  # fmt: skip
WORKS: Final = sum(COUNTS.values()) - COUNTS["huggingface"]
IDLE_SECONDS: Final = 3
WARM: Final = 4


class Told:
    """A source that says so many entries, the same in every run."""

    def __init__(self, spec: SourceSpec, count: int) -> None:
        self._spec = spec
        self._count = count
        self._chance = random.Random(spec.id)

    async def fetch(self, since: datetime, state: Mapping[str, object]) -> FetchResult:  # noqa: ARG002 - it never changes
        return FetchResult(entries=tuple(self._entry(number) for number in range(self._count)))

    def _entry(self, number: int) -> Entry:
        chance, spec = self._chance, self._spec
        paper = f"https://arxiv.org/abs/2608.{number:05d}"
        own = paper if spec.id == "arxiv" else f"https://{spec.id}.example/{number}"
        title, abstract = work(chance, 9, 180 if spec.item_kind is ItemKind.PAPER else 60)
        return Entry(
            source_id=spec.id,
            external_id=own,
            kind=spec.item_kind,
            section=spec.section,
            title=title,
            url=own,
            about=paper if spec.id == "huggingface" else None,
            authors=tuple(f"Ada {chance.randrange(2000)}-{place}" for place in range(4)),
            abstract=abstract,
            published=NOW - timedelta(minutes=5 * number % 9000 + 30),
            attention=Attention(votes=chance.randrange(200)) if spec.id in {"huggingface", "reddit-machinelearning"} else Attention(),
        )  # fmt: skip


async def filled(address: str) -> None:
    engine = create_engine(address)
    await migrate(engine)
    specs = [spec for spec in configured() if spec.id in COUNTS]
    sources = {spec.id: Told(spec, COUNTS[spec.id]) for spec in specs}
    await collect(specs, sources, SqlUnitOfWorkFactory(engine), lambda: NOW, since=NOW - timedelta(days=7))
    await engine.dispose()


async def compiled(address: str) -> list[float]:
    """Make the digest five times; give the seconds of each."""
    engine = create_engine(address)
    took = []
    for _ in range(5):
        began = time.perf_counter()
        unit_of_work, specs = SqlUnitOfWorkFactory(engine), configured()
        await compile_digest(CHANNEL, WEEK, channel_window(CHANNEL, WEEK), unit_of_work, specs=specs, now=NOW)
        took.append(time.perf_counter() - began)
    await engine.dispose()
    return took


async def each_further(address: str) -> tuple[float, float]:
    """Make the digests of twenty channels, each with topics of its own; give the wall and the CPU seconds of one of them, the first four apart."""
    engine = create_engine(address)
    unit_of_work, specs = SqlUnitOfWorkFactory(engine), configured()
    ranker, spoken, chance = ProcessRanker(lambda: NOW), SpokenCache(), random.Random(7)
    channels = [
        replace(
            CHANNEL,
            name=f"team {n}",
            id=f"team {n}",
            topics=(" ".join(chance.sample(TOPICS, 2)), chance.choice(TOPICS)),
        )
        for n in range(20)
    ]
    for number, channel in enumerate(channels):
        if number == WARM:
            began, before = time.perf_counter(), time.process_time()
        window = channel_window(channel, WEEK)
        await compile_digest(channel, WEEK, window, unit_of_work, specs=specs, now=NOW, ranker=ranker, spoken=spoken)
    took = time.perf_counter() - began, time.process_time() - before
    await ranker.close()
    await engine.dispose()
    return took[0] / (len(channels) - WARM), took[1] / (len(channels) - WARM)


def process(command: Sequence[str], folder: str, address: str) -> tuple[float, float]:
    """Run a command three times; give the wall and the CPU seconds of the quickest."""
    took = []
    for _ in range(3):
        began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [sys.executable, *command], check=True, stdout=subprocess.DEVNULL, cwd=folder, env=environment(address)
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        took.append((time.perf_counter() - began, cpu))
    return min(took)


def environment(address: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("PAPERROUND_")}
    return own | {"PYTHONPATH": str(CHECKOUT), "DATABASE_URL": address, "PAPERROUND_NOW": NOW.isoformat()}


def idle(folder: str) -> dict[str, float]:
    """Start the service on the sample week, let it come to rest, and give its memory in MB (Linux only)."""
    command = [sys.executable, "-m", "scheduler", "up", "--sample", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=folder, env=environment(f"sqlite:///{folder}/sample.db")
    ) as service:
        assert service.stdout
        try:
            while not (line := service.stdout.readline()).startswith("Open http"):
                assert line, "the service did not come up"
            time.sleep(IDLE_SECONDS)
            status = Path(f"/proc/{service.pid}/status").read_text()
        finally:
            service.terminate()
    said = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    return {"now": int(said["VmRSS"].split()[0]) / 1024, "peak": int(said["VmHWM"].split()[0]) / 1024}


def main() -> None:
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"{WORKS} works; {os.cpu_count()} cores, load before: {load}\n")
    with tempfile.TemporaryDirectory() as folder:
        address = f"sqlite:///{folder}/paperround.db"
        asyncio.run(filled(address))
        first, *rest = asyncio.run(compiled(address))
        print(f"{'digest, compiled for the first time':40} {first:7.2f} s")
        print(f"{'digest, compiled again (best of four)':40} {min(rest):7.2f} s")
        wall, cpu = asyncio.run(each_further(address))
        print(
            f"{'digest of one more channel, ranked':40} {wall:7.2f} s   {cpu:5.2f} s of CPU, the ranking process's apart"
        )
        bare, cpu = process(["-c", "pass"], folder, address)
        print(f"{'python -c pass':40} {bare:7.2f} s   {cpu:5.2f} s of CPU")
        for command in (["--help"], ["preview", "--week", WEEK, "--json"]):
            wall, cpu = process(["-m", "scheduler", *command], folder, address)
            times = f"{wall / bare:.0f} times the bare interpreter"
            print(f"{'paperround ' + ' '.join(command):40} {wall:7.2f} s   {cpu:5.2f} s of CPU   {times}")
        if Path("/proc/self/status").is_file():
            memory = idle(folder)
            print(f"{'paperround up --sample, idle':40} {memory['now']:7.0f} MB  {memory['peak']:5.0f} MB at most")


if __name__ == "__main__":
    main()
