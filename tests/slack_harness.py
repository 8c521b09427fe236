"""Slack for the chat suite: our adapter on the fake of `tests/fake_slack.py`, over either way in, and people who act there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from starlette.applications import Starlette

from adapters.slack.emojis import name_of
from adapters.slack.pacing import Timer
from adapters.slack.people import member_id
from adapters.slack.settings import SlackSettings
from adapters.slack.socket_mode import Rhythm
from adapters.slack.workspace import Hooks, SlackPlatform, SlackTiming, Tokens
from bot.events import ChatEvent
from bot.model import Channel, Meaning, Member, MessageRef
from bot.ports import RateLimiter
from bot.pressing import press_text
from tests.fake_slack import APP_TOKEN, BOT, SECRET, TEAM, TOKEN, FakeSlack, fake_slack

CHANNEL = Channel(name="reading", platform="slack", id="C1")
QUICK = Rhythm(look=0.02, quiet=5.0, hello=0.5, ping=0.2, first_wait=0.02, longest_wait=0.05, refused_wait=0.05)


class Waits:
    """A timer whose sleeps pass at once, and are counted."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    def timer(self) -> Timer:
        return Timer(self.now, self.sleep)


def build(slack: FakeSlack, *, socket: bool = False, hooks: Hooks | None = None, **more: Any) -> SlackPlatform:
    """One workspace on the fake; timing that is not named is quick."""
    timing = {"rhythm": QUICK, "message_interval": 0.0, "redraw_interval": 0.05}
    timer = more.pop("timer", None)
    channels = more.pop("channels", [CHANNEL])
    tokens = Tokens(
        bot=more.pop("token", TOKEN),
        app=APP_TOKEN if socket else None,
        signing_secret=None if socket else SECRET,
        api_url=slack.url + "api/",
    )
    settings = SlackSettings(**{name: more.pop(name) for name in SlackSettings.table() if name in more})
    limiter = more.pop("limiter", None)
    return SlackPlatform(
        *(tokens, channels),
        hooks=hooks,
        settings=settings,
        timing=SlackTiming(**(timing | more)),
        timer=timer,
        limiter=limiter,
    )


def serve(slack: FakeSlack, room: SlackPlatform) -> None:
    """Put the room's routes on a web application, and let the fake deliver to it."""
    slack.serve_to(Starlette(routes=room.routes()))


async def ignore(event: ChatEvent) -> None:
    """Take an event and do nothing."""


class SlackHarness:
    """People who act in the fake's workspace."""

    refuses_same_key = False
    has_buttons = True

    def __init__(self, slack: FakeSlack, room: SlackPlatform) -> None:
        self.chat = room.chat
        self.channel = CHANNEL
        self.slack = slack
        self._room = room

    async def member(self, name: str) -> Member:
        user = self.slack.person(name)
        await self._room.people.person(user)
        return Member(id=member_id(TEAM, user), name=name)

    async def react(self, member: Member, ref: MessageRef, emoji: str) -> None:
        await self.slack.react(user_of(member), ref.message_id, str(name_of(emoji)))

    async def unreact(self, member: Member, ref: MessageRef, emoji: str) -> None:
        await self.slack.unreact(user_of(member), ref.message_id, str(name_of(emoji)))

    async def press(self, member: Member, ref: MessageRef, meaning: Meaning) -> None:
        blocks = self.slack._message("C1", ref.message_id)["blocks"]
        offered = [one for block in blocks if block["type"] == "actions" for one in block["elements"]]
        (button,) = [one for one in offered if one["value"] == press_text(meaning)]
        await self.slack.press(user_of(member), button, message=ref.message_id)

    async def reply(self, member: Member, ref: MessageRef, text: str) -> MessageRef:
        ts = await self.slack.reply(user_of(member), ref.message_id, text)
        return MessageRef(platform="slack", channel_id=ref.channel_id, message_id=ts)

    async def edit(self, member: Member, reply: MessageRef, text: str) -> None:
        await self.slack.edit(reply.message_id, text)

    async def delete(self, member: Member, reply: MessageRef) -> None:
        await self.slack.delete(reply.message_id)

    async def is_noted(self, member: Member, parent: MessageRef, reply: MessageRef) -> bool:
        marks = self.slack._message("C1", reply.message_id).get("reactions") or []
        return any(one["name"] == "memo" and BOT in one["users"] for one in marks)

    async def act_as_bot(self, ref: MessageRef) -> None:
        await self.slack.react(BOT, ref.message_id, "star")
        await self.slack.reply(BOT, ref.message_id, "I am only the bot.", bot_id="BBOT")


def user_of(member: Member) -> str:
    """Slack's own id of a member."""
    return member.id.partition(":")[2]


@asynccontextmanager
async def slack_over(way: str, limiter: RateLimiter | None = None) -> AsyncIterator[SlackHarness]:
    """The adapter on a fresh fake, listening over `http` or `socket`."""
    async with fake_slack() as slack:
        room = build(slack, socket=way == "socket", limiter=limiter)
        if way == "http":
            serve(slack, room)
        await room.chat.listen(ignore)
        try:
            yield SlackHarness(slack, room)
        finally:
            await room.chat.close()
