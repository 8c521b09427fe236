"""Repositories of leases and of notes to ourselves."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from bot.model import Lease


class Leases(Protocol):
    """
    Who alone may do a piece of work. Key: name.

    A lease lasts `until - now` from the moment of the call, by the clock that all processes of the database share: PostgreSQL's own, on SQLite that
    of the one machine. So machines whose clocks differ agree on who holds it. Where that clock is set back, what was held before is held for as long
    as the next claim of it would last, from that claim on. Instants that are given, and given back, are the caller's.
    """

    async def claim(self, name: str, owner: str, now: datetime, until: datetime) -> Lease | None:
        """Take the lease, with a higher token than before, unless it was dropped since; None if somebody else holds it now."""
        ...

    async def renew(self, lease: Lease, now: datetime, until: datetime) -> bool:
        """Hold the lease until `until`; False, and nothing is changed, if it was claimed or released since."""
        ...

    async def release(self, lease: Lease) -> None:
        """Give the lease back; nothing happens if it was claimed by somebody else since."""
        ...

    async def held(self, now: datetime) -> list[Lease]:
        """The leases that have not run out now, by name."""
        ...

    async def forget(self, owner: str) -> None:
        """End every lease of this owner, for a caller who is certain that its process has ended."""
        ...

    async def drop(self, now: datetime, unused: timedelta) -> int:
        """Drop the leases that nobody has held, claimed or renewed for so long; give how many. Each digest has one of its own."""
        ...

    async def lock(self, name: str) -> None:
        """
        Wait until no other unit of work holds this name, and hold it until this one ends: for whoever reads what they are about to change.

        What is read after it is what the others left. It has nothing to do with the lease of that name.
        """
        ...


class Notes(Protocol):
    """Short texts of our own, to be found after a restart. Key: name."""

    async def get(self, name: str) -> str | None:
        """Give what was put last under this name; None if nothing was."""
        ...

    async def beginning(self, prefix: str) -> dict[str, str]:
        """Give the notes whose names begin so, by name. All notes are looked through: nothing to ask often."""
        ...

    async def put(self, name: str, text: str) -> None:
        """Insert or replace."""
        ...

    async def forget(self, name: str) -> None:
        """Remove a note, if it is there."""
        ...
