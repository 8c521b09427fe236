"""A copy is whole or not there at all, and putting one back loses nothing and sends nothing twice."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import make_url, text

from adapters.storage import backup as copies
from adapters.storage.backup import backup, checked, postgresql_commands, restore, sqlite_file
from adapters.storage.instance import alone_at
from adapters.storage.migrations import migrate
from adapters.storage.move import refuse_moved
from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from adapters.storage.write_barrier import refuse_writes
from bot.errors import StorageError, UsageError
from bot.model import MessageRef, Posting, PostingState
from tests.databases import (
    migrated_sqlite,
    new_postgresql,
    older_sqlite,
    opened,
    postgresql_programs,
    postgresql_server,
)
from tests.factories import NOW, digest

AT = datetime(2026, 8, 17, 9, tzinfo=UTC)

KILLED = """
import os, sys
from pathlib import Path
from adapters.storage.backup import backup
backup(Path(sys.argv[1]), Path(sys.argv[2]), force=True, progress=lambda done, total: os._exit(9))
"""


@pytest.fixture
async def database(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    await migrated_sqlite(tmp_path_factory.getbasetemp(), tmp_path)
    return tmp_path / "paperround.db"


def write(file: Path, *statements: str) -> None:
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def read(file: Path, query: str) -> list[tuple]:
    with contextlib.closing(sqlite3.connect(file)) as connection:
        return connection.execute(query).fetchall()


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.endswith(("-wal", "-shm"))}


def named(file: Path, name: str) -> None:
    write(file, f"INSERT OR REPLACE INTO members VALUES ('web', 'U1', '{name}')")


def name_in(file: Path) -> str:
    return read(file, "SELECT name FROM members WHERE member_id = 'U1'")[0][0]


async def sent(file: Path, week: str, *states: PostingState, channel: str = "reading") -> None:
    """Freeze a digest of one posting a state; a posted one has an address."""
    async with opened(f"sqlite:///{file}") as engine, SqlUnitOfWorkFactory(engine)() as uow:
        await uow.digests.add(digest(channel=channel, week=week))
        planned = [
            Posting(channel=channel, week=week, part=n, key=f"{week}/{n}", item_key=None) for n in range(len(states))
        ]
        await uow.postings.plan(planned)
        for number, state in enumerate(states):
            ref = MessageRef(platform="slack", channel_id="C1", message_id=f"{channel}/{week}/{number}")
            await uow.postings.save(
                Posting(
                    channel=channel,
                    week=week,
                    part=number,
                    key=f"{week}/{number}",
                    item_key=None,
                    state=state,
                    ref=ref if state is PostingState.POSTED else None,
                )
            )
        await uow.commit()


def test_a_copy_while_somebody_writes(database: Path, tmp_path: Path) -> None:
    """The copy is one moment of the database: what was written together is in it together, and it is one file."""
    write(database, "CREATE TABLE pairs (a INTEGER, b INTEGER, c TEXT)")
    stop, told = threading.Event(), []

    def keep_writing() -> None:
        with contextlib.closing(sqlite3.connect(database, isolation_level=None, timeout=15)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            for number in range(100_000):
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("INSERT INTO pairs VALUES (?, 0, ?)", [number, "x" * 2000])
                connection.execute("UPDATE pairs SET b = a WHERE a = ?", [number])
                connection.execute("COMMIT")
                if stop.is_set():
                    return

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        for number in range(5):
            backup(database, tmp_path / f"{number}.db", progress=lambda done, total: told.append((done, total)))
    finally:
        stop.set()
        writer.join()

    for number in range(5):
        checked(tmp_path / f"{number}.db")
        assert [] == read(tmp_path / f"{number}.db", "SELECT * FROM pairs WHERE a <> b")
    assert told[-1][0] == told[-1][1] > 0
    assert {"paperround.db", *(f"{number}.db" for number in range(5))} == files(tmp_path)
    assert not list(tmp_path.glob("?.db-wal"))


def test_what_is_there_stays(database: Path, tmp_path: Path) -> None:
    """A file that is there is written over only with force; the database itself, a directory and nowhere are never a place for a copy."""
    copy = tmp_path / "copy.db"
    copy.write_text("mine")

    with pytest.raises(UsageError, match="--force"):
        backup(database, copy)
    assert "mine" == copy.read_text()
    for place, why in ((database, "itself"), (tmp_path, "a directory"), (tmp_path / "no" / "copy.db", "no directory")):
        with pytest.raises(UsageError, match=why):
            backup(database, place, force=True)

    backup(database, copy, force=True)
    assert checked(database) == checked(copy)


@pytest.mark.process
def test_a_copy_that_is_broken_off(database: Path, tmp_path: Path) -> None:
    """Whatever ends the copying, the old file is as it was and nothing else is left; after a kill, nothing of the name."""
    copy = tmp_path / "copy.db"
    copy.write_text("mine")

    def fails(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backup(database, copy, force=True, progress=fails)
    assert {"paperround.db", "copy.db"} == files(tmp_path)

    done = subprocess.run([sys.executable, "-c", KILLED, str(database), str(copy)], check=False, timeout=30)
    assert 9 == done.returncode
    assert "mine" == copy.read_text()


def test_a_copy_that_came_out_damaged(database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy is looked at before it gets its name: what a bad disk made of it is told, and the old file stays."""
    copy = tmp_path / "copy.db"
    copy.write_text("mine")
    copying = copies._copy

    def badly(source: Path, target: Path, progress: copies.Progress | None = None, *, to: Path) -> None:
        copying(source, target, progress, to=to)
        target.write_bytes(target.read_bytes()[:50_000])

    monkeypatch.setattr(copies, "_copy", badly)
    with pytest.raises(
        StorageError, match=r"came out damaged, and the database is sound\. See to the disk that .*copy\.db is on"
    ):
        backup(database, copy, force=True)
    assert "mine" == copy.read_text()
    assert {"paperround.db", "copy.db"} == files(tmp_path)


@pytest.mark.parametrize("where", ["in a table", "in the schema", "in the header"])
def test_a_damaged_database_is_named(database: Path, tmp_path: Path, where: str) -> None:
    """A backup of a damaged database names the database and what to do, and never the temporary file; nothing is left of the copy."""
    write(database, "CREATE TABLE ballast (text TEXT)", "CREATE INDEX ballast_text ON ballast (text)")
    write(database, *[f"INSERT INTO ballast VALUES ('{number:01000}')" for number in range(60)])
    write(database, "PRAGMA wal_checkpoint(TRUNCATE)")
    whole = database.read_bytes()
    broken = {
        "in a table": whole[:-20_000] + b"x" * 20_000,
        "in the schema": whole[:100] + b"x" * 8 + whole[108:],
        "in the header": b"x" * 100 + whole[100:],
    }
    database.write_bytes(broken[where])

    with pytest.raises(StorageError) as caught:
        backup(database, tmp_path / "copy.db")

    assert "***" not in str(caught.value), "SQLite's own heading says nothing to anybody"
    said = str(caught.value)
    assert said.startswith(f"{database} is "), said
    assert "partial" not in said
    assert "in the header" == where or "paperround restore FILE" in said
    assert {"paperround.db"} == files(tmp_path)


def test_durable_before_it_has_its_name(database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The copy is on the disk before it is called so, and then its name is, too: what a power cut leaves is whole or not there."""
    copy, fsync = tmp_path / "copy.db", os.fsync
    synced: list[tuple[int, bool]] = []

    def noted(handle: int) -> None:
        synced.append((os.fstat(handle).st_ino, copy.exists()))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", noted)
    backup(database, copy)

    assert [(copy.stat().st_ino, False), (tmp_path.stat().st_ino, True)] == synced


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda file: file.write_text("no database at all"), "not an SQLite database"),
        (lambda file: file.unlink(), "There is no file"),
        (lambda file: write(file, "UPDATE alembic_version SET version_num = '9999_future'"), "newer Paper Round"),
        (lambda file: write(file, "DROP TABLE postings"), "none of Paper Round's"),
        (lambda file: file.write_bytes(file.read_bytes()[:-20_000] + b"x" * 20_000), "damaged"),
        (lambda file: file.write_bytes(file.read_bytes()[:50_000]), "damaged|malformed"),
    ],
)
def test_only_a_sound_backup_is_put_back(database: Path, tmp_path: Path, spoil, why: str) -> None:
    """What is no database, not ours, a newer program's or damaged is refused, and nothing is touched."""
    copy = tmp_path / "copy.db"
    write(database, "CREATE TABLE ballast (text TEXT)", "CREATE INDEX ballast_text ON ballast (text)")
    write(database, *[f"INSERT INTO ballast VALUES ('{number:01000}')" for number in range(60)])
    named(database, "Ada")
    backup(database, copy)
    spoil(copy)
    before = files(tmp_path)

    with pytest.raises((StorageError, UsageError), match=why):
        restore(copy, database, AT)

    assert "Ada" == name_in(database)
    assert before == files(tmp_path)


async def test_put_back_while_it_runs(database: Path, tmp_path: Path) -> None:
    """A program that has the database open goes on with what was put back; what was there is in the safety copy."""
    import asyncio  # noqa: PLC0415 - `restore` wants a thread of its own here

    copy = tmp_path / "copy.db"
    named(database, "Ada")
    backup(database, copy)
    async with opened(f"sqlite:///{database}") as engine:
        factory = SqlUnitOfWorkFactory(engine)
        named(database, "Grace")
        async with engine.connect() as connection:
            assert "Grace" == (await connection.exec_driver_sql("SELECT name FROM members")).scalar()

        done = await asyncio.to_thread(restore, copy, database, AT)

        async with engine.connect() as connection:
            assert "Ada" == (await connection.exec_driver_sql("SELECT name FROM members")).scalar()
        async with factory() as uow:
            assert await uow.digests.add(digest(week="2026-W30"))
            await uow.commit()
    assert done.safety == database.with_name("paperround.db.before-restore-20260817T090000Z")
    assert "Grace" == name_in(done.safety)
    assert checked(database) == done.revision


def test_put_back_in_the_place_of_nothing_and_of_ruins(database: Path, tmp_path: Path) -> None:
    """Where nothing is, the backup takes the place; a damaged database is kept as it is, beside it."""
    copy, elsewhere = tmp_path / "copy.db", tmp_path / "new.db"
    named(database, "Ada")
    backup(database, copy)

    assert restore(copy, elsewhere, AT).safety is None
    database.write_text("ruins")
    first, second = restore(copy, database, AT), restore(copy, elsewhere, AT)

    assert ("Ada", "Ada") == (name_in(elsewhere), name_in(database))
    assert "ruins" == first.safety.read_text()
    assert "Ada" == name_in(second.safety)


async def test_under_an_older_program(database: Path, tmp_path: Path) -> None:
    """Who serves a database of an older revision is not given a newer one; stopped, it is replaced, and nothing else is left beside."""
    import asyncio  # noqa: PLC0415 - to restore from where no loop runs

    folder = tmp_path / "older"
    folder.mkdir()
    older, copy = folder / "paperround.db", tmp_path / "copy.db"
    await older_sqlite(older)
    await asyncio.to_thread(backup, older, copy)

    with alone_at(str(older)), pytest.raises(StorageError, match="Another Paper Round is serving"):
        await asyncio.to_thread(restore, copy, older, AT)
    assert checked(older) == checked(copy)
    done = await asyncio.to_thread(restore, copy, older, AT)

    assert checked(older) == done.revision != checked(copy)
    assert not {name for name in files(folder) if name.endswith((".partial", ".partial.lock"))}


async def test_what_was_sent_stays_sent(database: Path, tmp_path: Path) -> None:
    """
    A digest that went to a platform after the backup stays known as sent, message for message; what was unsent is looked for there
    before it is sent. The local channel's own messages are as old as the backup.
    """
    import asyncio  # noqa: PLC0415 - as above

    copy = tmp_path / "copy.db"
    posted, pending = PostingState.POSTED, PostingState.PENDING
    await sent(database, "2026-W31", pending, pending)
    backup(database, copy)
    write(database, "DELETE FROM postings", "DELETE FROM picks", "DELETE FROM digests")
    await sent(database, "2026-W31", posted, pending)
    await sent(database, "2026-W32", posted, posted)
    await sent(database, "2026-W32", posted, channel="local")

    done = await asyncio.to_thread(restore, copy, database, AT, elsewhere=["reading"])

    rows = read(database, "SELECT channel, week, part, state, message_id FROM postings ORDER BY 1, 2, 3")
    assert [
        ("reading", "2026-W31", 0, "posted", "reading/2026-W31/0"),
        ("reading", "2026-W31", 1, "sending", None),
        ("reading", "2026-W32", 0, "posted", "reading/2026-W32/0"),
        ("reading", "2026-W32", 1, "posted", "reading/2026-W32/1"),
    ] == rows
    assert (("reading", "2026-W32"),) == done.kept
    (when,) = read(database, "SELECT attempted_at FROM postings WHERE state = 'sending'")
    assert when[0].startswith(f"{NOW:%Y-%m-%d}")


def test_a_backup_is_left_alone(database: Path, tmp_path: Path) -> None:
    """Nothing is left beside a backup that is put back, though it is in the mode of a write-ahead log, as one that SQLite's own shell opened."""
    copy = tmp_path / "elsewhere" / "copy.db"
    copy.parent.mkdir()
    backup(database, copy)
    with contextlib.closing(sqlite3.connect(copy)) as connection:
        assert ("wal",) == connection.execute("PRAGMA journal_mode = WAL").fetchone()
    restore(copy, database, AT)

    assert [copy] == list(copy.parent.iterdir())


def test_the_commands_for_postgresql() -> None:
    """They name everything but the password, wherever in the address it stands, and a file with a space in it."""
    address = "postgres://reader:s3cret%40pw@db.example:5433/papers?sslmode=require&password=s3cret"

    save, put_back = postgresql_commands(address, Path("my copy.dump"))

    assert (
        "pg_dump --format=custom --no-owner --dbname='host=db.example dbname=papers user=reader port=5433 sslmode=require'"
        " --file='my copy.dump'"
    ) == save
    assert put_back.startswith("pg_restore --clean --if-exists --no-owner --single-transaction ")
    assert "s3cret" not in save + put_back
    assert sqlite_file(address) is None


@pytest.mark.postgres
@pytest.mark.parametrize("hosts", ["host={host}", "host={host}:1&host={host}:5432"])
async def test_the_commands_run(tmp_path: Path, hosts: str) -> None:
    """They save and put back a database with a space and a quote in its name, on one host or on the one of several that answers."""
    server, called = make_url(await new_postgresql()), f"it's {tmp_path.name} {len(hosts)}"
    async with opened(postgresql_server()) as engine, engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text(f'ALTER DATABASE {server.database} RENAME TO "{called}"'))
    where = hosts.format(host=quote(str(server.query["host"]), safe=""))
    address = f"postgresql://{server.username}:secret@/{quote(called)}?{where}"
    async with opened(address) as engine:
        await migrate(engine)

    for command in postgresql_commands(address, tmp_path / "my copy.dump"):
        variables = {"PATH": f"{postgresql_programs()}:{os.environ['PATH']}", "PGPASSWORD": "secret"}
        run = partial(subprocess.run, command, shell=True, env=variables, capture_output=True, text=True, check=False)
        done = await asyncio.to_thread(run)
        assert (0, "") == (done.returncode, done.stderr)
    async with opened(address) as engine:
        await migrate(engine)


def test_who_works_now_is_known(database: Path, tmp_path: Path) -> None:
    """A lease keeps its token, so that none is given out twice, and our own notes are those of now."""
    copy = tmp_path / "copy.db"
    lease = "INSERT OR REPLACE INTO leases (name, owner, token, until) VALUES ('deliver/reading', 'us', {}, '2026-08-17T09:00:00.000000Z')"
    write(database, lease.format(3), "INSERT OR REPLACE INTO notes VALUES ('serving', 'they')")
    backup(database, copy)
    write(database, lease.format(7), "INSERT OR REPLACE INTO notes VALUES ('serving', 'we')")

    restore(copy, database, AT)

    assert [(7,)] == read(database, "SELECT token FROM leases")
    assert [("we",)] == read(database, "SELECT text FROM notes WHERE name = 'serving'")


async def moved(database: Path) -> None:
    """Note that a file was moved elsewhere, as the move does."""
    async with opened(f"sqlite:///{database}") as engine, engine.begin() as connection:
        await connection.execute(text("INSERT INTO notes VALUES ('moved', '2026-08-17 to another')"))
        await connection.run_sync(refuse_writes, "was moved to another")


async def test_back_to_a_file_that_was_moved(database: Path, tmp_path: Path) -> None:
    """A backup from before the move makes the file one that is used and written again; one from after it is refused, for nobody could use it."""
    named(database, "before")
    await asyncio.to_thread(backup, database, tmp_path / "before.db")
    await moved(database)
    await asyncio.to_thread(backup, database, tmp_path / "after.db")

    with pytest.raises(UsageError, match=r"after.db was made after its database began to be moved"):
        await asyncio.to_thread(restore, tmp_path / "after.db", database, AT)
    with pytest.raises(sqlite3.IntegrityError, match="was moved to another"):
        named(database, "after")
    await asyncio.to_thread(restore, tmp_path / "before.db", database, AT)

    async with opened(f"sqlite:///{database}") as engine:
        await refuse_moved(engine)
    named(database, "after")
    assert name_in(database) == "after"
