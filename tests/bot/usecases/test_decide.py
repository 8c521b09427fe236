"""What members see after they pressed a button."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.model import Answer, CommandCall, Layout, Meaning, MessageRef
from bot.usecases.deliver import deliver, freeze
from bot.usecases.redraw import Redrawer
from tests.command_context import CommandFixture
from tests.factories import ADA, BEN, NOW, WEEK, digest_of

KEYS = ("arxiv:2608.00001", "arxiv:2608.00002")


class Room(CommandFixture):
    """A channel with its digest posted, and somebody who presses."""

    async def open(self, layout: Layout = Layout.CARDS) -> None:
        await freeze(replace(digest_of(KEYS), layout=layout), self.channel, self.database.unit_of_work)
        await deliver(self.channel, WEEK, self.chat, self.database.unit_of_work, lambda: NOW, owner="we")
        await self.chat.listen(self.recorder.receive)

    def part(self, number: int) -> MessageRef:
        return self.chat.messages[number].ref

    async def press(self, meaning: Meaning, *, rank: int | None = None, part: int = 1, who=ADA) -> Answer:
        ref = self.part(part)
        await self.chat.press(who, ref, meaning, rank)
        line = f"/{rank}" if rank else ""
        return await self.ask(f"chosen {ref.channel_id} {ref.message_id} press 1/{meaning.value}{line}", who)

    async def ask(self, text: str, who=ADA) -> Answer:
        call = CommandCall(platform="fake", channel_id="C1", member=who, admin=False, text=text)
        return await self.commands(call)


def words(answer: Answer) -> str:
    return "\n".join(span.text for block in answer.blocks for span in block.spans)


@pytest.fixture
async def room() -> Room:
    room = Room()
    await room.open()
    return room


async def test_on_a_card(room: Room) -> None:
    """The card shows who marked it, so that nothing is said beside it; how many it is not for is said to who pressed."""
    assert Answer() == await room.press(Meaning.MUST_READ)
    assert Answer() == await room.press(Meaning.MUST_READ)
    assert "You chose 👎 Not for us. Press it again to take it back." == words(await room.press(Meaning.SKIP))
    assert "Taken back: 👎 Not for us." == words(await room.press(Meaning.SKIP))


async def test_beside_a_reaction(room: Room) -> None:
    """Where the member's own reaction still says what a press took back, they are told."""
    await room.chat.react(ADA, room.part(1), "⭐")
    assert Answer() == await room.press(Meaning.MUST_READ)
    assert "⭐ Must-read still stands, by your reaction" in words(await room.press(Meaning.MUST_READ))


async def test_where_the_digest_was_ended(room: Room) -> None:
    """A card stands there after the channel's end: a press on it is kept, and who pressed is told that the card does not show it."""
    room.channels = []
    answer = await room.press(Meaning.MUST_READ)

    assert "Noted. The digest of this channel was ended" in words(answer)
    async with room.database.unit_of_work() as uow:
        assert [True] == [one.present for one in await uow.presses.of_item(room.channel.name, KEYS[0], ADA.id)]


async def test_a_later_version(room: Room) -> None:
    """A button of a version to come says so, and decides nothing."""
    answer = await room.ask(f"chosen C1 {room.part(1).message_id} press 9/whatever")

    assert "later version" in words(answer)


async def test_receipt(room: Room) -> None:
    """What each source did is behind the digest's last line, for who asks."""
    assert "Arxiv, ok, read 20, new 0" in words(await room.ask(f"receipt {WEEK}"))
    assert "no receipt" in words(await room.ask("receipt 1999-W01"))


async def test_lines() -> None:
    """On a compact digest each line is decided on in place, and its buttons show the member what they chose."""
    room = Room()
    await room.open(Layout.COMPACT)

    answer = await room.press(Meaning.MUST_READ, rank=2)
    asked = await room.ask(f"line {WEEK}/2")
    others = await room.ask(f"line {WEEK}/2", BEN)

    assert "You chose ⭐ Must-read." in words(answer)
    for shown in (answer, asked):
        assert ["⭐ Must-read"] == [one.words for one in shown.buttons if one.chosen]
    assert not [one for one in others.buttons if one.chosen]
    assert f"press 1/skip/2/{room.part(1).message_id}" in [one.asks for one in asked.buttons]
    assert f"card {WEEK}/2" in [one.asks for one in asked.buttons]
    assert "no such line" in words(await room.ask(f"line {WEEK}/99"))


class Drawn:
    """A platform that keeps what it is asked to draw."""

    def __init__(self) -> None:
        self.posts = {}

    async def redraw(self, ref, post) -> None:
        self.posts[ref] = post


async def test_redrawn_lines() -> None:
    """A line shows how many decided what, also where they did so on its card; the plain text says it, too."""
    room = Room()
    await room.open(Layout.COMPACT)
    await room.ask(f"card {WEEK}/2")
    await deliver(room.channel, WEEK, room.chat, room.database.unit_of_work, lambda: NOW, owner="we")
    card = next(sent.ref for sent in room.chat.messages if sent.post.part > 1000)
    await room.press(Meaning.MUST_READ, rank=2)
    await room.chat.press(BEN, card, Meaning.MUST_READ)
    drawn = Drawn()

    async def channels():
        return [room.channel]

    await Redrawer({"fake": drawn}, channels, room.database.unit_of_work).changed(card)

    assert {card, room.part(1)} == set(drawn.posts)
    line = next(block for block in drawn.posts[room.part(1)].blocks if block.number == 2)
    assert "⭐ 2" == line.spans[-1].text
    assert "⭐ 2" in drawn.posts[room.part(1)].plain
    assert "must-read: Ben, Ada" in drawn.posts[card].plain
