"""
How often Discord would refuse several busy processes that share its limit: requests of theirs that come within a second after fifty others.

    python benchmarks/late_turns.py [--processes 2] [--places 50] [--seconds 40] [--stall 0.4] [--steady]

Each process asks as `adapters.discord.rest.Rest` does, from so many places at once, each of which waits a tenth of a second for its answer; it
shares the limiter in a PostgreSQL of our own. Every two seconds or so it stands still for up to `--stall` seconds, as one does that compiles digests
on a machine that others use; with `--steady` it stands still for so long again and again, and turns its event loop for ten milliseconds between, as
where the CPU is full. When requests are made is noted by one clock, and counted afterwards, so that no busy platform bunches them.
`in time` is as in service; `as they come` uses late turns as soon as it comes to it, 48 a second at most, as was done before.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from adapters.discord.rest import Rest
from adapters.storage.database import create_engine
from adapters.storage.migrations import migrate
from adapters.storage.rate_limits import PostgresRateLimiter
from benchmarks.events import own_postgresql
from bot.rate_limits import SlidingWindow

ANSWER: Final = 0.1
MOST: Final = 50
"""What Discord takes in any second."""


class Alone(PostgresRateLimiter):
    """The shared limiter, used as if this process were alone: late turns as they come."""

    shared = False


async def process(address: str, given: argparse.Namespace) -> None:
    """Ask from all places until the time is over; tell when each request was made."""
    engine = create_engine(address)
    rest = Rest("token", limiter=(PostgresRateLimiter if given.kind == "in time" else Alone)(engine))
    made: list[float] = []
    ends, chance = time.monotonic() + given.seconds, random.Random(os.getpid())

    async def place() -> None:
        while time.monotonic() < ends:
            await rest._turn("/channels/1/messages")  # noqa: SLF001 - as above
            made.append(time.monotonic())
            await asyncio.sleep(ANSWER)

    async def stall() -> None:
        while time.monotonic() < ends:
            await asyncio.sleep(0.01 if given.steady else chance.uniform(1, 3))
            time.sleep(given.stall if given.steady else chance.uniform(0, given.stall))  # noqa: ASYNC251 - that is what is measured

    await asyncio.gather(stall(), *(place() for _ in range(given.places)))
    await engine.dispose()
    print(json.dumps(made))


def refused(instants: Sequence[float]) -> int:
    """How many requests a platform refuses that takes fifty in any second, and forgets those that it refused."""
    window = SlidingWindow(MOST, 1.0)
    return sum(window.wait(one) > 0 for one in sorted(instants))


async def prepared(address: str) -> None:
    engine = create_engine(address)
    await migrate(engine)
    await engine.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--places", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument("--stall", type=float, default=0.4)
    parser.add_argument("--steady", action="store_true")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--kind", default="in time", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        asyncio.run(process(given.one, given))
        return
    print(f"{os.cpu_count()} cores, load before: {', '.join(f'{each:.1f}' for each in os.getloadavg())}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        address, _ = own_postgresql(folder)
        asyncio.run(prepared(address))
        for kind in ("as they come", "in time"):
            command = [sys.executable, __file__, "--one", address, "--kind", kind]
            command += [f"--{name}={getattr(given, name)}" for name in ("places", "seconds", "stall")]
            command += ["--steady"] if given.steady else []
            running = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(given.processes)]
            found: list[Any] = [json.loads(one.communicate()[0]) for one in running]
            made = [at for one in found for at in one]
            span = max(made) - min(made)
            print(
                f"{kind:12} {len(made):6} requests, {len(made) / span:.1f} a second, {refused(made)} refused",
                flush=True,
            )


if __name__ == "__main__":
    main()
