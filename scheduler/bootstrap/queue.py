"""The job queue that several processes share on PostgreSQL: opened, its tables brought up to date, and looked at."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from bot.errors import UsageError
from bot.ports import JobQueue, QueueDepth, UntakenJobs
from scheduler.jobs.requests import is_prompt
from scheduler.services import Services
from scheduler.settings.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

ON_SQLITE: Final = (
    "Several processes share one database only on PostgreSQL: an SQLite file has one writer, and one process that serves it. "
    "Use `paperround up`, which does everything in one process. Or move to PostgreSQL with `paperround move "
    "postgresql://USER:PASSWORD@HOST/NAME`, and set DATABASE_URL to it."
)
"""Why a role is refused on SQLite, and what to do."""


async def shared_queue(settings: Settings, engine: AsyncEngine) -> JobQueue:
    """Build the job queue that several processes share, and bring its tables up to date. Raises `UsageError` where there can be none."""
    await prepare_queue(engine)
    from sqlalchemy.exc import DBAPIError  # noqa: PLC0415 - only where several processes share the work

    from adapters.queue.shared import SharedQueue  # noqa: PLC0415 - as above
    from adapters.storage.failures import explain  # noqa: PLC0415 - as above

    def explained(error: BaseException) -> str:
        return str(explain(engine.url, DBAPIError(None, None, error)))

    return SharedQueue(settings.database_url.get_secret_value(), prompt=is_prompt, explain=explained)


async def prepare_queue(engine: AsyncEngine) -> None:
    """Bring the job queue's tables up to date. Raises `UsageError` where its package is not installed, `DatabaseNewer` where only a newer one knows them."""
    if engine.dialect.name != "postgresql":
        raise UsageError(ON_SQLITE)
    from adapters.queue.schema import migrate_queue  # noqa: PLC0415 - only where several processes share the work

    try:
        await migrate_queue(engine)
    except ModuleNotFoundError as error:
        raise UsageError(
            f"Several processes share their work by a queue whose package ({error.name}) is not installed here. Install it: "
            "pip install 'paperround[postgres]'"
        ) from None


async def prepare_queue_where_installed(services: Services) -> None:
    """Bring the job queue's tables up to date, where there can be a queue."""
    if services.engine.dialect.name == "postgresql" and find_spec("procrastinate"):
        await prepare_queue(services.engine)


async def untaken_jobs(services: Services, served: Collection[str]) -> Sequence[UntakenJobs]:
    """Jobs that no worker takes, `served` being the queues that somebody with these settings serves; none where there can be no queue."""
    if services.engine.dialect.name != "postgresql" or not find_spec("procrastinate"):
        return ()
    from adapters.queue import unknown  # noqa: PLC0415 - only where several processes may share the work

    return await unknown.untaken_jobs(services.engine, served)


async def queue_lengths(services: Services) -> Mapping[str, QueueDepth]:
    """How much waits and is done in each queue; nothing where there can be none."""
    if services.engine.dialect.name != "postgresql" or not find_spec("procrastinate"):
        return {}
    from adapters.queue import lengths  # noqa: PLC0415 - only where several processes may share the work

    return await lengths.queue_lengths(services.engine)
