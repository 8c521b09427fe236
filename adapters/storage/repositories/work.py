"""Repositories of leases and of notes to ourselves (key and value)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Interval,
    Row,
    Update,
    bindparam,
    case,
    delete,
    func,
    literal,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.sql import insert
from adapters.storage.tables import Instant, leases, notes
from bot.model import Lease

_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)

# Two names with one hash merely wait for each other. The first number keeps ours apart from other users of the database's locks.
_LOCK: Final = text("SELECT pg_advisory_xact_lock(7234018, hashtext(:name))")

# Put together once, for each digest asks it twice, and to make a statement takes as long as to run it.
_NOTE: Final = select(notes.c.text).where(notes.c.name == bindparam("of"))


def _renewal(present: ColumnElement[datetime], end: ColumnElement[datetime]) -> Update:
    """The statement that renews a lease for who holds it. Released it is nobody's: the same token does not come back to life."""
    mine = update(leases).where(
        leases.c.name == bindparam("lease_name"),
        leases.c.owner == bindparam("lease_owner"),
        leases.c.token == bindparam("lease_token"),
        leases.c.until > _LONG_AGO,
    )
    return mine.values(until=end, written_at=present)


# Not `now()`: that is when the transaction began, which may be a while ago.
_CLOCK: Final = func.clock_timestamp(type_=DateTime(timezone=True))
# Put together once, for each message renews its digest's.
_RENEW: Final = _renewal(bindparam("lease_now", type_=Instant), bindparam("lease_until", type_=Instant))
_RENEW_BY_SERVER: Final = _renewal(_CLOCK, _CLOCK + bindparam("lease_lasts", type_=Interval))


class SqlLeases:
    """
    `bot.ports.Leases`. A row is kept when its lease is given back, so that its token only grows.

    Each write is one statement on one row: of two claims at once the second waits for the first, and then finds it held. On PostgreSQL, whose
    processes may run on several machines, rows hold instants of the server's clock; an SQLite file is served on one machine, whose clock is the
    caller's. A row that was written later than now was so before that clock was set back, at an unknown distance: it is held for as long as it
    is claimed for, from the first claim on.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._by_server = connection.dialect.name == "postgresql"

    async def claim(self, name: str, owner: str, now: datetime, until: datetime) -> Lease | None:
        lasts = self._lasting(now, until)
        statement = insert(self._connection, leases).values(name=name, owner=owner, token=1, **lasts)
        free = or_(leases.c.until <= self._present(now), leases.c.owner == owner)
        written = statement.on_conflict_do_update(
            index_elements=[leases.c.name],
            set_={
                "owner": case((free, owner), else_=leases.c.owner),
                "token": case((free, leases.c.token + 1), else_=leases.c.token),
                **lasts,
            },
            where=or_(free, leases.c.written_at > self._present(now)),
        )
        row = (await self._connection.execute(written.returning(leases.c.owner, leases.c.token))).one_or_none()
        return (
            None if row is None or row.owner != owner else Lease(name=name, owner=owner, token=row.token, until=until)
        )

    async def renew(self, lease: Lease, now: datetime, until: datetime) -> bool:
        lasts = {"lease_lasts": until - now} if self._by_server else {"lease_now": now, "lease_until": until}
        which = {"lease_name": lease.name, "lease_owner": lease.owner, "lease_token": lease.token}
        statement = _RENEW_BY_SERVER if self._by_server else _RENEW
        return (await self._connection.execute(statement, which | lasts)).rowcount > 0

    async def release(self, lease: Lease) -> None:
        mine = leases.c.name == lease.name, leases.c.owner == lease.owner, leases.c.token == lease.token
        await self._connection.execute(update(leases).where(*mine).values(until=_LONG_AGO))

    async def held(self, now: datetime) -> list[Lease]:
        present = self._present(now)
        query = select(leases, present.label("present")).where(leases.c.until > present).order_by(leases.c.name)
        rows = await self._connection.execute(query)
        return [Lease(name=row.name, owner=row.owner, token=row.token, until=now + _left(row)) for row in rows]

    async def forget(self, owner: str) -> None:
        await self._connection.execute(update(leases).where(leases.c.owner == owner).values(until=_LONG_AGO))

    async def drop(self, now: datetime, unused: timedelta) -> int:
        present = self._present(now)
        before = present - literal(unused, Interval) if self._by_server else literal(now - unused, Instant)
        ended = delete(leases).where(leases.c.until <= present, leases.c.written_at < before)
        return (await self._connection.execute(ended)).rowcount

    async def lock(self, name: str) -> None:
        # On SQLite a unit of work that may write is alone from its first statement on.
        if self._by_server:
            await self._connection.execute(_LOCK, {"name": name})

    def _present(self, now: datetime) -> ColumnElement[datetime]:
        return _CLOCK if self._by_server else literal(now, Instant)

    def _lasting(self, now: datetime, until: datetime) -> dict[str, ColumnElement[datetime]]:
        """What is written of a lease that lasts from now on."""
        present = self._present(now)
        end = present + literal(until - now, Interval) if self._by_server else literal(until, Instant)
        return {"until": end, "written_at": present}


def _left(row: Row[Any]) -> timedelta:
    """How long a lease is still held: no longer than when it was written."""
    left: timedelta = min(row.until - row.present, row.until - row.written_at)
    return left


class SqlNotes:
    """`bot.ports.Notes`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, name: str) -> str | None:
        found: str | None = await self._connection.scalar(_NOTE, {"of": name})
        return found

    async def beginning(self, prefix: str) -> dict[str, str]:
        query = select(notes.c.name, notes.c.text).where(notes.c.name.startswith(prefix, autoescape=True))
        rows = await self._connection.execute(query)
        return {row.name: row.text for row in rows}

    async def put(self, name: str, text: str) -> None:
        statement = insert(self._connection, notes).values(name=name, text=text)
        upsert = statement.on_conflict_do_update(index_elements=[notes.c.name], set_={"text": statement.excluded.text})
        await self._connection.execute(upsert)

    async def forget(self, name: str) -> None:
        await self._connection.execute(notes.delete().where(notes.c.name == name))
