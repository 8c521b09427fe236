"""
Store of what opens the page: sessions, links that are good once, devices of a local member, addresses of feeds.

Of a session, a link and a device only a hash of the secret is kept, so that a copy of the database opens nothing. A feed's address is
shown again to whoever made it, so it is kept as it is; it can be revoked.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Column, Index, MetaData, Row, Select, String, Table, Text, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.web.channel.board import Instant, derived_id

metadata = MetaData(naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s"})

sessions = Table(
    "page_sessions",
    metadata,
    Column("secret", String(64), primary_key=True),
    Column("platform", Text, nullable=False),
    Column("member_id", Text, nullable=False),
    Column("member_name", Text, nullable=False),
    Column("expires", Instant, nullable=False),
)

links = Table(
    "page_links",
    metadata,
    Column("secret", String(64), primary_key=True),
    Column("platform", Text, nullable=False),
    Column("member_id", Text, nullable=False),
    Column("member_name", Text, nullable=False),
    Column("expires", Instant, nullable=False),
)

devices = Table(
    "page_devices",
    metadata,
    Column("secret", String(64), primary_key=True),
    Column("member_id", String(64), nullable=False),
    Index(None, "member_id"),
)

feeds = Table(
    "page_feeds",
    metadata,
    Column("secret", String(64), primary_key=True),
    Column("platform", Text, nullable=False),
    Column("member_id", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("channel", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("made", Instant, nullable=False),
    Index(None, "platform", "member_id"),
)

SESSION_TIME: Final = timedelta(days=30)
LINK_TIME: Final = timedelta(minutes=10)
_SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whose session, link or feed it is. Without a platform it is the operator's."""

    platform: str = ""
    member_id: str = ""
    name: str = ""

    @property
    def operator(self) -> bool:
        """Whether it is the operator's, who reads everything."""
        return not self.platform


OPERATOR: Final = Person()


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """An address at which a feed is read: its `secret`, whose rights it has, and what it is of: `kind`, `channel` and `about`."""

    secret: str
    person: Person
    kind: str
    channel: str = ""
    about: str = ""
    made: datetime


class AccessStore:
    """The store. The engine belongs to whoever made it. `clock` gives aware instants in UTC."""

    def __init__(self, engine: AsyncEngine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._reader = engine.execution_options(paperround_readonly=True)
        self._clock = clock

    # sessions

    async def open_session(self, person: Person, cookie: str | None = None) -> str:
        """Begin a session; give its cookie, `cookie` where one was made already. Those that have run out are removed."""
        cookie = cookie or secrets.token_urlsafe(_SECRET_BYTES)
        async with self._engine.begin() as connection:
            await connection.execute(delete(sessions).where(sessions.c.expires <= self._clock()))
            row = _row(person) | {"secret": _hash(cookie), "expires": self._clock() + SESSION_TIME}
            await connection.execute(_insert(connection, sessions).values(row).on_conflict_do_nothing())
        return cookie

    async def session(self, cookie: str) -> Person | None:
        """Give whose session this is; None for one that never was, has run out or was ended."""
        row = await self._first(
            select(sessions).where(sessions.c.secret == _hash(cookie), sessions.c.expires > self._clock())
        )
        return _person(row) if row else None

    async def end_session(self, cookie: str) -> None:
        """End a session, in whichever process it is used."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(sessions).where(sessions.c.secret == _hash(cookie)))

    # links

    async def make_link(self, person: Person) -> str:
        """Give a secret that opens a session, or makes a device a member's, once within ten minutes."""
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        async with self._engine.begin() as connection:
            await connection.execute(delete(links).where(links.c.expires <= self._clock()))
            row = _row(person) | {"secret": _hash(secret), "expires": self._clock() + LINK_TIME}
            await connection.execute(_insert(connection, links).values(row))
        return secret

    async def link(self, secret: str) -> Person | None:
        """Give for whom a link is, without using it up; None for one that is used, too old or none."""
        row = await self._first(select(links).where(links.c.secret == _hash(secret), links.c.expires > self._clock()))
        return _person(row) if row else None

    async def use_link(self, secret: str) -> Person | None:
        """Use a link up; give for whom it was. Of two who use it at once, one gets None."""
        gone = delete(links).where(links.c.secret == _hash(secret), links.c.expires > self._clock()).returning(links)
        async with self._engine.begin() as connection:
            row = (await connection.execute(gone)).first()
        return _person(row) if row else None

    # devices of local members

    async def member_of_device(self, token: str) -> str:
        """Give the local member that a device's token stands for: the one it was told to be, else one of its own."""
        row = await self._first(select(devices.c.member_id).where(devices.c.secret == _hash(token)))
        return str(row.member_id) if row else derived_id("member", token)

    async def make_device(self, member_id: str) -> str:
        """Give a token with which another device is this member from now on."""
        token = secrets.token_urlsafe(24)
        async with self._engine.begin() as connection:
            row = {"secret": _hash(token), "member_id": member_id}
            await connection.execute(_insert(connection, devices).values(row))
        return token

    # feeds

    async def feeds_of(self, person: Person) -> list[Feed]:
        """Give somebody's feeds, oldest first."""
        mine = feeds.c.platform == person.platform, feeds.c.member_id == person.member_id
        async with self._reader.connect() as connection:
            rows = await connection.execute(select(feeds).where(*mine).order_by(feeds.c.made))
            return [_feed(row) for row in rows]

    async def make_feed(self, person: Person, kind: str, channel: str = "", about: str = "") -> Feed:
        """Make a feed's address; the one that is there already where there is one of the same."""
        for known in await self.feeds_of(person):
            if (known.kind, known.channel, known.about) == (kind, channel, about):
                return known
        made = Feed(
            secret=secrets.token_urlsafe(_SECRET_BYTES),
            person=person,
            kind=kind,
            channel=channel,
            about=about,
            made=self._clock(),
        )
        row = {"secret": made.secret, "kind": kind, "channel": channel, "about": about, "made": made.made}
        place = {"platform": person.platform, "member_id": person.member_id}
        async with self._engine.begin() as connection:
            await connection.execute(_insert(connection, feeds).values(row | place))
        return made

    async def feed(self, secret: str) -> Feed | None:
        """Give the feed at an address; None for one that is revoked or none."""
        row = await self._first(select(feeds).where(feeds.c.secret == secret[:64]))
        return _feed(row) if row else None

    async def revoke_feed(self, person: Person, secret: str) -> bool:
        """Revoke the address of one's own feed; False if it is none."""
        mine = feeds.c.platform == person.platform, feeds.c.member_id == person.member_id
        async with self._engine.begin() as connection:
            gone = await connection.execute(delete(feeds).where(feeds.c.secret == secret[:64], *mine))
        return bool(gone.rowcount)

    async def _first(self, query: Select[Any]) -> Row[Any] | None:
        async with self._reader.connect() as connection:
            row: Row[Any] | None = (await connection.execute(query)).first()
            return row


def _insert(connection: AsyncConnection, table: Table) -> sqlite.Insert | postgresql.Insert:
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _row(person: Person) -> dict[str, Any]:
    return {"platform": person.platform, "member_id": person.member_id, "member_name": person.name}


def _person(row: Row[Any]) -> Person:
    return Person(platform=row.platform, member_id=row.member_id, name=row.member_name)


def _feed(row: Row[Any]) -> Feed:
    person = Person(platform=row.platform, member_id=row.member_id)
    return Feed(secret=row.secret, person=person, kind=row.kind, channel=row.channel, about=row.about, made=row.made)
