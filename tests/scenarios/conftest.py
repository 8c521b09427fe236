"""A team on a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from bot.model import Channel
from tests.databases import migrated_sqlite, opened
from tests.scenarios.team import Team


@pytest.fixture
async def team(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Team]:
    """A team in Berlin that reads an hour a week, on the Monday on which it starts."""
    address = await migrated_sqlite(tmp_path_factory.getbasetemp(), tmp_path)
    channel = Channel(
        name="reading", platform="fake", id="C1", zone="Europe/Berlin", topics=("reward models",), explore=0.2
    )
    async with opened(address) as engine:
        yield Team(channel, SqlUnitOfWorkFactory(engine), datetime(2026, 8, 17, 7, 0, tzinfo=UTC))
