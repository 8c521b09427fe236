"""
The Paper Round that serves this database: where it serves, noted at its start, so that other commands can find it.

A note alone proves nothing, for whoever wrote it may have been killed since. So the address is asked, and whoever answers there must
bear the noted instance.
"""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from scheduler.services import Services

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
