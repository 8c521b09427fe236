"""The command: worlds side by side until enough processes were killed; the figures in the end. Exit code 1 unless they are 0 and 0."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from bot.text import counted
from tests.databases import new_postgresql, postgresql_on
from tests.fork_server import TOO_LATE
from tests.small_disk import NotPermittedError, mounted_disk
from tests.torture.world import CHECKOUT, Counts

REQUIRED = "PAPERROUND_REQUIRE_POSTGRESQL"
RUNS_A_WORLD = 20
AT_ONCE = 5
"""How many worlds at a time: they wait more than they work."""

ROLES = "roles"
ROLES_AT_ONCE = 1
"""Worlds of six processes each."""

EVERY = 10.0
MEGABYTES = 64
"""The disk of a world: a database of some weeks takes a few."""

WORLD_SECONDS = 1200.0


@dataclass
class Tally:
    """What all worlds together have seen. `now` holds what each world that still lives has told last."""

    began: float = field(default_factory=time.monotonic)
    done: list[dict[str, Any]] = field(default_factory=list)
    now: dict[int, dict[str, Any]] = field(default_factory=dict)
    unjudged: int = 0
    """Worlds in which a process could not be started in time."""

    def total(self, figure: str) -> int:
        return sum(one.get(figure, 0) for one in (*self.done, *self.now.values()))

    def found(self, what: str) -> int:
        return sum(len(one["findings"][what]) for one in self.done)

    def code(self) -> int:
        """The exit code: 0 where something was seen, all of it was judged, and nothing was found."""
        well = self.total("runs") and not (self.unjudged or self.found("duplicates") or self.found("losses"))
        return 0 if well else 1

    def line(self) -> str:
        told = (f"{self.total(name)} {name.replace('_', ' ')}" for name in vars(Counts()))
        return f"{', '.join(told)} in {time.monotonic() - self.began:.0f} s"


async def world(number: int, database: str, seed: int, runs: int, tally: Tally, kind: str) -> None:
    """Let one world live in a process of its own, and note what it tells."""
    async with AsyncExitStack() as stack:
        if kind == ROLES:
            given = ["--seed", str(seed), "--runs", str(runs), "--address", await new_postgresql()]
            await _live(number, database, given, seed, tally, kind)
            return
        try:
            disk = stack.enter_context(mounted_disk(MEGABYTES)).path
        except NotPermittedError:
            disk = None
        address = ""
        if database == "postgresql":
            address = await stack.enter_async_context(postgresql_on(disk)) if disk else await new_postgresql()
        where = [*(["--address", address] if address else []), *(["--disk", str(disk)] if disk else [])]
        await _live(number, database, ["--seed", str(seed), "--runs", str(runs), *where], seed, tally, kind)


async def _live(number: int, database: str, arguments: list[str], seed: int, tally: Tally, kind: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"tests.torture.{kind}", *arguments,
        cwd=CHECKOUT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout
    told: dict[str, Any] = {}
    errors = asyncio.create_task(process.stderr.read()) if process.stderr else None
    try:
        async with asyncio.timeout(WORLD_SECONDS):
            async for line in process.stdout:
                told = tally.now[number] = json.loads(line)
            await process.wait()
    except TimeoutError:
        process.kill()
    tally.now.pop(number, None)
    said = (await errors).decode("utf-8", "replace")[-2000:] if errors else ""
    conclude(tally, told, said, f"{database}, seed {seed}")


def conclude(tally: Tally, told: dict[str, Any], said: str, where: str) -> None:
    """Add a world that has ended to the tally: what it told last, and what it said on its standard error."""
    if "findings" not in told:
        if late := [line for line in said.splitlines() if TOO_LATE in line]:
            # Nothing was seen of the program, and nothing proven: it is no loss, and its runs do not count.
            tally.unjudged += 1
            say(f"  ? {where}: {late[-1]}")
            return
        told["findings"] = {"duplicates": [], "losses": [f"the world ended before its time: {said}"], "window": 0}
    tally.done.append(told)
    for finding in (*told["findings"]["duplicates"], *told["findings"]["losses"]):
        say(f"  ! {where}: {finding}")
    if told.get("folder"):
        say(f"  ! its logs and its database: {told['folder']}")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def databases(wanted: str) -> list[str]:
    """Give the databases to try; where PostgreSQL is wanted and not there, say so, and raise `SystemExit` if it is required."""
    found = ["sqlite", "postgresql"] if wanted == "both" else [wanted]
    if "postgresql" not in found:
        return found
    try:
        await new_postgresql()
    except Exception as error:
        say(f"PostgreSQL IS NOT TRIED: it does not start here ({type(error).__name__}: {error})")
        if wanted == "postgresql" or os.environ.get(REQUIRED):
            raise SystemExit(1) from error
        found.remove("postgresql")
    return found


async def torture(runs: int, seed: int, database: str, minutes: float, kind: str) -> int:
    """Do it; gives the exit code."""
    kinds = await databases(database)
    tally = Tally()
    ends = tally.began + minutes * 60 if minutes else None
    say(
        f"{'As many runs as go into ' + f'{minutes:g} minutes' if ends else f'{runs} runs'}, seed {seed}, on {' and '.join(kinds)}"
    )
    planned, places, worlds = 0, asyncio.Semaphore(ROLES_AT_ONCE if kind == ROLES else AT_ONCE), set()
    progress = asyncio.create_task(_progress(tally))
    number = 0
    while (time.monotonic() < ends) if ends else (planned < runs):
        await places.acquire()
        size = RUNS_A_WORLD if ends else min(RUNS_A_WORLD, runs - planned)
        task = asyncio.create_task(world(number, kinds[number % len(kinds)], seed * 1000 + number, size, tally, kind))
        task.add_done_callback(lambda _: places.release())
        worlds.add(task)
        planned += size
        number += 1
    await asyncio.gather(*worlds)
    progress.cancel()
    say(f"{tally.line()}; {number} worlds")
    if window := sum(one["findings"]["window"] for one in tally.done):
        done = sum(one["findings"].get("on_late_copies", 0) for one in tally.done)
        say(
            f"{window} messages came twice, from a process that was stopped in the very call, for longer than its lease; {done} acts of "
            "people on the second copy are not taken (neither is counted below)"
        )
    say(
        f"{tally.total('runs')} runs, {tally.total('kills')} kills, {tally.found('duplicates')} duplicates, {tally.found('losses')} losses"
    )
    if tally.unjudged:
        say(
            f"{counted(tally.unjudged, 'world')} could not be judged, since this machine was too busy to start a process in time"
        )
    return tally.code()


async def _progress(tally: Tally) -> None:
    while True:
        await asyncio.sleep(EVERY)
        say(f"  {tally.line()}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--runs", type=int, default=200, help="how many lives of a process")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--minutes", type=float, default=0, help="go on for so long, whatever --runs says")
    parser.add_argument(
        "--roles", action="store_true", help="two workers, two webs, a clock and a listener on PostgreSQL"
    )
    given = parser.parse_args()
    kind, database = (ROLES, "postgresql") if given.roles else ("world", given.database)
    raise SystemExit(asyncio.run(torture(given.runs, given.seed, database, given.minutes, kind)))


if __name__ == "__main__":
    main()
