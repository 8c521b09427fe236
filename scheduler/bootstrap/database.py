"""The database as a whole: brought up to date, served alone, looked at, backed up, put back, moved, checked, compacted, and encrypted again."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bot.errors import UsageError
from scheduler.services import Services
from scheduler.settings.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from adapters.storage.backup import BackupResult, RestoreResult
    from adapters.storage.move import MoveResult


SERVING: Final = "serving"
"""Name of the note that says who serves the database alone, or did last."""


@contextlib.asynccontextmanager
async def alone(services: Services) -> AsyncIterator[None]:
    """
    Serve the database alone, where it is a file; raises `StorageError` if another process does, or the database was moved elsewhere.

    What the one before us was sending when it died is free at once: it cannot be sending any more. What a backup, a restore,
    an export or a setup left beside the file or in the working directory (where `.env` is) when it was killed is removed.
    """
    from adapters.storage.instance import alone_on  # noqa: PLC0415
    from adapters.storage.move import refuse_moved  # noqa: PLC0415
    from adapters.unfinished import remove_abandoned  # noqa: PLC0415

    url, folders = services.engine.url, [Path()]
    if url.get_backend_name() == "sqlite" and url.database:
        folders.append(Path(url.database).parent)
    for folder in folders:
        await asyncio.to_thread(remove_abandoned, folder)
    with alone_on(services.engine) as certain:
        await refuse_moved(services.engine)  # once more: it may have been moved since it was opened
        if certain:
            async with services.unit_of_work() as uow:
                if before := await uow.notes.get(SERVING):
                    await uow.leases.forget(before)
                await uow.notes.put(SERVING, services.owner)
                await uow.commit()
        yield


async def bring_up_to_date(engine: AsyncEngine) -> None:
    """
    Bring the database to the newest revision; raises `StorageError` where that cannot be, and where it was moved elsewhere, `UsageError` where it is one
    that this program cannot work with.
    """
    from adapters.storage.migrations import migrate  # noqa: PLC0415 - `--help` does without
    from adapters.storage.move import refuse_moved  # noqa: PLC0415 - as above
    from adapters.storage.server import check_server  # noqa: PLC0415 - as above

    await check_server(engine)
    await migrate(engine)
    await refuse_moved(engine)


def database_name(services: Services) -> str:
    """The database's name as an operator knows it, without its password."""
    from adapters.storage.failures import name  # noqa: PLC0415

    return name(services.engine.url)


async def database_fault(services: Services) -> str | None:
    """What is wrong with the database, in a phrase without names or addresses; None where nothing is."""
    from adapters.storage.health import fault  # noqa: PLC0415

    return await fault(services.engine)


def database_remedy(fault: str) -> str:
    """What to do about what `database_fault` says."""
    from adapters.storage.health import FOLLOWS  # noqa: PLC0415 - `--help` does without

    if fault == FOLLOWS:
        return "See that it becomes the one that does, or name that one in DATABASE_URL."
    return "Make room on its disk, and see that we may write there. What waits is done by itself then."


async def other_revision(services: Services) -> str | None:
    """The revision that another version of Paper Round brought the database or its queue to; None where it is ours."""
    from adapters.storage import migrations  # noqa: PLC0415

    other = await migrations.other_revision(services.engine)
    if other is None and services.queue is not None:
        from adapters.queue.schema import other_queue_schema  # noqa: PLC0415 - only where several processes share the work

        return await other_queue_schema(services.engine)
    return other


async def clock_error(services: Services) -> timedelta | None:
    """By how much our clock is ahead of the database server's; None on SQLite, and where a recorded week is replayed."""
    from adapters.storage import health  # noqa: PLC0415

    # A recorded week is replayed by a clock of its own.
    return None if services.settings.now else await health.clock_error(services.engine, services.clock)


async def merge_index(services: Services) -> None:
    """Merge the segments of the full-text index, so that none keeps words which were deleted."""
    from adapters.storage import compaction  # noqa: PLC0415

    await compaction.merge_index(services.engine)


async def compact(services: Services) -> str | None:
    """Remove what was deleted from the database's files; give what is left to do, in a sentence. Keeps the suppression list beside them."""
    from adapters.storage.compaction import NOT_OURS, may_compact, write_list_beside  # noqa: PLC0415
    from adapters.storage.compaction import compact as carry_out  # noqa: PLC0415
    from adapters.storage.repositories.forgotten import stored_list  # noqa: PLC0415
    from bot.usecases.forget import settle  # noqa: PLC0415 - beside the others

    async with services.engine.connect() as connection:
        key, hashes = await stored_list(connection)
    if key:
        write_list_beside(services.engine, key, hashes)
    if not await may_compact(services.engine):
        return NOT_OURS
    left = await carry_out(services.engine)
    if left is None or services.engine.dialect.name == "postgresql":  # there the rest is the server's
        await settle(services.unit_of_work)
    return left


def check_alone(services: Services) -> None:
    """Raise `StorageError` where another process serves the database, and would let no second one."""
    from adapters.storage.instance import alone_on  # noqa: PLC0415

    with alone_on(services.engine):
        pass


def back_up(
    settings: Settings, file: Path, *, force: bool = False, progress: Callable[[int, int], None] | None = None
) -> BackupResult:
    """Back the database up into a file. Raises `UsageError` with the command to use where it is PostgreSQL's; `StorageError`."""
    from adapters.storage import backup  # noqa: PLC0415

    return backup.backup(_own_file(settings, file, 0), file, force=force, progress=progress)


async def move_database(
    settings: Settings, address: str, progress: Callable[[int, int], None] | None = None
) -> MoveResult:
    """Move the SQLite database to the PostgreSQL database at an address. Raises `UsageError` and `StorageError` as `adapters.storage.move` does."""
    from adapters.storage.move import move  # noqa: PLC0415

    async with _two_databases(settings, address) as (source, target):
        return await move(source, target, datetime.now(UTC), progress)


async def abandon_move(settings: Settings, address: str) -> bool:
    """Give up a move to an address that was begun; tells whether the database there could be looked at. Raises as `adapters.storage.move.abandon` does."""
    from adapters.storage.move import abandon  # noqa: PLC0415

    async with _two_databases(settings, address) as (source, target):
        return await abandon(source, target)


@contextlib.asynccontextmanager
async def _two_databases(settings: Settings, address: str) -> AsyncIterator[tuple[AsyncEngine, AsyncEngine]]:
    """The present database and the one at an address. Raises `UsageError` for what is no address."""
    from adapters.storage.database import create_engine  # noqa: PLC0415
    from bot.channel_fields import InvalidValue  # noqa: PLC0415
    from scheduler.settings.database_url import check_database  # noqa: PLC0415

    try:
        check_database(address)
    except InvalidValue as error:
        remedy = "Write postgresql://user:password@host/name; an @ in a password is written %40"
        raise UsageError(f"ADDRESS: {error.problem}. {remedy}.") from None
    source, target = create_engine(settings.database_url.get_secret_value()), create_engine(address, "ADDRESS")
    try:
        yield source, target
    finally:
        await source.dispose()
        await target.dispose()


def check_database(settings: Settings) -> None:
    """Look at every page of an SQLite database; PostgreSQL looks after its own. Raises `StorageError` that says what to do for a damaged one."""
    from adapters.storage.backup import checked_in_place, sqlite_file  # noqa: PLC0415

    if (database := sqlite_file(settings.database_url.get_secret_value())) and database.is_file():
        checked_in_place(database)


def put_back(settings: Settings, file: Path, *, progress: Callable[[int, int], None] | None = None) -> RestoreResult:
    """Restore a backup, after the present database is saved. Raises as `back_up` does."""
    from adapters.storage import backup  # noqa: PLC0415

    elsewhere = [channel.name for channel in settings.channel_list() if channel.platform != "web"]
    now = datetime.now(UTC)  # a name for a file: the wall's clock, not one that was set
    database = _own_file(settings, file, 1)
    return backup.restore(file, database, now, elsewhere=elsewhere, progress=progress)


def _own_file(settings: Settings, file: Path, command: int) -> Path:
    from adapters.storage.backup import postgresql_commands, sqlite_file  # noqa: PLC0415

    address = settings.database_url.get_secret_value()
    database = sqlite_file(address)
    if database is None:
        done = ("saved", "put back")[command]
        raise UsageError(
            f"A PostgreSQL database is {done} by its own tool, which asks for the password or takes it from PGPASSWORD. "
            f"Nothing was done yet. Run:\n\n  {postgresql_commands(address, file)[command]}\n"
        )
    return database


def new_key() -> str:
    """Make a key for PAPERROUND_KEYS."""
    from adapters.slack.oauth.encryption import new_key as made  # noqa: PLC0415

    return made()


async def encrypt_again(services: Services) -> tuple[int, tuple[str, ...]]:
    """
    Encrypt every stored token with the first key; give how many, and the workspaces whose tokens none of the keys decrypts.

    Raises `UsageError` where there is no key.
    """
    from adapters.slack.oauth.encryption import Encryption  # noqa: PLC0415
    from adapters.slack.oauth.installations import Installations  # noqa: PLC0415
    from adapters.slack.settings import KEY_REMEDY, SlackSettings  # noqa: PLC0415

    settings = next((one for one in services.settings.platforms.values() if isinstance(one, SlackSettings)), None)
    if settings is None or settings.token_keys is None:
        raise UsageError(f"PAPERROUND_KEYS is not set, so nothing is encrypted. {KEY_REMEDY}.")
    return await Installations(services.engine, Encryption(settings.token_keys.get_secret_value())).reencrypt_all()
