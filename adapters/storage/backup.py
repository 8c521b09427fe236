"""
Backup and restore of the SQLite file while Paper Round runs.

SQLite's own backup API does the copying (https://www.sqlite.org/backup.html): copying the file by other means misses what is
still in the write-ahead log, or tears a transaction in two. A copy is written beside its place, checked, made durable, and only
then given its name, so that under that name there is a whole copy or none.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sqlite3
import stat
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

from sqlalchemy import make_url

from adapters.disk import cannot_write, is_full
from adapters.storage.compaction import compact_file, read_list_beside
from adapters.storage.database import BUSY_SECONDS, create_engine
from adapters.storage.failures import sqlite_error
from adapters.storage.instance import alone_at
from adapters.storage.migrations import OURS, known_revisions, migrate
from adapters.storage.move import MOVED, MOVING
from adapters.storage.repositories.forgotten import SqlForgotten
from adapters.storage.unit_of_work import SqlUnitOfWork
from adapters.unfinished import give_name, remove_abandoned, written_beside
from bot.errors import StorageError, UsageError
from bot.search_documents import INDEXED

Progress = Callable[[int, int], None]
"""Called with how many pages are copied, and how many there are."""

_PAGES: Final = 512
"""Pages copied between two calls of the progress callback: two megabytes."""

_PUT_BACK: Final = "Put a backup in its place: paperround restore FILE"

_OF_THE_SOURCE: Final = frozenset(
    {"SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_IOERR_READ"}
)
"""SQLite's result codes that speak, while it copies, of what is copied (https://www.sqlite.org/rescode.html)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupResult:
    """A copy that was made and checked: where, how long it is in bytes, and at which revision of the schema."""

    path: Path
    size: int
    revision: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreResult:
    """
    A backup that was put back. `safety` is where that is which was there before, None if nothing was.

    `kept` are the digests (channel, week) that were sent elsewhere since the backup was made: they stay known as sent.
    """

    revision: str
    safety: Path | None
    kept: tuple[tuple[str, str], ...] = ()


def sqlite_file(address: str) -> Path | None:
    """Give the file of an SQLite address; None for another database's."""
    url = make_url(address)
    if url.get_backend_name() != "sqlite":
        return None
    name = url.database or ""
    if name.startswith("file:"):
        raise UsageError("DATABASE_URL names its file in a URI (file:...). Name it plainly: sqlite:///paperround.db")
    return Path(name)


def postgresql_commands(address: str, file: Path) -> tuple[str, str]:
    """Give the commands that save a PostgreSQL database into `file` and put it back, whatever address we take. The password is in neither."""
    from adapters.conninfo import conninfo_to_show  # noqa: PLC0415 - for who has PostgreSQL

    where = f"--dbname={_quoted(conninfo_to_show(address))}"
    named = _quoted(str(file))
    return (
        f"pg_dump --format=custom --no-owner {where} --file={named}",
        f"pg_restore --clean --if-exists --no-owner --single-transaction {where} {named}",
    )


def _quoted(text: str) -> str:
    import shlex  # noqa: PLC0415 - for who has PostgreSQL

    return shlex.quote(text)


def backup(database: Path, file: Path, *, force: bool = False, progress: Progress | None = None) -> BackupResult:
    """
    Copy the database into `file`: one moment of it, whole, whoever writes meanwhile.

    Raises `UsageError` for a `file` that is there already (unless `force`) or cannot be one, `StorageError` where the database cannot
    be read or the copy not be written. Then there is no new file, and an old one is as it was.
    """
    _check_target(database, file, force=force)
    remove_abandoned(file.absolute().parent)
    revision = checked(database, whole=False, remedy=_PUT_BACK)
    with written_beside(file) as partial:
        _copy(database, partial, progress, to=file)
        _check_copy(partial, database, file)
        size = partial.stat().st_size
        _check_target(database, file, force=force)
        give_name(partial, file)
        # 0600, as it was made: a copy lies about for longer than a database, and holds the same.
    return BackupResult(path=file, size=size, revision=revision)


def restore(
    file: Path,
    database: Path,
    now: datetime,
    *,
    elsewhere: Collection[str] = (),
    progress: Progress | None = None,
) -> RestoreResult:
    """
    Put a backup in the place of the database, which is saved beside it first. A running Paper Round goes on with it, unless it is
    an older one: that must be stopped first.

    The backup is checked and brought up to date before anything is touched, and put in place in one transaction. What the present
    database knows of messages sent to `elsewhere` (channels whose platform is not in this file) is kept, and what was never known to
    be sent is to be looked for there first: restoring must not send a digest twice. Raises `UsageError` or `StorageError`; then nothing
    has changed. Not to be called on a running event loop.
    """
    if _same(file, database):
        raise UsageError(f"{file} is the database itself. Name a backup.")
    alone = _is_in_wal_alone(file)
    checked(file, alone=alone)
    remove_abandoned(database.absolute().parent)
    there = database.exists() and database.stat().st_size > 0
    healthy = there and _is_healthy(database)
    safety = _saved(database, now, healthy=healthy) if there else None
    with written_beside(database) as fresh:
        _copy(file, fresh, progress, to=database, alone=alone)
        asyncio.run(_bring_up_to_date(fresh.absolute(), database))
        _refuse_moved(fresh, file)
        kept = _keep_what_was_sent(fresh, database, elsewhere, healthy=healthy)
        asyncio.run(_forget_again(fresh.absolute(), database))
        revision = checked(fresh, called=database)
        if healthy:
            with _undisturbed(database):
                _put_into(fresh, database)
        else:
            mode = stat.S_IMODE(database.stat().st_mode) if there else 0o600
            _discard_logs(database)
            give_name(fresh, database)
            with contextlib.suppress(OSError):
                database.chmod(mode)
    return RestoreResult(revision=revision, safety=safety, kept=kept)


def checked(
    file: Path,
    *,
    whole: bool = True,
    called: Path | None = None,
    remedy: str = "Take another backup",
    alone: bool = False,
) -> str:
    """
    Make sure that a file is a sound Paper Round database, and not a newer one's; give its revision.

    With `whole` every page is looked at. Errors name it `called`, where it is a temporary file that stands for another. `alone` is a file that nobody
    writes meanwhile. Raises
    `UsageError` for a file that is not there, else `StorageError`.
    """
    if not file.is_file():
        raise UsageError(f"There is no file {file}.")
    name = called or file
    with _told(name, remedy), contextlib.closing(_opened(file, alone=alone)) as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        if not tables >= OURS:
            raise StorageError(f"{name} is an SQLite database, but none of Paper Round's.")
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone() or (None,)
        if revision not in known_revisions():
            raise StorageError(
                f"{name} was made by a newer Paper Round (its revision is {revision!r}). Update the program first."
            )
        if whole and connection.execute("PRAGMA integrity_check(1)").fetchall() != [("ok",)]:
            raise StorageError(f"{name} is damaged. {remedy}.")
    return str(revision)


def checked_in_place(database: Path) -> str:
    """Make sure that the database itself is sound, every page of it, while it is used; give its revision. Raises as `checked` does."""
    return checked(database, remedy=_PUT_BACK)


def _check_copy(partial: Path, database: Path, file: Path) -> None:
    """Check a copy; raises `StorageError` that names the database where the damage is the database's own, else the place of the copy."""
    try:
        checked(partial, called=file)
    except StorageError as error:
        checked_in_place(database)
        raise StorageError(
            f"The copy of {database} came out damaged, and the database is sound. See to the disk that {file} is on, then try again."
        ) from error


def _check_target(database: Path, file: Path, *, force: bool) -> None:
    if _same(file, database):
        raise UsageError(f"{file} is the database itself. Name another file.")
    if file.is_dir():
        raise UsageError(f"{file} is a directory. Name a file in it, like {file / 'paperround-backup.db'}.")
    if not file.absolute().parent.is_dir():
        raise UsageError(f"There is no directory {file.absolute().parent}. Make it, or name a file elsewhere.")
    if file.exists() and not force:
        raise UsageError(f"{file} is there already. Name another file, or write over it with --force.")


def _same(one: Path, other: Path) -> bool:
    return one.exists() and other.exists() and one.samefile(other)


def _is_in_wal_alone(file: Path) -> bool:
    """
    Whether a file is in the mode of a write-ahead log without having one, so that nobody has it open: SQLite would make one to look at it, and leave
    it there (https://www.sqlite.org/fileformat.html#the_database_header).
    """
    if not file.is_file() or any(Path(f"{file}{suffix}").exists() for suffix in ("-wal", "-shm")):
        return False
    with file.open("rb") as opened:
        return opened.read(20)[18:] == b"\x02\x02"


def _opened(file: Path, *, write: bool = False, alone: bool = False) -> sqlite3.Connection:
    """Open a file that is there; without `write`, to look only; one that is `alone` as it stands."""
    how = "rw" if write else "ro&immutable=1" if alone else "ro"
    address = f"file:{quote(str(file.absolute()))}?mode={how}"
    return sqlite3.connect(address, uri=True, isolation_level=None, timeout=BUSY_SECONDS)


def _copy(source: Path, target: Path, progress: Progress | None = None, *, to: Path, alone: bool = False) -> None:
    """Copy one moment of a database into another file, as one file without a log beside it. Errors call the latter `to`."""
    with _told(source, _PUT_BACK), contextlib.closing(_opened(source, alone=alone)) as read:
        # A transaction of our own keeps this snapshot. Without it each write of another process restarts the copy.
        read.execute("BEGIN")
        read.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        with _told_of_copy(to), contextlib.closing(_opened(target, write=True)) as write:
            write.execute("PRAGMA synchronous = OFF")  # made durable as a whole, before it gets its name
            read.backup(write, pages=_PAGES, progress=_told_progress(progress))
            write.execute("PRAGMA journal_mode = DELETE")


def _told_progress(progress: Progress | None) -> Callable[[int, int, int], None]:
    """Tell how far it is; and give up where nothing moves: sqlite3 itself would wait for a lock for ever."""
    last, since = -1, time.monotonic()

    def step(_status: int, remaining: int, total: int) -> None:
        nonlocal last, since
        if remaining != last:
            last, since = remaining, time.monotonic()
        elif time.monotonic() - since > BUSY_SECONDS:
            raise sqlite3.OperationalError("database is locked")
        if progress:
            progress(total - remaining, total)

    return step


def _is_healthy(database: Path) -> bool:
    try:
        checked(database)
    except StorageError:
        return False
    return True


def _saved(database: Path, now: datetime, *, healthy: bool) -> Path:
    """Save what is there under a name of its own; as a whole copy where it is sound, else file by file, log and all."""
    stem = f"{database.name}.before-restore-{now:%Y%m%dT%H%M%SZ}"
    taken = (database.with_name(f"{stem}{f'-{number}' if number else ''}") for number in range(1000))
    safety = next(path for path in taken if not path.exists())
    if healthy:
        with written_beside(safety) as partial:
            _copy(database, partial, to=safety)
            give_name(partial, safety)
        return safety
    try:
        for suffix in ("-wal", "-shm", ""):
            if (one := Path(f"{database}{suffix}")).exists():
                with written_beside(Path(f"{safety}{suffix}")) as partial:
                    shutil.copyfile(one, partial)
                    give_name(partial, Path(f"{safety}{suffix}"))
    except OSError as error:
        if is_full(error):
            raise cannot_write(safety, error) from error
        raise StorageError(
            f"{database} cannot be saved to {safety} ({error.strerror}). Nothing was restored."
        ) from error
    return safety


async def _bring_up_to_date(file: Path, called: Path) -> None:
    engine = create_engine(f"sqlite:///{file}")
    try:
        await migrate(engine)
    except StorageError as error:
        raise StorageError(str(error).replace(str(file), str(called))) from error
    finally:
        await engine.dispose()
    # Migrating went over to a write-ahead log; back to one file.
    with _told(called), contextlib.closing(_opened(file, write=True)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def _refuse_moved(fresh: Path, file: Path) -> None:
    """Raise `UsageError` where a backup was made when its database was moved already, or being moved: nobody could use what is restored."""
    with _told(file), contextlib.closing(_opened(fresh)) as connection:
        if connection.execute("SELECT 1 FROM notes WHERE name IN (?, ?)", [MOVED, MOVING]).fetchone():
            raise UsageError(
                f"{file} was made after its database began to be moved elsewhere, so it goes back to nothing. Nothing was restored. Name a backup from "
                "before."
            )


async def _forget_again(fresh: Path, present: Path) -> None:
    """Remove from a restored database what is there of members who asked to be forgotten after the backup was made."""
    engine = create_engine(f"sqlite:///{fresh}")
    try:
        if beside := read_list_beside(present):
            async with engine.begin() as connection:
                await SqlForgotten(connection).take_over(*beside, datetime.now(UTC))
        async with SqlUnitOfWork(engine) as uow:
            swept = await uow.forgotten.sweep()
            await uow.commit()
    finally:
        await engine.dispose()
    if swept.members and (left := compact_file(fresh)):
        raise StorageError(left)
    with _told(present), contextlib.closing(_opened(fresh, write=True)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def _keep_what_was_sent(
    fresh: Path, present: Path, elsewhere: Collection[str], *, healthy: bool
) -> tuple[tuple[str, str], ...]:
    """Carry what the present database knows of messages sent into the fresh one; give the digests that the latter did not know."""
    kept: list[tuple[str, str]] = []
    with _told(present), contextlib.closing(_opened(fresh, write=True)) as connection:
        if healthy:
            connection.execute("ATTACH ? AS present", [f"file:{quote(str(present.absolute()))}?mode=ro"])
        elsewhere = sorted({*elsewhere, *_set_up_elsewhere(connection)})
        names = ", ".join("?" for _ in elsewhere)
        connection.execute("BEGIN")
        if healthy:
            kept = connection.execute(
                f"SELECT channel, week FROM present.digests WHERE channel IN ({names})"  # noqa: S608 - question marks alone
                " EXCEPT SELECT channel, week FROM digests ORDER BY 1, 2",
                list(elsewhere),
            ).fetchall()
            for table in ("digests", "picks", "skips"):
                _carry(connection, table, "INSERT OR IGNORE", f"channel IN ({names})", list(elsewhere))
            _carry(connection, "channels", "INSERT OR IGNORE", f"name IN ({names})", list(elsewhere))
            # A message never becomes unsent: what either of the two knows as sent is sent.
            sent = (
                f"channel IN ({names}) AND (state = 'posted' OR (channel, week, part) NOT IN"  # noqa: S608 - as above
                " (SELECT channel, week, part FROM main.postings WHERE state = 'posted'))"
            )
            _carry(connection, "postings", "INSERT OR REPLACE", sent, list(elsewhere))
            # Whoever holds a lease now has a token that must not be given out again; who serves, and what a platform knows of us,
            # is as it is now.
            _carry(connection, "leases", "INSERT OR REPLACE", "1", [])
            # That it was moved elsewhere is over: whoever restores a backup from before goes back to the file.
            _carry(connection, "notes", "INSERT OR REPLACE", "name NOT IN (?, ?)", [MOVED, MOVING])
            # Who asked to be forgotten since the backup was made stays so.
            _carry(connection, "forgotten_members", "INSERT OR IGNORE", "1", [])
        # What the index holds is the backup's; it is gone through once more.
        connection.execute("DELETE FROM notes WHERE name = ?", [INDEXED])
        # Pending, as far as the backup knows. `deliver` looks on the platform for what is in `sending` before it sends it.
        connection.execute(
            "UPDATE postings SET state = 'sending', attempted_at = (SELECT compiled_at FROM digests"  # noqa: S608 - as above
            " WHERE digests.channel = postings.channel AND digests.week = postings.week)"
            f" WHERE state = 'pending' AND channel IN ({names})",
            list(elsewhere),
        )
        connection.execute("COMMIT")
    return tuple(kept)


def _set_up_elsewhere(connection: sqlite3.Connection) -> set[str]:
    """Give the channels that either database knows to be on a platform outside it, those that were set up in chat among them."""
    found: set[str] = set()
    for _, schema, _ in connection.execute("PRAGMA database_list").fetchall():
        columns = {name for _, name, *_ in connection.execute(f"PRAGMA {schema}.table_info(channels)")}
        if "platform" in columns:  # the present database may be of before that
            found.update(
                name
                for (name,) in connection.execute(f"SELECT name FROM {schema}.channels WHERE platform != 'web'")  # noqa: S608 - our own names
            )
    return found


def _carry(connection: sqlite3.Connection, table: str, how: str, which: str, values: list[str]) -> None:
    """Carry rows of a table over from the present database, in the columns that both have."""
    columns = [
        {name for _, name, *_ in connection.execute(f"PRAGMA {schema}.table_info({table})")}
        for schema in ("main", "present")
    ]
    common = ", ".join(f'"{name}"' for name in sorted(columns[0] & columns[1]))
    if common:
        connection.execute(
            f"{how} INTO main.{table} ({common}) SELECT {common} FROM present.{table} WHERE {which}",  # noqa: S608 - names of our own
            values,
        )


def _undisturbed(database: Path) -> contextlib.AbstractContextManager[None]:
    """An older program that serves a database of its own revision would not know what it is given."""
    older = checked(database, whole=False) != known_revisions()[-1]
    return alone_at(str(database)) if older else contextlib.nullcontext()


def _put_into(fresh: Path, database: Path) -> None:
    """Replace what a database holds, in one transaction of its own: who has it open sees the old or the new."""
    with _told(database), contextlib.closing(_opened(database, write=True)) as write:
        write.execute("PRAGMA synchronous = FULL")
        with contextlib.closing(_opened(fresh)) as read:
            read.backup(write, pages=_PAGES, progress=_told_progress(None))


def _discard_logs(database: Path) -> None:
    """Remove the log of a file that is being replaced: SQLite would play it into the new one."""
    for suffix in ("-wal", "-shm", "-journal"):
        Path(f"{database}{suffix}").unlink(missing_ok=True)


@contextlib.contextmanager
def _told(file: Path, damaged: str = "") -> Iterator[None]:
    """Put what SQLite says of a file into words; `damaged` is what to do where that is it."""
    try:
        yield
    except sqlite3.Error as error:
        if "not a database" in str(error):
            raise StorageError(f"{file} is not an SQLite database.") from error
        if damaged and "malformed" in str(error):
            raise StorageError(f"{file} is damaged. {damaged}.") from error
        raise sqlite_error(str(file), str(error), file.absolute()) from error


@contextlib.contextmanager
def _told_of_copy(to: Path) -> Iterator[None]:
    """Put into words what SQLite says of the place of a copy; what is the fault of what is copied is left to whoever reads that."""
    try:
        yield
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorname", "SQLITE_BUSY") in _OF_THE_SOURCE:
            raise
        raise sqlite_error(str(to), str(error), to.absolute()) from error
