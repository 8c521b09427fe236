"""
The processes of Paper Round that serve this database: where each answers, noted while it runs, so that other commands can find it.

A note alone proves nothing, for whoever wrote it may have been killed since. So the address is asked, and whoever answers there must
bear the noted instance.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import socket
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.errors import StorageError
from scheduler.services import Services

logger = logging.getLogger(__name__)

AGAIN_SECONDS: Final = 3.0
"""How often an address is noted again that could not be."""

RENEWED_SECONDS: Final = 86_400.0
"""How often an address is noted again that was."""

KEPT: Final = timedelta(days=3)
"""After how long a note counts as left by a process that was killed: containers have names of their own, so that nobody else would write over it."""

FORGET_SECONDS: Final = 1.0
"""How long a process that ends may take to remove its note."""

SERVED_AT: Final = "served at "
"""What the notes' names begin with, before the name of the machine and the port: several machines may share one database on PostgreSQL."""

SERVES_PAGE: Final = frozenset({"up", "web"})
"""The commands whose process serves the page; the others answer machines alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A process of Paper Round on this machine, begun by `command`. `address` is what one types into a browser."""

    command: str
    address: str
    host: str
    port: int

    @property
    def serves_page(self) -> bool:
        """Whether people find the page at its address."""
        return self.command in SERVES_PAGE

    def is_at(self, host: str, port: int) -> bool:
        """Whether it answers at this place; one that listens at every address of the machine does at each."""
        return port == self.port and (host == self.host or bool(_ANY & {host, self.host}))


_ANY: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, and not listened on


def instance(services: Services) -> str:
    """A name for this process that tells strangers nothing: neither the machine's name nor the process' number."""
    return hashlib.sha256(services.owner.encode()).hexdigest()[:16]


async def note_running(services: Services, running: Running) -> None:
    """Note where this process answers, and remove what processes that were killed left long ago."""
    now = datetime.now(UTC)
    facts = {**asdict(running), "instance": instance(services), "at": now.isoformat()}
    async with services.unit_of_work() as uow:
        for name, note in (await uow.notes.beginning(SERVED_AT)).items():
            if now - _noted_at(note) > KEPT:
                await uow.notes.forget(name)
        await uow.notes.put(_note(running.port), json.dumps(facts))
        await uow.commit()


async def running_noted(services: Services, running: Running) -> None:
    """
    Note where this process answers as soon as the database takes it, again each day, and remove that note where it is cancelled. Several processes share a
    database that answers and takes no writes, as it only follows another: they are all there, not ready, and work as soon as it is the one that is written.
    """
    told = False
    try:
        while True:
            try:
                await note_running(services, running)
            except StorageError as error:
                if not told:
                    logger.warning(
                        "%s It goes on by itself once that is mended", error, extra={"action": "address_waits"}
                    )
                told = True
                await asyncio.sleep(AGAIN_SECONDS / services.speed)
            else:
                await asyncio.sleep(RENEWED_SECONDS)
    finally:
        with contextlib.suppress(StorageError, TimeoutError):
            await asyncio.wait_for(_forget(services, running), FORGET_SECONDS)


async def _forget(services: Services, running: Running) -> None:
    async with services.unit_of_work() as uow:
        note = await uow.notes.get(_note(running.port))
        # Another one may answer there by now.
        if note and json.loads(note).get("instance") == instance(services):
            await uow.notes.forget(_note(running.port))
            await uow.commit()


async def find_processes(services: Services) -> list[Running]:
    """Find the processes of this machine that serve this database: those that answer where they noted, in the order of their ports."""
    from adapters.web.http.health import instance_at  # noqa: PLC0415 - httpx is not for every command

    async with services.reading() as uow:
        notes = await uow.notes.beginning(_note())
    noted = [json.loads(note) for note in notes.values()]
    answers = await asyncio.gather(*(instance_at(one["address"]) for one in noted))
    found = [
        Running(command=one.get("command", "up"), address=one["address"], host=one["host"], port=one["port"])
        for one, answer in zip(noted, answers, strict=True)
        if answer == one["instance"]
    ]
    return sorted(found, key=lambda one: one.port)


async def find_running(services: Services) -> Running | None:
    """Find a process of this machine that serves the page on this database; None if none answers."""
    return next((one for one in await find_processes(services) if one.serves_page), None)


async def impaired(running: Running) -> Mapping[str, str]:
    """Ask what does not work of a Paper Round of this machine, though it is ready: each part with what is missed."""
    from adapters.web.http.health import impaired_at  # noqa: PLC0415 - as above

    return await impaired_at(running.address)


def _note(port: int | str = "") -> str:
    return f"{SERVED_AT}{socket.gethostname()}:{port}"


def _noted_at(note: str) -> datetime:
    at = json.loads(note).get("at")
    return datetime.fromisoformat(at) if at else datetime.min.replace(tzinfo=UTC)
