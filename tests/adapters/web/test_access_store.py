"""What opens the page, on both databases: sessions, links, devices and feeds' addresses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from adapters.web.channel.board import derived_id
from adapters.web.http.access_store import LINK_TIME, OPERATOR, SESSION_TIME, AccessStore, Person, metadata
from tests.databases import migrated_postgresql, migrated_sqlite, opened

ADA = Person(platform="slack", member_id="T1:U1", name="Ada")
BEN = Person(platform="slack", member_id="T1:U2", name="Ben")


class Watch:
    def __init__(self) -> None:
        self.now = datetime(2026, 8, 17, 7, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def store(request, tmp_path, tmp_path_factory, watch) -> AsyncIterator[AccessStore]:
    sqlite = request.param == "sqlite"
    address = await migrated_sqlite(tmp_path_factory.getbasetemp(), tmp_path) if sqlite else await migrated_postgresql()
    async with opened(address) as engine:
        async with engine.begin() as connection:
            for table in metadata.sorted_tables:
                await connection.execute(table.delete())
        yield AccessStore(engine, watch)


async def test_sessions(store, watch):
    """A session is whose it was opened for, until it is ended or runs out."""
    mine, other = await store.open_session(ADA), await store.open_session(OPERATOR)
    assert [ADA, OPERATOR, None] == [await store.session(cookie) for cookie in (mine, other, "guessed")]

    await store.end_session(mine)
    watch.now += SESSION_TIME
    assert [None, None] == [await store.session(cookie) for cookie in (mine, other)]


async def test_the_cookie_is_not_kept(store):
    """A copy of the database opens nothing: of secrets that people carry, only a hash is in it."""
    secrets = [await store.open_session(ADA), await store.make_link(ADA), await store.make_device("m1")]
    async with store._engine.connect() as connection:
        kept = [
            row
            for table in ("page_sessions", "page_links", "page_devices")
            for row in (await connection.execute(text(f"SELECT * FROM {table}"))).all()
        ]

    assert 3 == len(kept)
    assert [] == [secret for secret in secrets if secret in f"{kept}"]


async def test_a_link_is_good_once(store, watch):
    """Of many who use a link at the same time one comes in, and nobody after ten minutes."""
    link = await store.make_link(ADA)
    assert ADA == await store.link(link)
    used = await asyncio.gather(*(store.use_link(link) for _ in range(5)))
    assert [ADA] == [one for one in used if one]
    assert await store.link(link) is None

    late = await store.make_link(ADA)
    watch.now += LINK_TIME
    assert await store.use_link(late) is None


async def test_devices(store):
    """A device is the member it was made for; any other token is a member of its own."""
    token = await store.make_device("m1")

    assert "m1" == await store.member_of_device(token)
    assert derived_id("member", "other") == await store.member_of_device("other")


async def test_feeds(store):
    """A feed's address is made once, is its maker's, and answers nobody once that one revokes it."""
    made = await store.make_feed(ADA, "digest", "reading")
    again = await store.make_feed(ADA, "digest", "reading")
    theirs = await store.make_feed(BEN, "digest", "reading")

    assert made.secret == again.secret
    assert made.secret != theirs.secret
    assert [made.secret] == [one.secret for one in await store.feeds_of(ADA)]
    assert not await store.revoke_feed(BEN, made.secret)
    assert await store.revoke_feed(ADA, made.secret)
    assert await store.feed(made.secret) is None
    assert await store.feed("guessed") is None
