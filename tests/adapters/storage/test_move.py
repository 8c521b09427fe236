"""Moving a database from SQLite to PostgreSQL: whole, compared, and harmless to repeat."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from sqlalchemy import Table, inspect, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from typer.testing import CliRunner

from adapters.bounded_connection import BoundedConnection
from adapters.storage import move as moving
from adapters.storage import tables
from adapters.storage.instance import alone_on
from adapters.storage.migrations import known_revisions, migrate
from adapters.storage.move import MOVED, MOVING, _Copy, abandon, move, refuse_moved
from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from adapters.storage.write_barrier import NOT_COPIED, refusal, refuse_writes, take_writes
from bot.errors import ChatBlind, StorageError, UsageError
from bot.model import Channel, ChannelState, MessageRef, Post
from bot.ports import SearchQuestion
from bot.search.query import parse
from bot.usecases.deliver import LEASE, deliver, freeze
from bot.usecases.search import complete
from scheduler.bootstrap.database import alone
from scheduler.cli import app
from scheduler.cli.common import run
from scheduler.services import Services
from tests.databases import migrated_sqlite, new_postgresql, older_sqlite, opened, postgresql_server
from tests.factories import HOUR, NOW, channel, digest, digest_of, item, pick, posting, reacted, reaction, summary
from tests.fake_chat import FakeChat

pytestmark = pytest.mark.postgres

TITLE = "稀疏注意力 \u200fשלום"


@pytest.fixture
async def old(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[AsyncEngine]:
    """A database with a week in it, and words in scripts that a lesser copy would lose."""
    async with opened(await migrated_sqlite(tmp_path_factory.getbasetemp(), tmp_path)) as engine:
        async with SqlUnitOfWorkFactory(engine)() as uow:
            await uow.digests.add(digest(pick(item("arxiv:1", title=TITLE))))
            await uow.postings.plan([posting(1, item_key="arxiv:1")])
            await uow.reactions.put(reaction())
            await uow.summaries.put(summary("Très bien 🎉\nצפון", item_key="arxiv:1", at=NOW + HOUR))
            for number in range(3):
                await uow.events.add(reacted(f"e{number}"), NOW)
            await uow.commit()
        yield engine


@pytest.fixture
async def new() -> AsyncIterator[AsyncEngine]:
    async with opened(await new_postgresql()) as engine:
        yield engine


async def test_everything_arrives(old: AsyncEngine, new: AsyncEngine) -> None:
    """Digests, decisions and words are the same there, and new events are numbered behind the old ones."""
    moved = await move(old, new, NOW)

    assert moved.fresh
    assert (moved.rows["events"], moved.rows["summaries"]) == (3, 1)
    async with SqlUnitOfWorkFactory(new)() as uow:
        assert await uow.digests.get("reading", "2026-W34") == digest(pick(item("arxiv:1", title=TITLE)))
        assert [one.text for one in await uow.summaries.of_channel("reading")] == ["Très bien 🎉\nצפון"]
        assert await uow.events.add(reacted("e9"), NOW)
        await uow.commit()


async def test_a_little_at_a_time(old: AsyncEngine, new: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Long rows are written few at a time, so that memory does not grow with the database; and what is done is told while rows are compared, too."""
    monkeypatch.setattr(moving, "_CHARACTERS_AT_ONCE", 10_000)
    monkeypatch.setattr(moving, "_AT_ONCE", 20)
    async with old.begin() as connection:
        for number in range(50):
            said = {"name": f"long {number:02}", "text": "x" * (4_000 if number < 30 else 10)}
            await connection.execute(text("INSERT INTO notes (name, text) VALUES (:name, :text)"), said)
    written: list[int] = []
    told: list[tuple[int, int]] = []
    write = moving._write

    async def noted(new: AsyncConnection, table: Table, batch: list[dict[str, object]], *, writing: bool) -> None:
        written.append(sum(len(value) for row in batch for value in row.values() if isinstance(value, str)))
        assert len(batch) <= 20
        await write(new, table, batch, writing=writing)

    monkeypatch.setattr(moving, "_write", noted)
    moved = await move(old, new, NOW, lambda done, total: told.append((done, total)))

    assert max(written) <= 10_000 + 4_100
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert {2 * moved.total, 2 * (moved.total + 1)} >= {total for _, total in told}, (
        "with the note of the move itself, or without"
    )
    assert moved.total < told[-1][0] <= told[-1][1]


async def test_again_it_is_only_compared(old: AsyncEngine, new: AsyncEngine) -> None:
    """After a crash before the old file was marked, the same command ends well and changes nothing."""
    await move(old, new, NOW)
    async with old.begin() as connection:
        await connection.run_sync(take_writes)
        await connection.execute(tables.notes.delete().where(tables.notes.c.name == MOVED))

    again = await move(old, new, NOW)

    assert not again.fresh
    async with old.connect() as connection:
        said = await connection.scalar(text("SELECT text FROM notes WHERE name = 'moved'"))
    assert said.startswith("2026-08-17 to the PostgreSQL database")
    assert "password" not in said


async def test_compared_for_long(old: AsyncEngine, new: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """To read all of the old database may take longer than a server lets a transaction do nothing."""
    await move(old, new, NOW)
    async with old.begin() as connection:
        await connection.run_sync(take_writes)
        await connection.execute(tables.notes.delete().where(tables.notes.c.name == MOVED))
    await new.dispose()
    rest = "SET idle_in_transaction_session_timeout = 300"
    monkeypatch.setattr(BoundedConnection, "session_settings", classmethod(lambda _: (rest,)))
    rows = moving._rows

    async def slowly(connection: AsyncConnection, table: Table, columns: Sequence[str]) -> AsyncIterator[tuple]:
        if connection.dialect.name == "sqlite" and table.name == "notes":
            await asyncio.sleep(1)
        async for row in rows(connection, table, columns):
            yield row

    monkeypatch.setattr(moving, "_rows", slowly)

    assert not (await move(old, new, NOW)).fresh


async def test_again_once_it_was_served(old: AsyncEngine, new: AsyncEngine) -> None:
    """A file that was moved there before says so, whatever the new database holds since, and what to do; it is no move to give up."""
    await move(old, new, NOW)
    async with SqlUnitOfWorkFactory(new)() as uow:
        await uow.notes.put("of", "what was served")
        await uow.commit()

    with pytest.raises(
        UsageError,
        match=r"was moved on 2026-08-17 to the .* already\. .* \(look at its table notes: .*Set DATABASE_URL to it",
    ):
        await move(old, new, NOW)
    with pytest.raises(
        UsageError, match=r"to give up\. The file was moved on 2026-08-17 to .* Set DATABASE_URL to that one"
    ):
        await abandon(old, new)


async def test_another_database_is_left_alone(old: AsyncEngine, new: AsyncEngine) -> None:
    """A target that holds something else is refused, and neither side is changed."""
    await migrate(new)
    async with SqlUnitOfWorkFactory(new)() as uow:
        await uow.notes.put("of", "somebody else")
        await uow.commit()

    with pytest.raises(
        UsageError,
        match=r"is not empty, and holds something else than this file: 1 row in its table notes, where the file has 0\.",
    ):
        await move(old, new, NOW)


async def test_moved_to_another_database_before(old: AsyncEngine, new: AsyncEngine) -> None:
    """A file goes to one database alone: two of them would be served, and send every digest twice."""
    await move(old, new, NOW)
    async with opened(await new_postgresql()) as second:
        with pytest.raises(UsageError, match=r"was moved on 2026-08-17 to the PostgreSQL .* already. Nothing was done"):
            await move(old, second, NOW)

        assert await table_names(second) == []


async def test_moved_to_another_schema_before(old: AsyncEngine, new: AsyncEngine) -> None:
    """Two schemas of one database are two databases."""
    async with new.begin() as connection:
        for schema in ("one", "two"):
            await connection.execute(text(f"CREATE SCHEMA {schema}"))
    address = new.url.render_as_string(hide_password=False)
    one, two = (f"{address}&options=-csearch_path%3D{schema}" for schema in ("one", "two"))
    async with opened(one) as first:
        assert (await move(old, first, NOW)).fresh
        assert not (await move(old, first, NOW)).fresh, "the same again"
    for other in (two, address):
        async with opened(other) as second:
            with pytest.raises(UsageError, match=r"was moved on 2026-08-17 to the PostgreSQL .*=one\) already"):
                await move(old, second, NOW)


async def test_the_table_that_is_named(old: AsyncEngine, new: AsyncEngine) -> None:
    """Of the tables in which the two differ one is named in which the target has rows: there somebody can look."""
    await migrate(new)
    async with SqlUnitOfWorkFactory(new)() as uow:
        await uow.channels.save(ChannelState(name="reading", paused_because="Holidays"))
        await uow.commit()

    with pytest.raises(UsageError, match=r"1 row in its table channels, where the file has"):
        await move(old, new, NOW)


async def table_names(engine: AsyncEngine) -> list[str]:
    async with engine.connect() as connection:
        return await connection.run_sync(lambda sync: inspect(sync).get_table_names())


@pytest.mark.parametrize("made", [False, True])
async def test_no_database_there(tmp_path: Path, new: AsyncEngine, *, made: bool) -> None:
    """In the wrong directory there is nothing to be moved: no file is made, and the target stays as it is."""
    file = tmp_path / "elsewhere.db"
    if made:
        file.touch()
    async with opened(f"sqlite:///{file}") as engine:
        with pytest.raises(UsageError, match=r"no Paper Round database at .*elsewhere.db.* DATABASE_URL="):
            await move(engine, new, NOW)

    assert file.exists() == made
    assert await table_names(new) == []


@pytest.mark.parametrize("table", ["invoices", "notes", "alembic_version"])
async def test_tables_of_somebody_else(old: AsyncEngine, new: AsyncEngine, table: str) -> None:
    """A target that somebody else uses is refused before anything is made in it, though the tables are empty; the table is named."""
    async with new.begin() as connection:
        await connection.execute(text(f"CREATE TABLE {table} (version_num TEXT)"))
        if table == "alembic_version":
            await connection.execute(text("CREATE TABLE invoices (number TEXT)"))
    before = await table_names(new)

    with pytest.raises(UsageError, match=r"is not empty: its table (invoices|notes) is not Paper Round's"):
        await move(old, new, NOW)

    assert await table_names(new) == before


async def test_a_fault_amid_it_leaves_nothing(
    old: AsyncEngine, new: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever fails after the first rows, the new database is as empty as before, and the old one is not marked."""
    seen: list[int] = []

    def stop(done: int, _: int) -> None:
        seen.append(done)
        raise RuntimeError

    monkeypatch.setattr("adapters.storage.move._AT_ONCE", 1)
    with pytest.raises(RuntimeError):
        await move(old, new, NOW, progress=stop)

    assert seen
    async with new.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM digests")) == 0
    async with old.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM notes WHERE name IN ('moved', 'moving')")) == 0
    await refuse_moved(old)


async def test_what_postgresql_cannot_hold(old: AsyncEngine, new: AsyncEngine) -> None:
    """A text that PostgreSQL takes no more than a NUL is told with its table, and is not taken for a server that is away; nothing is moved."""
    async with old.begin() as connection:
        await connection.execute(text("UPDATE summaries SET text = 'a' || char(0) || 'b'"))

    with pytest.raises(StorageError, match=r"NUL.*rows of the table summaries; nothing was moved") as told:
        await move(old, new, NOW)

    assert "cannot be reached" not in str(told.value)
    async with new.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM digests")) == 0


async def test_a_served_file_is_not_moved(old: AsyncEngine, new: AsyncEngine) -> None:
    """While a Paper Round serves the file, what it writes meanwhile would be lost."""
    with alone_on(old), pytest.raises(StorageError, match="Stop it first"):
        await move(old, new, NOW)


@pytest.mark.parametrize("revision", [known_revisions()[0], known_revisions()[-2]])
async def test_a_file_of_an_older_version(tmp_path: Path, new: AsyncEngine, revision: str) -> None:
    """It is brought up to date first, and moved then; not while somebody serves it. Nothing was begun there that could be given up."""
    file = tmp_path / "older.db"
    await older_sqlite(file, revision)
    async with opened(f"sqlite:///{file}") as old:
        with alone_on(old), pytest.raises(StorageError, match="Stop it first"):
            await move(old, new, NOW)
        with pytest.raises(UsageError, match="No move was begun"):
            await abandon(old, new)
        with closing(sqlite3.connect(file)) as connection:
            assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (known_revisions()[-1],)

        assert (await move(old, new, NOW)).fresh


async def test_only_from_sqlite_to_postgresql(old: AsyncEngine, new: AsyncEngine) -> None:
    with pytest.raises(UsageError, match="from SQLite to PostgreSQL"):
        await move(new, old, NOW)


async def test_the_old_file_is_served_no_more(old: AsyncEngine, new: AsyncEngine) -> None:
    """Whoever starts on the old file is told where the database is now."""
    await move(old, new, NOW)
    services = cast(
        "Services",
        SimpleNamespace(engine=old, unit_of_work=SqlUnitOfWorkFactory(old), owner="we"),
    )

    with pytest.raises(
        StorageError, match=r"paperround.db was moved on 2026-08-17 to the PostgreSQL .* Set DATABASE_URL"
    ):
        async with alone(services):
            pass


@pytest.mark.parametrize("blind", [False, True])
async def test_while_a_digest_is_sent(old: AsyncEngine, new: AsyncEngine, *, blind: bool) -> None:
    """A command that is amid its messages as the file is moved sends the one that is under way, and no other; the rest comes from the new database."""
    week = digest_of([f"arxiv:2608.{number:05d}" for number in range(4)], week="2026-W33")
    before, after = SqlUnitOfWorkFactory(old), SqlUnitOfWorkFactory(new)
    assert await freeze(week, channel(), before)
    chat = PausedChat(refuses_same_key=False, blind=blind)
    sending = asyncio.create_task(deliver(channel(), week.week, chat, before, lambda: NOW, owner="post"))
    await chat.amid_third.wait()

    await move(old, new, NOW)
    chat.go_on.set()
    with pytest.raises(
        StorageError, match=r"was moved on 2026-08-17 to the PostgreSQL .* Set DATABASE_URL to that one"
    ):
        await sending
    assert len(chat.messages) == 3

    doubts: list[str] = []

    async def doubt(words: str) -> None:
        doubts.append(words)

    async with after() as uow:
        planned = len(await uow.postings.of("reading", week.week))
    later = NOW + LEASE + HOUR
    await deliver(channel(), week.week, chat, after, lambda: later, owner="up", doubt=doubt)
    keys = [sent.key for sent in chat.messages]
    assert len(keys) == len(set(keys)) == planned
    assert len(doubts) == blind


class PausedChat(FakeChat):
    """A platform that takes its time over the third message, and where `blind` lets nobody look."""

    def __init__(self, *, refuses_same_key: bool, blind: bool) -> None:
        super().__init__(refuses_same_key=refuses_same_key)
        self.amid_third, self.go_on, self._blind = asyncio.Event(), asyncio.Event(), blind

    async def post(self, channel: Channel, post: Post, key: str) -> MessageRef:
        if len(self.messages) == 2:
            self.amid_third.set()
            await self.go_on.wait()
        return await super().post(channel, post, key)

    async def find(self, channel: Channel, key: str, since: datetime) -> MessageRef | None:
        if self._blind:
            raise ChatBlind(self.platform, "we may not read")
        return await super().find(channel, key, since)


async def test_nothing_is_written_any_more(
    old: AsyncEngine, new: AsyncEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From its beginning on, whoever opened the file before is refused in every table that is moved; where it fails, everybody may write again."""
    with closing(sqlite3.connect(tmp_path / "paperround.db", isolation_level=None, timeout=0)) as opened_before:

        def refused() -> set[str]:
            found = set()
            for (table,) in opened_before.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
                if table.startswith((*NOT_COPIED, "sqlite_")):
                    continue
                column = opened_before.execute(f"PRAGMA table_info({table})").fetchone()[1]
                for write in (
                    f"INSERT OR IGNORE INTO {table} DEFAULT VALUES",
                    f"UPDATE {table} SET {column} = {column}",
                ):
                    opened_before.execute("BEGIN")
                    with contextlib.suppress(sqlite3.Error):
                        try:
                            opened_before.execute(write)
                        except sqlite3.IntegrityError as error:
                            if error.sqlite_errorcode == sqlite3.SQLITE_CONSTRAINT_TRIGGER:
                                found.add(f"{write.split()[0]} {table}")
                    opened_before.execute("ROLLBACK")
            return found

        assert refused() == set()
        amid: list[set[str]] = []

        def look_and_stop(*_: int) -> None:
            amid.append(refused())
            raise RuntimeError

        monkeypatch.setattr(moving, "_AT_ONCE", 1)
        with pytest.raises(RuntimeError):
            await move(old, new, NOW, look_and_stop)
        assert refused() == set()

        moved = await move(old, new, NOW)
    assert {f"INSERT {table}" for table in moved.rows} == {one for one in amid[0] if one.startswith("INSERT")}
    assert {"UPDATE digests", "UPDATE events", "UPDATE summaries"} <= amid[0]
    async with SqlUnitOfWorkFactory(old)() as uow:
        with pytest.raises(StorageError, match=r"paperround.db was moved on 2026-08-17 to the PostgreSQL"):
            await uow.events.add(reacted("late"), NOW)


async def test_closed_and_of_an_older_version(tmp_path: Path) -> None:
    """A file that was moved is brought up to date by a newer version, which may have to finish the move, and refuses writes afterwards as before."""
    file = tmp_path / "older.db"
    await older_sqlite(file, known_revisions()[0])
    async with opened(f"sqlite:///{file}") as old:
        async with old.begin() as connection:
            await connection.run_sync(refuse_writes, "was moved to Ada's")
        await migrate(old)
        async with old.connect() as connection:
            assert await connection.run_sync(refusal) == "was moved to Ada's"
        with pytest.raises(StorageError, match=r"older.db was moved to Ada's\.$"):
            async with SqlUnitOfWorkFactory(old)() as uow:
                await uow.notes.put("late", "word")


async def test_begun_and_not_ended(old: AsyncEngine, new: AsyncEngine) -> None:
    """A move that broke off before its end was noted keeps the file from being used and moved elsewhere, until it is finished."""
    await move(old, new, NOW)
    await broken_off(old)
    with pytest.raises(StorageError, match=r"began to be moved on 2026-08-17 to .* finish it: paperround move ADDRESS"):
        await refuse_moved(old)
    async with opened(await new_postgresql()) as second:
        with pytest.raises(UsageError, match=r"began to be moved on .* that one may hold everything. Nothing was done"):
            await move(old, second, NOW)
        assert await table_names(second) == []
        with pytest.raises(UsageError, match=r"no move to .* to give up. The one that was begun is of 2026-08-17"):
            await abandon(old, second)
    with pytest.raises(UsageError, match=r"holds the copy already. Finish the move"):
        await abandon(old, new)

    assert not (await move(old, new, NOW)).fresh
    with pytest.raises(StorageError, match="was moved on"):
        await refuse_moved(old)
    with pytest.raises(UsageError, match=r"to give up\. The file was moved on"):
        await abandon(old, new)


@pytest.mark.parametrize("socket", [False, True])
async def test_noted_by_an_older_version(old: AsyncEngine, new: AsyncEngine, *, socket: bool) -> None:
    """A file whose move an older version noted, in its own words, is known to have gone there: it is finished, compared, or given up."""
    await move(old, new, NOW)
    place = f" ({new.url.query['host']})" if socket else ""
    words = f"2026-08-17 to The PostgreSQL database {new.url.database!r} at local socket{place}"
    async with old.begin() as connection:
        await connection.run_sync(take_writes)
        await connection.execute(tables.notes.update().where(tables.notes.c.name == MOVED).values(text=words))

    assert not (await move(old, new, NOW)).fresh

    await broken_off(old)
    with pytest.raises(UsageError, match=r"holds the copy already. Finish the move"):
        await abandon(old, new)
    assert not (await move(old, new, NOW)).fresh
    async with opened(await new_postgresql()) as second:
        with pytest.raises(UsageError, match=r"already\. Nothing was done"):
            await move(old, second, NOW)


@pytest.mark.parametrize("served", [False, True])
async def test_other_rows_than_the_copy(old: AsyncEngine, new: AsyncEngine, *, served: bool) -> None:
    """What the target holds is told as it is: where these are not the file's rows, it is not called the copy; given up it is not, for they may come of it."""
    await move(old, new, NOW)
    await broken_off(old)
    if not served:
        await new.dispose()
        await emptied(new)
        await migrate(new)
    async with SqlUnitOfWorkFactory(new)() as uow:
        await uow.channels.save(ChannelState(name="garden", paused_because="Holidays"))
        await uow.commit()

    told = r"holds 1 row, and not those of this file \(look at its table channels\)"
    with pytest.raises(UsageError, match=r"rows, and not those of this file .*DATABASE_URL" if served else told):
        await abandon(old, new)
    with pytest.raises(StorageError, match="began to be moved"):
        await refuse_moved(old)


async def emptied(new: AsyncEngine) -> None:
    """Drop a database, and create it without tables."""
    async with opened(postgresql_server()) as server, server.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text(f"DROP DATABASE {new.url.database}"))
        await connection.execute(text(f"CREATE DATABASE {new.url.database}"))


LOOKS = (
    ["status"],
    ["doctor"],
    ["stats"],
    ["channels", "list"],
    ["sources", "list"],
    ["sources", "export"],
    ["token", "list"],
    ["taste", "show"],
    ["search", "attention"],
    ["export", "--format", "json"],
)
"""Every command that only looks, but those that need a terminal, a program or weeks of data."""


def migrated() -> None:
    assert CliRunner().invoke(app, ["migrate"]).exit_code == 0


def looked_at() -> None:
    for command in LOOKS:
        assert isinstance(CliRunner().invoke(app, command).exception, None | SystemExit), command


def registered() -> None:
    """What a command that acts does first."""
    run(nothing)


async def nothing(_: Services) -> None: ...


@pytest.mark.parametrize("used", [migrated, looked_at, registered])
async def test_after_a_look(
    old: AsyncEngine, new: AsyncEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, used: Callable[[], None]
) -> None:
    """
    `paperround migrate`, which compose and the Procfile run before anything else, commands that only look, and the channels of a file that
    were noted leave a target that takes the move, and one of which a move that broke off can be finished or given up.
    """
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", new.url.render_as_string(hide_password=False))
    await complete(SqlUnitOfWorkFactory(old))
    async with old.begin() as connection:
        await connection.execute(tables.notes.insert().values(name=MOVING, text=f"2026-08-17 to {moving._called(new)}"))

    await asyncio.to_thread(used)
    assert await abandon(old, new)
    assert (await move(old, new, NOW)).fresh
    await broken_off(old)
    await asyncio.to_thread(looked_at)

    assert not (await move(old, new, NOW)).fresh
    await complete(SqlUnitOfWorkFactory(new))
    async with SqlUnitOfWorkFactory(new)() as uow:
        assert await uow.search.find(SearchQuestion(terms=parse("bien").terms), ["reading"], 10)


def test_a_look_registers_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands that only look leave no row of the file's channels behind."""
    monkeypatch.chdir(tmp_path)

    looked_at()

    with closing(sqlite3.connect(tmp_path / "paperround.db")) as connection:
        assert connection.execute("SELECT name FROM channels").fetchall() == []


@pytest.mark.parametrize("away", [False, True])
async def test_given_up(old: AsyncEngine, new: AsyncEngine, *, away: bool) -> None:
    """Given up by its name, a move that wrote nothing lets the file be used, and moved elsewhere; so does one whose database is gone."""
    await move(old, new, NOW)
    await broken_off(old)
    async with opened(postgresql_server()) as server, server.connect() as connection:
        await new.dispose()
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text(f"DROP DATABASE {new.url.database}"))
        if not away:
            await connection.execute(text(f"CREATE DATABASE {new.url.database}"))

    assert await abandon(old, new) is not away
    await refuse_moved(old)
    async with opened(await new_postgresql()) as second:
        assert (await move(old, second, NOW)).fresh


async def broken_off(old: AsyncEngine) -> None:
    """Make it so that the old file knows the move's beginning and not its end."""
    async with old.begin() as connection:
        await connection.run_sync(take_writes)
        await connection.execute(tables.notes.update().where(tables.notes.c.name == MOVED).values(name=MOVING))


async def test_a_commit_that_broke_off(old: AsyncEngine, new: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the connection breaks in the very commit, it may have taken effect: the file stays as it is until somebody looked."""

    async def breaks(self: _Copy) -> None:
        self.committing = True
        raise StorageError("The connection was lost.")

    monkeypatch.setattr(_Copy, "make", breaks)
    with pytest.raises(StorageError, match="lost"):
        await move(old, new, NOW)
    monkeypatch.undo()

    with pytest.raises(StorageError, match="began to be moved"):
        await refuse_moved(old)
    assert (await move(old, new, NOW)).fresh
