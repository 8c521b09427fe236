"""A process does not go on where another version of the program has brought the database up to date."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from bot.errors import StorageError
from scheduler.schema_watch import SchemaChanged, watch_schema
from scheduler.services import Services
from tests.scheduler.test_jobs import Lodge
from tests.waiting import PATIENCE


async def test_another_revision(caplog: pytest.LogCaptureFixture) -> None:
    """Its own revision and a database that does not answer are no reason to end; another one is, and the log says what to do."""
    said: list[str | StorageError | None] = [None, StorageError("The database does not answer."), None, "9999_tomorrow"]

    async def other_revision(_: Services) -> str | None:
        found = said.pop(0)
        if isinstance(found, StorageError):
            raise found
        return found

    builders: Any = SimpleNamespace(other_revision=other_revision)
    services = replace(Lodge().services, speed=1000.0, builders=builders)
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(SchemaChanged, match=r"another revision \('9999_tomorrow'\) while this process ran"):
            await watch_schema(services)

    assert said == []
    (told,) = [one for one in caplog.records if one.levelno == logging.ERROR]
    assert told.__dict__["action"] == "schema_changed"
    assert "Start it again, with the version that belongs to the database" in told.getMessage()
