"""What members ask, as a conversation: over signed HTTP and over the socket alike."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from html import unescape

import pytest

from adapters.slack.workspace import Hooks
from bot.model import Answer, Block, BlockRole, CommandCall, Span
from bot.usecases.channel_list import ChannelList
from tests.command_context import CommandFixture
from tests.fake_slack import BOT, Fault, text_of
from tests.slack_harness import build, ignore, serve
from tests.waiting import PATIENCE, until


class Core:
    """Answers as the core would, and keeps what it was asked."""

    def __init__(self) -> None:
        self.calls: list[CommandCall] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.fails = False
        self.later: Answer | None = None
        """What takes the settings form's place, when `known` is set."""
        self.known = asyncio.Event()

    async def __call__(self, call: CommandCall) -> Answer:
        self.calls.append(call)
        await self.gate.wait()
        if self.fails:
            raise RuntimeError("the database is away")
        if call.text == "settings" and call.values:
            faults = {"zone": "there is no zone Mars"} if call.values.get("zone") == "Mars" else {}
            return Answer(blocks=said("Changed."), faults=faults)
        if call.text == "settings":
            return Answer(form={"zone": "UTC", "topics": "agents"}, then=self._completed if self.later else None)
        return Answer(blocks=said(f"You asked: {call.text}"))

    async def _completed(self) -> Answer:
        await self.known.wait()
        assert self.later
        return self.later


def said(text: str) -> tuple[Block, ...]:
    return (Block(role=BlockRole.NOTE, spans=(Span(text=text),)),)


@pytest.fixture
def core() -> Core:
    return Core()


@pytest.fixture(params=["http", "socket"])
async def room(request, slack, core):
    """Our room, asked over either way in; ADMIN is an admin of the workspace, BEN is listed as one."""
    slack.person("Ada")
    slack.person("Ben")
    slack.person("Admin", is_admin=True)
    found = build(slack, socket=request.param == "socket", hooks=Hooks(commands=core), admins=["T1:UBEN"])
    if request.param == "http":
        serve(slack, found)
    await found.chat.listen(ignore)
    yield found
    await found.chat.close()


def shown(answer) -> str:
    return text_of(answer["blocks"])


class TestCommand:
    async def test_answered(self, room, slack, core):
        """Ada asks, Slack hears at once that we took it, and she alone reads the answer."""
        assert {} == await slack.command("UADA", "mine")
        await until(lambda: slack.answers)

        (answer,) = slack.answers
        assert ("ephemeral", "You asked: mine") == (answer["response_type"], shown(answer))
        (call,) = core.calls
        assert ("slack", "C1", "T1:UADA", "Ada", "mine") == (
            call.platform,
            call.channel_id,
            call.member.id,
            call.member.name,
            call.text,
        )

    @pytest.mark.parametrize(
        ("sent", "meant"),
        [
            ("sources add <http://lab.example/feed>", "sources add http://lab.example/feed"),
            ("add <https://a.example/?a=1&amp;b=2|a.example/?a=1&amp;b=2>", "add https://a.example/?a=1&b=2"),
            ("add <https://arxiv.org/abs/2608.01|arxiv.org/abs/2608.01>", "add https://arxiv.org/abs/2608.01"),
            ("topics R&amp;D, a &lt; b, x &gt; y", "topics R&D, a < b, x > y"),
            ("topics &amp;lt;b&amp;gt;", "topics &lt;b&gt;"),
            ("pause for <@U1|ada> in <#C1|papers>", "pause for @ada in #papers"),
            ("pause for <@U1>, <!here>, ask <mailto:a@lab.example|a@lab.example>", "pause for @U1, @here, ask a@lab.example"),
            ("add https://lab.example/payload", "add https://lab.example/payload"),  # bolt reads forms with this word in another way
        ],
        ids=range(8),
    )  # fmt: skip
    async def test_as_slack_sends_it(self, room, slack, core, sent, meant):
        """Slack escapes what was typed, links and names among it; the core reads what was typed."""
        await slack.command("UADA", sent)
        await until(lambda: core.calls)

        assert [meant] == [call.text for call in core.calls]

    @pytest.mark.parametrize(
        "action",
        [
            {"type": "button", "action_id": "ask", "value": "why 2026-W34/3"},
            {"type": "static_select", "action_id": "ask", "selected_option": {"value": "why 2026-W34/3"}},
        ],
        ids=["button", "menu"],
    )
    async def test_pressed(self, room, slack, core, action):
        """A button or menu of a message asks for its member what could be typed, and they alone read the answer."""
        assert {} == (await slack.press("UADA", action) or {})
        await until(lambda: slack.answers)

        assert [("why 2026-W34/3", "C1", "T1:UADA")] == [
            (one.text, one.channel_id, one.member.id) for one in core.calls
        ]
        assert ("ephemeral", "You asked: why 2026-W34/3") == (
            slack.answers[0]["response_type"],
            shown(slack.answers[0]),
        )

    async def test_slow_answer(self, room, slack, core):
        """An answer that takes its time does not keep Slack waiting."""
        core.gate.clear()
        assert {} == await asyncio.wait_for(slack.command("UADA", "now"), PATIENCE)
        core.gate.set()
        await until(lambda: slack.answers)

        assert "You asked: now" == shown(slack.answers[0])

    async def test_who_may_change(self, room, slack, core):
        """Admins of the workspace and the members listed may change things; guests, strangers and everybody else may not."""
        slack.person("Guest", is_admin=True, is_restricted=True)
        slack.person("Away", is_admin=True, is_stranger=True)
        slack.person("Foreign", is_admin=True, team_id="T9")
        asked = ["UADMIN", "UBEN", "UADA", "UGUEST", "UAWAY", "UFOREIGN", "UNOBODY"]
        for user in asked:
            await slack.command(user, "pause")
        await until(lambda: len(slack.answers) == len(asked))

        assert {"T1:UADMIN", "T1:UBEN"} == {call.member.id for call in core.calls if call.admin}
        guests = {call.member.id for call in core.calls if call.guest}
        assert {"T1:UGUEST", "T1:UAWAY"} <= guests
        assert not {"T1:UADMIN", "T1:UBEN", "T1:UADA"} & guests
        assert len(asked) == len(core.calls)

    async def test_rights_are_asked_again(self, slack, core, waits):
        """Who is an admin is believed for five minutes, and asked again then."""
        found = build(slack, hooks=Hooks(commands=core), timer=waits.timer())
        slack.person("Admin", is_admin=True)
        first = await found.people.person("UADMIN", 300)
        slack.person("Admin", is_admin=False)
        second = await found.people.person("UADMIN", 300)
        waits.time += 301
        third = await found.people.person("UADMIN", 300)
        await found.chat.close()

        assert [True, True, False] == [first.admin, second.admin, third.admin]

    async def test_from_another_workspace(self, room, slack, core):
        """A command from another workspace is answered that it cannot be."""
        await slack.command("UADA", "now", team="T9")
        await until(lambda: slack.answers)

        assert "Only members of the workspace" in shown(slack.answers[0])
        assert [] == core.calls

    async def test_from_another_workspace_of_the_organisation(self, slack, core):
        """On Enterprise Grid members of the organisation's other workspaces may ask, and its admins may change things."""
        slack.enterprise = {"enterprise_id": "E1"}
        grid = {"enterprise_id": "E1", "teams": ["T2"]}
        found = build(slack, hooks=Hooks(commands=core))
        serve(slack, found)
        await found.chat.listen(ignore)
        slack.person("Eve", team_id="T2", enterprise_user=grid)
        slack.person("Boss", team_id="T2", enterprise_user={**grid, "is_admin": True})
        slack.person("Mal", team_id="T9", is_admin=True)
        for user, team in (("UEVE", "T2"), ("UBOSS", "T2"), ("UMAL", "T9"), ("UNOBODY", "T2")):
            await slack.command(user, "pause", team=team)
        await until(lambda: len(slack.answers) == 4)
        await found.chat.close()

        assert {("T1:UEVE", False), ("T1:UBOSS", True)} == {(call.member.id, call.admin) for call in core.calls}
        assert 2 == sum("Only members of the workspace" in shown(answer) for answer in slack.answers)

    async def test_failing(self, room, slack, core):
        """What goes wrong behind the answer is said in general words, and nothing of its cause."""
        core.fails = True
        await slack.command("UADA", "now")
        await until(lambda: slack.answers)

        assert "went wrong on our side" in shown(slack.answers[0])
        assert "database" not in shown(slack.answers[0])

    async def test_before_the_core(self, slack):
        """Without anybody to answer, the member is told to try again."""
        found = build(slack)
        serve(slack, found)
        await found.chat.listen(ignore)
        await slack.command(slack.person("Ada"), "now")
        await until(lambda: slack.answers)
        await found.chat.close()

        assert "try again" in shown(slack.answers[0])


class TestForm:
    async def test_opened_and_saved(self, room, slack, core):
        """The settings open as a window; what is saved comes to the core, and the window says what became of it."""
        await slack.command("UADMIN", "settings")
        await until(lambda: slack.windows)
        answer = await slack.submit("UADMIN", {"zone": {"value": "Europe/Berlin"}, "topics": {"value": "a, b"}})

        call = core.calls[-1]
        assert {"zone": "Europe/Berlin", "topics": "a, b"} == call.values
        assert ("settings", "C1", True) == (call.text, call.channel_id, call.admin)
        assert ("update", "Changed.") == (answer["response_action"], shown(answer["view"]))
        assert [] == slack.answers

    async def test_faults(self, room, slack, core):
        """What is wrong is shown at its field, and the window stays."""
        await slack.command("UADMIN", "settings")
        await until(lambda: slack.windows)
        answer = await slack.submit("UADMIN", {"zone": {"value": "Mars"}})

        assert {"response_action": "errors", "errors": {"zone": "there is no zone Mars"}} == answer

    async def test_what_follows(self, room, slack, core):
        """What takes longer is put into the open window beside what was typed; into one that was sent meanwhile nothing is."""
        core.later = Answer(blocks=said("Nobody is met."), form={"zone": "UTC", "topics": "agents"})
        core.gate.set()
        for sent in (False, True):
            core.known.clear()
            await slack.command("UADMIN", "settings")
            await until(lambda: len(slack.windows) == 1 + sent)  # noqa: B023 - it waits within the loop
            if sent:
                await slack.submit("UADMIN", {"zone": {"value": "Europe/Berlin"}})
            core.known.set()
            await until(lambda: len([one for one in slack.calls if one.method == "views.update"]) == 1 + sent)  # noqa: B023

        assert ["Nobody is met.", "Changed."] == [text_of(one["blocks"]).partition("\n")[0] for one in slack.windows]
        assert ["zone", "topics"] == [one["block_id"] for one in slack.windows[0]["blocks"] if one["type"] == "input"]

    async def test_too_late(self, room, slack, core):
        """A window that Slack did not open in time is answered with words."""
        slack.faults["views.open"] = [Fault(error="expired_trigger_id")]
        await slack.command("UADMIN", "settings")
        await until(lambda: slack.answers)

        assert "ask once more" in shown(slack.answers[0])


class TestShortcut:
    async def test_links(self, room, slack, core):
        """Each link of a message is proposed, in the name of who posted it."""
        text = "<https://arxiv.org/abs/2608.01|this> and <https://a.example/?a=1&amp;b=2> and <https://arxiv.org/abs/2608.01>"
        await slack.shortcut("UADA", {"type": "message", "user": "UBEN", "text": text, "ts": "1.0"})
        await until(lambda: slack.answers)

        assert ["add https://arxiv.org/abs/2608.01", "add https://a.example/?a=1&b=2"] == [c.text for c in core.calls]
        assert {"by": "Ben", "by_id": "T1:UBEN"} == core.calls[0].values
        assert "T1:UADA" == core.calls[0].member.id
        assert 2 == shown(slack.answers[0]).count("You asked")

    async def test_no_link(self, room, slack, core):
        """A message without a link is answered so."""
        await slack.shortcut("UADA", {"type": "message", "user": "UBEN", "text": "nothing here", "ts": "1.0"})
        await until(lambda: slack.answers)

        assert "no link" in shown(slack.answers[0])
        assert [] == core.calls


class TestHouse:
    """With the core's own commands behind our room, and Slack's own way of writing before it."""

    @pytest.fixture
    async def desk(self, slack):
        desk = CommandFixture()
        desk.channels[0] = desk.channel = replace(desk.channel, platform="slack")
        room = build(slack, hooks=Hooks(commands=desk.commands), admins=["UADA"])
        serve(slack, room)
        await room.chat.listen(ignore)
        slack.person("Ada")
        yield desk
        await room.chat.close()

    async def ask(self, slack, text: str) -> str:
        before = len(slack.answers)
        await slack.command("UADA", text)
        await until(lambda: len(slack.answers) > before)
        return shown(slack.answers[-1])

    async def test_commands(self, desk, slack):
        """Addresses, ampersands and names that were typed do what they say."""
        assert "is followed from now on" in await self.ask(slack, "sources add <http://lab.example/blog>")
        assert "is proposed" in await self.ask(slack, "add <https://arxiv.org/abs/2608.77777|arxiv.org/abs/2608.77777>")
        assert "R&D" in unescape(await self.ask(slack, "topics R&amp;D"))
        await self.ask(slack, "pause for <@U1|ada>")
        (channel,) = await ChannelList([desk.channel], desk.database.unit_of_work).read()
        state = desk.database.tables.channel_states[channel.name]

        assert "http://lab.example/blog/feed" == desk.database.tables.source_settings["our-lab"].values["url"]
        assert ("R&D",) == channel.topics
        assert "Ada paused it: for @ada" == state.paused_because

    async def test_settings_from_the_home_tab(self, desk, slack):
        """A button of the home tab opens the settings of its channel in a window; what is saved there is that channel's."""
        await slack.open_home("UADA")
        await until(lambda: "UADA" in slack.homes)
        pressed = next(
            element
            for block in slack.homes["UADA"]["blocks"]
            for element in block.get("elements", [])
            if element.get("value") == "settings in reading"
        )
        await slack.press_at_home("UADA", {key: pressed[key] for key in ("action_id", "value", "type")})
        await until(lambda: slack.windows)
        await slack.submit("UADA", {"topics": {"type": "plain_text_input", "value": "world models"}})

        (channel,) = await ChannelList([desk.channel], desk.database.unit_of_work).read()
        assert ("world models",) == channel.topics

    async def test_shortcut(self, desk, slack):
        """What 'Add to next digest' proposes bears the name of who posted it, and the answer says so."""
        message = {
            "type": "message",
            "user": slack.person("Ben"),
            "text": "<https://arxiv.org/abs/2608.01234>",
            "ts": "1.0",
        }
        await slack.shortcut("UADA", message)
        await until(lambda: slack.answers)

        assert "in the name of Ben." in shown(slack.answers[-1])
        assert "suggested by Ben" in await self.ask(slack, "now")


class TestHome:
    async def test_published(self, room, slack, core):
        """Who opens our home tab finds what the core says of theirs; opened again, it is put in place of what is shown."""
        await slack.open_home("UADA")
        await until(lambda: slack.homes)
        first = slack.homes["UADA"]["hash"]
        await slack.open_home("UADA")
        await until(lambda: slack.homes["UADA"]["hash"] != first)

        assert "You asked: home" == shown(slack.homes["UADA"])
        assert ["", ""] == [call.channel_id for call in core.calls]
        published = [call.arguments.get("hash") for call in slack.calls if call.method == "views.publish"]
        assert [None, first] == published

    async def test_overtaken(self, room, slack, core):
        """A slow answer does not take the place of a newer one."""
        slack.faults["views.publish"] = [Fault(error="hash_conflict")]
        await slack.open_home("UADA")
        await until(lambda: slack.count("views.publish"))

        assert {} == slack.homes

    async def test_messages_tab(self, room, slack, core):
        """The other tab of ours is not answered."""
        await slack.tell({"type": "app_home_opened", "user": "UADA", "tab": "messages", "event_ts": "1.0"})
        await asyncio.sleep(0.05)

        assert [] == core.calls


@pytest.fixture(params=["http", "socket"])
async def office(request, slack):
    """The core's own commands on Slack, over either way in, and an admin in a channel without a digest."""
    desk = CommandFixture(platform="slack")
    slack.person("Admin", is_admin=True, tz="Europe/Berlin")
    slack.person("Ada", tz="Europe/Berlin")
    slack.channels["C9"] = {"id": "C9", "name": "reading-group", "is_member": True, "is_archived": False}
    joined = []

    async def heard(*told: str) -> None:
        joined.append(told)

    room = build(slack, socket=request.param == "socket", hooks=Hooks(commands=desk.commands, joined=heard))
    if request.param == "http":
        serve(slack, room)
    await room.chat.listen(ignore)
    desk.joined, desk.room = joined, room
    yield desk
    await room.chat.close()


def buttons_in(view) -> dict[str, dict]:
    """The buttons of a message or window, by what they ask."""
    rows = [block["elements"] for block in view["blocks"] if block["type"] == "actions"]
    return {one["value"]: {"type": "button", **one} for row in rows for one in row}


def typed_in(fields: dict[str, str]) -> dict[str, dict[str, str]]:
    """What somebody typed into a window's fields."""
    return {name: {"value": value} for name, value in fields.items()}


class TestSettingUp:
    async def test_invited(self, office, slack):
        """The channel that our bot was invited into is told once, by the event's own key; who else joins is nobody's news."""
        joined = {"type": "member_joined_channel", "channel": "C9", "channel_type": "C", "team": "T1"}
        await slack.tell(joined | {"user": "UADA"})
        await slack.tell(joined | {"user": BOT})
        await until(lambda: office.joined)

        ((channel, team, key),) = office.joined
        assert ("C9", "T1", True) == (channel, team, bool(key))

    async def test_to_the_first_digest(self, office, slack):
        """A press on *Set up* opens the form in the member's zone; it is acknowledged, shows a preview, and *Start now* starts it."""
        await slack.press("UADMIN", {"type": "button", "action_id": "ask:0", "value": "setup"}, "C9")
        await until(lambda: slack.windows)
        window = slack.windows[0]
        assert "Europe/Berlin" in str(window["blocks"])
        assert "Preview" == window["submit"]["text"]

        await slack.submit(
            "UADMIN", typed_in({"topics": "reward models", "zone": "Europe/Berlin", "budget_minutes": "30"})
        )
        await until(lambda: "start now" in buttons_in(slack.windows[0]))
        assert "The first digest, as it stands" in shown(slack.windows[0])
        await slack.press_in_window("UADMIN", buttons_in(slack.windows[0])["start now"])
        await until(lambda: "Started. The first digest is on its way." in shown(slack.windows[0]))

        started = (await office.context.channels())[-1]
        assert ("C9", "T1", 30, ("reward models",)) == (
            started.id,
            started.team,
            started.budget_minutes,
            started.topics,
        )
        assert 1 == office.delivered

    async def test_changed_on_the_way(self, office, slack):
        """*Change it* brings the form back into the same window, with what was filled in."""
        await slack.command("UADMIN", "setup", "C9")
        await until(lambda: slack.windows)
        await slack.submit("UADMIN", typed_in({"topics": "reward models"}))
        await until(lambda: "setup" in buttons_in(slack.windows[0]))
        await slack.press_in_window("UADMIN", buttons_in(slack.windows[0])["setup"])
        await until(lambda: "submit" in slack.windows[0] and "reward models" in str(slack.windows[0]["blocks"]))

        await slack.submit("UADMIN", typed_in({"topics": "agents"}))
        await until(lambda: "start now" in buttons_in(slack.windows[0]))
        assert 1 == len(slack.windows)

    async def test_not_everybodys(self, office, slack):
        """Who may not change things is told who may, and no form opens."""
        await slack.press("UADA", {"type": "button", "action_id": "ask:0", "value": "setup"}, "C9")
        await until(lambda: slack.answers)

        assert "Only workspace admins" in shown(slack.answers[-1])
        assert [] == slack.windows
