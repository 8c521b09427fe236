"""
What a collect costs, beside `reader` doing the same in the same run.

    python benchmarks/collect.py [--quick]

Two hundred local feeds of twenty entries (`local_feeds.py`) are read by us (`bot.usecases.collect` with the real sources and
SQLite) and by `reader` (`update_feeds`, one worker and ten), each in a process of its own with a database of its own, twice:
the first time everything is new, the second time every answer is 304. Bare feedparser on the same bodies is the measure of
what parsing costs. Where the captured week lies beside the checkout, the whole catalogue is collected from it, too.

What one more feed costs is told from what a run costs once (interpreter of the reading processes, imports, connections, the first
statements) by collecting from two hundred feeds and from three times as many, in turn, and taking the difference; of the CPU time of a feed,
feedparser's own part is measured inside the reading processes of the same runs (`weighing.py`), and everything else is the rest.

Wall and CPU time (children included) in seconds, peak memory in MB: the biggest process, and all together. The making of the
database is not counted, on either side; the start of our reading processes and the import of httpx are. `--quick` leaves the ten
workers out.

The aims are a quarter of reader's time for the first run and an eighth for the unchanged one, and are printed beside what was
reached. The eighth is out of reach through httpx: its 200 requests alone take longer (`README.md`).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.local_feeds import ENTRIES, FEEDS, NOW, body, served
from benchmarks.weighing import WeighingParser

REPLAY = Path(__file__).resolve().parents[2] / "shared" / "replay" / "serve.py"
SINCE = NOW - timedelta(days=7)
PARSERS = 2
MANY = 3 * FEEDS
ROUNDS = 2


# ---- one contestant a process


def used() -> tuple[float, float]:
    """Wall clock and CPU seconds so far, of this process and the children that have ended."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.perf_counter(), own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def timed(work: Callable[[], Any]) -> dict[str, Any]:
    wall, cpu = used()
    told = work()
    wall_after, cpu_after = used()
    return {"wall": wall_after - wall, "cpu": cpu_after - cpu, "told": told}


def memory() -> dict[str, float]:
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {"biggest": max(own, child), "together": own + PARSERS * child}


def ours(overrides: dict[str, dict[str, object]], *, only: bool, weigh: bool = False) -> dict[str, Any]:
    """Collect twice with the real sources and the real storage; where asked, weigh feedparser's part of the first."""
    from adapters.sources.catalog import specs as configured
    from adapters.sources.settings import FetchSettings
    from adapters.storage.database import create_engine
    from adapters.storage.migrations import migrate

    specs = [spec for spec in configured(overrides) if not only or spec.id in overrides]
    with tempfile.TemporaryDirectory() as folder, asyncio.Runner() as runner:
        engine = create_engine(f"sqlite:///{folder}/paperround.db")
        runner.run(migrate(engine))
        runs = [
            timed(lambda: runner.run(collected(engine, specs, FetchSettings().at_once, weigh=weigh))) for _ in range(2)
        ]
        runner.run(engine.dispose())
    return {"runs": runs, **memory()}


async def collected(engine: Any, specs: Sequence[Any], at_once: int, *, weigh: bool) -> dict[str, float]:
    from adapters.sources.build import SourceFactory
    from adapters.sources.settings import FetchSettings
    from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
    from bot.usecases.collect import collect

    def clock() -> datetime:
        return NOW

    room = SourceFactory(clock, FetchSettings(allow_private=True), agent="PaperRound/benchmark")
    weighing = WeighingParser() if weigh else None
    if weighing:
        room.parser = weighing
    try:
        sources = {spec.id: room.source(spec) for spec in specs if spec.enabled}
        reports = await collect(specs, sources, SqlUnitOfWorkFactory(engine), clock, since=SINCE, at_once=at_once)
    finally:
        await room.aclose()
    told: dict[str, float] = {**Counter(report.state.value for report in reports)}
    told["new"] = sum(report.new for report in reports)
    if weighing:
        told |= {"feedparser": weighing.feedparser, "reading": weighing.reading}
    return told


def reader(url: str, workers: int) -> dict[str, Any]:
    """Let reader update the same feeds twice."""
    from reader import make_reader

    with tempfile.TemporaryDirectory() as folder:
        it = make_reader(f"{folder}/reader.db")
        for number in range(FEEDS):
            it.add_feed(f"{url}/feed/{number}")

        def once() -> dict[str, int]:
            it.update_feeds(workers=workers, scheduled=False)
            counts = it.get_feed_counts()
            return {"ok": (counts.total or 0) - (counts.broken or 0), "new": it.get_entry_counts().total or 0}

        runs = [timed(once) for _ in range(2)]
    return {"runs": runs, **memory()}


def alone(how: str) -> dict[str, Any]:
    """Read the bodies and do nothing else: with feedparser as it comes, as we set it, or with all that we make of a feed."""
    import feedparser

    from adapters.sources.parse.feed import Reading, parse_feed
    from bot.model import ItemKind, Section

    tuned = {"sanitize_html": False, "resolve_relative_uris": False}
    reading = Reading(
        source_id="it",
        kind=ItemKind.POST,
        section=Section.LABS,
        url="https://it.example/",
        since=SINCE,
        now=NOW,
        marketing=(),  # the rule for labs applies, as it does to a feed of the configuration
    )
    ways: dict[str, Callable[[bytes], Any]] = {
        "plain": lambda each: feedparser.parse(io.BytesIO(each)),
        "tuned": lambda each: feedparser.parse(io.BytesIO(each), **tuned),
        "ours": lambda each: parse_feed(each, reading),
    }
    bodies = [body(number) for number in range(FEEDS)]
    ways[how](bodies[0])  # what is imported late is imported now
    return {"runs": [timed(lambda: {"new": sum(len(ways[how](each).entries) for each in bodies)})], **memory()}


CONTESTANTS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "ours": lambda said: ours(said["overrides"], only=said["only"], weigh=said.get("weigh", False)),
    "reader": lambda said: reader(said["url"], said["workers"]),
    "alone": lambda said: alone(said["how"]),
}


def contest(name: str, **said: Any) -> dict[str, Any]:
    """Run one contestant in a process of its own."""
    command = [sys.executable, __file__, "--contestant", name, json.dumps(said)]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return found


# ---- the table


def row(name: str, result: dict[str, Any]) -> None:
    for run, which in zip(result["runs"], ("first", "unchanged"), strict=False):
        told = ", ".join(f"{key} {value}" for key, value in sorted(run["told"].items()) if value)
        print(
            f"{name:36} {which:10} {run['wall']:8.2f} {run['cpu']:8.2f} {result['biggest']:8.0f} {result['together']:8.0f}   {told}"
        )


def local(*, quick: bool) -> None:
    """Two hundred feeds: we, reader, bare feedparser, and the ratios."""
    with served() as url:
        we = contest("ours", overrides=feeds(url, FEEDS), only=True)
        row("ours", we)
        readers = []
        for workers in (1,) if quick else (1, 10):
            readers.append(contest("reader", url=url, workers=workers))
            row(f"reader, {workers} worker{'s' if workers > 1 else ''}", readers[-1])
    ways = {
        "plain": "feedparser alone, as it comes",
        "tuned": "feedparser alone, as we set it",
        "ours": "our reading alone",
    }
    only = {how: contest("alone", how=how) for how in ways}
    for how, name in ways.items():
        row(name, only[how])
    print()
    for place, which, aim in ((0, "first run", 4), (1, "unchanged run", 8)):
        wall, cpu = (min(r["runs"][place][what] for r in readers) / we["runs"][place][what] for what in ("wall", "cpu"))
        print(f"{which}: reader takes {wall:.1f} times our wall time (aim: {aim}), {cpu:.1f} times our CPU time")
    with served(MANY) as url:
        few, many = marginal(url)
    weigh(few, many, as_it_comes=only["plain"]["runs"][0]["cpu"] / FEEDS)


def feeds(url: str, count: int) -> dict[str, dict[str, str]]:
    return {f"feed-{n}": {"kind": "feed", "url": f"{url}/feed/{n}"} for n in range(count)}


def marginal(url: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Weigh a collect of two hundred feeds, and one of many more: of each the cheapest, since what else runs only ever adds."""
    found: dict[int, list[dict[str, Any]]] = {FEEDS: [], MANY: []}
    for _ in range(ROUNDS):
        for count, runs in found.items():
            runs.append(contest("ours", overrides=feeds(url, count), only=True, weigh=True))
    few, many = (min(runs, key=lambda each: each["runs"][0]["cpu"]) for runs in found.values())
    few["runs"][1], many["runs"][1] = (
        min((each["runs"][1] for each in runs), key=lambda run: run["cpu"]) for runs in found.values()
    )
    return few, many


def weigh(few: dict[str, Any], many: dict[str, Any], *, as_it_comes: float) -> None:
    """Print what one more feed costs, what a run costs once, and everything else beside feedparser."""

    def each(part: Callable[[dict[str, Any]], float], run: int = 0) -> float:
        return (part(many["runs"][run]) - part(few["runs"][run])) / (MANY - FEEDS)

    whole, own = each(lambda run: run["cpu"]), each(lambda run: run["told"]["feedparser"])
    reading, again = each(lambda run: run["told"]["reading"]), each(lambda run: run["cpu"], run=1)
    else_ = whole - own
    once = few["runs"][0]["cpu"] - FEEDS * whole
    print(f"one more feed takes {1000 * whole:.1f} ms of CPU, and {1000 * again:.2f} ms when it is unchanged;")
    print(
        f"    feedparser {1000 * own:.1f} ms, the rest of the reading {1000 * reading:.1f} ms, asking, handing over and storing"
    )
    print(f"    {1000 * (else_ - reading):.1f} ms; a run takes {once:.2f} s once, however many feeds there are")
    print(f"everything else is {else_ / own:.2f} of feedparser as we set it (the same runs; aim: 0.25), and")
    print(f"    {else_ / as_it_comes:.2f} of feedparser as it comes ({1000 * as_it_comes:.1f} ms a feed)")


@contextlib.contextmanager
def replayed() -> Iterator[str]:
    command = [sys.executable, str(REPLAY)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().split()[1]
        finally:
            process.terminate()


def catalogue() -> None:
    """The built-in sources, as they were in the captured week; arXiv's pauses between its pages included."""
    from adapters.sources.catalog import specs

    with replayed() as url:
        paths = {
            "arxiv": "/arxiv/api/query",
            "huggingface": "/huggingface/api/daily_papers",
            "reddit-machinelearning": "/reddit/r/MachineLearning/top/.rss?t=week",
        }
        overrides = {spec.id: {"url": url + paths.get(spec.id, f"/feeds/{spec.id}")} for spec in specs()}
        row("the catalogue, from the replay", contest("ours", overrides=overrides, only=False))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="leave out reader with ten workers")
    parser.add_argument("--contestant", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.contestant:
        name, said = given.contestant
        print(json.dumps(CONTESTANTS[name](json.loads(said))))
        return
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(
        f"{FEEDS} feeds of {ENTRIES} entries; {os.cpu_count()} cores, load before: {load}; {datetime.now(UTC):%Y-%m-%d}\n"
    )
    print(f"{'':36} {'run':10} {'wall s':>8} {'CPU s':>8} {'MB, one':>8} {'MB, all':>8}")
    local(quick=given.quick)
    if REPLAY.is_file():
        print()
        catalogue()


if __name__ == "__main__":
    main()
