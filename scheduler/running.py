"""
The Paper Round that serves this database: where it serves, noted at its start, so that other commands can find it.

A note alone proves nothing, for whoever wrote it may have been killed since. So the address is asked, and whoever answers there must
bear the noted instance.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.errors import StorageError
from scheduler.services import Services

logger = logging.getLogger(__name__)

AGAIN_SECONDS: Final = 3.0
"""How often an address is noted again that could not be."""

SERVED_AT: Final = "served at"
"""The note's name, before the name of the machine: several machines may share one database on PostgreSQL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A Paper Round of this machine. `address` is what one types into a browser."""

    address: str
    host: str
    port: int


def instance(services: Services) -> str:
    """A name for this process that tells strangers nothing: neither the machine's name nor the process' number."""
    return hashlib.sha256(services.owner.encode()).hexdigest()[:16]


async def note_running(services: Services, running: Running) -> None:
    """Note where this process serves."""
    facts = {"address": running.address, "host": running.host, "port": running.port, "instance": instance(services)}
    async with services.unit_of_work() as uow:
        await uow.notes.put(_note(), json.dumps(facts))
        await uow.commit()


async def running_noted(services: Services, running: Running) -> None:
    """
    Note where this process serves as soon as the database takes it. Several processes share one that answers and takes no writes, as it only follows
    another: they are all there, not ready, and work as soon as it is the one that is written.
    """
    told = False
    while True:
        try:
            await note_running(services, running)
        except StorageError as error:
            if not told:
                logger.warning("%s It goes on by itself once that is mended", error, extra={"action": "address_waits"})
            told = True
        else:
            return
        await asyncio.sleep(AGAIN_SECONDS / services.speed)


async def find_running(services: Services) -> Running | None:
    """Find the Paper Round of this machine that serves this database; None if none answers where the last one did."""
    from adapters.web.http.health import instance_at  # noqa: PLC0415 - httpx is not for every command

    async with services.reading() as uow:
        note = await uow.notes.get(_note())
    facts = json.loads(note) if note else {}
    if not facts or await instance_at(facts["address"]) != facts["instance"]:
        return None
    return Running(address=facts["address"], host=facts["host"], port=facts["port"])


async def impaired(running: Running) -> Mapping[str, str]:
    """Ask what does not work of a Paper Round of this machine, though it is ready: each part with what is missed."""
    from adapters.web.http.health import impaired_at  # noqa: PLC0415 - as above

    return await impaired_at(running.address)


def _note() -> str:
    return f"{SERVED_AT} {socket.gethostname()}"
