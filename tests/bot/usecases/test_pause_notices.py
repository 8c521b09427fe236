"""Whoever set channels up is told that a platform refuses us there: once a person and reason, with the channels."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.model import Channel, ChannelState
from bot.usecases.pause_notices import AGAIN, OLD, PauseNotice, due_notices
from tests.factories import HOUR, NOW
from tests.fake_storage import FakeDatabase

MINUTE = timedelta(minutes=1)
REVOKED = "Slack does not take our token any more."


class World:
    def __init__(self) -> None:
        self.database = FakeDatabase()
        self.states: dict[str, ChannelState] = {}
        self.channels: dict[str, Channel] = {}

    def paused(self, name: str, at: datetime, by: str = "U1", team: str = "T1", because: str = REVOKED) -> None:
        self.channels[name] = Channel(name=name, platform="slack", id=f"{team}/{name}", team=team)
        self.states[name] = ChannelState(name=name, set_up_by=by, paused_because=because, paused_at=at)

    async def told(self, now: datetime) -> list[PauseNotice]:
        return await due_notices("slack", self.states.values(), self.channels.get, self.database.unit_of_work, now)


@pytest.fixture
def world() -> World:
    return World()


def plain(notice: PauseNotice) -> list[str]:
    return ["".join(span.text for span in block.spans) for block in notice.blocks]


async def test_one_a_person(world: World) -> None:
    """Of a workspace in which all is refused each person is told once, of their own channels, when no other is paused any more."""
    for number in range(96):
        world.paused(f"c{number:02}", NOW + number * timedelta(seconds=1), by="U1" if number else "U2")
    assert [] == await world.told(NOW + 2 * MINUTE), "some were paused just now"
    both = await world.told(NOW + 4 * MINUTE)

    assert [("U2", 1), ("U1", 95)] == [(one.member_id, len(one.channels)) for one in both]
    assert [
        "No digest comes in #c00 for now: Slack does not take our token any more.",
        "It is tried again every hour, and goes on by itself once that is mended.",
    ] == plain(both[0])
    assert [
        "No digest comes in 95 channels (#c01, #c02, #c03, #c04, #c05 and 90 others) for now: Slack does not take our token any more.",
        "Each is tried again every hour, and goes on by itself once that is mended.",
    ] == plain(both[1])
    assert [] == await world.told(NOW + 5 * MINUTE)


async def test_each_reason_and_workspace(world: World) -> None:
    """Another reason, and another workspace, is another notice."""
    world.paused("a", NOW)
    world.paused("b", NOW, because="The channel is archived")
    world.paused("c", NOW, by="U3", team="T2")

    assert {("a",), ("b",), ("c",)} == {one.channels for one in await world.told(NOW + HOUR)}


async def test_those_that_follow(world: World) -> None:
    """What is paused later for the same reason is told of together, a day after the first notice."""
    world.paused("monday", NOW)
    assert 1 == len(await world.told(NOW + HOUR))
    world.paused("noon", NOW + 3 * HOUR)
    world.paused("evening", NOW + 9 * HOUR)
    assert [] == await world.told(NOW + 12 * HOUR)

    (later,) = await world.told(NOW + HOUR + AGAIN)
    assert ("evening", "noon") == later.channels


async def test_mended_and_again(world: World) -> None:
    """Where all was well meanwhile, it is told again at once."""
    world.paused("a", NOW)
    assert await world.told(NOW + HOUR)
    world.paused("a", NOW + 2 * HOUR)

    assert await world.told(NOW + 3 * HOUR)


async def test_paused_one_after_the_other_for_long(world: World) -> None:
    """Where others follow all the time, nobody waits for the last of them for longer than a quarter of an hour."""
    for number in range(16):
        world.paused(f"c{number:02}", NOW + number * MINUTE)

    assert await world.told(NOW + 15 * MINUTE)


async def test_nobody_to_tell_and_long_ago(world: World) -> None:
    """Nothing is told of a pause of days ago, as before an update, nor of one by people, nor where nobody is known who set the channel up."""
    world.paused("old", NOW - OLD)
    world.paused("nobody", NOW, by="")
    world.states["people"] = ChannelState(
        name="people", set_up_by="U1", paused_because="we are away", paused_at=NOW, paused_by_people=True
    )
    world.channels["people"] = Channel(name="people", platform="slack", id="C9")

    assert [] == await world.told(NOW + HOUR)


async def test_editors(world: World) -> None:
    """Of a channel of the configuration file its editors are told."""
    world.paused("a", NOW, by="")
    world.channels["a"] = Channel(name="a", platform="slack", id="T1/a", team="T1", editors=("U7", "U8"))

    assert ["U7", "U8"] == [one.member_id for one in await world.told(NOW + HOUR)]
