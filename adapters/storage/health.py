"""Health check of the database while we run."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.storage.database import READONLY
from adapters.storage.migrations import known_revisions


async def fault(engine: AsyncEngine) -> str | None:
    """What is wrong, in a phrase without names or addresses; None if the database answers and is at this program's own revision."""
    try:
        async with engine.connect() as connection:
            await connection.execution_options(**{READONLY: True})
            found = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    except DBAPIError:
        return "does not answer"
    return None if found == known_revisions()[-1] else "is not at this program's revision"
