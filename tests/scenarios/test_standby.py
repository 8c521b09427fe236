"""
Several processes that could listen on one connection, on PostgreSQL: `up` twice, or beside a role. One does, the others serve all the rest, and
take over when it is gone.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from bot.model import MessageRef, PostingState
from tests import factories
from tests.databases import new_postgresql, opened
from tests.fake_discord import TOKEN, FakeDiscord, fake_discord
from tests.fake_slack import APP_TOKEN, FakeSlack, fake_slack
from tests.fake_slack import TOKEN as BOT_TOKEN
from tests.scenarios.site import Site
from tests.scenarios.variants import LEASE, SHORT_LEASE
from tests.waiting import until

pytestmark = [pytest.mark.process, pytest.mark.postgres]

STARTING = 60.0
"""Seconds that a connection may take on a busy machine."""


class Platform(Protocol):
    """A chat platform over loopback, to which each process opens a connection."""

    environment: dict[str, str]
    channel: str

    def connections(self) -> int: ...

    async def react(self, ref: MessageRef, who: str, *, heard: bool = True) -> None: ...


@dataclass
class OnDiscord:
    """A server with one channel."""

    discord: FakeDiscord
    name: str = "discord"

    def __post_init__(self) -> None:
        self.environment = {
            "DISCORD_BOT_TOKEN": TOKEN,
            "DISCORD_API_URL": self.discord.url,
            "DISCORD_GATEWAY_URL": self.discord.gateway_url,
        }
        self.channel = self.discord.channel("reading")
        self.people: dict[str, Any] = {}

    def connections(self) -> int:
        return len(self.discord.connected)

    async def react(self, ref: MessageRef, who: str, *, heard: bool = True) -> None:
        self.discord.deaf = not heard
        person = self.people.setdefault(who, self.discord.user(who))
        await self.discord.react(person, ref.channel_id, ref.message_id, "⭐")
        self.discord.deaf = False


@dataclass
class OnSlack:
    """A workspace with one channel, over Socket Mode."""

    slack: FakeSlack
    name: str = "slack"

    def __post_init__(self) -> None:
        self.environment = {
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_APP_TOKEN": APP_TOKEN,
            "SLACK_API_URL": f"{self.slack.url}api/",
        }
        self.channel = "C1"
        self.people: dict[str, str] = {}

    def connections(self) -> int:
        return sum(not one.closed for one in self.slack.sockets)

    async def react(self, ref: MessageRef, who: str, *, heard: bool = True) -> None:
        person = self.people.setdefault(who, self.slack.person(who))
        if heard:
            await self.slack.react(person, ref.message_id, "star")
        else:
            self.slack._put(self.slack._message("C1", ref.message_id), person, "star")


@asynccontextmanager
async def platform_called(name: str) -> AsyncIterator[Platform]:
    if name == "discord":
        async with fake_discord() as discord:
            yield OnDiscord(discord)
    else:
        async with fake_slack() as slack:
            yield OnSlack(slack)


async def pick_sent(engine: AsyncEngine) -> MessageRef | None:
    """Where this week's pick stands, once all of its digest does: without any source that is one of the classics."""
    async with SqlUnitOfWorkFactory(engine)() as uow:
        sent = await uow.postings.of("reading", factories.WEEK)
    whole = sent and all(one.state is PostingState.POSTED for one in sent)
    return next((one.ref for one in sent if whole and one.item_key), None)


async def is_sent(engine: AsyncEngine) -> bool:
    return await pick_sent(engine) is not None


async def decided(engine: AsyncEngine, ref: MessageRef) -> list[str]:
    """Who decided, as it is recorded."""
    async with SqlUnitOfWorkFactory(engine)() as uow:
        return sorted(one.member.name for one in await uow.reactions.on(ref) if one.present)


async def events(engine: AsyncEngine) -> int:
    """How many events were stored."""
    async with engine.connect() as connection:
        return int(await connection.scalar(text("SELECT count(*) FROM events")) or 0)


async def readiness(site: Site, name: str) -> dict[str, Any]:
    """What /readyz of a process says."""
    said = next(line for line in site.said(name).splitlines() if " at http://" in line)
    async with httpx.AsyncClient() as client:
        found: dict[str, Any] = (await client.get(f"{said.split(' at ')[1].split()[0]}/readyz")).json()
        return found


def command(role: str) -> tuple[str, ...]:
    return role, "--port", "0"


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("discord", "up", "up"),
        ("discord", "discord", "up"),
        ("discord", "up", "discord"),
        ("slack", "up", "up"),
        ("slack", "web", "up"),
    ],
)
async def test_takeover(name: str, first: str, second: str, tmp_path: Path, sites: list[Site]) -> None:
    """
    The second process opens no connection, is ready, and says why; each event is handled once; after a kill -9 it listens within the lease, and
    knows then what happened while nobody did.
    """
    database = await new_postgresql()
    async with platform_called(name) as platform, opened(database) as engine:
        site = Site(tmp_path, database)
        sites.append(site)
        site.configure(f'[[channels]]\nname = "reading"\nplatform = "{name}"\nid = "{platform.channel}"\n')
        site.env |= platform.environment
        site.start("first", *command(first), runs=SHORT_LEASE)
        await until(lambda: platform.connections() == 1)
        site.start("second", *command(second), runs=SHORT_LEASE)
        await asyncio.to_thread(site.until_said, "second", " at http://")
        if second == "up":
            await asyncio.to_thread(site.until_said, "second", "is listened to by another Paper Round (process ")
            await asyncio.to_thread(site.until_said, "second", "Open http")

        async def stands_by() -> bool:
            found = await readiness(site, "second")
            return bool(found["ready"]) and found["stands_by"] == [name] and name not in found["well"]

        await until(stands_by)
        await until(lambda: is_sent(engine))
        ref = await pick_sent(engine)
        assert ref

        async def knows(*names: str) -> bool:
            return await decided(engine, ref) == sorted(names)

        await platform.react(ref, "Ada")
        await until(lambda: knows("Ada"))
        assert (await events(engine), platform.connections()) == (1, 1)

        site.processes["first"].send_signal(signal.SIGKILL)
        await until(lambda: platform.connections() == 0)
        killed = time.monotonic()
        await platform.react(ref, "Ben", heard=False)
        await until(lambda: platform.connections() == 1)
        assert time.monotonic() - killed < LEASE + STARTING
        if second == "up":  # a role leaves it to a worker
            await until(lambda: knows("Ada", "Ben"))
        await platform.react(ref, "Cyd")
        await until(lambda: knows("Ada", "Cyd", *(["Ben"] if second == "up" else [])))
        found = await readiness(site, "second")
        assert (found["stands_by"], name in found["well"], found["ready"]) == ([], True, True)
        assert await asyncio.to_thread(site.stop, "second") == 0
