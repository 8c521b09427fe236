"""
One world: `python -m tests.torture.world --database sqlite --seed 7 --runs 10` lives through it and tells what was found.

The program is started, lives until the plug is pulled, and is started again at a later hour; on PostgreSQL up to three of them at
once, one of which may be stopped for longer than a lease. In the end one is left alone until everything has settled.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.storage import tables
from adapters.storage.database import create_engine
from bot.due import due_week, next_due
from bot.errors import StorageError
from tests.fake_discord import TOKEN as DISCORD_TOKEN
from tests.fake_slack import APP_TOKEN, Refused
from tests.fake_slack import TOKEN as SLACK_TOKEN
from tests.fork_server import KILLED, Forked, ForkServer
from tests.small_disk import SmallDisk
from tests.torture.check import CHANNELS, DUE, Evidence, Findings, check
from tests.torture.chores import Chores
from tests.torture.hardship import Hardships
from tests.torture.people import WEB, People
from tests.torture.platforms import Platforms, Weather, platforms
from tests.torture.program import CLOCK, SABOTAGE
from tests.torture.subscriber import OnDiscord, OnSlack, Subscriber
from tests.torture.tokens import StoredTokens
from tests.torture.turns import Pause, held_up

CHECKOUT = Path(__file__).parents[2]
FIRST = datetime(2026, 8, 17, 9, 0, 5, tzinfo=UTC)
LEASE = 6.0
"""Seconds, as `program.hasten` sets it."""

EXCUSES = (
    " is full. Make room there",
    "oo many files are open. Let us",
    "Another Paper Round is serving",
    "too many clients already",
)
"""Why a process may end by itself: it began on a full disk, without descriptors, or beside another one."""

SUBSCRIBES = 0.4
"""How often the one who sets up a channel acts with the others."""

RUNS_BEFORE_TOKENS = 6
"""After how many runs the stored tokens are looked at, once a world."""

LONGEST_LIFE = 5.0
STARTS = 40.0
SETTLES = 90.0
STOPS = 25.0


@dataclass
class Counts:
    """What happened in a world; how many plugs were pulled while something was posted, looked at, or told."""

    runs: int = 0
    kills: int = 0
    restarts: int = 0
    refused: int = 0
    pauses: int = 0
    acts: int = 0
    full_disks: int = 0
    no_descriptors: int = 0
    moved_clocks: int = 0
    migrations: int = 0
    backups: int = 0
    restores: int = 0
    rotations: int = 0
    refreshes: int = 0
    subscribing: int = 0
    subscribed: int = 0
    reopened: int = 0
    old_presses: int = 0
    in_posts: int = 0
    in_looks: int = 0
    in_events: int = 0


@dataclass
class Plan:
    """When the plug is pulled: at the `nth` request of a `kind`, or at the latest after some seconds."""

    kind: str
    nth: int
    moment: str
    delay: float
    latest: float
    pauses: bool = False
    fired: asyncio.Event = field(default_factory=asyncio.Event)
    port: int | None = None


@dataclass
class Life:
    """One process. `log` is where it writes."""

    process: subprocess.Popen[bytes] | Forked
    log: Path

    def page(self) -> str | None:
        """The address of its page, once it has one."""
        if self.process.poll() is not None:
            return None
        with contextlib.suppress(OSError):
            for line in self.log.read_text("utf-8", "replace").splitlines():
                if line.startswith("Paper Round is at "):
                    return line.split()[4]
        return None

    def done(self) -> bool:
        """Whether its first work is done, or it has ended."""
        return self.process.poll() is not None or "\nOpen http" in self.log.read_text("utf-8", "replace")

    def ended_well(self) -> bool:
        """Whether it has ended, as it should when it is asked to."""
        return self.process.poll() == 0

    def strike(self) -> bool:
        """Pull the plug; tells whether there was one."""
        if self.process.poll() is not None:
            return False
        self.process.kill()
        self.process.wait()
        return True


class World:
    """A seed decides everything but the time that things take."""

    def __init__(
        self, folder: Path, address: str, seed: int, runs: int, sabotage: str = "", disk: SmallDisk | None = None
    ) -> None:
        self.folder = folder
        self.address = address
        self.sqlite = address.startswith("sqlite")
        self.rng = random.Random(seed)
        self.runs = runs
        self.sabotage = sabotage
        self.figures = Counts()
        self.findings = Findings()
        self.weather = Weather(random.Random(seed + 1), self.now)
        self._base, self._began = FIRST, time.monotonic()
        self.lives: list[Life] = []
        self.plan: Plan | None = None
        self.subscriber: Subscriber | None = None
        self._logs = 0
        self._since_due = 0
        self._fork_server = ForkServer(CHECKOUT)
        self._hard = bool(runs) and not sabotage and type(self) is World
        self._hardships = Hardships(random.Random(seed + 2), folder / "clock", disk)
        file = Path(address.removeprefix("sqlite:///")) if self.sqlite else None
        self._chores = Chores(random.Random(seed + 3), folder, file, self.start)
        self._tokens = StoredTokens(random.Random(seed + 4), folder, address, self.start)
        self._pauses: list[Pause] = []

    # its clock

    def now(self) -> datetime:
        """The world's hour."""
        return self._base + timedelta(seconds=time.monotonic() - self._began)

    def let_pass(self, span: timedelta) -> None:
        """Let time go by in which nothing runs."""
        self._base += span

    # what the platforms show us

    def noticed(self, kind: str, moment: str, port: int | None) -> bool:
        plan = self.plan
        if kind == "asked":
            if self.subscriber is None or not self.subscriber.acting:
                return True
            kind = "subscribing"
        if plan is None or plan.fired.is_set() or kind != plan.kind or moment != plan.moment.replace("lost", "before"):
            return True
        plan.nth -= 1
        if plan.nth > 0:
            return True
        plan.port = port
        plan.fired.set()
        self.figures.in_posts += kind in {"post", "card"}
        self.figures.in_looks += kind == "look"
        self.figures.in_events += kind == "event"
        self.figures.subscribing += kind == "subscribing"
        if not plan.delay and not plan.pauses:
            self._strike(port)
        return plan.moment != "lost"

    def _strike(self, port: int | None) -> None:
        """Kill the process that a request came from; where that is not known, any."""
        alive = [life for life in self.lives if life.process.poll() is None]
        owner = self._owner(port) if port and len(alive) > 1 else 0
        chosen = next((life for life in alive if life.process.pid == owner), None)
        if alive:
            self.figures.kills += (chosen or self.rng.choice(alive)).strike()

    def _owner(self, port: int) -> int:
        """The process among ours that holds a connection from a port; 0 if none does."""
        wanted = set()
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            fields = line.split()
            if int(fields[1].rpartition(":")[2], 16) == port:
                wanted.add(f"socket:[{fields[9]}]")
        for life in self.lives:
            with contextlib.suppress(OSError):
                for descriptor in Path(f"/proc/{life.process.pid}/fd").iterdir():
                    if str(descriptor.readlink()) in wanted:
                        return life.process.pid
        return 0

    # its life

    async def live(self) -> None:
        """All of it."""
        engine = create_engine(self.address)
        try:
            async with platforms(FIRST - timedelta(days=14), self.weather, self) as outside:
                self.configure(outside)
                if self._hard:
                    await self._chores.migrate(self.address)
                people = People(random.Random(self.rng.random()), outside, engine, self._page)
                if self._hard:
                    chance = random.Random(self.rng.random())
                    on_slack = chance.random() < 0.5
                    self.subscriber = OnSlack(chance, outside.slack) if on_slack else OnDiscord(chance, outside.discord)
                acting = asyncio.create_task(self._act(people))
                try:
                    while self.figures.runs < self.runs:
                        await self._step()
                        if acting.done():
                            break  # it cannot but have failed
                        if self._hard and self.rng.random() < 0.12:
                            await self._chores.copy_and_restore()
                        if (
                            self._hard
                            and not self._tokens.refreshes
                            and self.figures.runs >= min(self.runs, RUNS_BEFORE_TOKENS)
                        ):
                            await self._tokens.rotate_and_refresh()
                        self._count(people)
                        tell(self.figures)
                        before = self.now()
                        self._on_to_the_next()
                        if self.now() - before > timedelta(days=1):
                            await outside.discord.archive_threads()
                            people.age_some_cards()
                finally:
                    acting.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await acting
                    await people.aclose()
                await outside.slack.quiet()
                await self.settle(engine, outside, people)
        finally:
            self.close()
            await engine.dispose()

    def _count(self, people: People) -> None:
        figures, chores, hard = self.figures, self._chores.kills, self._hardships.counts
        figures.acts = people.acts
        figures.migrations, figures.backups, figures.restores = chores.values()
        figures.rotations, figures.refreshes = self._tokens.kills, self._tokens.refreshes
        figures.subscribed = int(self.subscriber is not None and self.subscriber.told)
        figures.reopened, figures.old_presses = people.reopened, people.forms_opened()
        figures.full_disks, figures.no_descriptors, figures.moved_clocks = hard.values()

    async def _step(self) -> None:
        """Start one process or several, pull their plugs, and leave nobody behind."""
        rng = self.rng
        number = 1 if self.sqlite else rng.choice([1, 2, 2, 3])
        self.plan = None
        self.lives = [self.start() for _ in range(min(number, self.runs - self.figures.runs))]
        self.figures.restarts += len(self.lives) if self.figures.runs else 0
        self.figures.runs += len(self.lives)
        if self.sqlite and rng.random() < 0.12:
            await self._second()
        plan = self.plan = self.planned()
        hardship = self._hardships.drawn() if self._hard else None
        async with self._hardships.during(hardship, self._pids, next_due(self.now(), "UTC", 1, DUE) - self.now()):
            if plan.kind != "time" or rng.random() < 0.7:
                await self._begun()
            await self._due(plan)
            await asyncio.sleep(plan.delay)
        if plan.pauses and plan.fired.is_set():
            await self._pause(plan)
        if len(self.lives) > 1:
            self._strike(plan.port)
            await asyncio.sleep(rng.uniform(0, 3))
        self.plan = None
        self.figures.kills += sum(life.strike() for life in self.lives)
        self._ended()
        self.lives.clear()

    def _ended(self) -> None:
        """Whoever ended without being killed has a reason that a person is to mend: it could not even start."""
        for life in self.lives:
            said = life.log.read_text("utf-8", "replace")
            if life.process.poll() == KILLED or any(one in said for one in EXCUSES):
                continue
            self.findings.losses.append(f"it ended by itself ({life.process.poll()}): {said[-700:]}")

    def _pids(self) -> list[int]:
        return [life.process.pid for life in self.lives if life.process.poll() is None]

    async def _due(self, plan: Plan) -> None:
        """Wait for the plan's moment; in vain only for some seconds after the first work is done, however long that takes here."""
        ends = time.monotonic() + (plan.latest if plan.kind == "time" else STARTS)
        while time.monotonic() < ends and not plan.fired.is_set():
            if plan.kind != "time" and all(life.done() for life in self.lives):
                ends = min(ends, time.monotonic() + plan.latest)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(plan.fired.wait(), 0.1)

    async def _begun(self) -> None:
        """Wait until the processes are through with their start: on a busy machine that takes longer than some live."""
        ends = time.monotonic() + STARTS
        while time.monotonic() < ends and not any(life.process.poll() is not None for life in self.lives):
            if all(life.page() for life in self.lives):
                return
            await asyncio.sleep(0.05)

    def planned(self) -> Plan:
        """Choose when the next plug is pulled: mostly in a delivery where one is due."""
        rng = self.rng
        self._since_due += 1
        kinds = {"post": 6, "card": 3} if self._since_due < 4 else {}
        kinds |= {"look": 3, "event": 3, "time": 2}
        if self.subscriber and not self.subscriber.told:
            kinds["subscribing"] = 3
        (kind,) = rng.choices(list(kinds), list(kinds.values()))
        moment = "after" if kind in {"event", "subscribing"} else rng.choice(["before", "lost", "after", "after"])
        delay = rng.choice([0, 0, rng.uniform(0, 0.01), rng.uniform(0, 0.1)])
        latest = rng.uniform(0.2, LONGEST_LIFE) if kind == "time" else rng.uniform(0, 2)
        pauses = len(self.lives) > 1 and kind in {"post", "card"} and rng.random() < 0.7
        nth = rng.randint(1, 3 if kind == "subscribing" else 6)
        return Plan(kind, nth, moment, delay, latest, pauses)

    async def _pause(self, plan: Plan) -> None:
        """Stop the process that just posted for longer than its lease, so that another one takes over; then let it go on."""
        # A connection may be closed by now; then any of them will do.
        owner = (self._owner(plan.port) if plan.port else 0) or self.lives[0].process.pid
        life = next((one for one in self.lives if one.process.pid == owner), None)
        if life is None or life.process.poll() is not None:
            return
        life.process.send_signal(signal.SIGSTOP)
        await self._sleep(life, LEASE + self.rng.uniform(0.5, 3))
        await asyncio.sleep(self.rng.uniform(0.5, 2))

    async def _sleep(self, life: Life, seconds: float) -> None:
        """Let a process that is stopped go on after so long."""
        self.figures.pauses += 1
        await asyncio.sleep(seconds)
        self._pauses.append(Pause(life.process.pid, time.monotonic()))
        life.process.send_signal(signal.SIGCONT)

    async def _second(self) -> None:
        """Start a second one on the same file, which must be refused, and said so."""
        first = self.lives[0]
        await self._begun()
        second = self.start()
        ends = time.monotonic() + STARTS
        while second.process.poll() is None and time.monotonic() < ends:  # noqa: ASYNC110 - it is another process
            await asyncio.sleep(0.05)
        said = second.log.read_text("utf-8", "replace")
        if second.process.poll() == 1 and "Another Paper Round is serving" in said:
            self.figures.refused += 1
        elif first.process.poll() is None:
            self.findings.duplicates.append(f"a second process on the same file was not refused: {said[-300:]}")
        second.strike()

    def _on_to_the_next(self) -> None:
        """Let some time go by: mostly none, often until the next digest falls due, now and then much more."""
        rng = self.rng
        match rng.random():
            case chance if chance < 0.55:
                self.let_pass(timedelta(seconds=rng.uniform(0, 60)))
            case chance if chance < 0.68:
                self.let_pass(timedelta(hours=rng.uniform(0.2, 40)))
            case chance if chance < 0.95:
                self._until_due(timedelta(seconds=rng.uniform(0, 4 * 3600)))
            case _:
                self.let_pass(timedelta(days=7 * rng.randint(1, 2)))
                self._until_due(timedelta(hours=rng.uniform(0, 80)))

    def _until_due(self, late: timedelta) -> None:
        self._since_due = 0
        self.let_pass(next_due(self.now(), "UTC", 1, DUE) - self.now() + late)

    async def _act(self, people: People) -> None:
        while True:
            await asyncio.sleep(self.rng.uniform(0.02, 0.3))
            with contextlib.suppress(Refused):  # what they act on has just gone
                if self.subscriber and self.rng.random() < SUBSCRIBES:
                    await self.subscriber.act()
                await people.act()

    def _page(self) -> str | None:
        pages = [page for life in self.lives if (page := life.page())]
        return self.rng.choice(pages) if pages else None

    # its end

    async def settle(self, engine: AsyncEngine, outside: Platforms, people: People) -> None:
        """Leave one process alone until everything is sent and applied, look everything over, and check."""
        self.weather.calm = True
        self.findings.losses += self._chores.findings + self._tokens.findings
        self.let_pass(timedelta(minutes=15))
        if self.rng.random() < 0.5:
            self._until_due(timedelta(minutes=self.rng.uniform(0, 60)))
        outside.discord.forget_nonces()
        await self._come_to_rest(engine)
        self.let_pass(timedelta(minutes=1))
        looked = self.start("reconcile")
        await asyncio.to_thread(looked.process.wait, SETTLES)
        if looked.process.returncode:
            self.findings.losses.append(f"reconcile failed: {looked.log.read_text('utf-8', 'replace')[-500:]}")
        late = held_up((*outside.slack.posts, *outside.discord.posts), self._pauses)
        subscribed = self.subscriber.place if self.subscriber and self.subscriber.told else ""
        evidence = Evidence(outside, engine, FIRST, self.now(), people.recorded, late, subscribed=subscribed)
        found = await check(evidence)
        self.findings.duplicates += found.duplicates
        self.findings.losses += found.losses
        self.findings.window += found.window
        self.findings.on_late_copies += found.on_late_copies

    async def _come_to_rest(self, engine: AsyncEngine) -> None:
        """Let one process do all that is still to be done, and stop it."""
        self.figures.restarts += 1
        life = self.start()
        self.lives = [life]
        await self._wait_until_settled(engine, life)
        await self._stop(life)

    async def _wait_until_settled(self, engine: AsyncEngine, life: Life) -> None:
        ends = time.monotonic() + SETTLES
        while (waits := await self._unsettled(engine, life)) and time.monotonic() < ends:  # noqa: ASYNC110 - it is another process
            await asyncio.sleep(0.2)
        if waits:
            self.findings.losses.append(f"it does not settle within {SETTLES:g} s: {waits}")

    async def _unsettled(self, engine: AsyncEngine, life: Life) -> str:
        """Say what is not done yet; nothing if all is."""
        if life.process.poll() is not None:
            return ""  # the checker will see what it left
        if not life.done():
            return "the first work is not done"
        week = due_week(self.now(), "UTC", 1, DUE)
        postings, events = tables.postings.c, tables.events.c
        try:
            async with engine.execution_options(paperround_readonly=True).connect() as connection:
                skips = {(row.channel, row.week) for row in await connection.execute(select(tables.skips))}
                made = {(row.channel, row.week) for row in await connection.execute(select(tables.digests))} | skips
                unsent = [
                    (row.channel, row.week, row.part)
                    for row in await connection.execute(
                        select(tables.postings).where(postings.state.not_in(["posted", "left_out"]))
                    )
                    if (row.channel, row.week) not in skips or row.state == "sending"
                ]
                waiting = list(await connection.scalars(select(events.event_id).where(events.applied_at.is_(None))))
        except StorageError as error:
            return str(error)
        unmade = [channel for channel in CHANNELS if (channel, week) not in made]
        return f"unsent {unsent}, unmade {unmade}, waiting {waiting}" if unsent or unmade or waiting else ""

    async def _stop(self, life: Life) -> None:
        """Ask it to stop, as an operator does."""
        if life.process.poll() is None:
            life.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                await asyncio.to_thread(life.process.wait, STOPS)
        if not life.ended_well():
            said = life.log.read_text("utf-8", "replace")[-500:]
            self.findings.losses.append(f"it did not end in peace: {life.process.poll()}, {said}")
        life.strike()

    # its processes

    def start(
        self,
        *command: str,
        entry: str = "",
        checkout: Path = CHECKOUT,
        env: Mapping[str, str | None] = MappingProxyType({}),
        cwd: Path | None = None,
    ) -> Life:
        """
        Start the program (`up`, if no command is given); `env` is what its environment differs by.

        The first one is read from the disk, as is one with an `entry` of its own or from another `checkout`; the others are
        forked, see `tests/fork_server.py`.
        """
        self._logs += 1
        log = self.folder / f"life-{self._logs:03}.log"
        arguments = command or ("up", "--port", "0")
        wanted = {**self._environment, "PYTHONPATH": str(checkout), "PAPERROUND_NOW": self.now().isoformat(), **env}
        given = {name: value for name, value in wanted.items() if value is not None}
        log.touch()
        if self._logs > 1 and not entry:
            return Life(
                self._fork_server.start(arguments, cwd or self.folder, given, log, runs="tests.torture.program:live"),
                log,
            )
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", entry or "tests.torture.program", *arguments],
                cwd=cwd or self.folder,
                env=given,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        return Life(process, log)

    def close(self) -> None:
        """Leave nobody behind."""
        for life in self.lives:
            life.strike()
        self._fork_server.close()

    def configure(self, outside: Platforms) -> None:
        """Write the configuration for these platforms, in whose world the program is to live."""
        catalogue = tomllib.loads((CHECKOUT / "adapters/sources/catalog.toml").read_text("utf-8"))
        off = [f"[sources.{name}]\nenabled = false" for name, one in catalogue.items() if isinstance(one, dict)]
        ids = {"slack": "C1", "discord": outside.channel}
        channels = [
            f'[[channels]]\nname = "{name}"\nplatform = "{platform}"\nzone = "UTC"\ntime = "09:00"\n'
            + (f'id = "{ids[platform]}"\n' if platform in ids else "")
            for name, platform in CHANNELS.items()
        ]
        feed = f'[sources.lab]\nkind = "feed"\nname = "Lab"\nsection = "labs"\nurl = "{outside.feed_url}"'
        document = ["[fetch]\nallow_private = true\ndeadline_seconds = 5", *off, feed, *channels]
        (self.folder / "paperround.toml").write_text("\n".join(document), "utf-8")
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PAPERROUND_", "DATABASE_", "SLACK_", "DISCORD_"))
        }
        self._environment = inherited | {
            "PYTHONUNBUFFERED": "1",
            "PAPERROUND_LOG_LEVEL": "INFO",
            "DATABASE_URL": self.address,
            "SLACK_BOT_TOKEN": SLACK_TOKEN,
            "SLACK_APP_TOKEN": APP_TOKEN,
            "SLACK_API_URL": f"{outside.slack.url}api/",
            "DISCORD_BOT_TOKEN": DISCORD_TOKEN,
            "DISCORD_API_URL": outside.discord.url,
            "DISCORD_GATEWAY_URL": outside.discord.gateway_url,
            SABOTAGE: self.sabotage,
            CLOCK: str(self.folder / "clock"),
        }


def tell(document: Any) -> None:
    """Tell one line to whoever started us."""
    sys.stdout.write(json.dumps(document, default=vars) + "\n")
    sys.stdout.flush()


@asynccontextmanager
async def own_folder(*, keep: list[bool]) -> AsyncIterator[Path]:
    """A folder that goes in the end, unless something was found."""
    folder = Path(tempfile.mkdtemp(prefix="paperround-torture-"))
    try:
        yield folder
    finally:
        if not any(keep):
            shutil.rmtree(folder, ignore_errors=True)


async def lived(
    address: str, seed: int, runs: int, sabotage: str = "", *, kind: type[World] = World, disk: Path | None = None
) -> tuple[World, Path]:
    """
    Live through one world; gives it, and the folder with its logs, which is gone if nothing was found. `disk` is a small one to fill; on
    SQLite the database is on it.
    """
    found: list[bool] = []
    async with own_folder(keep=found) as folder:
        small = SmallDisk(disk) if disk else None
        world = kind(folder, address or f"sqlite:///{(disk or folder) / 'paperround.db'}", seed, runs, sabotage, small)
        found.append(True)
        await world.live()
        found[:] = [bool(world.findings) and not sabotage]
        if found[0] and disk:
            shutil.copytree(disk, folder / "disk", ignore=shutil.ignore_patterns("tables"))  # the disk itself goes
    return world, folder


def main() -> None:
    """Live through one world, and tell of it a JSON document a line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--address", default="", help="a PostgreSQL database of its own; without one, an SQLite file")
    parser.add_argument("--sabotage", default="")
    parser.add_argument("--disk", type=Path, help="a small disk to fill; on SQLite the database is on it")
    given = parser.parse_args()
    tell_of(asyncio.run(lived(given.address, given.seed, given.runs, given.sabotage, disk=given.disk)))


def tell_of(life: tuple[World, Path]) -> None:
    """Tell what came of a world."""
    world, folder = life
    found = {"findings": world.findings, "said": world.weather.said}
    tell(vars(world.figures) | found | ({"folder": str(folder)} if world.findings else {}))


if __name__ == "__main__":
    main()
__all__ = ["WEB", "World", "lived", "main"]
