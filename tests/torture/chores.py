"""An operator's commands that are killed at work: migrate, backup and restore. What they were at is whole or as before."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from adapters.storage.backup import checked
from adapters.storage.database import create_engine
from adapters.storage.migrations import known_revisions
from bot.errors import StorageError

if TYPE_CHECKING:
    from tests.torture.world import Life

LONGEST = 20.0
"""Seconds that a command may take which is left to its end."""

Start = Callable[..., "Life"]


class Chores:
    """The commands of a world. `start` starts one of them; `findings` takes what is wrong afterwards."""

    def __init__(self, rng: random.Random, folder: Path, database: Path | None, start: Start) -> None:
        self._rng = rng
        self._folder = folder
        self._database = database
        self._start = start
        self.kills = {"migrate": 0, "backup": 0, "restore": 0}
        self.findings: list[str] = []

    async def migrate(self, address: str) -> None:
        """Begin with a database of an older revision, and kill those that bring it up to date."""
        revisions = known_revisions()
        if (older := self._rng.randrange(len(revisions))) and self._rng.random() < 0.7:
            await _made(address, revisions[older - 1])
        for _ in range(self._rng.randint(1, 3)):
            await self._killed("migrate")

    async def copy_and_restore(self) -> None:
        """
        Kill backups and restores of a file, then put back what is there.

        Nobody acts on the page meanwhile, whose words are as old as a backup: what is put back is what was there.
        """
        if self._database is None or not self._database.exists():
            return
        copy = self._folder / "copies" / "copy.db"
        copy.parent.mkdir(exist_ok=True)
        for _ in range(self._rng.randint(1, 2)):
            await self._killed("backup", "--force", str(copy))
            self._is_whole(copy)
        if not await self._done("backup", "--force", str(copy)):
            return
        for _ in range(self._rng.randint(1, 2)):
            await self._killed("restore", str(copy))
        if self._rng.random() < 0.5:
            await self._done("restore", str(copy))
        self._is_whole(self._database)
        for folder in (copy.parent, self._database.parent):
            left = [path.name for path in folder.iterdir() if ".partial" in path.name]
            exposed = [name for name in left if (folder / name).stat().st_mode & 0o077]
            self.findings += [f"{name} may be read by others" for name in exposed]
        for one in self._database.parent.glob("*.before-restore-*"):
            one.unlink()

    async def _killed(self, *command: str) -> None:
        life = self._start(*command)
        # Forked from an interpreter that has loaded everything, a command takes some tenths of a second.
        await asyncio.sleep(self._rng.choice([self._rng.uniform(0, 0.3), self._rng.uniform(0, 1.2)]))
        self.kills[command[0]] += life.strike()

    async def _done(self, *command: str) -> bool:
        life = self._start(*command)
        await asyncio.to_thread(life.process.wait, LONGEST)
        said = life.log.read_text("utf-8", "replace")
        if life.process.poll() and "none of Paper Round's" not in said:
            self.findings.append(f"{command[0]} failed: {said[-300:]}")
        return life.process.poll() == 0

    def _is_whole(self, file: Path) -> None:
        if not file.exists():
            return
        try:
            checked(file)
        except StorageError as error:
            if "none of Paper Round's" not in str(error):  # killed before its first migration was done
                self.findings.append(str(error))


async def _made(address: str, revision: str) -> None:
    """Make an empty database as it was at a revision."""
    from alembic import command  # noqa: PLC0415 - some seldom need it
    from alembic.config import Config  # noqa: PLC0415 - as above

    def upgrade(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", "adapters.storage:migrations")
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

    engine = create_engine(address)
    async with engine.begin() as connection:
        await connection.run_sync(upgrade)
    await engine.dispose()
