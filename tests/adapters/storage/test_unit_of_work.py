"""Transactions on a real file: writers side by side, a crash, readers; and how little is written."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.storage import unit_of_work
from adapters.storage.repositories.channels import VERSIONS
from adapters.storage.repositories.digests import UNFINISHED_CHANNELS
from adapters.storage.repositories.entries import WITHDRAWN_SINCE_SENT
from adapters.storage.repositories.wake_ups import due_at
from adapters.storage.tables import metadata, summary_history
from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from bot.errors import StorageError
from bot.events import ReplyPosted
from bot.model import (
    Entry,
    ItemKind,
    Member,
    Mention,
    MessageRef,
    Section,
    SourceRecord,
    StoredEntry,
    Summary,
)
from bot.ports import Batch, UnitOfWorkFactory
from tests.databases import opened

NOW = datetime(2026, 8, 14, 9, 0, tzinfo=UTC)
WRITERS, ROUNDS = 6, 30
SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) SELECT max(i) FROM n"
"""Keeps SQLite busy for some tenths of a second, and gives a row."""

READING = ("SELECT", "BEGIN", "PRAGMA")


@contextmanager
def writes(engine: AsyncEngine) -> Iterator[list[str]]:
    """Collects every statement that changes something."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: object) -> None:
        if not statement.startswith(READING):
            seen.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)


def a_batch(source_id: str, count: int, **said: Any) -> Batch:
    entries = [
        StoredEntry(
            entry=Entry(
                source_id=source_id,
                external_id=f"{number}",
                kind=ItemKind.PAPER,
                section=Section.PAPERS,
                url=f"https://example.org/{number}",
                **({"title": "A title"} | said),
            ),
            first_seen=NOW,
        )
        for number in range(count)
    ]
    mentions = tuple(
        Mention(
            key=f"url:{one.entry.url}",
            source_id=source_id,
            external_id=one.entry.external_id,
            url=one.entry.url,
            title=one.entry.title,
            at=NOW,
        )
        for one in entries
    )
    titles = {mention.key: mention.title for mention in mentions}
    return Batch(source_id=source_id, entries=tuple(entries), mentions=mentions, titles=titles)


async def store(unit_of_work: UnitOfWorkFactory, *batches: Batch) -> None:
    async with unit_of_work() as unit:
        await unit.entries.store(batches)
        await unit.commit()


async def count_up(unit_of_work: UnitOfWorkFactory) -> None:
    """Reads, then writes what it read and one more: the pattern that a deferred transaction loses."""
    for _ in range(ROUNDS):
        async with unit_of_work() as unit:
            [record] = (await unit.sources.all()).values()
            await unit.sources.save([replace(record, failures=record.failures + 1)])
            await unit.commit()


async def test_writers_side_by_side(sqlite: AsyncEngine) -> None:
    """Of many writers that read first and then write, none fails and no write is lost."""
    factory = SqlUnitOfWorkFactory(sqlite)
    async with factory() as unit:
        await unit.sources.save([SourceRecord(id="counter")])
        await unit.commit()

    await asyncio.gather(*(count_up(factory) for _ in range(WRITERS)))

    async with factory.reading() as unit:
        assert WRITERS * ROUNDS == (await unit.sources.all())["counter"].failures


async def test_writers_wait_in_line(sqlite: AsyncEngine) -> None:
    """Those that may write have their turn in the order in which they asked; one that gave up waiting keeps nobody waiting."""
    factory, order, first = SqlUnitOfWorkFactory(sqlite), list[int](), asyncio.Event()

    async def write(number: int) -> None:
        async with factory() as unit:
            await unit.notes.put(str(number), "written")
            if number == 0:
                await first.wait()
            await unit.commit()
            order.append(number)

    writing = [asyncio.create_task(write(number)) for number in range(12)]
    await asyncio.sleep(0.1)
    writing[3].cancel()
    async with factory.reading() as unit:
        assert await unit.notes.get("0") is None  # whoever only reads waits for nobody
    first.set()
    await asyncio.gather(*writing, return_exceptions=True)
    assert [number for number in range(12) if number != 3] == order


async def test_nested_writers(sqlite: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two inside one another are an error after a time, and no endless wait; afterwards all goes on."""
    monkeypatch.setattr(unit_of_work, "TURN_SECONDS", 0.05)
    factory = SqlUnitOfWorkFactory(sqlite)
    with pytest.raises(StorageError, match="Another piece of work"):
        async with factory(), factory():
            pass
    async with factory() as unit:
        await unit.notes.put("after", "all")


async def test_what_is_due_is_found_by_indices(sqlite: AsyncEngine) -> None:
    """No tick reads the rows of all channels or of all messages to know what there is to do."""
    queries, plans = (due_at(NOW), UNFINISHED_CHANNELS, VERSIONS), list[list[str]]()
    async with sqlite.connect() as connection:
        await connection.run_sync(lambda sync: event.listen(sync, "before_cursor_execute", explained, retval=True))
        plans += [[row[3] for row in await connection.execute(query)] for query in queries]
    assert "MULTI-INDEX OR" in plans[0]
    assert "SCAN channels" not in plans[0]
    assert "ix_postings_unfinished" in " ".join(plans[1])
    assert "COVERING INDEX ix_channels_version" in " ".join(plans[2])


async def test_what_was_withdrawn_is_found_by_indices(sqlite: AsyncEngine) -> None:
    """Whether a work was withdrawn that was sent is asked of the few entries that say so: neither all entries are read for it, nor the messages of two months."""
    async with sqlite.connect() as connection:
        await connection.run_sync(lambda sync: event.listen(sync, "before_cursor_execute", explained, retval=True))
        plan = [row[3] for row in await connection.execute(WITHDRAWN_SINCE_SENT, {"since": NOW})]

    assert {"SCAN entries USING INDEX ix_entries_withdrawn"} == {one for one in plan if "SCAN" in one}
    assert "ix_postings_of_item" in " ".join(plan)


def explained(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: object) -> tuple[str, Any]:
    return f"EXPLAIN QUERY PLAN {statement}", parameters


async def test_crash(sqlite: AsyncEngine, tmp_path: Path) -> None:
    """What was committed survives a crash at any later instant; what was not leaves no trace."""
    async with SqlUnitOfWorkFactory(sqlite)() as unit:
        await unit.channels.start("committed", NOW)
        await unit.commit()
        await unit.channels.start("under way", NOW)
        for suffix in ("", "-wal"):  # the third file, -shm, is shared memory and dies with the machine
            shutil.copy(tmp_path / f"paperround.db{suffix}", tmp_path / f"crashed.db{suffix}")

    async with opened(f"sqlite:///{tmp_path}/crashed.db") as engine, SqlUnitOfWorkFactory(engine)() as unit:
        assert NOW == await unit.channels.started("committed")
        assert await unit.channels.started("under way") is None


async def test_cancelled(sqlite: AsyncEngine) -> None:
    """A cancelled unit of work frees the database and leaves nothing."""
    factory, begun = SqlUnitOfWorkFactory(sqlite), asyncio.Event()

    async def forever() -> None:
        async with factory() as unit:
            await unit.channels.start("reading", NOW)
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(forever())
    await begun.wait()
    task.cancel()
    await asyncio.wait([task])

    async with factory() as unit:
        assert await unit.channels.started("reading") is None


async def test_cancelled_within_a_statement(sqlite: AsyncEngine) -> None:
    """A transaction that is cancelled while SQLite works gives its lock back, though its traceback, and so its cursor, is still held."""

    async def write_and_read() -> None:
        async with sqlite.begin() as connection:
            await connection.execute(insert(metadata.tables["notes"]).values(name="note", text="text"))
            await connection.exec_driver_sql(SLOW)

    task = asyncio.create_task(write_and_read())
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as cancelled:
        await task

    async with SqlUnitOfWorkFactory(sqlite)() as unit:
        assert await unit.notes.get("note") is None
        await unit.notes.put("note", "text")  # raises StorageError after fifteen seconds if the lock is held
    assert cancelled.traceback


async def test_readers_do_not_wait(sqlite: AsyncEngine) -> None:
    """Who only looks sees the state before an open write, at once."""
    factory = SqlUnitOfWorkFactory(sqlite)
    async with factory() as writer, factory.reading() as reader:
        await writer.channels.start("reading", NOW)

        async with asyncio.timeout(10):  # a writer is waited for for fifteen seconds
            assert await reader.channels.started("reading") is None


async def test_unchanged_is_not_written(sqlite: AsyncEngine) -> None:
    """A catch that brings nothing new writes nothing."""
    factory = SqlUnitOfWorkFactory(sqlite)
    await store(factory, a_batch("arxiv", 3), a_batch("hn", 3))

    with writes(sqlite) as seen:
        await store(factory, a_batch("arxiv", 3), a_batch("hn", 3))

    assert [] == seen


async def test_written_in_bulk(sqlite: AsyncEngine) -> None:
    """How many statements a catch takes does not depend on its size."""
    factory = SqlUnitOfWorkFactory(sqlite)
    with writes(sqlite) as small:
        await store(factory, a_batch("arxiv", 2))

    with writes(sqlite) as large:
        await store(factory, *(a_batch(f"feed {number}", 20) for number in range(20)))

    assert len(small) == len(large)


async def test_more_than_one_statement_takes(sqlite: AsyncEngine) -> None:
    """Forty thousand keys are asked for in pieces: SQLite takes 32,766 values in one statement."""
    factory = SqlUnitOfWorkFactory(sqlite)
    await store(factory, a_batch("arxiv", 2))
    keys = [f"url:https://example.org/{number}" for number in range(40_000)]

    async with factory.reading() as unit:
        assert keys == list(await unit.items.canonical(keys))
        assert keys[:2] == [key for key, _, _ in await unit.entries.of_items(keys)]


def a_summary(text: str, minutes: int) -> Summary:
    parent, ref = (MessageRef(platform="slack", channel_id="C1", message_id=name) for name in ("m1", "r1"))
    return Summary(
        ref=ref,
        parent=parent,
        channel="reading",
        item_key="key:1",
        member=Member(id="U1", name="Ada"),
        text=text,
        at=NOW,
        edited_at=NOW + timedelta(minutes=minutes),
    )


async def test_history(sqlite: AsyncEngine) -> None:
    """Replaced words are kept, with the instant at which they were written; an edit that changed no word adds none."""
    async with SqlUnitOfWorkFactory(sqlite)() as unit:
        for minutes, text in enumerate(["First.", "Second.", "Second.", "Third."]):
            await unit.summaries.put(a_summary(text, minutes))
        await unit.commit()

    async with sqlite.connect() as connection:
        rows = await connection.execute(select(summary_history.c.written_at, summary_history.c.text))
    assert [(NOW, "First."), (NOW + timedelta(minutes=2), "Second.")] == [tuple(row) for row in rows]


async def test_history_in_any_order(sqlite: AsyncEngine) -> None:
    """Words that come after their correction are kept as what was replaced, once, also where both bear the same instant."""
    async with SqlUnitOfWorkFactory(sqlite)() as unit:
        told = [
            await unit.summaries.put(a_summary(text, minutes))
            for text, minutes in [("Third.", 2), ("First.", 0), ("First.", 0), ("Second.", 2), ("Third.", 1)]
        ]
        await unit.commit()

    async with sqlite.connect() as connection:
        rows = await connection.execute(select(summary_history).order_by(summary_history.c.written_at))
    assert [True, False, False, False, False] == told
    assert ["First.", "Second."] == [row.text for row in rows]


async def test_deleted_words_are_nowhere(sqlite: AsyncEngine) -> None:
    """After a reply is deleted, no table holds its words: not the summary, its history or the inbox."""
    summary = a_summary("My secret.", 0)
    said = ReplyPosted(
        event_id="1", parent=summary.parent, ref=summary.ref, member=summary.member, text=summary.text, at=NOW
    )
    async with SqlUnitOfWorkFactory(sqlite)() as unit:
        await unit.events.add(said, NOW)
        await unit.summaries.put(summary)
        await unit.summaries.put(a_summary("My secret, reworded.", 1))
        await unit.events.applied(["1"], NOW, "recorded")
        await unit.summaries.delete(summary.ref, NOW)
        await unit.commit()

    async with sqlite.connect() as connection:
        tables = [(await connection.execute(select(table))).all() for table in metadata.sorted_tables]
    assert "secret" not in str(tables)
