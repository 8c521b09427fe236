"""What cannot be told is looked for: whoever loses a payload says so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from adapters.discord import intake as taking
from adapters.discord.intake import Intake
from bot.errors import ChatError
from bot.events import ChatEvent, ReplyDeleted
from bot.model import MessageRef
from tests.factories import NOW

EVENT = ReplyDeleted(event_id="1", ref=MessageRef(platform="discord", channel_id="1", message_id="2"), at=NOW)


class Learns:
    """Takes note of whatever a payload tells of channels and permissions."""

    watched = frozenset[str]()

    def learn(self, *_: object) -> None: ...


class Understands:
    """Gives one event for a payload, or fails."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    async def events_of(self, _heard: object) -> list[ChatEvent]:
        if self.error:
            raise self.error
        return [EVENT]


def intake(translator: Any, missed: Callable[[], None]) -> Intake:
    places: Any = Learns()
    access: Any = Learns()
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
