"""
What every chat platform promises, run on the fake, on the local web channel, on Slack over both ways in and shared by several
workspaces, and on Discord: over the wire in a text channel and a forum, and in SimCord.

A platform joins by a `Harness`: how people act there, and how a fresh one is made.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

import pytest

from adapters.discord.settings import ForumPosts
from bot.errors import ChatError, MessageGone
from bot.events import (
    ChatEvent,
    DecisionPressed,
    ReactionAdded,
    ReactionRemoved,
    ReplyDeleted,
    ReplyEdited,
    ReplyPosted,
)
from bot.model import Block, BlockRole, Channel, Meaning, Member, MessageRef, Post, PostRole, Section, Span
from bot.ports import Chat
from bot.rendering import decision_buttons
from tests.adapters.discord.harness import WEEK, discord_in_simcord, discord_over_wire
from tests.adapters.web import demo
from tests.databases import migrated_postgresql, migrated_sqlite
from tests.fake_chat import BOT, FakeChat, ticking
from tests.fake_discord import FORUM, TEXT
from tests.pigeon.platform import pigeon_platform
from tests.slack_harness import slack_over
from tests.slack_shared import slack_shared
from tests.web_harness import web_on


class Harness(Protocol):
    """A platform to be tested: the adapter, a channel there, and people who act through the platform's own ways."""

    chat: Chat
    channel: Channel
    refuses_same_key: bool
    has_buttons: bool

    async def member(self, name: str) -> Member: ...

    async def react(self, member: Member, ref: MessageRef, emoji: str) -> None: ...

    async def unreact(self, member: Member, ref: MessageRef, emoji: str) -> None: ...

    async def press(self, member: Member, ref: MessageRef, meaning: Meaning) -> None:
        """Press a decision's button on a message of ours, as it stands there."""
        ...

    async def reply(self, member: Member, ref: MessageRef, text: str) -> MessageRef: ...

    async def edit(self, member: Member, reply: MessageRef, text: str) -> None: ...

    async def delete(self, member: Member, reply: MessageRef) -> None: ...

    async def is_noted(self, member: Member, parent: MessageRef, reply: MessageRef) -> bool:
        """Whether a member sees our 📝 at their reply under a message of ours."""
        ...

    async def act_as_bot(self, ref: MessageRef) -> None:
        """Do under our own name whatever the platform lets us do on a message."""
        ...


class FakeHarness:
    """The fake is its own harness, nearly."""

    def __init__(self, chat: FakeChat | None = None) -> None:
        self.chat = chat or FakeChat(clock=ticking(demo.START))
        self.channel = Channel(name="papers", platform=self.chat.platform, id="C1")
        self.refuses_same_key = True
        self.has_buttons = True

    async def member(self, name: str) -> Member:
        return Member(id=f"U-{name}", name=name)

    async def react(self, member: Member, ref: MessageRef, emoji: str) -> None:
        await self.chat.react(member, ref, emoji)

    async def unreact(self, member: Member, ref: MessageRef, emoji: str) -> None:
        await self.chat.unreact(member, ref, emoji)

    async def press(self, member: Member, ref: MessageRef, meaning: Meaning) -> None:
        await self.chat.press(member, ref, meaning)

    async def reply(self, member: Member, ref: MessageRef, text: str) -> MessageRef:
        return await self.chat.reply(member, ref, text)

    async def edit(self, member: Member, reply: MessageRef, text: str) -> None:
        await self.chat.edit(reply, text)

    async def delete(self, member: Member, reply: MessageRef) -> None:
        await self.chat.delete(reply)

    async def is_noted(self, member: Member, parent: MessageRef, reply: MessageRef) -> bool:
        return reply in self.chat.acknowledged

    async def act_as_bot(self, ref: MessageRef) -> None:
        await self.chat.react(BOT, ref, "⭐")
        await self.chat.reply(BOT, ref, "I am only the bot.")


ON_DISCORD = {
    "discord": lambda: discord_over_wire(TEXT),
    "discord-forum": lambda: discord_over_wire(FORUM),
    "discord-forum-week": lambda: discord_over_wire(FORUM, ForumPosts.WEEK),
    "discord-simcord": discord_in_simcord,
}


@pytest.fixture(
    params=[
        "fake",
        "pigeon",
        "web",
        "slack-http",
        "slack-socket",
        "slack-shared",
        *ON_DISCORD,
        pytest.param("web-postgresql", marks=pytest.mark.postgres),
    ]
)
async def platform(request, tmp_path, tmp_path_factory) -> AsyncIterator[Harness]:
    if request.param == "fake":
        yield FakeHarness()
        return
    if request.param == "pigeon":
        yield FakeHarness(pigeon_platform(ticking(demo.START)).chat)
        return
    if request.param == "slack-shared":
        async with slack_shared(await migrated_sqlite(tmp_path_factory.getbasetemp(), tmp_path)) as harness:
            yield harness
        return
    if request.param.startswith("slack-"):
        async with slack_over(request.param.removeprefix("slack-")) as harness:
            yield harness
        return
    if request.param in ON_DISCORD:
        async with ON_DISCORD[request.param]() as harness:
            yield harness
        return
    if request.param == "web":
        address = await migrated_sqlite(tmp_path_factory.getbasetemp(), tmp_path)
    else:
        address = await migrated_postgresql()
    async with web_on(address) as harness:
        yield harness


class Heard(list[ChatEvent]):
    """A sink that keeps what it is told; while `fails` is set it raises instead."""

    fails = False

    async def __call__(self, event: ChatEvent) -> None:
        if self.fails:
            raise RuntimeError("the database is away")
        self.append(event)


def post(part: int = 1) -> Post:
    title = Block(role=BlockRole.TITLE, spans=(Span(text=f"Pick {part}", url="https://example.org/", strong=True),))
    made = Post(
        role=PostRole.PICK,
        part=part,
        blocks=(title,),
        plain=f"Pick {part}",
        section=Section.PAPERS,
        rank=part,
        week=WEEK,
    )
    return replace(made, buttons=decision_buttons(Channel(name="papers", platform="", id="")))


class TestPosting:
    async def test_address(self, platform):
        """Every message has an address of its own, on this platform and in this channel, or in the week's thread of it."""
        first = await platform.chat.post(platform.channel, post(1), "w34/1")
        second = await platform.chat.post(platform.channel, post(2), "w34/2")

        assert first != second
        assert {getattr(platform, "place", platform.channel.id)} == {first.channel_id, second.channel_id}
        assert {first.platform} == {second.platform}

    async def test_same_key_twice(self, platform):
        """A second message with the same key is not sent; the first one's address is given."""
        if not platform.refuses_same_key:
            pytest.skip("this platform posts again; the core looks before it sends again")
        first = await platform.chat.post(platform.channel, post(), "w34/1")
        again = await platform.chat.post(platform.channel, post(), "w34/1")

        assert first == again

    async def test_find(self, platform):
        """A message is found by its key, and by no other."""
        ref = await platform.chat.post(platform.channel, post(), "w34/1")
        await platform.chat.post(platform.channel, post(2), "w34/2")

        assert ref == await platform.chat.find(platform.channel, "w34/1", demo.START)
        assert None is await platform.chat.find(platform.channel, "w34/3", demo.START)

    async def test_find_since(self, platform):
        """A message older than asked for is not found."""
        await platform.chat.post(platform.channel, post(), "w34/1")

        assert None is await platform.chat.find(platform.channel, "w34/1", demo.START + timedelta(days=1))


class TestSnapshot:
    async def test_fresh(self, platform):
        """A fresh message has neither reactions nor replies."""
        ref = await platform.chat.post(platform.channel, post(), "w34/1")
        snapshot = await platform.chat.snapshot(ref)

        assert (ref, (), ()) == (snapshot.ref, snapshot.reactions, snapshot.replies)

    async def test_what_people_did(self, platform):
        """It tells who reacted with what, and who said what; what was taken back is not in it."""
        ref = await platform.chat.post(platform.channel, post(), "w34/1")
        other = await platform.chat.post(platform.channel, post(2), "w34/2")
        ada, grace = await platform.member("Ada"), await platform.member("Grace")
        await platform.react(ada, ref, "⭐")
        await platform.react(grace, ref, "👀")
        await platform.react(grace, ref, "⭐")
        await platform.unreact(grace, ref, "👀")
        await platform.react(ada, other, "👎")
        answer = await platform.reply(grace, ref, "Two sentences. Here they are.")

        snapshot = await platform.chat.snapshot(ref)

        assert {(ada, "⭐"), (grace, "⭐")} == set(snapshot.reactions)
        assert [(answer, grace, "Two sentences. Here they are.")] == [
            (reply.ref, reply.member, reply.text) for reply in snapshot.replies
        ]

    async def test_edited_and_deleted(self, platform):
        """An edited reply shows its new text and when it was edited; a deleted one is not there."""
        ref = await platform.chat.post(platform.channel, post(), "w34/1")
        ada = await platform.member("Ada")
        kept, gone = await platform.reply(ada, ref, "First."), await platform.reply(ada, ref, "Second.")
        await platform.edit(ada, kept, "First, mended.")
        await platform.delete(ada, gone)

        (reply,) = (await platform.chat.snapshot(ref)).replies

        assert (kept, "First, mended.") == (reply.ref, reply.text)
        assert reply.edited_at is not None
        assert reply.edited_at > reply.at

    async def test_own_acts(self, platform):
        """What we did ourselves is left out, our mark of acknowledgement too."""
        ref = await platform.chat.post(platform.channel, post(), "w34/1")
        answer = await platform.reply(await platform.member("Ada"), ref, "Mine.")
        await platform.act_as_bot(ref)
        await platform.chat.acknowledge(answer)

        snapshot = await platform.chat.snapshot(ref)

        assert () == snapshot.reactions
        assert [answer] == [reply.ref for reply in snapshot.replies]

    async def test_unknown(self, platform):
        """Of a message that does not exist it is told that it is gone, and not that the platform is away."""
        ref = await platform.chat.post(platform.channel, post(), "w34/1")
        missing = MessageRef(platform=ref.platform, channel_id=ref.channel_id, message_id="000000")

        with pytest.raises(MessageGone):
            await platform.chat.snapshot(missing)


class TestListening:
    @pytest.fixture
    async def heard(self, platform) -> Heard:
        heard = Heard()
        await platform.chat.listen(heard)
        return heard

    async def test_reactions(self, platform, heard):
        """Putting an emoji on and taking it back are two events, in that order."""
        ref = await platform.chat.post(platform.channel, post(), "w34/1")
        ada = await platform.member("Ada")
        await platform.react(ada, ref, "⭐")
        await platform.unreact(ada, ref, "⭐")

        added, removed = heard
        assert isinstance(added, ReactionAdded)
        assert isinstance(removed, ReactionRemoved)
        assert [(ref, ada, "⭐")] * 2 == [(event.ref, event.member, event.emoji) for event in (added, removed)]
        assert added.at <= removed.at

    async def test_presses(self, platform, heard):
        """A press of a card's button is heard with its member, message and decision, each with an id of its own."""
        if not platform.has_buttons:
            pytest.skip("this platform decides by reactions, which are a tap there")
        ref = await platform.chat.post(platform.channel, post(), "w34/1")
        ada = await platform.member("Ada")
        await platform.press(ada, ref, Meaning.MUST_READ)
        await platform.press(ada, ref, Meaning.SKIP)
        await platform.press(ada, ref, Meaning.SKIP)

        assert [(ref, ada, Meaning.MUST_READ), (ref, ada, Meaning.SKIP), (ref, ada, Meaning.SKIP)] == [
            (one.ref, one.member, one.meaning) for one in heard if isinstance(one, DecisionPressed)
        ]
        assert 3 == len({one.event_id for one in heard})
        assert heard[0].at < heard[1].at < heard[2].at

    async def test_presses_that_cannot_be_stored(self, platform, heard):
        """A press that could not be stored is not half kept: pressed once more, it is heard."""
        if not platform.has_buttons:
            pytest.skip("this platform decides by reactions, which are a tap there")
        ref = await platform.chat.post(platform.channel, post(), "w34/1")
        ada = await platform.member("Ada")
        heard.fails = True
        with contextlib.suppress(Exception):  # how a platform says so is its own
            await platform.press(ada, ref, Meaning.READ)
        heard.fails = False
        await platform.press(ada, ref, Meaning.READ)

        assert [Meaning.READ] == [one.meaning for one in heard if isinstance(one, DecisionPressed)]

    async def test_replies(self, platform, heard):
        """A reply, its edit and its deletion are three events on the same address."""
        ref = await platform.chat.post(platform.channel, post(), "w34/1")
        ada = await platform.member("Ada")
        answer = await platform.reply(ada, ref, "As said.")
        await platform.edit(ada, answer, "As meant.")
        await platform.delete(ada, answer)

        posted, edited, deleted = heard
        assert isinstance(posted, ReplyPosted)
        assert isinstance(edited, ReplyEdited)
        assert isinstance(deleted, ReplyDeleted)
        assert [answer] * 3 == [event.ref for event in heard]
        assert [(ref, ada, "As said."), (ref, ada, "As meant.")] == [
            (event.parent, event.member, event.text) for event in (posted, edited)
        ]

    async def test_event_ids(self, platform, heard):
        """Each act has an id of its own, also where the same is done again."""
        ref = await platform.chat.post(platform.channel, post(), "w34/1")
        ada = await platform.member("Ada")
        for _ in range(2):
            await platform.react(ada, ref, "⭐")
            await platform.unreact(ada, ref, "⭐")
        answer = await platform.reply(ada, ref, "Same words.")
        await platform.edit(ada, answer, "Other words.")
        await platform.edit(ada, answer, "Same words.")
        await platform.reply(ada, ref, "Same words.")

        assert 8 == len(heard)
        assert 8 == len({event.event_id for event in heard})

    async def test_aware_instants(self, platform, heard):
        """Every instant is aware and in UTC."""
        ref = await platform.chat.post(platform.channel, post(), "w34/1")
        await platform.react(await platform.member("Ada"), ref, "⭐")

        assert [timedelta(0)] == [event.at.utcoffset() for event in heard]

    async def test_own_acts(self, platform, heard):
        """We do not hear ourselves."""
        ref = await platform.chat.post(platform.channel, post(), "w34/1")
        answer = await platform.reply(await platform.member("Ada"), ref, "Mine.")
        await platform.act_as_bot(ref)
        await platform.chat.acknowledge(answer)

        assert [answer] == [event.ref for event in heard]

    async def test_failing_sink(self, platform, heard):
        """What could not be recorded stays on the platform, where it can be found."""
        ref = await platform.chat.post(platform.channel, post(), "w34/1")
        ada = await platform.member("Ada")
        heard.fails = True
        await platform.react(ada, ref, "⭐")
        answer = await platform.reply(ada, ref, "Keep this.")

        snapshot = await platform.chat.snapshot(ref)
        assert [] == heard
        assert ((ada, "⭐"),) == snapshot.reactions
        assert [answer] == [reply.ref for reply in snapshot.replies]


class TestAcknowledging:
    async def test_twice(self, platform):
        """Marking a reply as recorded twice is harmless, and so is taking the mark away twice, or where there is none."""
        ref = await platform.chat.post(platform.channel, post(), "w34/1")
        ada = await platform.member("Ada")
        answer = await platform.reply(ada, ref, "Mine.")

        for recorded in (False, True, True, False, False, True):
            await platform.chat.acknowledge(answer, recorded=recorded)
            assert recorded is await platform.is_noted(ada, ref, answer)


class TestClosing:
    async def test_twice(self, platform):
        """Closing twice is harmless."""
        await platform.chat.close()
        await platform.chat.close()

    async def test_silence(self, platform):
        """After closing nothing is heard any more."""
        heard = Heard()
        await platform.chat.listen(heard)
        ref = await platform.chat.post(platform.channel, post(), "w34/1")
        await platform.chat.close()
        await platform.react(await platform.member("Ada"), ref, "⭐")

        assert [] == heard


class TestStopping:
    async def test_silence_and_again(self, platform):
        """While nobody listens nothing is heard, and all else goes on; then everything is heard again. Stopping twice is harmless."""
        heard = Heard()
        await platform.chat.stop_listening()
        await platform.chat.listen(heard)
        ref = await platform.chat.post(platform.channel, post(), "w34/1")
        ada = await platform.member("Ada")
        await platform.chat.stop_listening()
        await platform.chat.stop_listening()
        await platform.react(ada, ref, "⭐")
        second = await platform.chat.post(platform.channel, post(2), "w34/2")
        assert [] == heard
        assert [(ada, "⭐")] == [(who, emoji) for who, emoji in (await platform.chat.snapshot(ref)).reactions]

        await platform.chat.listen(heard)
        await platform.react(ada, second, "⭐")
        assert [(second, "⭐")] == [(one.ref, one.emoji) for one in heard]


class TestFake:
    """The faults that only the fake can be told to have."""

    async def test_refuses(self):
        """A channel from which we were removed refuses, until somebody lets us in again."""
        chat, channel = FakeChat(), Channel(name="papers", platform="fake", id="C1")
        chat.faults.refuses = True

        with pytest.raises(ChatError, match="no longer a member"):
            await chat.post(channel, post(), "w34/1")

    async def test_drops_after_accepting(self):
        """A message that was accepted while the connection dropped is found by its key."""
        chat, channel = FakeChat(refuses_same_key=False), Channel(name="papers", platform="fake", id="C1")
        chat.faults.drops = 1

        with pytest.raises(ChatError, match="dropped"):
            await chat.post(channel, post(), "w34/1")
        assert chat.messages[0].ref == await chat.find(channel, "w34/1", demo.START - timedelta(days=1))

    async def test_redelivers(self):
        """An event that was not recorded is delivered again, with the same id."""
        chat, channel, heard = FakeChat(), Channel(name="papers", platform="fake", id="C1"), Heard()
        await chat.listen(heard)
        ref = await chat.post(channel, post(), "w34/1")
        heard.fails = True
        await chat.react(Member(id="U1", name="Ada"), ref, "⭐")
        missed = chat.undelivered[0].event_id
        heard.fails = False
        await chat.redeliver()

        assert [missed] == [event.event_id for event in heard]

    async def test_transcript(self):
        """What was said and done reads like a conversation."""
        chat, channel = FakeChat(), Channel(name="papers", platform="fake", id="C1")
        ada = Member(id="U1", name="Ada")
        ref = await chat.post(channel, post(), "w34/1")
        await chat.react(ada, ref, "⭐")
        await chat.acknowledge(await chat.reply(ada, ref, "Worth an hour."))

        assert ["Paper Round: Pick 1", "Ada ⭐ Pick 1", "Ada: Worth an hour.", "Paper Round: 📝"] == chat.transcript
