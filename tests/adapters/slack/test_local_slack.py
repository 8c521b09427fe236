"""Against a Slack that we did not write: local-slack, over Socket Mode and over signed HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

import pytest
import uvicorn
from starlette.applications import Starlette

from adapters.slack.settings import SlackSettings
from adapters.slack.workspace import Hooks, SlackPlatform, SlackTiming, Tokens
from bot.events import ChatEvent, ReactionAdded, ReactionRemoved, ReplyDeleted, ReplyEdited, ReplyPosted
from bot.model import Answer, Block, BlockRole, Channel, CommandCall, Member, Span
from bot.rendering import render
from tests import factories
from tests.adapters.web.serving import free_socket
from tests.local_slack import (
    ADA,
    APP_TOKEN,
    BEN,
    BOT_TOKEN,
    CHANNEL_ID,
    SECRET,
    LocalSlack,
    local_slack,
    missing,
)
from tests.slack_harness import QUICK
from tests.waiting import until

pytestmark = [pytest.mark.process, pytest.mark.skipif(missing() is not None, reason=missing() or "")]

CHANNEL = Channel(name="reading", platform="slack", id="#reading")


@dataclass
class Services:
    """What the core would be: it keeps what it hears, and answers what it is asked."""

    events: list[ChatEvent] = field(default_factory=list)
    calls: list[CommandCall] = field(default_factory=list)
    reconnected: int = 0

    async def hear(self, event: ChatEvent) -> None:
        self.events.append(event)

    async def answer(self, call: CommandCall) -> Answer:
        self.calls.append(call)
        line = Block(role=BlockRole.NOTE, spans=(Span(text=f"You asked: {call.text}"),))
        return Answer(blocks=(line,), form={"topics": "agents"} if call.text == "settings" else None)

    async def note_reconnected(self) -> None:
        self.reconnected += 1


@dataclass
class Scene:
    slack: LocalSlack
    room: SlackPlatform
    services: Services


def build(slack: LocalSlack, services: Services, *, socket: bool) -> SlackPlatform:
    tokens = Tokens(bot=BOT_TOKEN, app=APP_TOKEN if socket else None, signing_secret=SECRET, api_url=slack.api_url)
    hooks = Hooks(commands=services.answer, reconnected=services.note_reconnected)
    rhythm = replace(QUICK, hello=3.0, ping=1.0, longest_wait=0.5)
    timing = SlackTiming(message_interval=0.0, redraw_interval=0.1, rhythm=rhythm)
    return SlackPlatform(tokens, [CHANNEL], hooks=hooks, settings=SlackSettings(admins=(ADA,)), timing=timing)


@pytest.fixture(params=["socket", "http"])
async def scene(request, tmp_path) -> AsyncIterator[Scene]:
    """Our room connected to a fresh local-slack, over either way in."""
    if request.param == "socket":
        async with local_slack(tmp_path) as slack:
            services = Services()
            room = build(slack, services, socket=True)
            await room.chat.listen(services.hear)
            yield Scene(slack, room, services)
            await room.chat.close()
        return
    bound = free_socket()
    async with local_slack(tmp_path, f"http://127.0.0.1:{bound.getsockname()[1]}/slack/events") as slack:
        services = Services()
        room = build(slack, services, socket=False)
        app = Starlette(routes=room.routes())
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        serving = asyncio.create_task(server.serve([bound]))
        await until(lambda: server.started)
        await room.chat.listen(services.hear)
        yield Scene(slack, room, services)
        await room.chat.close()
        server.should_exit = True
        await serving


async def test_a_week(scene):
    """The digest is there, and what people do on it is heard: an emoji put on and taken back, words said, mended and withdrawn."""
    posts = render(factories.digest_of(["arxiv:1", "arxiv:2"]), CHANNEL)
    refs = [await scene.room.chat.post(CHANNEL, post, f"key{post.part}") for post in posts]
    await scene.slack.react(ADA, refs[1].message_id, "star")
    await scene.slack.react(ADA, refs[1].message_id, "star", present=False)
    reply = await scene.slack.say(BEN, "Two sentences &amp; more.", refs[1].message_id)
    await scene.slack.act("edit-message", channel=CHANNEL_ID, ts=reply, user=BEN, text="Better.")
    for recorded in (True, True, False, False, True):
        await scene.room.chat.acknowledge(replace(refs[1], message_id=reply), recorded=recorded)
    await scene.slack.act("delete-message", channel=CHANNEL_ID, ts=reply, user=BEN)
    await until(lambda: len(scene.services.events) == 5)

    assert {CHANNEL_ID} == {ref.channel_id for ref in refs}
    assert [ReactionAdded, ReactionRemoved, ReplyPosted, ReplyEdited, ReplyDeleted] == [
        type(event) for event in scene.services.events
    ]
    added, _, posted, edited, _ = scene.services.events
    assert (refs[1], Member(id=f"T01LAB:{ADA}", name="ada"), "⭐") == (added.ref, added.member, added.emoji)
    assert ["Two sentences & more.", "Better."] == [posted.text, edited.text]
    assert 4 == len(await scene.slack.messages())


async def test_looking_back(scene):
    """What people did can be looked up later, without `reactions.get` even, which local-slack does not have."""
    (post,) = [post for post in render(factories.digest_of(["arxiv:1"]), CHANNEL) if post.item_key]
    ref = await scene.room.chat.post(CHANNEL, post, "key")
    await scene.slack.react(BEN, ref.message_id, "+1")
    await scene.slack.say(ADA, "Worth it.", ref.message_id)

    snapshot = await scene.room.chat.snapshot(ref)

    assert [("ben", "👍")] == [(member.name, emoji) for member, emoji in snapshot.reactions]
    assert [("ada", "Worth it.")] == [(reply.member.name, reply.text) for reply in snapshot.replies]


async def test_redraw(scene):
    """A message is redrawn in its place, with the last state of several."""
    (post,) = [post for post in render(factories.digest_of(["arxiv:1"]), CHANNEL) if post.item_key]
    ref = await scene.room.chat.post(CHANNEL, post, "key")
    for word in ("one", "two", "three"):
        decided = Block(role=BlockRole.DECISIONS, spans=(Span(text=f"⭐ {word}"),))
        await scene.room.chat.redraw(ref, replace(post, blocks=(*post.blocks, decided)))

    async def drawn() -> bool:
        (message,) = await scene.slack.messages()
        return "three" in str(message["blocks"])

    await until(drawn)
    assert 2 == [entry["summary"] for entry in await scene.slack.log()].count("chat.update")


async def test_command(scene):
    """A command is answered to the member alone who asked."""
    await scene.slack.act("command", channel=CHANNEL_ID, user=BEN, command="/paperround", text="mine")
    await until(scene.slack.messages)

    (call,) = scene.services.calls
    assert ("#reading", f"T01LAB:{BEN}", "ben", False, "mine") == (
        call.channel_id,
        call.member.id,
        call.member.name,
        call.admin,
        call.text,
    )
    (message,) = await scene.slack.messages()
    assert ("ephemeral", BEN) == (message["subtype"], message["ephemeral_to"])
    assert "You asked: mine" in str(message["blocks"])


async def test_home_and_form(scene):
    """The home tab is published for who opens it; the settings open as a window for an admin."""
    await scene.slack.act("open-home", user=ADA)
    await scene.slack.act("command", channel=CHANNEL_ID, user=ADA, command="/paperround", text="settings")

    async def shown() -> bool:
        log = str(await scene.slack.log())
        return "views.publish" in log and "views.open" in log

    await until(shown)
    assert [("home", True), ("settings", True)] == sorted((call.text, call.admin) for call in scene.services.calls)


async def test_killed_and_started_again(tmp_path):
    """A Slack that was gone is found again by itself, and what was missed is asked for."""
    async with local_slack(tmp_path) as slack:
        services = Services()
        room = build(slack, services, socket=True)
        await room.chat.listen(services.hear)
        await slack.kill()
        await until(lambda: _is_dead(room))
        await slack.start_again()
        await until(lambda: services.reconnected)
        ref = await room.chat.post(CHANNEL, render(factories.digest_of([]), CHANNEL)[0], "key")
        await slack.react(ADA, ref.message_id, "eyes")
        await until(lambda: services.events)
        await room.chat.close()

    assert ["👀"] == [event.emoji for event in services.events]


async def _is_dead(room: SlackPlatform) -> bool:
    return not await room.is_alive()


async def test_nothing_of_local_slack_is_left(tmp_path):
    """What local-slack lays down for uploads, at each of its starts, lies in the test's own folder and is gone when it has ended."""
    async with local_slack(tmp_path) as slack:
        await slack.kill()
        await slack.start_again()
        made = list(tmp_path.rglob("local-slack-files-*"))

    assert len(made) == 2
    assert [one for one in made if one.exists()] == []
