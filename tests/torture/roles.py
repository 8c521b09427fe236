"""
A world of roles: `python -m tests.torture.roles --address postgresql://... --seed 7 --runs 30` lives through it and tells what was found.

Two workers, two webs, a clock and one who listens on Discord share a PostgreSQL database, all the while. One of them is killed at a request
that it made, after an event that it acknowledged, or whenever; the others go on, and it is started again a little later. Hours and weeks go
by on the clock that they all read. In the end nothing is killed any more, and they have to come to rest by themselves.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.storage import tables
from adapters.storage.database import create_engine
from tests.fork_server import KILLED
from tests.torture.check import CHANNELS
from tests.torture.world import CHECKOUT, EXCUSES, SETTLES, STARTS, Life, World, lived, tell_of

ROLES: Mapping[str, tuple[str, ...]] = {
    "web 1": ("web", "--port", "0"),
    "web 2": ("web", "--port", "0"),
    "worker 1": ("worker", "--concurrency", "4"),
    "worker 2": ("worker", "--concurrency", "4"),
    "clock": ("clock",),
    "discord": ("discord",),
}

PATIENCE = 8.0
"""Seconds for which a moment is waited for."""


@dataclass
class RoleLife(Life):
    """A process of a role."""

    role: str = ""

    def done(self) -> bool:
        """Whether it is through with its start, or has ended."""
        return self.process.poll() is not None or "(Ctrl-C stops it)" in self.log.read_text("utf-8", "replace")

    def excused(self) -> bool:
        """Whether it ended for a reason that is none of its own."""
        said = self.log.read_text("utf-8", "replace")
        return self.process.poll() == KILLED or any(one in said for one in EXCUSES)


class RolesWorld(World):
    """`runs` are how often somebody is killed."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._passed = timedelta(0)
        self._clock = self.folder / "clock"
        self.killed: Counter[str] = Counter()

    def let_pass(self, span: timedelta) -> None:
        """Let time go by, on the clocks of those who run, too."""
        super().let_pass(span)
        self._passed += span
        fresh = self._clock.with_suffix(".fresh")
        fresh.write_text(str(self._passed.total_seconds()), "ascii")
        fresh.replace(self._clock)

    def start(
        self,
        *command: str,
        entry: str = "",
        checkout: Path = CHECKOUT,
        env: Mapping[str, str | None] = MappingProxyType({}),
        cwd: Path | None = None,
    ) -> Life:
        """Start the program at the hour that it is, less what the clock's file adds."""
        began = {"PAPERROUND_NOW": (self.now() - self._passed).isoformat()}
        return super().start(*command, entry=entry, checkout=checkout, env={**began, **env}, cwd=cwd)

    def _begin(self, role: str) -> RoleLife:
        life = self.start(*ROLES[role])
        return RoleLife(life.process, life.log, role)

    async def _step(self) -> None:
        """Kill one of them at its moment, or let it sleep beyond its lease; start it again a little later."""
        if not self.lives:
            self.lives = [self._begin(role) for role in ROLES]
            await self._begun()
            await self._first_digests()
        self.figures.runs += 1
        plan = self.plan = self.planned()
        await self._due(plan)
        await asyncio.sleep(plan.delay)
        if plan.pauses and plan.fired.is_set():
            await self._pause(plan)
        if all(life.process.poll() is None for life in self.lives):
            self._strike(plan.port)
        self.plan = None
        await asyncio.sleep(self.rng.uniform(0, 2))
        self._again()

    async def _first_digests(self) -> None:
        """Wait until each channel has its first digest, at the hour at which it falls due: what comes first at another hour is an extra one."""
        engine, ends = create_engine(self.address), time.monotonic() + SETTLES
        try:
            while time.monotonic() < ends:
                async with engine.connect() as connection:
                    found = await connection.scalar(select(func.count()).select_from(tables.digests))
                if found and found >= len(CHANNELS):
                    return
                await asyncio.sleep(0.3)
        finally:
            await engine.dispose()

    def _again(self) -> None:
        """Start those again that are gone."""
        for number, life in enumerate(self.lives):
            if life.process.poll() is None or not isinstance(life, RoleLife):
                continue
            self.killed[life.role.split()[0]] += life.process.poll() == KILLED
            if not life.excused():
                said = life.log.read_text("utf-8", "replace")[-700:]
                self.findings.losses.append(f"{life.role} ended by itself ({life.process.poll()}): {said}")
            self.lives[number] = self._begin(life.role)
            self.figures.restarts += 1

    def planned(self) -> Any:
        """Choose as for one process; the requests of a collect and of the gateway are few, so a quarter dies whenever."""
        plan = super().planned()
        plan.latest = min(plan.latest, 2.0)
        return plan

    async def _due(self, plan: Any) -> None:
        """Wait for the plan's moment, but not for ever: where nobody does such a thing, somebody dies all the same."""
        ends = time.monotonic() + (plan.latest if plan.kind == "time" else PATIENCE)
        while time.monotonic() < ends and not plan.fired.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(plan.fired.wait(), 0.1)

    async def _begun(self) -> None:
        ends = time.monotonic() + STARTS
        while time.monotonic() < ends and not all(life.done() for life in self.lives):  # noqa: ASYNC110 - they are other processes
            await asyncio.sleep(0.05)

    async def _unsettled(self, engine: AsyncEngine, life: Life) -> str:
        """Say what is not done yet, by whomever it is to be done."""
        self._again()
        waits = await super()._unsettled(engine, self.lives[0])
        return waits or await self._queued(engine)

    async def _queued(self, engine: AsyncEngine) -> str:
        """Say which jobs wait or are being done that nobody wakes again and again."""
        async with engine.connect() as connection:
            found = list(await connection.scalars(text("SELECT lock FROM procrastinate_jobs")))
        left = sorted(
            {
                lock
                for lock in found
                if lock.split("/")[0] in {"digest", "redraw", "cards", "reconcile", "reconcile_channel", "collect"}
            }
        )
        return f"jobs {left}" if left else ""

    async def _come_to_rest(self, engine: AsyncEngine) -> None:
        """Let all of them do what is still to be done, and stop them."""
        self._again()
        await self._begun()
        await self._wait_until_settled(engine, self.lives[0])
        await self._begun()
        await asyncio.gather(*(self._stop(life) for life in self.lives))


def main() -> None:
    """Live through one world of roles, and tell of it a JSON document a line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--address", required=True, help="a PostgreSQL database of its own")
    given = parser.parse_args()
    random.seed(given.seed)
    tell_of(asyncio.run(lived(given.address, given.seed, given.runs, kind=RolesWorld)))


if __name__ == "__main__":
    main()
