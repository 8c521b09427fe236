"""A move that is killed at any step: never do two databases serve what was one, and the same command ends well afterwards."""

from __future__ import annotations

import asyncio
import itertools
import signal
import sys
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.storage.move import move, refuse_moved
from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from bot.errors import StorageError, UsageError
from tests.databases import migrated_sqlite, new_postgresql, opened
from tests.factories import NOW, digest, item, pick, reacted
from tests.waiting import PATIENCE

pytestmark = [pytest.mark.postgres, pytest.mark.process]

KILLED_AT = """
import asyncio, os, signal, sys
from datetime import UTC, datetime
from adapters.storage import move as moving
from adapters.storage.database import create_engine

left = int(sys.argv[3])

def step():
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

def watch(engine):
    commit = engine.sync_engine.dialect.do_commit
    def watched(connection):
        step()
        commit(connection)
        step()
    engine.sync_engine.dialect.do_commit = watched

moving._AT_ONCE = 2
source, target = create_engine(sys.argv[1]), create_engine(sys.argv[2])
watch(source), watch(target)
asyncio.run(moving.move(source, target, datetime(2026, 8, 17, tzinfo=UTC), lambda *_: step()))
"""


async def killed_at(step: int, old: str, new: str) -> bool:
    """Move in a process that is killed before or after its nth commit, of either database, or amid the copying; False where it came to its end."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", KILLED_AT, old, new, str(step))
    code = await asyncio.wait_for(process.wait(), PATIENCE)
    assert code in {0, -signal.SIGKILL}
    return code != 0


async def holds_rows(engine: AsyncEngine) -> bool:
    async with engine.connect() as connection:
        if not await connection.scalar(text("SELECT to_regclass('digests')")):
            return False
        return bool(await connection.scalar(text("SELECT count(*) FROM digests")))


async def is_used(engine: AsyncEngine) -> bool:
    """Whether the old file would be served."""
    try:
        await refuse_moved(engine)
    except StorageError:
        return False
    return True


async def test_killed_at_each_step(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """
    Wherever it dies: a database that holds the rows is the only one, the file is served only while there is none, a second target is refused
    while the first may hold them, and the same command again ends well.
    """
    refused, steps = 0, 0
    for step in itertools.count(1):
        folder = tmp_path / str(step)
        folder.mkdir()
        address, target, second = (
            await migrated_sqlite(tmp_path_factory.getbasetemp(), folder),
            *[await new_postgresql() for _ in "12"],
        )
        async with opened(address) as old, opened(target) as first, opened(second) as other:
            async with SqlUnitOfWorkFactory(old)() as uow:
                await uow.digests.add(digest(pick(item("arxiv:1"))))
                for number in range(3):
                    await uow.events.add(reacted(f"e{number}"), NOW)
                await uow.commit()
            steps += await killed_at(step, address, target)
            assert not (await is_used(old) and await holds_rows(first)), f"two could be served, killed at {step}"
            try:
                await move(old, other, NOW)
            except UsageError:
                refused += 1
                assert not await holds_rows(other)
                await move(old, first, NOW)
                assert await holds_rows(first)
            else:
                assert not await holds_rows(first), f"two hold everything, killed at {step}"
            assert not await is_used(old)
        if steps < step:
            break
    assert steps >= 10
    assert refused >= steps // 2
