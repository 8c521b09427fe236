"""
What many channels cost where two workers share them: `herd.py` on PostgreSQL, by the roles as they are run, in real time.

    python benchmarks/herd_roles.py [--channels 1000] [--workers 2] [--concurrency 100] [--workspace 8] [--large 0]

The same channels as those of `herd.py`, all due at Monday 09:00, in a PostgreSQL of our own (`fsync` is on); `paperround worker` as often as asked for and
`paperround clock`, as processes, whose clocks stand a moment before that hour when they begin; and the platforms that enforce their limits, in a
process of their own, asked over HTTP (`strict_server.py`). Only where the sources would be asked stand the invented ones. Nothing is
skipped: a workspace's pace is waited for. With `--large` one workspace of Slack's with so many channels is beside the others.

While it runs it says how far it is on each platform, and how many requests a second that was asked. A checker then compares what the platforms were
sent with what was due: every digest once, every message once. Beside it stands what CPU each
process used, and how much memory it had at most. Linux only.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from sqlalchemy import text

from adapters.sources.catalog import specs as configured
from adapters.storage.database import create_engine
from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from benchmarks import herd
from benchmarks.digest import COUNTS, filled
from benchmarks.events import own_postgresql
from benchmarks.strict_platforms import LARGE
from scheduler import jobs

HERE: Final = Path(__file__).resolve().parent

BEFORE: Final = timedelta(seconds=25)
"""How long before the hour the clocks begin: until then the processes start, which is not counted."""

LOOK_SECONDS: Final = 5.0
SILENT_SECONDS: Final = 60.0
"""After how long it is said how far it is, though no hundred digests more are sent."""

LONGEST: Final = 3_600.0


def role(arguments: list[str]) -> None:
    """`paperround` with the invented sources."""
    from scheduler.__main__ import main
    from scheduler.services import Services

    Services.specs = herd.Bench.specs  # type: ignore[assignment, method-assign]
    Services.open_sources = herd.Bench.open_sources  # type: ignore[assignment, method-assign]
    sys.argv = ["paperround", *arguments]
    main()


async def prepared(address: str, number: int, workspace: int, large: int) -> None:
    """The works of the week, the channels, and the collect before the hour."""
    await filled(address)
    engine = create_engine(address)
    units = SqlUnitOfWorkFactory(engine)

    async def specs() -> Any:
        return tuple(spec for spec in configured() if spec.id in COUNTS)

    services: Any = SimpleNamespace(specs=specs, reading=units.reading, unit_of_work=units, engine=engine)
    await herd.populate(services, number, spread=False, workspace=workspace, large=large)
    asked = herd.DUE - timedelta(minutes=20)
    async with units() as uow:
        await uow.notes.put(jobs.ROUND, asked.isoformat())
        records = await uow.sources.all()
        await uow.sources.save([replace(one, last_success=asked) for one in records.values()])
        await uow.commit()
    await engine.dispose()


class Processes:
    """The processes of a run. Those that are still there at the end are ended."""

    def __init__(self, folder: Path, address: str, port: int) -> None:
        self.folder, self.running = folder, dict[str, subprocess.Popen[bytes]]()
        kept = {
            k: v for k, v in os.environ.items() if not k.startswith(("PAPERROUND_", "SLACK_", "DISCORD_", "DATABASE_"))
        }
        self._environment = kept | {
            "DATABASE_URL": address,
            "SLACK_CLIENT_ID": "1",
            "SLACK_CLIENT_SECRET": "secret",
            "SLACK_SIGNING_SECRET": "secret",
            "SLACK_API_URL": f"http://127.0.0.1:{port}/slack/",
            "PAPERROUND_KEYS": herd.KEY,
            "DISCORD_BOT_TOKEN": "token",
            "DISCORD_API_URL": f"http://127.0.0.1:{port}/discord",
            "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
        }

    def start(self, name: str, *command: str, now: datetime | None = None) -> None:
        told = {"PAPERROUND_NOW": now.isoformat()} if now else {}
        log = (self.folder / f"{name.replace(' ', '-')}.log").open("wb")
        self.running[name] = subprocess.Popen(
            [sys.executable, *command], cwd=self.folder, env=self._environment | told, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )  # fmt: skip

    def cpu(self) -> dict[str, float]:
        return {name: cpu_of(process.pid) for name, process in self.running.items()}

    def memory(self) -> dict[str, float]:
        return {name: most_memory_of(process.pid) for name, process in self.running.items()}

    def dead(self) -> list[str]:
        return [name for name, process in self.running.items() if process.poll() is not None]

    def end(self) -> None:
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()


def family(pid: int) -> Iterator[int]:
    """A process and all that descend from it and live."""
    yield pid
    for told in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in told.read_text().split():
                yield from family(int(child))


def cpu_of(pid: int) -> float:
    """Seconds of CPU of a process and its descendants, those included that ended and were waited for."""
    ticks = 0
    for one in family(pid):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def most_memory_of(pid: int) -> float:
    """The most that a process had in memory until now, and those of its descendants that live, in MB."""
    most = 0
    for one in family(pid):
        with contextlib.suppress(OSError):
            most += sum(
                int(line.split()[1])
                for line in Path(f"/proc/{one}/status").read_text().splitlines()
                if line.startswith("VmHWM")
            )
    return most / 1024


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def run(given: argparse.Namespace, folder: Path) -> None:
    address, server = own_postgresql(str(folder))
    await prepared(address, given.channels, given.workspace, given.large)
    wanted = given.channels + given.large
    port = free_port()
    processes = Processes(folder, address, port)
    engine = create_engine(address)
    try:
        processes.start("platforms", str(HERE / "strict_server.py"), str(port), str(given.workspace), str(given.large))
        began, start = time.monotonic(), herd.DUE - BEFORE
        for number in range(1, given.workers + 1):
            worker = ("worker", "--concurrency", str(given.concurrency))
            processes.start(f"worker {number}", str(HERE / "herd_roles.py"), "--role", *worker, now=start)
        processes.start(
            "clock",
            str(HERE / "herd_roles.py"),
            "--role",
            "clock",
            now=start + timedelta(seconds=time.monotonic() - began),
        )
        await asyncio.sleep(BEFORE.total_seconds() - (time.monotonic() - began))
        before, database = processes.cpu(), cpu_of(server)
        done = await until_sent(engine, processes, wanted, port)
        took, used = time.monotonic() - began - BEFORE.total_seconds(), processes.cpu()
        report = await asyncio.to_thread(reported, port)
        print(", ".join(f"{name} {most:.0f} MB at most" for name, most in processes.memory().items()))
        show(wanted, done, took, {name: used[name] - before[name] for name in used}, cpu_of(server) - database)
        tell_ends(report["last"], began + BEFORE.total_seconds())
        await check(engine, report, wanted)
        for name in ("Slack", "Discord"):
            print(f"{name}: {report[name]}")
    finally:
        processes.end()
        await engine.dispose()
        if given.logs:
            for log in sorted(folder.glob("*.log")):  # noqa: ASYNC240 - everything is over
                print(f"--- {log.name}\n{log.read_text('utf-8', 'replace')[-given.logs :]}")


def reported(port: int, what: str = "report") -> dict[str, Any]:
    """What the platforms saw; of `requests`, how many there were of each until now."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/{what}") as answer:
        found: dict[str, Any] = json.load(answer)
    return found


SENT: Final = """
SELECT channels.platform,
    count(DISTINCT postings.channel) - count(DISTINCT postings.channel) FILTER (WHERE state IN ('pending', 'sending')) AS number
FROM postings JOIN channels ON channels.name = postings.channel
WHERE postings.channel LIKE 'channel-%' GROUP BY 1
"""
"""How many digests of the herd are all sent, by platform; the local page, which every installation has, is none of it."""


async def until_sent(engine: Any, processes: Processes, number: int, port: int) -> int:
    """Wait until all is sent; say now and then how far it is on each platform, and how often that is asked."""
    began, told, done = time.monotonic(), 0, 0
    pace = Pace(began)
    while time.monotonic() - began < LONGEST and done < number and not processes.dead():
        await asyncio.sleep(LOOK_SECONDS)
        async with engine.connect() as connection:
            sent: dict[str, int] = {row.platform: row.number for row in await connection.execute(text(SENT))}
        done = sum(sent.values())
        if done >= told + 100 or done == number or time.monotonic() - pace.at >= SILENT_SECONDS:
            told, after = done, (time.monotonic() - began) / 60
            rates = pace.since_last(await asyncio.to_thread(reported, port, "requests"), time.monotonic())
            each = ", ".join(
                f"{name} {sent.get(name, 0):,} at {rate:.1f} requests a second" for name, rate in rates.items()
            )
            print(f"  {done:,} sent after {after:.1f} minutes: {each}", flush=True)
    if processes.dead():
        print(f"ended by themselves: {processes.dead()}")
    return done


class Pace:
    """Requests a second since the last look, which was `at` an instant; before the first one there were none."""

    def __init__(self, at: float) -> None:
        self.at = at
        self._numbers: dict[str, int] = {}

    def since_last(self, numbers: dict[str, int], now: float) -> dict[str, float]:
        """Give them by platform."""
        took, before = now - self.at, self._numbers
        self.at, self._numbers = now, numbers
        return {name: (number - before.get(name, 0)) / took for name, number in numbers.items()}


def show(number: int, done: int, took: float, used: dict[str, float], database: float) -> None:
    print(f"{done:,} of {number:,} digests sent {took / 60:.1f} minutes after the hour")
    for name, seconds in (used | {"PostgreSQL": database}).items():
        print(f"  {name:12} {seconds:8.1f} s of CPU   {1000 * seconds / max(done, 1):7.1f} ms a digest")
    whole = sum(seconds for name, seconds in used.items() if name != "platforms") + database
    print(f"  without the platforms {1000 * whole / max(done, 1):.1f} ms a digest")


def tell_ends(last: dict[str, float], hour: float) -> None:
    """Say when the channels of Slack's workspaces had their last message, in seconds after the hour. All processes of a machine have one monotonic clock."""
    for what, large in (("small workspaces", False), ("the large workspace", True)):
        ends = sorted(at - hour for channel, at in last.items() if channel.startswith(f"{LARGE}/") is large)
        if ends:
            print(
                f"Slack, {what}: a channel's last message after {statistics.median(ends):.0f} s (median), {ends[-1]:.0f} s (last of {len(ends)})"
            )


async def check(engine: Any, report: dict[str, Any], number: int) -> None:
    """Each digest once, each message once. Raises `AssertionError`."""
    async with engine.connect() as connection:
        asked = "SELECT channel, week, key, state FROM postings WHERE channel LIKE 'channel-%'"
        rows = (await connection.execute(text(asked))).all()
    weeks, posted = Counter((row.channel, row.week) for row in rows), report["posted"]
    again = [key for key, times in posted.items() if times > 1]
    assert not again, f"sent twice: {again[:5]}"
    often = Counter(channel for channel, _ in weeks)
    twice = [one for one in weeks if often[one[0]] > 1]
    assert not twice, f"more than one digest: {twice[:5]}"
    assert len(weeks) == number, f"{len(weeks)} digests"
    assert {row.state for row in rows} == {"posted"}, Counter(row.state for row in rows)
    odd = posted.keys() ^ {row.key for row in rows}
    assert not odd, f"what was sent is not what was planned: {sorted(odd)[:5]}"
    print(f"checked: {len(weeks)} digests, each once; {len(posted):,} messages, each once")


def main() -> None:
    if "--role" in sys.argv:
        role(sys.argv[sys.argv.index("--role") + 1 :])
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--channels", type=int, default=1_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--concurrency", type=int, default=100)
    parser.add_argument("--workspace", type=int, default=herd.WORKSPACE, help="channels of a workspace of Slack's")
    parser.add_argument(
        "--large", type=int, default=0, help="channels of one workspace of Slack's that is beside the others"
    )
    parser.add_argument("--logs", type=int, default=0, metavar="CHARACTERS", help="show the end of each process's log")
    given = parser.parse_args()
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"{given.workers} workers, {os.cpu_count()} cores, load before: {load}\n", flush=True)
    with tempfile.TemporaryDirectory(prefix="paperround-herd-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs as another user where this runs as root
        asyncio.run(run(given, Path(folder)))


if __name__ == "__main__":
    main()
