"""
How often a year of collects asks each host: the service's own ticks, on a clock that is put forward, against the captured week.

    python benchmarks/year.py [--days 365] [--minutes 10] [--replay ../shared/replay/serve.py] [--outages]

Every half hour of the simulated year the service's tick runs, as it does every half minute; nothing is due in between that a later tick
would not do. The requests are counted where they arrive. Pauses between requests are real and a hundredth of what they are in service,
so that what arXiv asks for (three seconds) can be looked at: gaps are printed as in service. With `--outages` one source after the other
fails for two days, in all the ways the captured week's server knows.

Each source is a host of its own, but for fallbacks (arXiv's RSS, Arctic Shift). The limits are the services' own where they document one. Exit code 1 where one is exceeded.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

CHECKOUT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT))

START: Final = datetime(2026, 8, 17, 9, tzinfo=UTC)
STEP: Final = timedelta(minutes=30)
SCALE: Final = 100
"""How much shorter the pauses between requests are than in service."""

ARXIV_SECONDS: Final = 3.0
"""Between two questions, over one connection: https://info.arxiv.org/help/api/tou.html (docs/platform-facts.md#d8)."""

SLACK: Final = 0.9
"""A gap is measured where the request arrives, whose way takes now a little longer and now a little less."""

AT_ONCE: Final = {"arxiv": 20, "huggingface": 500, "x-list": 900, "reddit-machinelearning": 10, "arctic_shift": 10}
"""
Most requests of one round, which takes a minute or two. Hugging Face documents 500 to its API in five minutes without a login
(https://huggingface.co/docs/hub/rate-limits), X 900 in a quarter of an hour for posts of a list (its API of 2022); what arXiv documents is the
gap, and twenty of them are a minute. Reddit and Arctic Shift document no number for what is asked of them here, and a feed documents none
at all: those bounds are our own, for a feed is asked for once in a round, and once more after a slip.
"""

A_FEED: Final = 3
A_DAY: Final = 60
"""Most requests a day to a source that is well, arXiv's pages included; a feed is asked for twice, plus an hour before a digest."""

KINDS: Final = ("status:429", "status:503", "drop", "html", "empty", "garbage")


@dataclass
class Year:
    """What arrived: requests by source and day, the most of one round, and the shortest gap between two of arXiv's in seconds of service."""

    days: float
    scale: float = SCALE
    by_day: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    at_once: Counter[str] = field(default_factory=Counter)
    rounds: int = 0
    shortest: float = float("inf")
    conditional: Counter[str] = field(default_factory=Counter)

    def faults(self) -> Iterator[str]:
        """Each limit that was exceeded, as a sentence."""
        for source, most in sorted(self.at_once.items()):
            allowed = AT_ONCE.get(source, A_FEED)
            if most > allowed:
                yield f"{source} was asked {most} times in one round; {allowed} are allowed"
        for source, days in sorted(self.by_day.items()):
            if max(days.values()) > A_DAY:
                yield f"{source} was asked {max(days.values())} times in a day; {A_DAY} are enough"
        if self.shortest < ARXIV_SECONDS * SLACK:
            yield f"arXiv was asked again after {self.shortest:.2f} s; {ARXIV_SECONDS:g} are its terms"

    def table(self) -> Iterator[str]:
        """Requests a day for each source."""
        yield f"{'source':26}{'requests':>9}{'a day':>8}{'most a day':>12}{'most at once':>14}{'conditional':>13}"
        for source, days in sorted(self.by_day.items()):
            asked = sum(days.values())
            share = f"{100 * self.conditional[source] / asked:.0f} %"
            yield f"{source:26}{asked:9}{asked / self.days:8.1f}{max(days.values()):12}{self.at_once[source]:14}{share:>13}"


@dataclass
class Moment:
    """The simulated clock."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now


@contextmanager
def served(script: Path) -> Iterator[str]:
    """Run the captured week's server; give its address."""
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().split()[1]
        finally:
            process.terminate()


def control(address: str, what: str, **document: Any) -> None:
    body = json.dumps(document).encode()
    urllib.request.urlopen(urllib.request.Request(f"{address}/_control/{what}", body, method="POST")).close()


def asked(address: str) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{address}/_log") as answer:
        found = json.load(answer)
    return found if isinstance(found, list) else found["requests"]


def configuration(
    address: str, *, arxiv_interval: float = ARXIV_SECONDS / SCALE, page: int = 1000, most: int = 10_000
) -> str:
    """Settings that name the captured week; `arxiv_interval` in seconds of this machine, at `most` so many papers in pages of `page`."""
    from tests.scenarios.program import replay_config  # the path is set above

    given = f"interval = {arxiv_interval}\npage = {page}\nmost = {most}\npatience = 0"
    return replay_config(address).replace("interval = 0\npatience = 0", given)


async def live(
    address: str,
    days: float,
    *,
    start: datetime = START,
    scale: float = SCALE,
    outages: bool = False,
    seconds: float = float("inf"),
) -> Year:
    """
    Let so many days go by in the present directory, whose configuration names the captured week; at most so many `seconds` of this machine.
    The days that went by are those of the result.
    """
    from scheduler import bootstrap, jobs

    moment, year, seen, ends = Moment(start), Year(days, scale), 0, time.monotonic() + seconds
    bootstrap.running_clock = lambda *_: moment  # type: ignore[attr-defined]
    sources = ("arxiv", "huggingface", "reddit-machinelearning", "import-ai", "openai")
    faults = itertools.cycle(itertools.product(KINDS, sources))
    failing = ""
    async with bootstrap.open_services(bootstrap.configuration()) as services:
        for number in range(int(timedelta(days=days) / STEP)):
            moment.now = start + number * STEP
            day = int((moment.now - start) / timedelta(days=1))
            if outages and moment.now.hour == start.hour and moment.now.minute == 0 and day % 4 in {1, 3}:
                if failing:
                    control(address, "fault", source=failing, kind=None)
                    failing = ""
                else:
                    kind, failing = next(faults)
                    control(
                        address, "fault", source=failing, kind=kind.partition(":")[0], argument=kind.partition(":")[2]
                    )
            control(address, "until", until=moment.now.isoformat())
            await jobs.tick(services)
            news = asked(address)[seen:]
            seen += len(news)
            count(year, news, day)
            if moment.now - timedelta(days=day) == start:
                print(f"day {day} of {days:g}, {seen} requests", file=sys.stderr, flush=True)
            if time.monotonic() > ends:
                year.days = (number + 1) * STEP / timedelta(days=1)
                break
    return year


def count(year: Year, news: list[dict[str, Any]], day: int) -> None:
    """Count the requests of one tick."""
    here: Counter[str] = Counter(one["source"] for one in news)
    year.rounds += bool(here)
    times = [one["at"] for one in news if one["source"] == "arxiv"]
    year.shortest = min([year.shortest, *((b - a) * year.scale for a, b in itertools.pairwise(times))])
    for one in news:
        year.conditional[one["source"]] += bool(one.get("conditional"))
    for source, number in here.items():
        year.by_day[source][day] += number
        year.at_once[source] = max(year.at_once[source], number)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument(
        "--minutes", type=float, default=float("inf"), help="end after so long, with the days done by then"
    )
    parser.add_argument("--replay", type=Path, default=CHECKOUT.parent / "shared/replay/serve.py")
    parser.add_argument("--outages", action="store_true")
    given = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="paperround-year-") as folder, served(given.replay.resolve()) as address:
        os.chdir(folder)
        os.environ["X_BEARER_TOKEN"] = "sample"  # without one the list on X is not asked at all
        Path("paperround.toml").write_text(configuration(address), "utf-8")
        year = asyncio.run(live(address, given.days, outages=given.outages, seconds=given.minutes * 60))
        os.chdir(CHECKOUT)
    print(*year.table(), sep="\n")
    print(
        f"\n{year.days:.4g} days, {year.rounds} rounds; shortest gap of arXiv's {year.shortest:.2f} s; {time.monotonic() - began:.0f} s"
    )
    faults = [*year.faults()]
    print(*faults, sep="\n")
    raise SystemExit(bool(faults))


if __name__ == "__main__":
    main()
