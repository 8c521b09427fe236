"""What members ask in Discord, and what they see: a real discord.py client in SimCord, with the core played by a sink."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import discord
import pytest
import simcord

from adapters.discord.answers import Form, messages_of, pages_of
from adapters.discord.client import ClientHooks, Listener
from adapters.discord.markdown import size
from adapters.discord.platform import Hooks, Parts
from adapters.discord.rest import Rest
from bot.events import ReplyEdited, ReplyPosted
from bot.model import Answer, Block, BlockRole, Button, Channel, CommandCall, MessageRef, Span
from bot.usecases.channels import FIELDS
from bot.usecases.commands import HELP
from tests.adapters.discord.harness import Simulated, free, nothing
from tests.adapters.web import demo
from tests.command_context import CommandFixture
from tests.fake_chat import ticking

SETTINGS = {
    "weekday": "monday", "time": "09:00", "zone": "Europe/Berlin", "budget_minutes": "60", "explore": "20%",
    "topics": "agents", "emoji": "⭐ must-read",
}  # fmt: skip


def note(text: str) -> Block:
    return Block(role=BlockRole.NOTE, spans=(Span(text=text),))


@dataclass
class Core:
    """The core, as far as commands see it: keeps what it was asked, and answers what it was told to."""

    asked: list[CommandCall] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)
    fails: bool = False

    async def __call__(self, call: CommandCall) -> Answer:
        self.asked.append(call)
        if self.fails:
            raise RuntimeError("the database is away")
        key = f"{call.text}!" if call.values and f"{call.text}!" in self.answers else call.text
        return self.answers.get(key, Answer(blocks=(note(f"answer to {call.text}"),)))


async def choices(what: str, channel_id: str) -> dict[str, str]:
    if what == "sources":
        return {"arxiv": "arXiv", "import-ai": "Import AI"}
    return {"agent safety": "agent safety", "world models": "world models"}


class Guild:
    """A server with one configured channel, an admin and a member."""

    def __init__(self, env: simcord.Env, parts: Parts, core: Core) -> None:
        self.env, self.parts, self.core = env, parts, core
        self.guild = env.guild
        self.channel = self.guild.channels["reading"]
        self.ada = self.guild.add_member(env.create_user("ada", global_name="Ada"))
        role = self.guild.create_role("keepers", permissions=discord.Permissions(manage_guild=True))
        self.grace = self.guild.add_member(env.create_user("grace", global_name="Grace"), roles=[role])
        self.chat = parts.chat(Simulated(), 0.05)

    @property
    def configured(self) -> Channel:
        return Channel(name="reading", platform="discord", id=str(self.channel.id))

    def thread(self, ref: MessageRef):
        return next(one for one in self.channel.threads if str(one.id) == ref.message_id)

    def message(self, ref: MessageRef):
        stored = self.env.backend.messages[int(ref.channel_id)][int(ref.message_id)]
        return simcord.actors.to_discord_message(self.env, stored)


@asynccontextmanager
async def guild_with(core: Core) -> AsyncIterator[Guild]:
    clients: list[Listener] = []
    hooks = Hooks(commands=core, choices=choices)
    parts = Parts(Rest("simcord", http=lambda: clients[0].http), [], ticking(demo.START), hooks)
    setup, pressed = parts.commands.setup, parts.interactions.pressed
    clients.append(
        Listener(ClientHooks(take=parts.intake.take, spend=nothing, lost=free, setup=setup, pressed=pressed))
    )
    env = simcord.Env(clients[0])
    await env.start()
    try:
        env.create_guild().create_text_channel("reading")
        found = Guild(env, parts, core)
        parts.places.watch(str(found.channel.id))
        yield found
        await found.chat.close()
        env.raise_errors()
    finally:
        await env.shutdown()


@pytest.fixture
def core() -> Core:
    return Core()


@pytest.fixture
async def guild(core) -> AsyncIterator[Guild]:
    async with guild_with(core) as found:
        yield found


def said(result: simcord.InteractionResult) -> str:
    """Everything the member is shown in answer."""
    messages = [*([result.response] if result.response else []), *result.followups]
    return "\n".join(embed.description or "" for message in messages for embed in message.embeds)


@pytest.mark.parametrize(
    ("command", "options", "text"),
    [
        ("now", {}, "now"),
        ("mine", {}, "mine"),
        ("find", {"what": "judge by:ada"}, "find judge by:ada"),
        ("topics", {}, "topics"),
        ("topics", {"set": "agents, rl"}, "topics agents, rl"),
        ("sources list", {}, "sources"),
        ("sources add", {"url": "https://a.example/feed"}, "sources add https://a.example/feed"),
        ("sources remove", {"source": "arxiv"}, "sources remove arxiv"),
        ("sources check", {"source": "arxiv"}, "sources check arxiv"),
        ("settings", {}, "settings"),
        ("pause", {"why": "holidays"}, "pause holidays"),
        ("resume", {}, "resume"),
        ("add", {"url": "https://a.example/p"}, "add https://a.example/p"),
        ("status", {}, "status"),
        ("stats", {}, "stats"),
        ("page", {}, "page"),
        ("help", {}, "help"),
    ],
)
async def test_commands(guild, core, command, options, text):
    """Every command reaches the core as a member would type it, and its answer is for that member alone."""
    result = await guild.ada.slash(guild.channel, f"paperround {command}", **options)

    (call,) = core.asked
    assert (text, "discord", str(guild.channel.id)) == (call.text, call.platform, call.channel_id)
    assert (str(guild.ada.id), "Ada") == (call.member.id, call.member.name)
    assert f"answer to {text}".replace("https:", "https\\:") == said(result)
    assert result.ephemeral


async def test_everything_that_the_core_answers(guild):
    """What the core offers to members can be asked on Discord, word by word; what takes back is an option of what it takes back."""
    offered = {
        name.split()[1] for name in guild.ada.available_commands(guild.channel) if name.startswith("paperround ")
    }

    assert {line.split()[0] for line, _ in HELP} - {"unfollow", "unmute"} | {"resume", "summary"} == offered


async def test_a_wish_taken_back(guild, core):
    """`remove` asks for what the core calls unfollow and unmute."""
    await guild.ada.slash(guild.channel, "paperround follow", what="lab: DeepMind")
    await guild.ada.slash(guild.channel, "paperround mute", what="word: crypto", remove=True)

    assert ["follow lab: DeepMind", "unmute word: crypto"] == [call.text for call in core.asked]


async def test_rights(guild, core):
    """Whoever may manage the server may change things; the others may ask."""
    await guild.ada.slash(guild.channel, "paperround pause")
    await guild.grace.slash(guild.channel, "paperround pause")

    assert [False, True] == [call.admin for call in core.asked]


async def test_failing_core(guild, core, caplog):
    """A member gets an answer even where the core fails, and the operator the reason."""
    core.fails = True
    result = await guild.ada.slash(guild.channel, "paperround status")

    assert "went wrong on our side" in said(result)
    assert "the database is away" in caplog.text


async def test_empty_answer(guild, core):
    """An answer without a word is said to be one."""
    core.answers["status"] = Answer()
    result = await guild.ada.slash(guild.channel, "paperround status")

    assert "Nothing to show." == said(result)


async def test_hostile_answer(guild, core):
    """What an answer quotes from outside is shown as it is, and pings nobody."""
    core.answers["mine"] = Answer(blocks=(note("@everyone <@123456789012345678> [x](https://evil.example)"),))
    result = await guild.ada.slash(guild.channel, "paperround mine")

    assert "](" not in said(result)
    assert "@everyone" not in said(result)


async def test_short_form(guild, core):
    """A form of five fields or fewer opens at once; what is filled in comes back by field name."""
    core.answers["settings"] = Answer(form=dict(list(SETTINGS.items())[:3]))
    core.answers["settings!"] = Answer(blocks=(note("Changed."),))
    shown = await guild.grace.slash(guild.channel, "paperround settings")
    result = await guild.grace.submit_modal(shown, _values(shown, {"Weekday": "friday"}))

    assert {"weekday": "friday", "time": "09:00", "zone": "Europe/Berlin"} == dict(core.asked[-1].values)
    assert "Changed." == said(result)


async def test_long_form(guild, core):
    """A longer form has a page for each handful of fields, behind a button."""
    core.answers["settings"] = Answer(blocks=(note("Settings"),), form=SETTINGS)
    shown = await guild.grace.slash(guild.channel, "paperround settings")
    opened = await guild.grace.click(shown.response.message, label="Exploration, Topics, What emoji mean")
    await guild.grace.submit_modal(opened, _values(opened, {"Topics": "agents, rl"}))

    assert {"explore": "20%", "topics": "agents, rl", "emoji": "⭐ must-read"} == dict(core.asked[-1].values)


@pytest.fixture
async def office() -> AsyncIterator[tuple[Guild, CommandFixture]]:
    """The core's own commands on a server, in a channel without a digest."""
    desk = CommandFixture(platform="discord")
    async with guild_with(desk.commands) as found:
        yield found, desk


async def test_setting_up(office):
    """`/paperround setup` opens one page; it is acknowledged, its preview follows in the same answer, and *Start now* starts it."""
    guild, desk = office
    shown = await guild.grace.slash(guild.channel, "paperround setup")
    assert ["Topics", "Weekday and time", "Time zone", "Reading time", "Layout"] == [
        one["label"] for one in _labels(shown)
    ]

    filled = {"Topics": "reward models", "Weekday and time": "friday 16:00", "Time zone": "Europe/Berlin"}
    answered = await guild.grace.submit_modal(shown, _values(shown, filled))
    preview = answered.response.message
    assert "The first digest, as it stands" in said(answered)
    started = await guild.grace.click(preview, label="Start now")

    assert "Started. The first digest is on its way" in said(started)
    (_, channel) = await desk.context.channels()
    assert (str(guild.channel.id), str(guild.guild.id), 5, ("reward models",)) == (
        channel.id,
        channel.team,
        channel.weekday,
        channel.topics,
    )


async def test_settings_say_what_may_be_written(office):
    """Every field of the settings, which are text on Discord, says beside it what may be written there."""
    fields = [one for page in pages_of(dict.fromkeys(FIELDS, "x")) for one in Form("Settings", page, "id").children]

    assert len(FIELDS) == len(fields)
    assert [] == [one.text for one in fields if not one.description]


async def test_setting_up_with_a_fault(office):
    """What is wrong in the field for weekday and time is told at that field, with what was typed still in it."""
    guild, _ = office
    shown = await guild.grace.slash(guild.channel, "paperround setup")
    refused = await guild.grace.submit_modal(shown, _values(shown, {"Weekday and time": "someday 16:00"}))
    again = await guild.grace.click(
        refused.response.message, label="Topics, Weekday and time, Time zone, Reading time, Layout"
    )

    assert "someday 16:00" in [label["component"].get("value") for label in _labels(again)]
    assert any("English name" in str(label.get("description")) for label in _labels(again))


async def test_faults(guild, core):
    """What was wrong is said, and the form can be corrected with everything that was typed still in it."""
    core.answers["settings"] = Answer(form={"weekday": "monday"})
    core.answers["settings!"] = Answer(blocks=(note("weekday: no such day"),), faults={"weekday": "no such day"})
    shown = await guild.grace.slash(guild.channel, "paperround settings")
    refused = await guild.grace.submit_modal(shown, _values(shown, {"Weekday": "someday"}))
    again = await guild.grace.click(refused.response.message, label="Weekday")

    assert "weekday: no such day" == said(refused)
    assert ["no such day"] == [label["description"] for label in _labels(again)]
    assert ["someday"] == [label["component"]["value"] for label in _labels(again)]


async def test_autocomplete(guild):
    """Sources are offered by id and name, topics after the last comma."""
    sources = await guild.ada.autocomplete(guild.channel, "paperround sources check", "source", "imp")
    topics = await guild.ada.autocomplete(guild.channel, "paperround topics", "set", "rl, wor")

    assert ["import-ai"] == [choice["value"] for choice in sources]
    assert ["rl, world models"] == [choice["value"] for choice in topics]


async def test_add_to_next_digest(guild, core):
    """The links of a message are proposed in the name of who posted it."""
    message = await guild.ada.send(guild.channel, "See https://a.example/p, and (https://b.example/q).")
    result = await guild.grace.context_menu(guild.channel, "Add to next digest", message)

    assert ["add https://a.example/p", "add https://b.example/q"] == [call.text for call in core.asked]
    assert {"by": "Ada", "by_id": str(guild.ada.id)} == dict(core.asked[0].values)
    assert 2 == len(said(result).splitlines())


async def test_refused_once(guild, core):
    """What is said of every link alike is said once."""
    refused = Answer(blocks=(note("This channel gets no digest."),))
    core.answers = {f"add https://a.example/{part}": refused for part in "pq"}
    message = await guild.ada.send(guild.channel, "https://a.example/p https://a.example/q")
    result = await guild.grace.context_menu(guild.channel, "Add to next digest", message)

    assert 2 == len(core.asked)
    assert 1 == len(said(result).splitlines())


async def test_nothing_to_add(guild, core):
    """A message without a link is told so."""
    message = await guild.ada.send(guild.channel, "Lunch?")
    result = await guild.grace.context_menu(guild.channel, "Add to next digest", message)

    assert [] == core.asked
    assert "no link" in said(result)


async def test_in_a_thread(guild, core):
    """What is asked in a pick's thread is asked of its channel."""
    ref = await guild.chat.post(guild.configured, demo.pick(1, "One"), "key-1")
    await guild.ada.slash(guild.thread(ref), "paperround status")

    assert [str(guild.channel.id)] == [call.channel_id for call in core.asked]


class TestSummaries:
    """Summaries written in a form."""

    @pytest.fixture
    async def heard(self, guild) -> list:
        events: list = []

        async def sink(event) -> None:
            events.append(event)

        await guild.chat.listen(sink)
        return events

    @pytest.fixture
    async def ref(self, guild) -> MessageRef:
        return await guild.chat.post(guild.configured, demo.pick(1, "One"), "key-1")

    async def write(self, guild, shown, text: str):
        result = await guild.ada.submit_modal(shown, _values(shown, {_only(shown): text}))
        await guild.chat.settled()
        return result

    async def test_button(self, guild, heard, ref):
        """The button under a pick opens the form; the words stand in the thread in the member's name, and count as a reply."""
        shown = await guild.ada.click(guild.message(ref), label="Summarise")
        await self.write(guild, shown, "It says this.\nMake that of it.")

        (event,) = heard
        assert isinstance(event, ReplyPosted)
        assert (ref, str(guild.ada.id), "Ada") == (event.parent, event.member.id, event.member.name)
        assert "It says this.\nMake that of it." == event.text
        assert [event.text] == [reply.text for reply in (await guild.chat.snapshot(ref)).replies]
        assert [event.member] == [reply.member for reply in (await guild.chat.snapshot(ref)).replies]

    async def test_command(self, guild, heard, ref):
        """In the thread, the command does the same."""
        shown = await guild.ada.slash(guild.thread(ref), "paperround summary")
        await self.write(guild, shown, "It says this.")

        assert ["It says this."] == [event.text for event in heard]

    async def test_elsewhere(self, guild, heard, ref):
        """Outside a pick's thread there is nothing to summarise."""
        result = await guild.ada.slash(guild.channel, "paperround summary")

        assert "thread of a pick" in said(result)

    async def test_correcting(self, guild, heard, ref):
        """Its author can change it, and nobody else."""
        shown = await guild.ada.click(guild.message(ref), label="Summarise")
        await self.write(guild, shown, "First.")
        reply = guild.message(heard[0].ref)
        refused = await guild.grace.click(reply, label="Edit")
        await guild.env.advance_time(1)
        again = await guild.ada.click(reply, label="Edit")
        await self.write(guild, again, "Second.")

        assert "Only its author" in said(refused)
        assert isinstance(heard[-1], ReplyEdited)
        assert (heard[0].ref, "Second.") == (heard[-1].ref, heard[-1].text)

    async def test_nothing_written(self, guild, heard, ref):
        """An empty form is nothing."""
        shown = await guild.ada.click(guild.message(ref), label="Summarise")
        result = await self.write(guild, shown, "  ")

        assert "Nothing was written" in said(result)
        assert [] == heard


class TestButtons:
    async def test_head_and_foot(self, guild, core):
        """The head offers the reading list, the foot the status."""
        head = await guild.chat.post(guild.configured, demo.head(), "key-0")
        foot = await guild.chat.post(guild.configured, demo.foot(), "key-2")
        await guild.ada.click(guild.message(head), label="My reading list")
        await guild.ada.click(guild.message(foot), label="Status")

        assert ["mine", "status"] == [call.text for call in core.asked]


class TestAnswers:
    async def test_rows(self, guild, core):
        """More buttons than a row takes are parted as on a card: decisions, and what else there is; fewer stand side by side."""
        decisions = tuple(Button(words=f"Way {n}", asks=f"press {n}/must-read") for n in range(4))
        others = (Button(words="Summarise", asks="summarise 1 2 3"), Button(words="Card", asks="card 3"))
        core.answers["status"] = Answer(blocks=(note("Three"),), buttons=(*decisions, *others))
        core.answers["mine"] = Answer(blocks=(note("Mine"),), buttons=(*decisions[:3], *others))

        for asks, rows in (("paperround status", [4, 2]), ("paperround mine", [5])):
            shown = await guild.ada.slash(guild.channel, asks)
            assert rows == [len(row.children) for row in shown.response.message.components]

    def test_long(self):
        """An answer of any length is shown in messages within Discord's limits, and says what is left out."""
        answer = Answer(blocks=tuple(note(f"{number} " + "*word* " * 60) for number in range(200)))
        messages = messages_of(answer)

        assert 5 == len(messages)
        assert all(size(message["embeds"][0]["description"]) <= 4096 for message in messages)
        assert "left out" in messages[-1]["embeds"][0]["description"]

    def test_paragraphs(self):
        """What begins a paragraph has a blank line above it."""
        blocks = tuple(
            Block(role=role, spans=(Span(text=role.value),)) for role in (BlockRole.NEW, BlockRole.WHY, BlockRole.MORE)
        )
        (message,) = messages_of(Answer(blocks=blocks))

        assert "new\n\nwhy\n\nmore" == message["embeds"][0]["description"]

    def test_pages(self):
        """Fields are shared out evenly, at most five to a page, none lost."""
        for count in range(1, 30):
            form = {str(number): "" for number in range(count)}
            pages = pages_of(form)

            assert list(form) == [name for page in pages for name in page]
            assert max(len(page) for page in pages) <= 5
            assert max(len(page) for page in pages) - min(len(page) for page in pages) <= 1

    def test_no_fields(self):
        """A form without fields has no pages."""
        assert [] == pages_of({})


def _labels(shown: simcord.InteractionResult) -> list[dict]:
    return list(shown.modal["components"])


def _only(shown: simcord.InteractionResult) -> str:
    return str(_labels(shown)[0]["label"])


def _values(shown: simcord.InteractionResult, given: dict[str, str]) -> dict[str, str]:
    """Fill a form in as a member would: what is not typed stays as it was. By custom id."""
    return {
        label["component"]["custom_id"]: given.get(label["label"], label["component"].get("value", ""))
        for label in _labels(shown)
    }
