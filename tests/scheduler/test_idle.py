"""Whether anybody works, in words for whoever waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from scheduler.bootstrap.commands import command_context
from scheduler.idle import idle_line, note_work
from scheduler.services import Services
from tests.scheduler.test_jobs import Lodge


def shared(lodge: Lodge, dialect: str = "postgresql") -> Services:
    engine: Any = SimpleNamespace(dialect=SimpleNamespace(name=dialect))
    return replace(lodge.services, engine=engine)


async def test_in_words_for_members() -> None:
    """Ten minutes without anybody are told, for how long, with what becomes of what people do and who can help."""
    lodge = Lodge()
    services = shared(lodge)
    assert (await idle_line(services)).startswith(
        "Nothing is collected or sent for now: no worker or clock has worked yet. What you"
    )

    await note_work(services)
    lodge.clock.now += timedelta(minutes=9)
    assert await idle_line(services) == ""
    lodge.clock.now += timedelta(hours=3)
    said = await idle_line(services)
    assert "no worker or clock has worked for 3 hours. What you decide and write is kept" in said
    assert said.endswith("Whoever runs Paper Round: start paperround clock and paperround worker, or paperround up.")


async def test_one_process() -> None:
    """On SQLite whoever answers is the one that works."""
    assert await idle_line(shared(Lodge(), "sqlite")) == ""


async def test_in_chat(monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands of the service ask for it."""
    lodge = Lodge()
    services = shared(lodge)
    monkeypatch.setattr("scheduler.bootstrap.commands.subscribing", lambda _: None)
    chat: Any = SimpleNamespace(chat=None, words=None)
    settings: Any = SimpleNamespace(chat=SimpleNamespace(who=None), schedule=SimpleNamespace(spread=timedelta(0)))
    context = command_context(replace(services, settings=settings, platforms={"slack": chat}))
    assert "no worker or clock has worked yet" in await context.idle()
