"""Processes that share a database and have different bots' tokens are told of, and pause no channel for what one of these bots is refused."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from bot.errors import ChatRefused
from scheduler import doctor, jobs, token_check
from scheduler.bootstrap import open_services
from scheduler.missing_keys import impaired, is_own_fault
from scheduler.other_tokens import lease_names, others
from scheduler.queue import InProcessQueue
from scheduler.services import Services
from scheduler.settings.settings import load_settings
from scheduler.token_check import _Watch, tokens_watched
from tests.databases import migrated_postgresql
from tests.waiting import until

pytestmark = pytest.mark.postgres

REFUSED = ChatRefused("discord", "cannot see the channel")


@pytest.fixture
async def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> pytest.MonkeyPatch:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", await migrated_postgresql())
    return monkeypatch


@asynccontextmanager
async def process(environment: pytest.MonkeyPatch, token: str | None) -> AsyncIterator[Services]:
    """A worker that was started with a token for Discord, or without one."""
    if token is None:
        environment.delenv("DISCORD_BOT_TOKEN", raising=False)
    else:
        environment.setenv("DISCORD_BOT_TOKEN", token)
    queue = InProcessQueue()
    async with open_services(load_settings()) as services:
        yield replace(services, queue=queue)
    await queue.close()


async def test_two_bots(environment: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """While both live, neither takes what it is refused for the channel's fault; each says so once, and `doctor` with what to do."""
    async with process(environment, "one") as ours, process(environment, "other") as theirs:
        watches = [_Watch(ours), _Watch(theirs)]
        await watches[0].look()
        assert not await is_own_fault(ours, "discord", REFUSED)
        assert await is_own_fault(theirs, "discord", REFUSED), "before it has looked itself"
        for watch in [*watches, *watches]:
            await watch.look()

        assert await is_own_fault(ours, "discord", REFUSED)
        assert not await is_own_fault(ours, "slack", REFUSED)
        assert ["discord token"] == list(impaired(theirs))
        told = [one.message for one in caplog.records if getattr(one, "action", "") == "tokens_differ"]
        assert 2 == len(told)
        assert all("has another token for discord than this one" in one for one in told)
        assert token_check.REMEDY in {one.remedy for one in await doctor._roles(ours)}
        assert not any(
            secret in text for text in [*told, *lease_names(ours.settings).values()] for secret in ("one/", "other/")
        )

        await watches[1].end()
        await watches[0].look()
        assert not await is_own_fault(ours, "discord", REFUSED)
        assert {} == impaired(ours)


@pytest.mark.parametrize("token", ["one", None])
async def test_the_same_bot_or_none(environment: pytest.MonkeyPatch, token: str | None) -> None:
    """A process with the same token is no other bot, nor is one that serves other platforms."""
    async with process(environment, "one") as ours, process(environment, token) as theirs:
        for one in (ours, theirs):
            await _Watch(one).look()

        assert ({}, {}) == (await others(ours), await others(theirs))


async def test_what_the_gateway_says(environment: pytest.MonkeyPatch) -> None:
    """What a platform says of its channels to another bot pauses none."""
    async with process(environment, "one") as ours, process(environment, "other") as theirs:
        await _Watch(ours).look()
        await jobs.channel_news(theirs, "discord", "", "was removed")

        assert set() == theirs.refused


async def test_watched(environment: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """A process watches while it lives; then its token is nobody's."""
    caplog.set_level(logging.WARNING)
    async with process(environment, "one") as ours, process(environment, "other") as theirs:
        watching = asyncio.create_task(tokens_watched(ours))

        async def is_told() -> bool:
            return bool(await others(theirs))

        await until(is_told)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)

        assert {} == await others(theirs)
