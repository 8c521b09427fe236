"""Each port's implementations, the fake among them, for the suite that all of them must pass."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from bot.ports import UnitOfWorkFactory
from tests.databases import migrated_postgresql, migrated_sqlite, opened
from tests.fake_storage import FakeDatabase


@pytest.fixture(params=["fake", "sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def unit_of_work(
    request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[UnitOfWorkFactory]:
    """Gives units of work on an empty database."""
    if request.param == "fake":
        yield FakeDatabase().unit_of_work
        return
    if request.param == "sqlite":
        address = await migrated_sqlite(tmp_path_factory.getbasetemp(), tmp_path)
    else:
        address = await migrated_postgresql()
    async with opened(address) as engine:
        yield SqlUnitOfWorkFactory(engine)
