"""What somebody does to sources in chat is for their channel; what others share stays as it is, and the answer says so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.channel_sources import read_by, shown_to
from bot.usecases.source_commands import MOST_OWN
from tests.command_context import CommandFixture
from tests.factories import channel, spec

OTHER = {"channel_id": "C2"}


@pytest.fixture
def desk() -> CommandFixture:
    """Two channels, of two workspaces perhaps."""
    desk = CommandFixture()
    desk.channels.append(channel("other", platform="fake", id="C2", team="T2"))
    return desk


async def reads(desk: CommandFixture, place: str = "C1") -> set[str]:
    found = await desk.commands._command_context.channels()
    here = next(one for one in found if one.id == place)
    return set(read_by(here, await desk.known()))


async def test_added_for_one(desk: CommandFixture) -> None:
    """A source that one channel adds is read there alone, and no other channel learns of it."""
    added = await desk.ask("sources add https://lab.example", admin=True)

    assert "Our Lab is followed from now on, as our-lab, in this channel." == added
    assert {"arxiv", "letter", "our-lab"} == await reads(desk)
    assert {"arxiv", "letter"} == await reads(desk, "C2")
    assert "our-lab" not in await desk.ask("sources", **OTHER)
    assert "There is no source 'our-lab'" in await desk.ask("sources check our-lab", **OTHER)
    assert "There is no source 'our-lab'" in await desk.ask("sources enable our-lab", admin=True, **OTHER)
    assert "this channel's own" in await desk.ask("sources")


async def test_added_for_two(desk: CommandFixture) -> None:
    """A source that two channels add is one source; whoever removes it last ends it."""
    await desk.ask("sources add https://lab.example", admin=True)
    assert "followed already" in await desk.ask("sources add https://lab.example", admin=True)
    assert "is read in this channel." in await desk.ask("sources add https://lab.example", admin=True, **OTHER)
    assert "our-lab" in await reads(desk, "C2")

    first = await desk.ask("sources remove our-lab", admin=True)
    assert "is not read in this channel any more. The other channels that share it go on reading it." in first
    assert "our-lab" in desk.database.tables.source_settings
    last = await desk.ask("sources remove our-lab", admin=True, **OTHER)

    assert "go on reading" not in last
    assert "our-lab" not in desk.database.tables.source_settings
    assert {"arxiv", "letter"} == await reads(desk) == await reads(desk, "C2")


async def test_shared_ones(desk: CommandFixture) -> None:
    """What all channels share is switched off and on for one of them; that the others read on is said, and twice is harmless."""
    for verb in ("disable", "remove"):
        answer = await desk.ask(f"sources {verb} letter", admin=True)
        assert "is not read in this channel any more. The other channels that share it go on reading it." in answer
    assert ({"arxiv"}, {"arxiv", "letter"}) == (await reads(desk), await reads(desk, "C2"))
    assert "(letter): not read in this channel" in await desk.ask("sources")
    for _ in range(2):
        assert "is read in this channel." in await desk.ask("sources enable letter", admin=True)

    assert {"arxiv", "letter"} == await reads(desk)


async def test_off_for_everybody(desk: CommandFixture) -> None:
    """A source that the operator switched off is not switched on from chat, and who can is said."""
    desk.specs.append(spec("x", enabled=False))

    answer = await desk.ask("sources enable x", admin=True)

    assert "off for everybody" in answer
    assert "the operator can: paperround sources enable x" in answer


async def test_a_channel_with_a_list(desk: CommandFixture) -> None:
    """A channel whose configuration names its sources can take in another one, and leave one out."""
    desk.channels[0] = desk.channel = replace(desk.channel, sources=("arxiv",))
    assert {"arxiv"} == await reads(desk)
    await desk.ask("sources enable letter", admin=True)
    assert {"arxiv", "letter"} == await reads(desk)
    await desk.ask("sources disable arxiv", admin=True)

    assert {"letter"} == await reads(desk)


async def test_not_without_end(desk: CommandFixture) -> None:
    """One channel may add only so many."""
    desk.channels[0] = replace(desk.channel, sources_added=tuple(f"s{n}" for n in range(MOST_OWN)))
    desk.database.tables.channel_states.clear()
    found = await desk.ask("sources add https://lab.example", admin=True)

    assert found.startswith(f"This channel added {MOST_OWN} sources already")


@pytest.mark.parametrize("verb", ["add https://lab.example", "remove arxiv", "enable arxiv", "disable arxiv"])
async def test_changes_are_for_admins(desk: CommandFixture, verb: str) -> None:
    """Everybody may look; changing is for those who keep the channel."""
    before = desk.database.tables.copy()

    assert (await desk.ask(f"sources {verb}")).startswith("Only those who keep this channel may")
    assert before == desk.database.tables


def test_shown_to() -> None:
    """A channel is shown what all share, and its own."""
    specs = [spec("arxiv"), spec("mine", own=True), spec("theirs", own=True)]

    assert ["arxiv", "mine"] == [one.id for one in shown_to([channel(sources_added=("mine",))], specs)]
