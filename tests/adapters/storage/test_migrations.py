"""The schema's history: it ends where `tables` stands, happens once, and whole or not at all."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, inspect, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.slack.oauth import tables as slack
from adapters.storage import migrations, tables
from adapters.storage.codec import encode
from adapters.storage.instance import alone_on
from adapters.storage.migrations import migrate
from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from adapters.web.channel import board
from adapters.web.http import access_store
from bot.errors import StorageError, UsageError
from bot.model import ChannelState, MachineSentence
from bot.ports import SearchQuestion
from bot.search.query import parse
from tests.databases import new_postgresql, older_sqlite, opened


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def empty(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    """The engine of a database in which nothing was made yet."""
    address = f"sqlite:///{tmp_path}/paperround.db" if request.param == "sqlite" else await new_postgresql()
    async with opened(address) as engine:
        yield engine


async def run(engine: AsyncEngine, statement: str) -> None:
    async with engine.begin() as connection:
        await connection.execute(text(statement))


async def revision(engine: AsyncEngine) -> str:
    """The revision that the database is at."""
    async with engine.connect() as connection:
        return str(await connection.scalar(text("SELECT version_num FROM alembic_version")))


async def names(engine: AsyncEngine) -> set[str]:
    """The tables there are."""
    async with engine.connect() as connection:
        return set(await connection.run_sync(lambda connected: inspect(connected).get_table_names()))


def differences(connection: Connection, wanted: Sequence[MetaData]) -> list[object]:
    """What Alembic finds to differ, and the natural keys, at which it does not look."""
    there = inspect(connection)
    keys = {table.name: [one.name for one in table.primary_key] for made in wanted for table in made.sorted_tables}
    other = [name for name, key in keys.items() if there.get_pk_constraint(name)["constrained_columns"] != key]
    # The words of the index are in tables that each database makes in a way of its own.
    options = {
        "include_name": lambda name, kind, _: (
            kind != "table" or not name.startswith(("search_words", "search_team_words"))
        )
    }
    return [*compare_metadata(MigrationContext.configure(connection, opts=options), list(wanted)), *other]


async def test_ends_where_the_tables_stand(empty: AsyncEngine) -> None:
    """A migrated database has the tables that the program works with: no more, no less, no other."""
    await migrate(empty)

    async with empty.connect() as connection:
        assert [] == await connection.run_sync(
            differences, [tables.metadata, board.metadata, access_store.metadata, slack.metadata]
        )


async def test_twice(empty: AsyncEngine) -> None:
    """Migrating again changes nothing."""
    await migrate(empty)
    await run(empty, "INSERT INTO members VALUES ('slack', 'U1', 'Ada')")

    await migrate(empty)

    async with empty.connect() as connection:
        assert "Ada" == await connection.scalar(text("SELECT name FROM members"))


@pytest.mark.process
async def test_processes_that_start_at_once(empty: AsyncEngine) -> None:
    """Of processes that migrate at once one does it and the others find it done."""
    address = empty.url.render_as_string(hide_password=False)

    async def start() -> None:
        async with opened(address) as engine:
            await migrate(engine)

    await asyncio.gather(*(start() for _ in range(4)))

    assert set(tables.metadata.tables) <= await names(empty)


async def test_whole_or_not_at_all(empty: AsyncEngine) -> None:
    """A migration that fails near its end leaves none of the tables that it made before."""
    await run(empty, "CREATE TABLE users (id INTEGER)")
    await run(empty, "CREATE INDEX ix_summaries_member ON users (id)")

    with pytest.raises(StorageError, match="ix_summaries_member"):
        await migrate(empty)

    assert {"users"} == await names(empty)


async def test_made_by_a_newer_program(empty: AsyncEngine) -> None:
    """A database of a newer program is left alone, and the remedy is told."""
    await migrate(empty)
    await run(empty, "UPDATE alembic_version SET version_num = '9999_tomorrow'")

    with pytest.raises(StorageError, match=r"newer Paper Round .*'9999_tomorrow'.* Update the program"):
        await migrate(empty)


@pytest.mark.parametrize(
    ("made", "table"),
    [
        (
            ("CREATE TABLE alembic_version (version_num TEXT)", "INSERT INTO alembic_version VALUES ('ae1027a6acf')"),
            "alembic_version",
        ),
        (("CREATE TABLE channels (id INTEGER)",), "channels"),
    ],
)
async def test_another_programs_tables(empty: AsyncEngine, made: Sequence[str], table: str) -> None:
    """A database that another program uses is left alone, and its table that is in the way is named: no newer Paper Round would help."""
    for statement in (*made, "CREATE TABLE users (id INTEGER)"):
        await run(empty, statement)

    with pytest.raises(
        UsageError, match=rf"is another program's: its table {table} is not Paper Round's.* Make an empty database"
    ):
        await migrate(empty)
    assert {"users", table} == await names(empty)


async def test_beside_another_program(empty: AsyncEngine) -> None:
    """Tables of another program that are in nobody's way stay where they are."""
    await run(empty, "CREATE TABLE users (id INTEGER)")
    await migrate(empty)

    assert await revision(empty) == migrations.known_revisions()[-1]


async def test_under_an_older_program(tmp_path: Path) -> None:
    """A file of an older revision is not migrated while somebody serves it, but then; at our own revision nobody is in the way."""
    await older_sqlite(tmp_path / "paperround.db")
    async with opened(f"sqlite:///{tmp_path}/paperround.db") as engine:
        with alone_on(engine):
            with pytest.raises(StorageError, match=r"Another Paper Round is serving .* Stop it first"):
                await migrate(engine)
            assert await revision(engine) == migrations.known_revisions()[-2]

        await migrate(engine)
        with alone_on(engine):
            await migrate(engine)


async def test_nothing_to_do_is_cheap(sqlite: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing is to be migrated, Alembic is not even imported."""
    monkeypatch.setitem(sys.modules, "alembic", None)

    await migrate(sqlite)


async def test_logging_is_left_alone(tmp_path: Path) -> None:
    """Migrating takes no handler away, adds none, and silences nobody."""
    root, ours = logging.getLogger(), logging.getLogger("bot")
    before = (list(root.handlers), root.level, ours.disabled)

    async with opened(f"sqlite:///{tmp_path}/paperround.db") as engine:
        await migrate(engine)

    assert before == (list(root.handlers), root.level, ours.disabled)


def test_one_line_of_history() -> None:
    """Revisions follow one another in the order of their files, each named by its id, each id short enough for its column."""
    script = ScriptDirectory(str(Path(migrations.__file__).parent))

    history = [(revision.revision, Path(revision.path).stem) for revision in script.walk_revisions()][::-1]

    assert [(name, name) for name in migrations.known_revisions()] == history
    assert all(len(name) <= 32 for name, _ in history)


async def test_channels_of_before(tmp_path: Path) -> None:
    """What was known of channels before they had a place is kept: when they began, and what was set in them."""
    await older_sqlite(tmp_path / "paperround.db", "0008_sentences")
    began = datetime(2026, 8, 17, 9, tzinfo=UTC)
    state = ChannelState(name='the "papers"', paused_because="away", values={"budget_minutes": 30})
    async with opened(f"sqlite:///{tmp_path}/paperround.db") as engine:
        await run(engine, "INSERT INTO channels VALUES ('robots', '2026-08-17T09:00:00.000000Z')")
        async with engine.begin() as connection:
            values = {"name": state.name, "content": encode(state)}
            await connection.execute(text("INSERT INTO channel_states VALUES (:name, :content)"), values)
        await migrate(engine)

        async with SqlUnitOfWorkFactory(engine)() as uow:
            found = await uow.channels.all()

    assert {"robots": ChannelState(name="robots", started=began), state.name: state} == found


async def test_lost_tokens_of_before(tmp_path: Path) -> None:
    """What a question without an answer had cost before stays spent, and is no part of what its answer costs."""
    await older_sqlite(tmp_path / "paperround.db", "0030_reserved_tokens")
    asked = datetime(2026, 8, 17, 9, tzinfo=UTC)
    async with opened(f"sqlite:///{tmp_path}/paperround.db") as engine:
        for row in (
            "'asked', '', 1000, '2026-08-17T09:00:00.000000Z', 50, 0",
            "'said', 'A.', 300, '2026-08-17T09:00:00.000000Z', 0, 1",
        ):
            await run(engine, f"INSERT INTO sentences (key, text, tokens, at, reserved, answered) VALUES ({row})")
        await migrate(engine)

        async with SqlUnitOfWorkFactory(engine)() as uow:
            before = await uow.sentences.tokens_since(asked)
            await uow.sentences.put([MachineSentence(key="asked", text="B.", tokens=200, at=asked)])
            found = await uow.sentences.tokens_since(asked), await uow.sentences.dearest_since(asked)

    assert (1350, (1500, 300)) == (before, found)


async def test_words_of_before(tmp_path: Path) -> None:
    """An SQLite index of before is found by the same questions after it was made again, also by its scope, and `s` finds nothing by that."""
    await older_sqlite(tmp_path / "paperround.db", "0025_word_pairs")
    async with opened(f"sqlite:///{tmp_path}/paperround.db") as engine:
        await run(engine, "INSERT INTO search_documents VALUES (1, 'a', '', 0, 'x'), (2, 'a', 'papers', 0, 'x')")
        for table, number, scope in (("search_words", 1, "S"), ("search_team_words", 2, f"S{b'papers'.hex()}")):
            await run(
                engine,
                f"INSERT INTO {table} (rowid, scope, title, words, people, said, abstract)"
                f" VALUES ({number}, '{scope}', 'reward models', '', '', '', '')",
            )
        await migrate(engine)

        found = {}
        async with SqlUnitOfWorkFactory(engine)() as uow:
            for asked in ("reward", "r*", "s", "s*"):
                question = SearchQuestion(terms=parse(asked).terms)
                found[asked] = [await uow.search.find(question, readable, 5) for readable in ((), ("papers",))]

    assert {"reward": [["a"], ["a"]], "r*": [["a"], ["a"]], "s": [[], []], "s*": [[], []]} == found
