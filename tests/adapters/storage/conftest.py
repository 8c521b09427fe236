"""A migrated database for each test, closed behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.databases import migrated_sqlite, opened


@pytest.fixture
async def sqlite(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AsyncEngine]:
    """The engine of a migrated and empty SQLite file."""
    async with opened(await migrated_sqlite(tmp_path_factory.getbasetemp(), tmp_path)) as engine:
        yield engine
