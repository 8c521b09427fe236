"""A whole week on Discord over a real connection: collected, posted, read and decided on, and reconciled after a gap."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.model import Channel
from bot.usecases.reconcile import reconcile
from tests.adapters.discord.harness import caught_up, room_on
from tests.adapters.discord.harness import channel_on as discord_channel
from tests.factories import NOW
from tests.fake_discord import FORUM, TEXT, fake_discord
from tests.fake_storage import FakeDatabase
from tests.scenarios.team import Team


class Club(Team):
    """The team of the scenarios, with its channel on Discord."""

    def __init__(self, discord, channel: Channel) -> None:
        super().__init__(channel, FakeDatabase().unit_of_work, NOW)
        self.discord = discord
        self.room = room_on(discord, channel)
        self.chat = self.room.chat
        self.recorder._chats = {"discord": self.chat}
        self.member = discord.user("Ada")

    async def heard(self) -> None:
        await caught_up(self.discord, self.room)
        await self.recorder.settle()

    def cards(self) -> list[str]:
        """The ids of the picks' messages, in order."""
        found = [one for messages in self.discord.messages.values() for one in messages.values()]
        return [one["id"] for one in found if one["embeds"] and "url" in one["embeds"][0]]

    def place(self, card: str) -> str:
        """Where a card stands: its channel, or in a forum its own thread."""
        return card if self.discord.channels[self.channel.id]["type"] == FORUM else self.channel.id

    async def decisions(self) -> list[tuple[str, str]]:
        return [
            (one["member"], one["decision"]) for item in (await self.export()).values() for one in item["decisions"]
        ]

    async def summaries(self) -> list[tuple[str, str]]:
        return [(one["member"], one["text"]) for item in (await self.export()).values() for one in item["summaries"]]


@pytest.fixture(params=[TEXT, FORUM], ids=["text", "forum"])
async def club(request):
    async with fake_discord() as discord:
        discord.offset = NOW - discord.now() - timedelta(minutes=1)
        club = Club(discord, discord_channel(discord, request.param))
        for number in range(4):
            club.published(
                "arxiv", f"Paper {number}", f"https://arxiv.org/abs/2608.0000{number}", NOW - timedelta(days=2)
            )
        await club.listens()
        await club.wakes()
        yield club
        await club.chat.close()


async def test_arrives_once(club):
    """The digest arrives once, however often the clock ticks."""
    cards = club.cards()
    await club.wakes()
    await club.wakes()

    assert cards
    assert cards == club.cards()


async def test_decided_and_answered(club):
    """A reaction, its removal, a reply, its edit and its deletion are in the export as soon as they are heard."""
    card = club.cards()[0]
    await club.discord.react(club.member, club.place(card), card, "⭐")
    reply = await club.discord.say(club.member, card, "Worth our Friday.")
    await club.heard()
    assert [("Ada", "must-read")] == await club.decisions()
    assert [("Ada", "Worth our Friday.")] == await club.summaries()
    assert [club.discord.me["id"]] == club.discord.reacted[card, reply]["📝"]

    await club.discord.unreact(club.member, club.place(card), card, "⭐")
    club.discord.offset += timedelta(minutes=1)
    await club.discord.rewrite(card, reply, "Worth our Friday, twice.")
    await club.heard()
    assert [] == await club.decisions()
    assert [("Ada", "Worth our Friday, twice.")] == await club.summaries()

    await club.discord.remove(card, reply)
    await club.heard()
    assert [] == await club.summaries()


async def test_by_reference(club):
    """In a text channel, an answer that points at the card is its summary, too."""
    card = club.cards()[0]
    if club.place(card) == card:
        pytest.skip("in a forum every message is in a thread")
    await club.discord.say(club.member, club.channel.id, "By reference.", answers=card)
    await club.heard()

    assert [("Ada", "By reference.")] == await club.summaries()


async def test_gap(club):
    """What happened while no gateway was there is recorded by reconciliation, once."""
    card = club.cards()[0]
    reply = await club.discord.say(club.member, card, "Before.")
    await club.heard()
    club.discord.deaf = True
    await club.discord.react(club.member, club.place(card), card, "✅")
    await club.discord.remove(card, reply)
    await club.discord.say(club.member, card, "After.")
    club.discord.deaf = False
    chats = {"discord": club.chat}
    differences = await reconcile(chats, club.unit_of_work, club.recorder.receive_all, club.clock)
    again = await reconcile(chats, club.unit_of_work, club.recorder.receive_all, club.clock)

    assert [("Ada", "read")] == await club.decisions()
    assert [("Ada", "After.")] == await club.summaries()
    assert (3, 0) == (differences, again)


async def test_hidden_words(club):
    """Summaries that we know survive that Discord hides words from us."""
    card = club.cards()[0]
    await club.discord.say(club.member, card, "Known.")
    await club.heard()
    club.discord.refuses_words = True
    await reconcile({"discord": club.chat}, club.unit_of_work, club.recorder.receive_all, club.clock)

    assert [("Ada", "Known.")] == await club.summaries()
