"""Whose tables are written again after a member is forgotten, whatever the schema is called that they are in."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import make_url, text

from adapters.bounded_connection import BoundedConnection
from adapters.storage.compaction import compact, may_compact
from tests.databases import new_postgresql, opened


@pytest.mark.postgres
@pytest.mark.parametrize("schema", ["papers", "Papers", "my papers", 'so-called "papers"'])
async def test_in_a_schema_of_its_own(schema: str) -> None:
    """The tables of the current schema are looked at, also where its name is only a name in quotation marks."""
    address = await new_postgresql()
    quoted = '"' + schema.replace('"', '""') + '"'
    async with opened(address) as engine, engine.begin() as connection:
        await connection.execute(text(f"CREATE SCHEMA {quoted}"))
        await connection.execute(text(f"CREATE TABLE {quoted}.rows (id int)"))
        await connection.execute(text(f"ALTER DATABASE {make_url(address).database} SET search_path TO {quoted}"))
    async with opened(address) as engine:
        assert await may_compact(engine)


@pytest.mark.postgres
async def test_somebody_else_owns_a_table() -> None:
    """In such a schema, too, a table that is another one's is seen; one in a schema that is called alike is not."""
    address = await new_postgresql()
    database = make_url(address).database or ""
    user = f"{database}_user"
    async with opened(address) as engine, engine.begin() as connection:
        await connection.execute(text(f"CREATE ROLE {user} LOGIN PASSWORD 'sesame'"))
        await connection.execute(text('CREATE SCHEMA papers; CREATE SCHEMA "Papers"'))
        await connection.execute(text('CREATE TABLE papers.rows (id int); CREATE TABLE "Papers".rows (id int)'))
        await connection.execute(text(f'GRANT USAGE ON SCHEMA papers, "Papers" TO {user}'))
        await connection.execute(text(f'ALTER DATABASE {database} SET search_path TO "Papers"'))
        await connection.execute(text(f"ALTER TABLE papers.rows OWNER TO {user}"))
    theirs = make_url(address).set(username=user, password="sesame").render_as_string(hide_password=False)
    async with opened(theirs) as engine:
        assert not await may_compact(engine), "its own is in papers, and Papers is meant"
    async with opened(address) as engine, engine.begin() as connection:
        await connection.execute(
            text(f'ALTER TABLE "Papers".rows OWNER TO {user}; ALTER TABLE papers.rows OWNER TO CURRENT_USER')
        )
    async with opened(theirs) as engine:
        assert await may_compact(engine)


@pytest.mark.postgres
async def test_takes_as_long_as_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables are written again in however long that takes: other statements are given up by then, for their server may be gone."""
    monkeypatch.setattr(BoundedConnection, "answer_seconds", 0.5)
    async with opened(await new_postgresql()) as engine:
        async with engine.begin() as connection:
            await connection.execute(text("CREATE TABLE rows (id int)"))
        async with engine.begin() as reader:
            await reader.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            await reader.execute(text("SELECT * FROM rows"))
            compacting = asyncio.create_task(compact(engine))
            finished, _ = await asyncio.wait({compacting}, timeout=1.5)
            assert not finished, "it waits for the reader"
        assert "write-ahead log" in (await compacting or "")
