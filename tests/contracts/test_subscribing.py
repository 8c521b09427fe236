"""
What setting a channel up in chat promises, on every platform on which that is possible: the fake, Slack, Discord.

The core's own commands answer; a platform joins by a `Harness`: how its people press, fill in and type.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Protocol

import pytest

from adapters.discord.platform import Hooks as DiscordHooks
from adapters.slack.workspace import Hooks as SlackHooks
from bot.model import Answer, CommandCall, Member
from bot.usecases.subscribe import welcome
from tests.adapters.discord.harness import room_on
from tests.command_context import CommandFixture
from tests.fake_discord import FakeDiscord, fake_discord
from tests.fake_slack import BOT, TEAM, FakeSlack, fake_slack, text_of
from tests.slack_harness import build, ignore, serve
from tests.waiting import until

FILLED = {"topics": "reward models, agent safety", "zone": "Europe/Berlin", "budget_minutes": "45"}


class Harness(Protocol):
    """A platform with a channel that has no digest yet, somebody who may change things there, and somebody who may not."""

    desk: CommandFixture
    place: str
    team: str

    async def invite(self) -> None:
        """Let somebody bring us into the channel."""
        ...

    async def hello(self) -> str:
        """What we said there, as one text; waits for it."""
        ...

    async def set_up(self, *, may: bool = True) -> None:
        """Press *Set up* under the hello."""
        ...

    async def form(self) -> dict[str, str]:
        """The fields of the form that is open, with what stands in them; waits for it."""
        ...

    async def fill_in(self, **values: str) -> None:
        """Fill some fields of the open form, and send it."""
        ...

    async def shows(self, *words: str) -> str:
        """Wait until all words are shown to the member alone; gives what is shown."""
        ...

    async def press(self, asks: str) -> None:
        """Press a button of what is shown to the member alone."""
        ...

    async def type(self, command: str, *, may: bool = True) -> None:
        """Type a command in the channel."""
        ...


class OnFake:
    """No platform between: what the core answers is what is shown."""

    def __init__(self) -> None:
        self.desk, self.place, self.team = CommandFixture(), "C9", "T1"
        self._answer = Answer()

    async def invite(self) -> None:
        await welcome(self.desk.context, "fake", self.place, self.team, "invited")

    async def hello(self) -> str:
        ((_, post, _),) = self.desk.announced
        return post.plain + "".join(one.words for one in post.buttons)

    async def set_up(self, *, may: bool = True) -> None:
        await self.type("setup", may=may)

    async def form(self) -> dict[str, str]:
        assert self._answer.form
        return dict(self._answer.form)

    async def fill_in(self, **values: str) -> None:
        self._answer = await self.desk.commands(self._call("setup", values={**await self.form(), **values}))
        self._answer = await self._answer.then() if self._answer.then else self._answer

    async def shows(self, *words: str) -> str:
        said = "\n".join("".join(span.text for span in block.spans) for block in self._answer.blocks)
        said += str(self._answer.faults)
        assert all(word in said for word in words), said
        return said

    async def press(self, asks: str) -> None:
        assert asks in [one.asks for one in self._answer.buttons]
        await self.type(asks)

    async def type(self, command: str, *, may: bool = True) -> None:
        self._answer = await self.desk.commands(self._call(command, may=may))

    def _call(self, text: str, *, may: bool = True, values: Mapping[str, str] | None = None) -> CommandCall:
        member = Member(id="T1:UADA", name="Ada")
        return CommandCall(
            platform="fake",
            channel_id=self.place,
            member=member,
            admin=may,
            text=text,
            values=values or {},
            team=self.team,
        )


class OnSlack:
    def __init__(self, slack: FakeSlack, desk: CommandFixture) -> None:
        self.slack, self.desk, self.place, self.team = slack, desk, "C9", TEAM
        slack.channels["C9"] = {
            "id": "C9",
            "name": "seminar",
            "is_member": True,
            "is_archived": False,
            "is_private": False,
        }
        slack.messages["C9"] = []
        self.ada, self.ben = slack.person("Ada", is_admin=True), slack.person("Ben")

    async def invite(self) -> None:
        await self.slack.tell(
            {"type": "member_joined_channel", "channel": "C9", "channel_type": "C", "team": TEAM, "user": BOT}
        )

    async def hello(self) -> str:
        (message,) = await until(lambda: self.slack.messages["C9"])
        return text_of(message["blocks"]) + json.dumps(message["blocks"])

    async def set_up(self, *, may: bool = True) -> None:
        (message,) = self.slack.messages["C9"]
        (button,) = [one for block in message["blocks"] if block["type"] == "actions" for one in block["elements"]]
        await self.slack.press(self.ada if may else self.ben, button, "C9")

    async def form(self) -> dict[str, str]:
        view = await until(lambda: next((one for one in self.slack.windows[-1:] if "submit" in one), None))
        fields = {one["block_id"]: one["element"] for one in view["blocks"] if one["type"] == "input"}
        return {
            name: one.get("initial_value") or one.get("initial_time") or one.get("initial_option", {}).get("value", "")
            for name, one in fields.items()
        }

    async def fill_in(self, **values: str) -> None:
        given = {name: {"value": value} for name, value in {**await self.form(), **values}.items()}
        self.refused = await self.slack.submit(self.ada, given)

    async def shows(self, *words: str) -> str:
        def shown() -> str:
            said = json.dumps([self.slack.windows[-1:], self.slack.answers[-1:], getattr(self, "refused", None)])
            return said if all(word in said for word in words) else ""

        return str(await until(shown))

    async def press(self, asks: str) -> None:
        rows = [block["elements"] for block in self.slack.windows[-1]["blocks"] if block["type"] == "actions"]
        (button,) = [one for row in rows for one in row if one["value"] == asks]
        await self.slack.press_in_window(self.ada, button)

    async def type(self, command: str, *, may: bool = True) -> None:
        await self.slack.command(self.ada if may else self.ben, command, "C9")


class OnDiscord:
    def __init__(self, discord: FakeDiscord, desk: CommandFixture) -> None:
        self.discord, self.desk, self.team = discord, desk, discord.guild_id
        self.place = discord.channel("general")
        self.ada, self.ben = discord.user("Ada"), discord.user("Ben")
        discord.managers.add(self.ada["id"])
        discord.system_channel, discord.member_of = self.place, False

    async def invite(self) -> None:
        await self.discord.invite()

    async def hello(self) -> str:
        (message,) = await until(lambda: list(self.discord.messages[self.place].values()))
        return json.dumps(message)

    async def set_up(self, *, may: bool = True) -> None:
        (message,) = self.discord.messages[self.place].values()
        await self.discord.press(self.ada if may else self.ben, self.place, message["id"], "paperround:ask:setup")

    async def form(self) -> dict[str, str]:
        return {one["custom_id"].partition("#")[0]: one.get("value") or "" for one in await self._fields()}

    async def fill_in(self, **values: str) -> None:
        await self._fields()
        form = next(one["data"] for one in reversed(self.discord.responses) if one.get("type") == 9)
        await self.discord.fill_in(self.ada, self.place, form, **values)

    async def shows(self, *words: str) -> str:
        def shown() -> str:
            said = json.dumps(self.discord.responses[-1:])
            return said if all(word in said for word in words) else ""

        return str(await until(shown))

    async def press(self, asks: str) -> None:
        last = self.discord.responses[-1]
        answer = last if "components" in last else last["data"]
        await self.discord.press_in_answer(self.ada, self.place, answer, f"paperround:ask:{asks}")

    async def type(self, command: str, *, may: bool = True) -> None:
        await self.discord.command(self.ada if may else self.ben, self.place, command)

    async def _fields(self) -> list[dict[str, Any]]:
        def opened() -> list[dict[str, Any]]:
            last = next((one for one in self.discord.responses[-1:] if one.get("type") == 9), None)
            return [row["component"] for row in last["data"]["components"]] if last else []

        found: list[dict[str, Any]] = await until(opened)
        return found


@asynccontextmanager
async def on(platform: str) -> AsyncIterator[Harness]:
    """One platform, on which what is announced is posted."""
    if platform == "fake":
        yield OnFake()
        return
    desk = CommandFixture(platform=platform)

    async def joined(channel_id: str, team: str, key: str) -> None:
        await welcome(desk.context, platform, channel_id, team, key)

    if platform.startswith("slack"):
        async with fake_slack() as slack:
            room = build(slack, socket=False, hooks=SlackHooks(commands=desk.commands, joined=joined))
            serve(slack, room)
            desk.announce_on(room.chat)
            await room.chat.listen(ignore)
            yield OnSlack(slack, desk)
            await room.chat.close()
        return
    async with fake_discord() as discord:
        found = OnDiscord(discord, desk)
        room = room_on(discord, hooks=DiscordHooks(commands=desk.commands, joined=joined))
        desk.announce_on(room.chat)
        await room.chat.listen(ignore)
        yield found
        await room.chat.close()


@pytest.fixture(params=["fake", "slack", "discord"])
async def platform(request: pytest.FixtureRequest) -> AsyncIterator[Harness]:
    async with on(request.param) as found:
        yield found


async def set_up(platform: Harness) -> None:
    await platform.invite()
    await platform.hello()
    await platform.set_up()
    await platform.fill_in(**FILLED)
    await platform.shows("The first digest, as it stands")


async def test_from_the_invitation_to_the_start(platform: Harness) -> None:
    """The hello has a button, the form is filled in with what is usual, the preview is a member's alone, and *Start now* starts it."""
    await platform.invite()
    assert "Hello from Paper Round" in await platform.hello()
    await platform.set_up()
    form = await platform.form()
    assert ("", "60", "cards") == (form["topics"], form["budget_minutes"], form["layout"])

    await platform.fill_in(**FILLED)
    await platform.shows("The first digest, as it stands")
    assert [platform.desk.channel.name] == [one.name for one in await platform.desk.context.channels()]
    await platform.press("start now")
    await platform.shows("Started. The first digest is on its way.")

    (_, started) = await platform.desk.context.channels()
    assert (platform.place, platform.team, 45, "Europe/Berlin", ("reward models", "agent safety")) == (
        started.id, started.team, started.budget_minutes, started.zone, started.topics,
    )  # fmt: skip
    assert (1, 1) == (platform.desk.collected, platform.desk.delivered)


async def test_at_its_hour(platform: Harness) -> None:
    """*Start on …* lets the first digest wait for its day."""
    await set_up(platform)
    await platform.press("start later")
    await platform.shows("Started.", "Next digest")

    assert 0 == platform.desk.delivered
    assert 2 == len(await platform.desk.context.channels())


async def test_what_is_wrong(platform: Harness) -> None:
    """A fault is told with what would be right, and nothing is kept of the form."""
    await platform.invite()
    await platform.hello()
    await platform.set_up()
    await platform.fill_in(budget_minutes="a lot")
    await platform.shows("Write whole minutes from 5 to 600")

    async with platform.desk.database.unit_of_work() as uow:
        assert {} == await uow.channels.all()


async def test_who_may_not(platform: Harness) -> None:
    """Somebody who may not is told who may, whether they press or type; no form opens."""
    await platform.invite()
    await platform.hello()
    await platform.set_up(may=False)
    await platform.shows("may set the channel up")
    await platform.type("setup", may=False)
    await platform.shows("may set the channel up")

    async with platform.desk.database.unit_of_work() as uow:
        assert {} == await uow.channels.all()


async def test_stopped_and_begun_again(platform: Harness) -> None:
    """`stop` ends it and tells the channel; set up again it is the same channel with what was filled in before."""
    await set_up(platform)
    await platform.press("start later")
    await platform.shows("Started.")
    await platform.type("stop")
    await platform.shows("is kept")
    assert [platform.desk.channel.name] == [one.name for one in await platform.desk.context.channels()]
    assert ["Hello from Paper Round", "No more digests"] == [
        post.plain.partition("\n")[0] for _, post, _ in platform.desk.announced
    ]

    await platform.type("setup")
    assert FILLED["topics"] == (await platform.form())["topics"]
    await platform.fill_in(topics="robots")
    await platform.shows("As it stands now")
    await platform.press("start later")
    await platform.shows("Started.")
    async with platform.desk.database.unit_of_work() as uow:
        (kept,) = (await uow.channels.all()).values()
    assert (platform.place, ["robots"]) == (kept.id, list(kept.values["topics"]))


async def test_invited_twice(platform: Harness) -> None:
    """A channel that has its digest is not greeted again."""
    await set_up(platform)
    await platform.press("start now")
    await platform.shows("Started.")
    await welcome(platform.desk.context, *await _place(platform), "again")

    assert 1 == len(platform.desk.announced)


async def _place(platform: Harness) -> tuple[str, str, str]:
    (_, started) = await platform.desk.context.channels()
    return started.platform, started.id, started.team
