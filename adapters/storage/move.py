"""
Move from SQLite to PostgreSQL: every row, in one transaction, compared before it counts.

The old file says first where it is going (`MOVING`), then that it is there (`MOVED`): between the two, which are transactions of two databases, the
new one may hold everything though nobody noted it. So while it is going it is neither served nor moved elsewhere, until the same command ended
well or the move was abandoned. From that first note on the file refuses writes (`write_barrier`), whoever had it open before: what they would write
nobody would read, and a digest whose sending cannot be noted is not sent on.

The tables are those of the newest revision, whichever part of the program they belong to; what is derived (the search index) is left out,
since the program builds it again. Values are read as SQLite keeps them and take the types of PostgreSQL's own columns.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    DateTime,
    Integer,
    MetaData,
    Select,
    Table,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy import column as named_column
from sqlalchemy import table as named_table
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.storage.database import READONLY
from adapters.storage.failures import name
from adapters.storage.health import WRITTEN
from adapters.storage.instance import alone_on
from adapters.storage.migrations import migrate
from adapters.storage.repositories.channels import only_registered
from adapters.storage.server import check_server
from adapters.storage.sql import chunks
from adapters.storage.tables import channels, notes
from adapters.storage.write_barrier import NOT_COPIED, refuse_writes, take_writes
from bot.errors import StorageError, UsageError
from bot.exporting import INSTANCE
from bot.search_documents import INDEXED
from bot.text import counted

MOVED: Final = "moved"
"""The note in the old file that says when the database was moved, and where; whoever would use the file again is told so."""

MOVING: Final = "moving"
"""The note in the old file that says when a move was begun, and where to; one that is left of a process that died is finished, or abandoned."""

_OF_ITSELF: Final = frozenset({MOVED, MOVING, WRITTEN, INDEXED})
"""The notes that tell of the database they are in, and so are no part of what is moved: the new one's index, say, has to be built yet."""

_LEFT_BY_A_LOOK: Final = frozenset({WRITTEN, INDEXED, INSTANCE})
"""The notes that commands leave in a database in which there is nothing else."""

_AT_ONCE: Final = 1000
"""How many rows are written with one statement, at most."""

_CHARACTERS_AT_ONCE: Final = 2_000_000
"""Of how many characters these are, about: a thousand digests would be more than a hundred megabytes, and several times that on their way."""

_READ_AT_ONCE: Final = 50
"""How many rows are fetched from a database at once."""

_MAY_REST: Final = "SET LOCAL idle_in_transaction_session_timeout = 0"
"""
Where the copy is there already, all of the old database is read first, minutes for some million rows, in which the transaction in the new one does
nothing; see `BoundedConnection.session_settings`.
"""

Progress = Callable[[int, int], None]
"""Called with how many rows were copied and how many compared, together, and how many these will be in all."""

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveResult:
    """What was moved: rows by table. `fresh` is False where it had been moved before and was only compared."""

    rows: Mapping[str, int]
    fresh: bool

    @property
    def total(self) -> int:
        """How many rows there are in all."""
        return sum(self.rows.values())


async def move(source: AsyncEngine, target: AsyncEngine, now: datetime, progress: Progress | None = None) -> MoveResult:
    """
    Copy an SQLite database into an empty PostgreSQL database; afterwards the old file says that it was moved.

    Both are brought to the newest revision first. All rows are copied and compared in one transaction, so that the new database has
    everything or nothing. Run again, after a crash at whatever point, it goes on from there. Raises
    `UsageError` where there is no such file, where it was moved to another database before, or began to be, and where the target holds something
    else, is no PostgreSQL or one that cannot be used (`check_server`); `StorageError` where the file is being served.
    """
    if source.url.get_backend_name() != "sqlite" or target.url.get_backend_name() != "postgresql":
        raise UsageError(
            "Databases are moved from SQLite to PostgreSQL: paperround move postgresql://user:password@host/name"
        )
    # Before anything opens it: SQLite makes a file that is missing, and an empty one would be moved.
    if not await _is_set_up(source):
        raise _not_there(source)
    await check_server(target, "ADDRESS")
    await migrate(source)  # which takes the file's lock itself where there is anything to do
    with alone_on(source):
        destination = _called(target)
        if (moved := await _note(source, MOVED)) and not _is_to(moved, target):
            raise UsageError(
                f"{name(source.url)} was moved on {moved} already. Nothing was done: two databases that serve the same channels would send "
                "every digest twice. Set DATABASE_URL to that one; to move on from there, use pg_dump and pg_restore."
            )
        begun = await _note(source, MOVING)
        if begun and not _is_to(begun, target):
            raise UsageError(
                f"{name(source.url)} began to be moved on {begun}, and nobody noted the end: that one may hold everything. Nothing was done. "
                "Name that one again, which finishes the move or says what is there; or give it up first: paperround move --abandon ADDRESS, "
                "with its address."
            )
        async with source.connect() as old, target.connect() as new:
            if other := _of_others(await new.run_sync(_table_names), await old.run_sync(_table_names)):
                raise UsageError(
                    f"{name(target.url)} is not empty: its table {other} is not Paper Round's. Nothing was changed. Make an empty database, "
                    "and name that one."
                )
        if not moved and not begun:
            await _put(source, MOVING, now, destination)
        copy = _Copy(source, target, progress, moved)
        try:
            await copy.make()
        except BaseException:
            # What was certainly not written leaves no trace, and the file may be used; of a commit that broke off only the database knows.
            if not moved and not begun and not copy.committing:
                await _forget(source, MOVING)
            raise
        await _put(source, MOVED, now, destination)
    return MoveResult(rows={table: found.count for table, found in copy.rows.items()}, fresh=copy.fresh)


async def abandon(source: AsyncEngine, target: AsyncEngine) -> bool:
    """
    Give up a move that was begun and whose end nobody noted, so that the file may be used and moved elsewhere; tells whether the target could be
    looked at: False where it is away.

    Raises `UsageError` where no move to that database was begun, or where it is there, whole: then it is to be finished, or that database dropped.
    """
    if source.url.get_backend_name() != "sqlite" or not await _is_set_up(source):
        raise _not_there(source)
    await migrate(source)  # which takes the file's lock itself where there is anything to do
    with alone_on(source):
        begun = await _note(source, MOVING)
        if not begun or not _is_to(begun, target):
            raise UsageError(f"There is no move to {_called(target)} to give up. {await _instead(source, begun)}.")
        try:
            async with target.connect() as new:
                held = await _held_rows(new)
        except StorageError:
            held = None
        if held and await _Copy(source, target, None).is_there():
            raise UsageError(
                f"{name(target.url)} holds the copy already. Finish the move: paperround move ADDRESS, with its address. Or drop that database "
                "first, so that nobody serves it, and then give the move up."
            )
        if held:
            raise UsageError(
                f"{name(target.url)} holds {counted(sum(held.values()), 'row')}, and not those of this file (look at its {_listed(held)}): they may be "
                "the copy, as it became by being served since; then set DATABASE_URL to it. If they are not, drop that database first, so that nobody "
                "serves it, and then give the move up."
            )
        await _forget(source, MOVING)
    return held is not None


async def _instead(source: AsyncEngine, begun: str | None) -> str:
    """What there is in place of a move that could be given up, without its full stop."""
    if begun:
        return f"The one that was begun is of {begun}"
    if moved := await _note(source, MOVED):
        return f"The file {_refusal(MOVED, moved)}"
    return "No move was begun"


class _Copy:
    """The copying itself; `moved` is the file's note where it was moved there before. `rows` are what was read, by table; `committing` says that the new database was asked to keep them."""

    def __init__(
        self, source: AsyncEngine, target: AsyncEngine, progress: Progress | None, moved: str | None = None
    ) -> None:
        self._source, self._target, self._progress, self._moved = source, target, progress, moved
        self.rows: dict[str, _Fingerprint] = {}
        self.fresh = self.committing = False

    async def make(self) -> None:
        """Copy every row into an empty database, or compare with what is there; all of it in one transaction."""
        await migrate(self._target)
        async with self._source.connect() as old, self._target.begin() as new:
            await old.execution_options(
                **{READONLY: True}
            )  # whoever would write meanwhile does not wait, but is told at once
            await new.execute(text(_MAY_REST))
            tables = await new.run_sync(_tables)
            self.fresh = not await _held_rows(new)
            if self.fresh:
                await _clear(new)
            self.rows = await _copied(old, new, tables, self._progress, writing=self.fresh)
            if other := await self._other(new, tables):
                raise _differs(self._target, *other, self.rows[other[0]].count, fresh=self.fresh, moved=self._moved)
            self.committing = True

    async def is_there(self) -> bool:
        """Whether the new database holds what the old one does, as far as it can be told; nothing is written."""
        try:
            async with self._source.connect() as old, self._target.connect() as new:
                await old.execution_options(**{READONLY: True})
                await new.execute(text(_MAY_REST))
                tables = await new.run_sync(_tables)
                self.rows = await _copied(old, new, tables, self._progress, writing=False)
                return await self._other(new, tables) is None
        except StorageError:  # of another revision, say
            return False

    async def _other(self, new: AsyncConnection, tables: Sequence[Table]) -> tuple[str, int] | None:
        """Give what `_difference` does. An export of the new database names it, where the old one has no name yet."""
        unnamed = await _note(self._source, INSTANCE) is None
        beside = _OF_ITSELF | {INSTANCE} if unnamed else _OF_ITSELF
        return await _difference(new, tables, self.rows, beside, self._progress)


async def refuse_moved(engine: AsyncEngine) -> None:
    """Raise `StorageError` where the database is a file that was moved elsewhere, or may have been: what is written there is seen by nobody."""
    if engine.url.get_backend_name() != "sqlite":
        return
    for which in (MOVED, MOVING):
        if note := await _note(engine, which):
            raise StorageError(f"{name(engine.url)} {_refusal(which, note)}.")


def _refusal(which: str, note: str) -> str:
    """What is said to whoever would use the file, behind its name."""
    if which == MOVED:
        return (
            f"was moved on {note}. Set DATABASE_URL to that one: two that serve the same channels would send every digest twice. To go back, restore a "
            "backup from before"
        )
    return (
        f"began to be moved on {note}, and nobody noted the end. Let that command end, if it still runs. Else finish it: paperround move ADDRESS, with its "
        "address. Or give it up, and go on with this file: paperround move --abandon ADDRESS"
    )


def _called(target: AsyncEngine) -> str:
    """A target's name amid a sentence, by which it is known again: with its socket, and the options that choose a schema, where it has any."""
    beside = [f"{target.url.query[one]}" for one in ("host", "options") if one in target.url.query]
    called, more = name(target.url), f" ({', '.join(beside)})" if beside else ""
    return f"{called[0].lower()}{called[1:]}{more}"


def _is_to(note: str, target: AsyncEngine) -> bool:
    """Whether a note is of a move to this target. Older ones begin its name with a capital, and the oldest name neither socket nor options."""
    called, oldest = _called(target), name(target.url)
    if "options" in target.url.query:
        return note.endswith(f" to {called}")
    return note.endswith((f" to {called}", f" to {called[0].upper()}{called[1:]}", f" to {oldest}"))


async def _note(engine: AsyncEngine, which: str) -> str | None:
    """When a file was moved, or began to be, and to which database; None where it was not."""
    async with engine.connect() as connection:
        await connection.execution_options(**{READONLY: True})
        found: str | None = await connection.scalar(text("SELECT text FROM notes WHERE name = :name"), {"name": which})
    return found


async def _put(source: AsyncEngine, which: str, now: datetime, destination: str) -> None:
    """Write a note into the old file, which refuses writes from then on; that it is there ends that it is going."""
    said = f"{now.astimezone(UTC):%Y-%m-%d} to {destination}"
    async with source.begin() as old:
        await old.run_sync(take_writes)
        await old.execute(
            text("INSERT INTO notes (name, text) VALUES (:name, :text) ON CONFLICT DO NOTHING"),
            {"name": which, "text": said},
        )
        if which == MOVED:
            await old.execute(text("DELETE FROM notes WHERE name = :name"), {"name": MOVING})
        kept = await old.scalar(text("SELECT text FROM notes WHERE name = :name"), {"name": which})
        await old.run_sync(refuse_writes, _refusal(which, kept))


async def _forget(source: AsyncEngine, which: str) -> None:
    async with source.begin() as old:
        await old.run_sync(take_writes)
        await old.execute(text("DELETE FROM notes WHERE name = :name"), {"name": which})


async def _held_rows(new: AsyncConnection) -> dict[str, int]:
    """How many rows the target's tables hold, of those that hold any, beside what a look at it leaves there (`_clear`)."""
    counts = {table.name: await _count(new, table) for table in await new.run_sync(_tables)}
    if counts.get(notes.name):
        counts[notes.name] = await _count(new, notes, notes.c.name.not_in(_LEFT_BY_A_LOOK))
    # A database of another Paper Round has channels in plenty: they are read only where nothing else is there.
    if counts.get(channels.name) and sum(counts.values()) == counts[channels.name]:
        counts[channels.name] -= len(await _registered(new, select(channels)))
    return {table: count for table, count in counts.items() if count}


async def _registered(new: AsyncConnection, query: Select[Any]) -> list[str]:
    """The names of the channels of which nothing is kept but that the configuration file names them."""
    return [row.name for row in await new.execute(query) if only_registered(row)]


async def _clear(new: AsyncConnection) -> None:
    """Remove what commands leave in a database that they only look at, and what is noted again at the next start."""
    await new.execute(notes.delete().where(notes.c.name.in_(_LEFT_BY_A_LOOK)))
    # Locked: what is kept of one from this moment on is not removed with it.
    for piece in chunks(await _registered(new, select(channels).with_for_update())):
        await new.execute(channels.delete().where(channels.c.name.in_(piece)))


def _listed(held: Mapping[str, int]) -> str:
    """The names of the fullest tables."""
    first = sorted(held, key=lambda table: (-held[table], table))[:3]
    return f"{'table' if len(first) == 1 else 'tables'} {', '.join(first)}"


async def _is_set_up(source: AsyncEngine) -> bool:
    """Whether a file is there, and was ever set up."""
    if not await asyncio.to_thread(Path(source.url.database or "").is_file):
        return False
    async with source.connect() as connection:
        return "alembic_version" in await connection.run_sync(_table_names)


def _table_names(connection: Connection) -> list[str]:
    return sorted(inspect(connection).get_table_names())


def _of_others(found: Sequence[str], ours: Sequence[str]) -> str | None:
    """A table of the target that is not ours, if there is one. Before the target was set up none is, whatever it is called."""
    if "alembic_version" not in found:
        return next(iter(found), None)
    return next((table for table in found if table not in ours and not table.startswith(NOT_COPIED)), None)


@dataclass(slots=True)
class _Fingerprint:
    """Number and hash of rows, whatever their order: the two databases sort text differently."""

    count: int = 0
    total: int = field(default=0)

    def add(self, row: Row) -> None:
        self.count += 1
        digest = hashlib.blake2b(repr(row).encode("utf-8", "surrogatepass"), digest_size=16).digest()
        self.total = (self.total + int.from_bytes(digest, "big")) % (1 << 128)


def _tables(connection: Connection) -> list[Table]:
    """Give the tables to be copied, those first that others refer to."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if not table.name.startswith(NOT_COPIED)]


async def _count(connection: AsyncConnection, table: Table, *only: ColumnElement[bool]) -> int:
    return await connection.scalar(select(func.count()).select_from(table).where(*only)) or 0


async def _copied(
    old: AsyncConnection, new: AsyncConnection, tables: Sequence[Table], progress: Progress | None, *, writing: bool
) -> dict[str, _Fingerprint]:
    """Read every row of the old database, and write it to the new one; give what was read, by table."""
    expected = 2 * sum([await _count(old, table) for table in tables])
    found: dict[str, _Fingerprint] = {}
    done = 0
    for table in tables:
        read, batch, size, columns = found.setdefault(table.name, _Fingerprint()), [], 0, table.columns.keys()
        async for row in _rows(old, _untyped(table), columns):
            typed = _typed(table, row)
            if table.name == notes.name and typed[columns.index("name")] in _OF_ITSELF:
                continue
            read.add(typed)
            batch.append(dict(zip(columns, typed, strict=True)))
            size += sum(len(value) for value in typed if isinstance(value, str))
            done += 1
            if len(batch) == _AT_ONCE or size >= _CHARACTERS_AT_ONCE:
                await _write(new, table, batch, writing=writing)
                batch, size = [], 0
                if progress:
                    progress(done, expected)
        await _write(new, table, batch, writing=writing)
        if writing:
            await _continue_numbering(new, table)
    return found


async def _write(new: AsyncConnection, table: Table, batch: list[dict[str, Any]], *, writing: bool) -> None:
    if batch and writing:
        try:
            await new.execute(insert(table), batch)
        except StorageError as error:
            raise StorageError(f"{error} It was given rows of the table {table.name}; nothing was moved.") from error


async def _rows(connection: AsyncConnection, table: Any, columns: Sequence[str]) -> AsyncIterator[Row]:
    query = select(*(table.c[column] for column in columns))
    result = await connection.stream(query, execution_options={"yield_per": _READ_AT_ONCE})
    async for row in result:
        yield tuple(value.astimezone(UTC) if isinstance(value, datetime) else value for value in row)


def _untyped(table: Table) -> Any:
    """The same table without types: SQLite's values as they are stored."""
    return named_table(table.name, *(named_column(one.name) for one in table.columns))


def _typed(table: Table, row: Row) -> Row:
    """Give SQLite's values the types of PostgreSQL's columns: instants are text there, and truth is a number."""
    return tuple(_as(column.type, value) for column, value in zip(table.columns, row, strict=True))


def _as(kind: Any, value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, Boolean):
        return bool(value)
    if isinstance(kind, DateTime):
        return datetime.fromisoformat(value).astimezone(UTC)
    return value


async def _continue_numbering(connection: AsyncConnection, table: Table) -> None:
    """Let numbers that the database gives go on behind those that were copied."""
    for column in table.primary_key.columns:
        if not isinstance(column.type, Integer):
            continue
        where = {"table": table.name, "column": column.name}
        sequence = await connection.scalar(text("SELECT pg_get_serial_sequence(:table, :column)"), where)
        highest = await connection.scalar(select(func.max(column)))
        if sequence and highest:
            await connection.execute(
                text("SELECT setval(:sequence, :highest)"), {"sequence": sequence, "highest": highest}
            )


def _not_there(source: AsyncEngine) -> UsageError:
    return UsageError(
        f"There is no Paper Round database at {Path(source.url.database or '').absolute()}, so nothing was moved. Run this where the "
        "database is, or name its file: DATABASE_URL=sqlite:////path/to/paperround.db"
    )


async def _difference(
    new: AsyncConnection,
    tables: Sequence[Table],
    expected: Mapping[str, _Fingerprint],
    beside: Collection[str],
    progress: Progress | None,
) -> tuple[str, int] | None:
    """
    A table whose rows are other ones, and how many the new database has of it: one that has some, if there is any. None where all are the same but
    notes `beside`, by name.
    """
    others: list[tuple[str, int]] = []
    done = copied = sum(one.count for one in expected.values())
    for table in tables:
        found, columns = _Fingerprint(), table.columns.keys()
        async for row in _rows(new, table, columns):
            if table.name == notes.name and row[columns.index("name")] in beside:
                continue
            found.add(row)
            done += 1
            if progress and done % _AT_ONCE == 0 and done <= 2 * copied:
                progress(done, 2 * copied)
        if found != expected[table.name]:
            others.append((table.name, found.count))
    return max(others, key=lambda one: one[1] > 0, default=None)


def _differs(target: AsyncEngine, table: str, there: int, here: int, *, fresh: bool, moved: str | None) -> Exception:
    if fresh:
        return StorageError(f"{name(target.url)} gave other rows of {table} back than it was given. Nothing was moved.")
    if moved:
        return UsageError(
            f"This file was moved on {moved} already. That database has changed since, as it does by being served (look at its table {table}: "
            f"{counted(there, 'row')}, and {here if here != there else 'other ones'} in the file). Nothing was done. Set DATABASE_URL to it; to go back to the "
            "file, restore a backup from before."
        )
    return UsageError(
        f"{name(target.url)} is not empty, and holds something else than this file: {counted(there, 'row')} in its table {table}, where the file has "
        f"{here if here != there else 'other ones'}. Nothing was changed. Make an empty database, and name that one."
    )
