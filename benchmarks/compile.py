"""
What it costs to compile a channel's digest of the captured week, in the main process and in ranking's.

    python benchmarks/compile.py [--channels 20] [--rounds 8] [--profile 40] [--keep FILE | --expect FILE] [--baseline CHECKOUT]

The captured week (beside the checkout, in `../shared`) is collected into SQLite as on its Monday and on the one before. Channels of as many fields, with
two to four plain topics that works are about, have an empty digest of the week before; every fifth has forty decisions of two members as well, on works of
before. Their digests are compiled one after the other, as a tick does it, and not frozen:

- `the week`: one channel more, for which the week is read and folded, and the ranking's corpus is loaded.
- `first round`: each of the channels, of whose topics and whose works' texts nothing is kept yet.
- `new topics`: as many channels with topics that nobody had before, `--rounds` times with others: first those of other fields, then pairs of words that
  stand together in titles of the week.
- `again`: the same channels once more, right after each round, so that both are done at about the same load.

A text is prepared when a topic first leads to it, once for all channels of the week, so that each round of new topics costs less than the one before. The
last of them are therefore what `a channel with new topics` costs; what the rounds before cost more than that, each beside itself again, is told apart, as paid `once for all` beside the week.

Printed are milliseconds of CPU a channel, of this process with its threads and of ranking's, and statements to the database. A clock says little on a
machine that others use, and load inflates CPU, too: with `--baseline` the same is done in another checkout in turns, a round there and a round here, and
ratios are printed. Whether the digests are still the same, to the last reason and propensity, is told by `--expect` beside what `--keep` wrote, and (numbers to five digits) beside the
baseline always. `--profile` prints what one more round of the first channels spends its time on; the database's thread is not seen.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import cProfile
import hashlib
import io
import itertools
import json
import os
import pstats
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).resolve().parents[1]
REPLAY: Final = HERE.parent / "shared" / "replay" / "serve.py"
NOW: Final = datetime(2026, 8, 17, 9, tzinfo=UTC)
BEFORE: Final = NOW - timedelta(days=7)
WEEK: Final = "2026-W34"
DECISIONS: Final = 40
EVERY: Final = 5
"""One channel in so many has decisions."""

FIELDS: Final[Sequence[tuple[tuple[str, ...], tuple[str, ...]]]] = (
    (("LLM agents", "agent benchmarks"), ("tool use", "web agents", "multi-agent systems")),
    (("3D vision", "video generation"), ("gaussian splatting", "novel view synthesis", "text-to-video")),
    (("alignment", "interpretability", "agent safety"), ("sparse autoencoders", "jailbreaks", "red teaming")),
    (("reinforcement learning", "offline RL", "exploration"), ("reward models", "policy optimization")),
    (("speech recognition", "text to speech"), ("speaker verification", "audio language models")),
    (("medical imaging", "segmentation", "radiology"), ("pathology", "clinical notes", "MRI reconstruction")),
    (("robotics", "manipulation", "imitation learning"), ("vision-language-action models", "humanoid robots")),
    (("diffusion models", "image editing"), ("flow matching", "text-to-image generation", "personalization")),
    (("retrieval", "RAG", "question answering"), ("dense retrieval", "reranking", "knowledge graphs")),
    (("code generation", "program repair"), ("software engineering agents", "unit tests", "formal verification")),
    (("quantization", "efficient inference", "KV cache"), ("speculative decoding", "pruning", "mixture of experts")),
    (("time series", "forecasting"), ("anomaly detection", "weather prediction", "state space models")),
    (("graph neural networks", "molecules"), ("protein design", "drug discovery", "materials")),
    (("fairness", "bias", "privacy"), ("differential privacy", "federated learning", "unlearning")),
    (("reasoning", "chain of thought", "mathematics"), ("theorem proving", "process reward models", "test-time scaling")),
    (("multimodal models", "vision-language models"), ("visual grounding", "OCR", "chart understanding")),
    (("machine translation", "low-resource languages"), ("multilingual models", "tokenization", "dialects")),
    (("autonomous driving", "world models"), ("trajectory prediction", "LiDAR", "occupancy")),
    (("optimization", "generalization", "scaling laws"), ("deep learning theory", "transformers", "in-context learning")),
    (("recommendation", "user modeling"), ("click-through rate", "sequential recommendation", "ranking")),
)  # fmt: skip
"""The topics of a channel of each field, and those of another one."""

PAIRS: Final = 3
"""Topics of a channel whose topics are pairs of words from titles."""

TITLES: Final = 2
"""Works, at least, that have each of these pairs in their titles."""

LAST: Final = 3
"""Rounds, the last ones, of which the median says what a channel with new topics costs."""

LETTERS: Final = 4
"""Letters, at least, of each of their words."""


# ---- in the checkout that is measured: nothing of it is imported before its place on the path is known


def channel_of(number: int, topics: Sequence[str], name: str) -> Any:
    from bot.model import Channel

    return Channel(
        name=f"{name}-{number}", platform="web", id=f"{name}-{number}", zone="UTC", topics=tuple(topics), explore=0.2
    )


def channels_of(number: int) -> tuple[list[Any], list[Any]]:
    """Give so many channels, and as many with other topics; beyond the fields the topics of two are mixed."""
    found: tuple[list[Any], list[Any]] = ([], [])
    for place in range(number):
        times, field = divmod(place, len(FIELDS))
        for kind, name in enumerate(("team", "other")):
            topics = FIELDS[field][kind]
            if times:
                topics = (topics[0], *FIELDS[(field + times) % len(FIELDS)][kind][:2])
            found[kind].append(channel_of(place, topics, name))
    return found


def channels_of_titles(titles: Iterable[str], number: int, rounds: int) -> list[list[Any]]:
    """Give so many channels for each of some rounds, whose topics are pairs of words from titles; each has a frequent one, and rarer ones."""
    from bot.function_words import FUNCTION_WORDS

    times: Counter[str] = Counter()
    for title in titles:
        words = re.findall(r"[a-z-]+", title.casefold())
        pairs = [pair for pair in itertools.pairwise(words) if FUNCTION_WORDS.isdisjoint(pair)]
        times.update({" ".join(pair) for pair in pairs if min(map(len, pair)) >= LETTERS})
    topics = sorted((pair for pair in times if times[pair] >= TITLES), key=lambda pair: (-times[pair], pair))
    channels = number * rounds
    assert len(topics) >= PAIRS * channels, "the week's titles have too few pairs of words for so many channels"
    topics = topics[: PAIRS * channels]
    made = [channel_of(place, topics[place::channels], "title") for place in range(channels)]
    return [made[place : place + number] for place in range(0, channels, number)]


async def populate(unit_of_work: Any, channels: Sequence[Any]) -> None:
    """Store an empty digest of the week before for each of the channels, and for every fifth forty decisions."""
    from bot.due import channel_window
    from bot.model import ChannelOrigin, ChannelState, Digest, Meaning, Member, MessageRef, Press, Window

    week = "2026-W33"
    meanings = [Meaning.TO_READ, Meaning.MUST_READ, Meaning.TO_READ, Meaning.SKIP]
    members = [Member(id=name, name=name.title()) for name in ("ada", "grace")]
    async with unit_of_work() as uow:
        spoken = await uow.entries.between(Window(start=BEFORE - timedelta(days=7), end=BEFORE))
        texts = {key: stored.entry for key, stored, mention in spoken if mention.direct and stored.entry.abstract}
        for number, channel in enumerate(channels):
            await uow.channels.save(
                ChannelState(
                    name=channel.name, platform="web", id=channel.id, origin=ChannelOrigin.CHAT,
                    started=BEFORE - timedelta(days=14),
                )
            )  # fmt: skip
            await uow.digests.add(
                Digest(
                    channel=channel.name, week=week, window=channel_window(channel, week), budget_minutes=60, minutes=0, picks=(),
                    left_out={}, sources=(), compiled_at=BEFORE, sample=False,
                )
            )  # fmt: skip
            if number % EVERY:
                continue
            words = {word for topic in channel.topics for word in topic.casefold().split()}
            liked = sorted(texts, key=lambda key: (-sum(word in texts[key].title.casefold() for word in words), key))
            for place, key in enumerate(liked[:DECISIONS]):
                await uow.presses.add(
                    Press(
                        event_id=f"{channel.name}/{place}", channel=channel.name, item_key=key,
                        ref=MessageRef(platform="web", channel_id=channel.id, message_id=f"{place}"), member=members[place % 2],
                        meaning=meanings[place % 4], present=True, at=BEFORE + timedelta(hours=place),
                    )
                )  # fmt: skip
        await uow.commit()


class Bench:
    """The channels of one checkout, on a database of its own."""

    def __init__(self, address: str) -> None:
        from sqlalchemy import event

        from adapters.ranking.process import ProcessRanker
        from adapters.sources.catalog import specs
        from adapters.storage.database import create_engine
        from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
        from bot.usecases.spoken import SpokenCache

        self.engine = create_engine(address)
        self.units = SqlUnitOfWorkFactory(self.engine)
        self.ranker = ProcessRanker(lambda: NOW, None, idle=1e9)
        self.spoken = SpokenCache()
        self.specs = specs()
        self.queries = 0
        self.digests: dict[str, str] = {}
        self.rounds: dict[str, list[Any]] = {}
        event.listen(self.engine.sync_engine, "before_cursor_execute", self._count)

    def _count(self, *_: object) -> None:
        self.queries += 1

    @classmethod
    @contextlib.asynccontextmanager
    async def opened(cls, address: str, number: int, rounds: int) -> AsyncIterator[Bench]:
        from adapters.storage.migrations import migrate

        bench = cls(address)
        try:
            await migrate(bench.engine)
            same, others = channels_of(number)
            of_titles = channels_of_titles(await bench.titles(), number, rounds - 1)
            # Two topics, for with one alone the ranking does not learn the meanings of the week's works.
            first = channel_of(0, ("continual learning", "bandits"), "first")
            new = {f"new {place}": channels for place, channels in enumerate([others, *of_titles], start=1)}
            bench.rounds = {"week": [first], "same": same, **new}
            await populate(bench.units, [channel for channels in bench.rounds.values() for channel in channels])
            yield bench
        finally:
            await bench.ranker.close()
            await bench.engine.dispose()

    async def titles(self) -> list[str]:
        """Give the titles of the week's works."""
        from bot.model import Window

        async with self.units() as uow:
            spoken = await uow.entries.between(Window(start=BEFORE, end=NOW))
        return sorted({key: stored.entry.title for key, stored, mention in spoken if mention.direct}.values())

    async def round(self, which: str) -> dict[str, Any]:
        """Compile the channels of a round; give milliseconds of CPU a channel here and in ranking's process, and queries a channel."""
        channels = self.rounds[which]
        before, ranked, self.queries = time.process_time(), children_cpu(), 0
        digests = [await self.compiled(channel) for channel in channels]
        number = len(channels)
        main, ranking = time.process_time() - before, children_cpu() - ranked
        queries = self.queries / number
        # After the measurement: what they say is no part of it.
        told = {digest.channel: said(digest) for digest in digests}
        known = {name: text for name, text in self.digests.items() if name in told}
        assert not known or known == told, "the same channel had another digest in this process"
        self.digests |= told
        return {"main": 1000 * main / number, "ranking": 1000 * ranking / number, "queries": queries}

    async def compiled(self, channel: Any) -> Any:
        from bot.due import channel_window
        from bot.usecases.compile import compile_digest

        return await compile_digest(
            channel, WEEK, channel_window(channel, WEEK), self.units.reading, specs=self.specs, now=NOW, ranker=self.ranker,
            spoken=self.spoken,
        )  # fmt: skip


def said(digest: Any) -> str:
    """Give all that a digest says, as it would be stored."""
    from adapters.storage.codec import encode

    return encode(digest)


def children_cpu() -> float:
    """Seconds of CPU of the processes that this one runs (Linux only, else 0)."""
    nanoseconds = 0
    for listed in Path(f"/proc/{os.getpid()}/task").glob("*/children"):
        for pid in listed.read_text().split():
            for one in Path(f"/proc/{pid}/task").glob("*/schedstat"):
                with contextlib.suppress(OSError):
                    nanoseconds += int(one.read_text().split()[0])
    return nanoseconds / 1e9


async def serve(address: str, number: int, rounds: int) -> None:
    """Do what each line on standard input asks for, and answer with a line of JSON each."""
    from scheduler.runner import tune_interpreter

    tune_interpreter()  # as every process that makes digests does
    async with Bench.opened(address, number, rounds) as bench:
        print("{}", flush=True)
        for line in sys.stdin:
            asked = line.strip()
            if asked == "digests":
                answer: Any = bench.digests
            elif asked.startswith("profile"):
                answer = await profiled(bench, int(asked.split()[1]))
            else:
                answer = await bench.round(asked)
            print(json.dumps(answer), flush=True)


async def profiled(bench: Bench, lines: int) -> str:
    """Give what one more round of the first channels spends its time on."""
    profiles = [cProfile.Profile(time.thread_time)]

    def seen(function: Callable[..., Any], *given: Any, **named: Any) -> Any:
        profile = cProfile.Profile(time.thread_time)
        profiles.append(profile)
        return profile.runcall(function, *given, **named)

    async def to_thread(function: Callable[..., Any], *given: Any, **named: Any) -> Any:
        return await threaded(seen, function, *given, **named)

    threaded = asyncio.to_thread
    asyncio.to_thread = to_thread  # type: ignore[assignment]
    profiles[0].enable()
    await bench.round("same")
    profiles[0].disable()
    asyncio.to_thread = threaded
    told = io.StringIO()
    statistic = pstats.Stats(*profiles, stream=told).strip_dirs()
    statistic.sort_stats("tottime").print_stats(lines)
    statistic.sort_stats("cumulative").print_stats(lines)
    return told.getvalue()


# ---- around it: the week is collected once, and each checkout measured is a process


class Contestant:
    """A checkout in a process of its own, which is asked for one round at a time."""

    def __init__(self, checkout: Path, address: str, number: int, rounds: int) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PAPERROUND_")}
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--serve", str(checkout), address, str(number), str(rounds)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip
        self.took: dict[str, list[dict[str, float]]] = {}

    def ready(self) -> Contestant:
        self._answer()
        return self

    def _answer(self) -> Any:
        assert self._process.stdout
        line = self._process.stdout.readline()
        assert line, "the measured process ended"
        return json.loads(line)

    def ask(self, what: str) -> Any:
        assert self._process.stdin
        print(what, file=self._process.stdin, flush=True)
        return self._answer()

    def round(self, name: str, which: str) -> None:
        self.took.setdefault(name, []).append(self.ask(which))

    def median(self, name: str, what: str) -> float:
        return statistics.median(one[what] for one in self.took[name])

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


@contextlib.contextmanager
def replayed() -> Iterator[str]:
    with subprocess.Popen([sys.executable, str(REPLAY)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().split()[1]
        finally:
            process.terminate()


def collected(folder: Path) -> Path:
    """Collect the captured week, and what was seen of the one before, as on their Mondays; give the database."""
    from tests.scenarios.program import replay_config  # the path is set by then

    with replayed() as address:
        (folder / "paperround.toml").write_text(replay_config(address), "utf-8")
        own = {name: value for name, value in os.environ.items() if not name.startswith(("PAPERROUND_", "DATABASE_"))}
        for now in (BEFORE, NOW):
            body = json.dumps({"until": now.isoformat()}).encode()
            urllib.request.urlopen(urllib.request.Request(f"{address}/_control/until", body, method="POST")).close()
            environment = own | {"PYTHONPATH": str(HERE), "PAPERROUND_NOW": now.isoformat(), "X_BEARER_TOKEN": "sample"}
            command = [sys.executable, "-m", "scheduler", "collect"]
            subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    return folder / "paperround.db"


def rounds_of(number: int) -> dict[str, str]:
    """Give the names of the rounds whose channels nobody had before, so many with new topics, and by which they are asked for."""
    return {"first round": "same"} | {f"new topics, round {place}": f"new {place}" for place in range(1, number + 1)}


def measured(contestants: Sequence[Contestant], rounds: int) -> None:
    """Have each do the same in turns; the one that begins changes, for the load does, and each round is done again at once."""
    plan = [("the week", "week")]
    for name, which in rounds_of(rounds).items():
        plan += [(name, which), (f"{name}, again", which)]
    for number, (name, which) in enumerate(plan):
        for one in contestants if number % 2 else reversed(contestants):
            one.round(name, which)
        print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


def tell(ours: Contestant, theirs: Contestant | None) -> None:
    print(f"{'ms of CPU a channel':22}{'main':>8}{'ranking':>9}{'both':>8}{'queries':>9}")
    for name in ours.took:
        for one, whose in ((theirs, "baseline"), (ours, "")):
            if one:
                main, ranking = one.median(name, "main"), one.median(name, "ranking")
                queries = one.median(name, "queries")
                told = f"{name}, {whose}" if whose else name
                print(f"{told:30}{main:8.1f}{ranking:9.1f}{main + ranking:8.1f}{queries:9.1f}")
        if theirs:
            ratios = [ours.median(name, what) / (theirs.median(name, what) or 1) for what in ("main", "ranking")]
            print(f"{'  of the baseline':30}{ratios[0]:8.2f}{ratios[1]:9.2f}")


def tell_apart(ours: Contestant, theirs: Contestant | None, channels: int, rounds: int) -> None:
    """Say what a channel costs in the last rounds, with topics that are new and again, and what the rounds paid more than that, once for all."""
    names = list(rounds_of(rounds))
    for one, whose in ((theirs, "of the baseline "), (ours, "")):
        if one is None:
            continue
        new, again = (
            {name: one.median(name + end, "main") + one.median(name + end, "ranking") for name in names}
            for end in ("", ", again")
        )
        first, second = (statistics.median([each[name] for name in names[-LAST:]]) for each in (new, again))
        once = channels * sum(new[name] - again[name] - (first - second) for name in names)
        print(
            f"{whose}a channel with new topics {first:.0f} ms, again {second:.0f} ms ({first / second:.2f}; the last {LAST} rounds); "
            f"once for all, beside the week {once:.0f} ms"
        )


def differences(expected: dict[str, str], found: dict[str, str]) -> list[str]:
    """Say which digests are other ones, and the first place in each."""
    told = []
    for name in sorted(expected.keys() & found.keys()):
        if expected[name] != found[name]:
            one, other = (json.loads(said, parse_float=_rounded) for said in (expected[name], found[name]))
            # A field that one of them does not have yet is no difference where the other has nothing in it.
            if where := [key for key in {**one, **other} if (one.get(key) or None) != (other.get(key) or None)]:
                told.append(f"{name}: {', '.join(where)}: {_first(one, other, where)}")
    return told


def _rounded(number: str) -> float:
    """A number but for its last digits, which depend on the order in which others were added up."""
    return float(f"{float(number):.5g}")


def _first(one: dict[str, Any], other: dict[str, Any], where: Sequence[str]) -> str:
    before, after = json.dumps(one.get(where[0])), json.dumps(other.get(where[0]))
    place = next((n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), 0)
    return f"{before[max(0, place - 80) : place + 80]!r} is now {after[max(0, place - 80) : place + 80]!r}"


def hashed(digests: dict[str, str]) -> dict[str, str]:
    return {name: hashlib.sha256(text.encode()).hexdigest()[:20] for name, text in sorted(digests.items())}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--channels", type=int, default=20)
    parser.add_argument(
        "--rounds",
        type=int,
        default=8,
        help="how many rounds have new topics",
    )
    parser.add_argument(
        "--profile", type=int, metavar="LINES", help="print so many lines of a profile of one more round"
    )
    parser.add_argument("--keep", type=Path, help="write the digests' hashes there")
    parser.add_argument("--expect", type=Path, help="compare the digests' hashes with what --keep wrote")
    parser.add_argument("--baseline", type=Path, help="another checkout, which does the same in turns")
    parser.add_argument("--database", type=Path, help="keep the collected database there, or take it from there")
    parser.add_argument("--serve", nargs=4, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        checkout, address, number, rounds = given.serve
        sys.path.insert(0, checkout)
        asyncio.run(serve(address, int(number), int(rounds)))
        return
    sys.path.insert(0, str(HERE))
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(
        f"{given.channels} channels; {os.cpu_count()} cores, load before: {load}; {datetime.now(UTC):%Y-%m-%d %H:%M}\n"
    )
    with tempfile.TemporaryDirectory(prefix="paperround-compile-") as name:
        folder = Path(name)
        database = given.database
        if database is None or not database.exists():
            made = collected(folder)
            database = made if database is None else Path(shutil.copy(made, database))
        contestants: list[Contestant] = []
        for checkout in [HERE, *([given.baseline.resolve()] if given.baseline else [])]:
            copy = shutil.copy(database, folder / f"{len(contestants)}.db")
            contestants.append(Contestant(checkout, f"sqlite:///{copy}", given.channels, given.rounds).ready())
        measured(contestants, given.rounds)
        ours, theirs = contestants[0], contestants[1] if given.baseline else None
        tell(ours, theirs)
        tell_apart(ours, theirs, given.channels, given.rounds)
        digests = ours.ask("digests")
        if given.profile:
            print(ours.ask(f"profile {given.profile}"))
        expected = theirs.ask("digests") if theirs else {}
        for one in contestants:
            one.close()
    hashes = hashed(digests)
    print(f"\n{len(digests)} digests, hash of all: {hashlib.sha256(json.dumps(hashes).encode()).hexdigest()[:20]}")
    if given.keep:
        given.keep.write_text(json.dumps(hashes, indent=1) + "\n", "utf-8")
    told = differences(expected, digests)
    if given.expect:
        kept = json.loads(given.expect.read_text("utf-8"))
        told += [f"{name}: not as it was kept" for name in hashes if kept.get(name) != hashes[name]]
    if expected or given.expect:
        print(
            "\n".join(["not the same:", *told]) if told else "the same as expected, to the last reason and propensity"
        )
    if told:
        sys.exit(1)


if __name__ == "__main__":
    main()
