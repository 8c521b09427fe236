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
from bot.model import PostingState
from bot.usecases.deliver import freeze
from tests.databases import migrated_sqlite, new_postgresql, opened
from tests.factories import NOW, WEEK, channel, digest, digest_of, item, pick, reacted
from tests.waiting import PATIENCE, until

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


STOPPED_AMID = """
import asyncio, os, signal, sys
from adapters.storage.database import create_engine
from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from bot.usecases.deliver import deliver
from tests.factories import NOW, WEEK, channel
from tests.fake_chat import FakeChat

class Stopped(FakeChat):
    async def post(self, channel, post, key):
        if len(self.messages) == 2:
            os.kill(os.getpid(), signal.SIGSTOP)
        print(key, flush=True)
        return await super().post(channel, post, key)

asyncio.run(deliver(channel(), WEEK, Stopped(), SqlUnitOfWorkFactory(create_engine(sys.argv[1])), lambda: NOW, owner="post"))
"""


async def test_a_command_that_was_stopped(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """One that slept amid a digest while the file was moved sends the message that it was sending, which the new database looks for, and no other."""
    address, target = await migrated_sqlite(tmp_path_factory.getbasetemp(), tmp_path), await new_postgresql()
    async with opened(address) as old, opened(target) as new:
        assert await freeze(
            digest_of([f"arxiv:2608.{one:05d}" for one in range(4)]), channel(), SqlUnitOfWorkFactory(old)
        )
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", STOPPED_AMID, address, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        async with SqlUnitOfWorkFactory(old).reading() as uow:
            planned = len(await uow.postings.of("reading", WEEK))

        await until(lambda: " T " in Path(f"/proc/{process.pid}/stat").read_text("utf-8"))
        await move(old, new, NOW)
        process.send_signal(signal.SIGCONT)
        said, failed = await asyncio.wait_for(process.communicate(), PATIENCE)

        assert 3 == len(said.split()) < planned
        assert "StorageError" in failed.decode()
        assert "was moved on 2026-08-17 to the PostgreSQL database" in failed.decode()
        async with SqlUnitOfWorkFactory(new).reading() as uow:
            states = [one.state for one in await uow.postings.of("reading", WEEK)]
        assert [PostingState.POSTED, PostingState.POSTED, PostingState.SENDING] == states[:3]
        assert {PostingState.PENDING} == set(states[3:])
