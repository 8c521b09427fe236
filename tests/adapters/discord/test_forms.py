"""Forms and buttons on the wire: they outlive the process, two processes give one answer, and no words are lost."""

from __future__ import annotations

import asyncio

import pytest

from adapters.discord.platform import Hooks
from bot.events import ReplyPosted
from bot.model import Answer, Block, BlockRole, CommandCall, MessageRef, Span
from tests.adapters.discord.harness import channel_on, room_on
from tests.adapters.discord.test_posting import KEY, pick
from tests.fake_discord import fake_discord
from tests.waiting import until


class Core:
    """Answers as the core would, and keeps what it was asked."""

    def __init__(self) -> None:
        self.calls: list[CommandCall] = []

    async def __call__(self, call: CommandCall) -> Answer:
        self.calls.append(call)
        if call.text == "settings" and not call.values:
            return Answer(form={f"field {number}": str(number) for number in range(7)})
        if call.text.startswith("place"):
            return Answer(values={"message": call.text.partition(" ")[2]}) if call.text[6:] else said("Say which pick.")
        return said("Changed." if call.values else "Fine.")


def said(text: str) -> Answer:
    return Answer(blocks=(Block(role=BlockRole.NOTE, spans=(Span(text=text),)),))


class Scene:
    """A server, our room on it, and what was heard."""

    def __init__(self, fake) -> None:
        self.fake = fake
        self.core = Core()
        self.heard: list = []
        self.channel = channel_on(fake)
        self.room = room_on(fake, self.channel, hooks=Hooks(commands=self.core))
        self.ada = fake.user("Ada")

    async def open(self) -> Scene:
        await self.room.chat.listen(self._hear)
        self.card = (await self.room.chat.post(self.channel, pick(), KEY)).message_id
        return self

    async def restart(self) -> None:
        """Another process in the place of this one, which knows nothing of what was shown."""
        await self.room.chat.close()
        self.room = room_on(self.fake, self.channel, hooks=Hooks(commands=self.core))
        await self.room.chat.listen(self._hear)

    async def _hear(self, event) -> None:
        self.heard.append(event)

    async def send(self, custom_id: str, **fields: str) -> dict:
        """Send a form; gives the first response to it."""
        rows = [
            {"type": 18, "id": 1, "component": {"type": 4, "id": 2, "custom_id": name, "value": value}}
            for name, value in fields.items()
        ]
        data = {"custom_id": custom_id, "components": rows}
        return await self.answered(await self.fake.interact(self.ada, self.channel.id, 5, data))

    async def click(self, custom_id: str) -> dict:
        """Press a button of a message that only Ada sees."""
        shown = self.fake._message(self.channel.id, self.fake.me, {"content": "", "flags": 64})
        data = {"custom_id": custom_id, "component_type": 2, "id": 1}
        number = await self.fake.interact(self.ada, self.channel.id, 3, data, message=self.fake._shown(shown))
        return await self.answered(number)

    async def answered(self, number: str) -> dict:
        def responses() -> list[dict]:
            return [one for one in self.fake.responses if one["token"] == f"token-{number}"]

        await until(responses)
        return responses()[0]

    def room_ref(self) -> MessageRef:
        """The card's address."""
        return MessageRef(platform="discord", channel_id=self.channel.id, message_id=self.card)

    def words(self) -> list[str]:
        """What members' words stand in the thread of the card, or answer it."""
        return [
            one["content"].partition("\n")[2]
            for messages in self.fake.messages.values()
            for one in messages.values()
            if one["content"].partition("\n")[0].endswith((" writes:", " writes on 14:"))
        ]


@pytest.fixture
async def scene():
    async with fake_discord() as fake:
        scene = await Scene(fake).open()
        yield scene
        await scene.room.chat.close()


async def test_a_page_of_a_form_after_a_restart(scene):
    """A settings page that was opened before a restart goes on: its button opens the page, and what is sent is set."""
    await scene.restart()
    opened = await scene.click("paperround:page::settings:1")
    fields = [row["component"]["custom_id"].partition("#")[0] for row in opened["data"]["components"]]
    assert ("paperround:form:settings", ["field 4", "field 5", "field 6"]) == (opened["data"]["custom_id"], fields)

    await scene.restart()
    await scene.send("paperround:form:settings", topics="agents")

    assert ("settings", {"topics": "agents"}) == (scene.core.calls[-1].text, dict(scene.core.calls[-1].values))


async def test_a_summary_after_a_restart(scene):
    """A summary that was being written while we were restarted stands in the thread."""
    await scene.restart()
    await scene.send(f"paperround:write:{scene.channel.id}/{scene.card}", summary="Worth it.")
    await until(scene.words)

    assert ["Worth it."] == scene.words()


async def test_a_line_is_edited(scene):
    """A summary of a list's line can be changed by its author, and stays about that line."""
    await scene.send(f"paperround:form:summarise {scene.channel.id} {scene.card} 14", summary="The fourteenth.")
    await until(scene.words)
    (written,) = [one for m in scene.fake.messages.values() for one in m.values() if " writes on 14:" in one["content"]]
    data = {"custom_id": f"paperround:edit:{scene.ada['id']}/14", "component_type": 2, "id": 1}
    number = await scene.fake.interact(scene.ada, scene.card, 3, data, message=scene.fake._shown(written))
    opened = await scene.answered(number)
    assert 9 == opened["type"]
    assert f"paperround:rewrite:{scene.card}/{written['id']}/14" == opened["data"]["custom_id"]

    await scene.restart()
    await scene.send(opened["data"]["custom_id"], summary="The fourteenth, mended.")
    await until(lambda: ["The fourteenth, mended."] == scene.words())
    (reply,) = (await scene.room.chat.snapshot(scene.room_ref())).replies
    assert (14, "The fourteenth, mended.") == (reply.rank, reply.text)


async def test_without_a_thread(scene):
    """Where the card has no thread and there can be none, the words are a reply to the card, and heard as one."""
    del scene.fake.channels[scene.card]
    threads = f"POST /channels/{scene.channel.id}/messages/{scene.card}/threads"
    scene.fake.fail(threads, 400, body={"code": 160006, "message": "Maximum number of active threads reached"}, times=9)
    await scene.send(f"paperround:write:{scene.channel.id}/{scene.card}", summary="Worth it.")
    await until(lambda: [one for one in scene.heard if isinstance(one, ReplyPosted)])

    (reply,) = [one for one in scene.heard if isinstance(one, ReplyPosted)]
    assert ("Worth it.", scene.card, scene.channel.id) == (reply.text, reply.parent.message_id, reply.ref.channel_id)


async def test_words_come_back(scene):
    """On any failure the member gets the words back."""
    scene.fake.fail("POST /channels", 403, body={"code": 50013, "message": "Missing Permissions"}, times=9)
    answer = await scene.send(f"paperround:write:{scene.channel.id}/{scene.card}", summary="Hours of work.")

    assert "Hours of work." in answer["data"]["embeds"][0]["description"]
    assert [] == scene.words()


async def test_two_processes(scene, caplog):
    """Of two processes that hear of one form, one answers, one message stands, and nothing is a fault."""
    other = room_on(scene.fake, scene.channel, hooks=Hooks(commands=scene.core))
    await other.chat.listen(scene._hear)
    await until(lambda: scene.fake.listening)
    await scene.send(f"paperround:write:{scene.channel.id}/{scene.card}", summary="Once.")
    await asyncio.sleep(0.3)
    await other.chat.close()

    assert ["Once."] == scene.words()
    assert [] == [one for one in caplog.records if one.exc_info]


async def test_kept_from_anywhere(scene):
    """Words of a message that is kept stand under the pick that was named, in its author's name."""
    ben = scene.fake.user("Ben")
    await scene.send(f"paperround:keep:{ben['id']}", number=scene.card, summary="Ben said so.")
    await until(scene.words)

    (written,) = [one for m in scene.fake.messages.values() for one in m.values() if "Ben said so." in one["content"]]
    assert written["content"].startswith("-# Ben writes:")


async def test_kept_without_a_pick(scene):
    """Without a number the member hears what is missing, and nothing is kept."""
    answer = await scene.send("paperround:keep:0", number="", summary="Whose?")

    assert "Say which pick" in answer["data"]["embeds"][0]["description"]
    assert [] == scene.words()
