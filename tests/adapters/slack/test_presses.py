"""Buttons and line menus of a digest on Slack: stored before they are acknowledged, each once."""

from __future__ import annotations

import pytest

from adapters.slack.workspace import Hooks
from bot.events import DecisionPressed
from bot.model import Answer, Block, BlockRole, Meaning, Span
from tests.fake_slack import text_of
from tests.slack_harness import build, serve
from tests.waiting import until

CARD = "1786950001.000100"


class Heard(list[DecisionPressed]):
    fails = False

    async def __call__(self, event) -> None:
        if self.fails:
            raise RuntimeError("the database is away")
        self.append(event)


class Core:
    """Answers nothing to who chose, as for a card that shows it; else what it was told to."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.words = ""

    async def __call__(self, call) -> Answer:
        self.asked.append(call.text)
        return Answer(blocks=(Block(role=BlockRole.NOTE, spans=(Span(text=self.words),)),) if self.words else ())


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def core() -> Core:
    return Core()


@pytest.fixture(params=["http", "socket"])
async def room(request, slack, core, heard):
    slack.person("Ada")
    slack.person("Eve", team_id="T9")
    found = build(slack, socket=request.param == "socket", hooks=Hooks(commands=core))
    if request.param == "http":
        serve(slack, found)
    await found.chat.listen(heard)
    yield found
    await found.chat.close()


def button(text: str, number: int = 0) -> dict[str, str]:
    return {"type": "button", "action_id": f"press:{number}", "value": text}


def chosen(text: str) -> dict[str, object]:
    return {"type": "overflow", "action_id": "press:line", "selected_option": {"value": text}}


async def test_a_button(room, slack, core, heard):
    """A press is stored with the message it is on; where the card shows what was chosen, nothing is said beside it."""
    await slack.press("UADA", button("press 1/must-read"), message=CARD)
    await until(lambda: core.asked)

    (event,) = heard
    assert (CARD, "T1:UADA", Meaning.MUST_READ, None) == (
        event.ref.message_id, event.member.id, event.meaning, event.rank,
    )  # fmt: skip
    assert [f"chosen C1 {CARD} press 1/must-read"] == core.asked
    assert [] == slack.answers


async def test_a_line(room, slack, core, heard):
    """A line's menu decides on that line; the member alone is told what they chose."""
    core.words = "You chose it."
    await slack.press("UADA", chosen("press 1/skip/14"), message=CARD)
    await until(lambda: slack.answers)

    assert (Meaning.SKIP, 14) == (heard[0].meaning, heard[0].rank)
    assert ("ephemeral", "You chose it.") == (slack.answers[0]["response_type"], text_of(slack.answers[0]["blocks"]))


async def test_not_stored(room, slack, core, heard):
    """What cannot be stored is not acknowledged, so that Slack itself says that it failed; nothing is kept or said."""
    heard.fails = True
    taken = await slack.press("UADA", button("press 1/must-read"), message=CARD)

    assert taken is None
    assert ([], []) == (list(heard), core.asked)


async def test_of_a_later_version(room, slack, core, heard):
    """A button that this version does not know decides nothing, and says so."""
    await slack.press("UADA", button("press 7/must-read"), message=CARD)
    await until(lambda: slack.answers)

    assert [] == heard
    assert "do not know this button" in text_of(slack.answers[0]["blocks"])


async def test_somebody_else(room, slack, core, heard):
    """Who is of another workspace is told that they do not count here."""
    await slack.press("UEVE", button("press 1/must-read"), message=CARD)
    await until(lambda: slack.answers)

    assert [] == heard
    assert "Only members" in text_of(slack.answers[0]["blocks"])
