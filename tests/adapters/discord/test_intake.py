"""What cannot be told is looked for: whoever loses a payload says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from adapters.discord import intake as taking
from adapters.discord.intake import Intake
from bot.errors import ChatError
from bot.events import ChatEvent, ReplyDeleted
from bot.model import MessageRef
from tests.factories import NOW

EVENT = ReplyDeleted(event_id="1", ref=MessageRef(platform="discord", channel_id="1", message_id="2"), at=NOW)


class Hears:
    """Takes note of whatever a payload tells of channels and permissions."""

    watched = frozenset[str]()

    def hear(self, *_: object) -> None: ...

    def is_elsewhere(self, _: object) -> bool:
        return False

    async def settled(self) -> None: ...

    async def close(self) -> None: ...


class Understands:
    """Gives one event for a payload, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def asks(self, _: object) -> bool:
        return False

    async def events_of(self, _heard: object) -> list[ChatEvent]:
        if self.error:
            raise self.error
        return [EVENT]


def intake(translator: Any, missed: Callable[[], None]) -> Intake:
    places: Any = Hears()
    access: Any = Hears()
    return Intake(translator, places, access, lambda: NOW, missed=missed)


async def put_away(_event: ChatEvent) -> None:
    """A sink that keeps everything."""


async def test_more_than_can_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """What finds no place in the queue is not waited for, and is looked for later."""
    monkeypatch.setattr(taking, "_MOST_WAITING", 2)
    lost: list[int] = []
    ours = intake(Understands(), lambda: lost.append(1))
    ours.start(put_away)
    for _ in range(3):
        ours.take("MESSAGE_DELETE", {})
    await ours.stop()

    assert lost == [1]


@pytest.mark.parametrize("error", [ChatError("discord", "answered 503"), KeyError("id")])
async def test_what_is_not_understood(error: Exception) -> None:
    """Neither a question that Discord did not answer nor a shape that we do not know is passed over in silence."""
    lost: list[int] = []
    ours = intake(Understands(error), lambda: lost.append(1))
    ours.start(put_away)
    ours.take("MESSAGE_DELETE", {})
    await ours.stop()

    assert lost == [1]


async def test_what_is_not_stored() -> None:
    """An event that the sink did not take is looked for, and the next one is told."""
    lost: list[int] = []
    told: list[ChatEvent] = []

    async def fails_once(event: ChatEvent) -> None:
        if not lost:
            raise OSError("the disk is full")
        told.append(event)

    ours = intake(Understands(), lambda: lost.append(1))
    ours.start(fails_once)
    ours.take("MESSAGE_DELETE", {})
    await ours.settled()
    ours.take("MESSAGE_DELETE", {})
    await ours.stop()

    assert (lost, told) == ([1], [EVENT])


async def test_what_is_asked_about_comes_after_what_came_before() -> None:
    """An event for which Discord has to be asked is not told before one that came earlier in its channel, and is still to be told with others."""
    told: list[str] = []
    lets_go = asyncio.Event()

    class AsksOfTheSecond(Understands):
        def asks(self, payload: Any) -> bool:
            return payload.data["id"] == "2"

        async def events_of(self, payload: Any) -> list[ChatEvent]:
            if payload.data["id"] == "3":
                await lets_go.wait()
            return [replace(EVENT, event_id=payload.data["id"])]

    async def noted(event: ChatEvent) -> None:
        told.append(event.event_id)

    ours = intake(AsksOfTheSecond(), lambda: None)
    ours.start(noted)
    for number, channel_id in (("1", "7"), ("2", "7"), ("3", "8")):
        ours.take("MESSAGE_DELETE", {"id": number, "channel_id": channel_id})
    assert 3 == ours.backlogs()["queued"].waiting
    for _ in range(10):
        await asyncio.sleep(0)
    assert "2" not in told
    assert [0, 1] == [one.waiting for one in ours.backlogs().values()]

    lets_go.set()
    await ours.stop()
    assert {"1", "2", "3"} == set(told)
    assert told.index("1") < told.index("2")
    assert [0, 0] == [one.waiting for one in ours.backlogs().values()]
