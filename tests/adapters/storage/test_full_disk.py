"""A database whose disk is full: it is told as that, readiness knows it, and what did not fit is not half there."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.storage.health import FULL, fault
from adapters.storage.migrations import migrate
from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from bot.errors import StorageFull
from tests.databases import opened, postgresql_on
from tests.small_disk import SmallDisk, small_disk


async def write(engine: AsyncEngine, megabytes: int) -> None:
    """Write two things in one transaction, of which the second is long."""
    async with SqlUnitOfWorkFactory(engine)() as uow:
        await uow.notes.put("first", "short")
        await uow.notes.put("second", secrets.token_hex(megabytes * 500_000))
        await uow.commit()


async def notes(engine: AsyncEngine) -> list[str]:
    async with SqlUnitOfWorkFactory(engine)() as uow:
        return [name for name in ("first", "second") if await uow.notes.get(name)]


async def test_a_file_that_may_not_grow(sqlite: AsyncEngine) -> None:
    """What does not fit is not half there, and the database goes on."""

    def bounded(connection: object, _: object) -> None:
        connection.cursor().execute("PRAGMA max_page_count = 200")

    event.listen(sqlite.sync_engine, "connect", bounded)
    with pytest.raises(StorageFull, match=r"paperround\.db cannot grow: the disk at \S+ is full. Make room there"):
        await write(sqlite, 2)

    assert [] == await notes(sqlite)


@pytest.mark.process
class TestSqlite:
    @pytest.fixture
    def disk(self) -> Iterator[SmallDisk]:
        with small_disk() as disk:
            yield disk

    async def test_it_fills(self, disk: SmallDisk) -> None:
        """A full disk is told by its place; readiness and writing are well again once there is room."""
        async with opened(f"sqlite:///{disk.path}/p.db") as engine:
            await migrate(engine)
            assert await fault(engine) is None
            disk.fill(leaving=500_000)
            assert await fault(engine) == FULL
            with pytest.raises(StorageFull, match=f"the disk at {disk.path} is full"):
                await write(engine, 2)
            assert [] == await notes(engine)

            disk.free()
            await write(engine, 2)
            assert ["first", "second"] == await notes(engine)
            assert await fault(engine) is None

    @pytest.mark.parametrize("written", ["p.db-shm", "p.db"])
    async def test_before_it_is_opened(self, disk: SmallDisk, written: str) -> None:
        """SQLite calls it an I/O error where it cannot make its index of the log: it is told as what it is."""
        async with opened(f"sqlite:///{disk.path}/p.db") as engine:
            if written == "p.db-shm":
                await migrate(engine)
        disk.fill()
        async with opened(f"sqlite:///{disk.path}/p.db") as engine:
            with pytest.raises(StorageFull, match=f"the disk at {disk.path} is full"):
                await migrate(engine)
            assert await fault(engine) == FULL


@pytest.mark.postgres
async def test_postgresql() -> None:
    """On a server the same, whose disk is its own."""
    with small_disk(64) as disk:
        async with postgresql_on(disk.path) as address, opened(address) as engine:
            await migrate(engine)
            assert await fault(engine) is None
            disk.fill()
            with pytest.raises(StorageFull, match="the disk of its server is full"):
                await write(engine, 20)
            assert [] == await notes(engine)

            disk.free()
            await write(engine, 2)
            assert ["first", "second"] == await notes(engine)
            assert await fault(engine) is None
