"""Summaries written in a form on Slack, and kept from any message: they stand in the thread, and are never lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from adapters.slack.workspace import Hooks
from bot.model import CommandCall, Layout
from bot.usecases.deliver import deliver, freeze
from bot.usecases.reconcile import reconcile
from bot.usecases.record import Recorder
from tests.command_context import CommandFixture
from tests.factories import NOW, WEEK, digest_of
from tests.fake_slack import Fault, text_of
from tests.slack_harness import CHANNEL, build, serve
from tests.waiting import until

KEYS = ("arxiv:2608.00001", "arxiv:2608.00002")


class Team(CommandFixture):
    """A workspace with a digest posted, the core behind it, and people."""

    def __init__(self, slack) -> None:
        super().__init__("slack")
        self.slack = slack
        self.channel = CHANNEL
        self.room = build(slack, hooks=Hooks(commands=self.answer))
        self.recorder = Recorder(self.database.unit_of_work, lambda: NOW, {"slack": self.room.chat})

    async def answer(self, call: CommandCall):
        return await self.commands(call)

    async def open(self, layout: Layout = Layout.CARDS) -> None:
        self.slack.person("Ada")
        self.slack.person("Ben")
        serve(self.slack, self.room)
        await self.room.chat.listen(self.recorder.receive)
        await freeze(replace(digest_of(KEYS), layout=layout), CHANNEL, self.database.unit_of_work)
        await deliver(CHANNEL, WEEK, self.room.chat, self.database.unit_of_work, lambda: NOW, owner="we")

    async def words(self) -> list[tuple[str, str, str]]:
        async with self.database.unit_of_work() as uow:
            found = await uow.summaries.of_channel(CHANNEL.name)
        return [(one.member.id, one.item_key, one.text) for one in found if one.text]

    async def press(self, user: str, value: str, action: str = "summarise:4", message: str | None = None):
        message = message or self.slack.sent()[1]["ts"]
        return await self.slack.press(user, {"action_id": action, "value": value}, message=message)


def typed(**fields: str):
    """The fields of a form as Slack sends them."""
    return {name: {"type": "plain_text_input", "value": text} for name, text in fields.items()}


@pytest.fixture
async def team(slack):
    team = Team(slack)
    yield team
    await team.room.chat.close()


async def test_written_in_a_form(team, slack):
    """Words from the form stand in the pick's thread in the member's name, are recorded, and survive a reconcile."""
    await team.open()
    await team.press("UADA", "summarise")
    await until(lambda: slack.windows)
    await slack.submit("UADA", typed(summary="It *works*, <a> & b.\n\nRead section 3."))
    await until(lambda: team.database.tables.summaries)

    expected = [("T1:UADA", KEYS[0], "It *works*, <a> & b.\n\nRead section 3.")]
    assert expected == await team.words()
    assert 0 == await reconcile(
        {"slack": team.room.chat}, team.database.unit_of_work, team.recorder.receive_all, lambda: NOW
    )
    assert expected == await team.words()


async def test_earlier_words(team, slack):
    """The form shows what the team wrote of the work before."""
    await team.open()
    ts = slack.sent()[1]["ts"]
    await slack.reply("UBEN", ts, "Skip the appendix.")
    await until(lambda: team.database.tables.summaries)
    await team.press("UADA", "summarise")
    await until(lambda: slack.windows)

    assert "Ben: “Skip the appendix.”" in text_of(slack.windows[0]["blocks"])


async def test_words_come_back(team, slack):
    """Where Slack does not take them, the window stays with the words in it; sent again, they stand there once."""
    await team.open()
    await team.press("UADA", "summarise")
    await until(lambda: slack.windows)
    slack.faults["chat.postMessage"] = [Fault(error="restricted_action")]
    refused = await slack.submit("UADA", typed(summary="Worth it."))

    assert "errors" == refused["response_action"]
    assert "Your words are still here" in refused["errors"]["summary"]
    assert [] == await team.words()
    await slack.submit("UADA", typed(summary="Worth it."))
    assert [("T1:UADA", KEYS[0], "Worth it.")] == await team.words()


async def test_nothing_written(team, slack):
    """An empty form is sent back, and posts nothing."""
    await team.open()
    await team.press("UADA", "summarise")
    await until(lambda: slack.windows)
    refused = await slack.submit("UADA", typed(summary="  "))

    assert {"summary": "Nothing is written yet."} == refused["errors"]


async def test_a_line(team, slack):
    """A line of a compact digest is summarised in place: the words stand in the list's thread, and are about that work."""
    await team.open(Layout.COMPACT)
    menu = {"type": "overflow", "action_id": "press:line", "selected_option": {"value": "summarise 2"}}
    await slack.press("UADA", menu, message=slack.sent()[1]["ts"])
    await until(lambda: slack.windows)
    await slack.submit("UADA", typed(summary="The second one."))

    assert [("T1:UADA", KEYS[1], "The second one.")] == await team.words()
    assert 0 == await reconcile(
        {"slack": team.room.chat}, team.database.unit_of_work, team.recorder.receive_all, lambda: NOW
    )


async def test_a_line_is_edited(team, slack):
    """A summary of a line stays about that line when its author changes it, though Slack tells no more of its message than what is seen."""
    await team.open(Layout.COMPACT)
    menu = {"type": "overflow", "action_id": "press:line", "selected_option": {"value": "summarise 2"}}
    await slack.press("UADA", menu, message=slack.sent()[1]["ts"])
    await until(lambda: slack.windows)
    await slack.submit("UADA", typed(summary="The second one."))
    written = slack.sent()[-1]
    before = written["metadata"]["event_payload"]
    shown = {part: value for part, value in written.items() if part != "metadata"} | {
        "thread_ts": slack.sent()[1]["ts"]
    }
    slack.faults["conversations.replies"] = [Fault(error="missing_scope")] * 9
    await slack.press("UADA", {"action_id": "edit_summary", "value": "x"}, message=written["ts"], shown=shown)
    await until(lambda: len(slack.windows) == 2)
    await slack.submit("UADA", typed(summary="The second one, mended."))
    slack.faults.clear()

    assert [("T1:UADA", KEYS[1], "The second one, mended.")] == await team.words()
    after = slack.sent()[-1]["metadata"]
    assert ("summary_written", before["member"], 2) == (
        after["event_type"],
        after["event_payload"]["member"],
        after["event_payload"]["rank"],
    )


async def test_edited(team, slack):
    """Its author changes it in the form, and nobody else does."""
    await team.open()
    await team.press("UADA", "summarise")
    await until(lambda: slack.windows)
    await slack.submit("UADA", typed(summary="First."))
    written = slack.sent()[-1] | {"thread_ts": slack.sent()[1]["ts"]}
    await slack.press("UBEN", {"action_id": "edit_summary", "value": "x"}, message=written["ts"], shown=written)
    await until(lambda: slack.answers)
    assert "Only its author" in text_of(slack.answers[0]["blocks"])

    await slack.press("UADA", {"action_id": "edit_summary", "value": "x"}, message=written["ts"], shown=written)
    await until(lambda: len(slack.windows) == 2)
    await slack.submit("UADA", typed(summary="Second."))

    assert [("T1:UADA", KEYS[0], "Second.")] == await team.words()


async def test_kept_from_a_thread(team, slack):
    """'Keep as summary' on a reply records it as it stands, in its author's name, though it was no summary before."""
    await team.open()
    card = slack.sent()[1]["ts"]
    message = {"user": "UBEN", "ts": "1786950999.000100", "thread_ts": card, "text": "A remark &amp; more."}
    await slack.shortcut("UADA", message, callback="keep_as_summary")
    await until(lambda: team.database.tables.summaries)

    assert [("T1:UBEN", KEYS[0], "A remark & more.")] == await team.words()


async def test_kept_from_anywhere(team, slack):
    """Of another message the form asks for which pick; its words go there in its author's name."""
    await team.open()
    await slack.shortcut(
        "UADA", {"user": "UBEN", "ts": "1786950999.0001", "text": "Great paper."}, callback="keep_as_summary"
    )
    await until(lambda: slack.windows)
    refused = await slack.submit("UADA", typed(summary="Great paper.", number="x"))
    assert "Say which pick" in refused["errors"]["summary"]
    await slack.submit("UADA", typed(summary="Great paper.", number="2"))

    assert [("T1:UBEN", KEYS[1], "Great paper.")] == await team.words()
