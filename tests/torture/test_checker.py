"""The checker can fail: a program without one of its safeguards is caught. And it does not cry wolf."""

from __future__ import annotations

import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tests.torture.check import Findings, _answered, _subscribed
from tests.torture.subscriber import PLACE
from tests.torture.world import FIRST, Counts, Plan, World, lived

pytestmark = pytest.mark.process

RUNS = 2


class Posting(World):
    """
    A world in which each plug is pulled right after a message was taken, before we could note it, and pulled soon again; of a program
    that forgets, the second one when it has acknowledged what three people did.

    Nothing here is left to chance: Slack takes what it is sent, for a message that it refused would not stand twice, and no digest
    grows too old to be sent, for then it is not sent again by anyone.
    """

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.weather.fails = 0

    def planned(self) -> Plan:
        if self.sabotage == "forgetful" and self.figures.runs == RUNS:
            return Plan("event", 3, "after", delay=0, latest=30)
        return Plan("post", 2, "after", delay=0, latest=1)

    def _on_to_the_next(self) -> None:
        self.let_pass(timedelta(minutes=1))


async def figures(sabotage: str) -> tuple[World, Counts]:
    world, _ = await lived("", 11, RUNS, sabotage, kind=Posting)
    return world, world.figures


async def test_all_safeguards() -> None:
    """The program as it is posts nothing twice and loses nothing, killed in the act each time."""
    world, told = await figures("")

    assert not world.findings, world.findings
    assert (RUNS, RUNS) == (told.runs, told.kills)
    assert told.in_posts


@pytest.mark.parametrize(("sabotage", "kind"), [("blind", "duplicates"), ("forgetful", "losses")])
async def test_without_a_safeguard(sabotage: str, kind: str) -> None:
    """One that sends again without looking is caught posting twice; one that acknowledges and stores nothing, losing it."""
    world, _ = await figures(sabotage)

    found = getattr(world.findings, kind)
    expected = {"blind": r"stands \d+ times", "forgetful": "was acknowledged and is nowhere"}[sabotage]
    assert any(re.search(expected, finding) for finding in found), found


def row(name: str, **fields: Any) -> Any:
    """A row of the channels, as the checker reads it."""
    given = {"place": PLACE, "origin": "chat", "started_at": FIRST, "stopped_at": None, "channel": name}
    return SimpleNamespace(name=name, **(given | fields))


@pytest.mark.parametrize(
    ("channels", "sent", "duplicates", "losses"),
    [
        ([row("seminar")], ["seminar"], 0, 0),
        ([row("seminar"), row("seminar-2")], ["seminar"], 1, 0),
        ([], [], 0, 1),
        ([row("seminar", stopped_at=FIRST)], ["seminar"], 0, 1),
        ([row("seminar")], [], 0, 1),
    ],
    ids=["well", "twice", "gone", "stopped", "without a digest"],
)
def test_a_channel_that_was_set_up(channels: list[Any], sent: list[str], duplicates: int, losses: int) -> None:
    """Who was told that a channel is started finds it, once, with its digest."""
    kept = {"channels": channels, "digests": [row(name) for name in sent], "skips": []}
    findings = Findings()

    _subscribed(SimpleNamespace(subscribed=PLACE), kept, findings)  # type: ignore[arg-type]

    assert (duplicates, losses) == (len(findings.duplicates), len(findings.losses))


@pytest.mark.parametrize(("kind", "faults"), [(9, 0), (4, 0), (5, 0), (6, 1)])
def test_the_button_of_an_older_card(kind: int, faults: int) -> None:
    """A form or words are an answer to it, silence is none."""
    pressed = {"1": ("2", "3", "paperround:summary:pr0")}
    discord = SimpleNamespace(responses=[{"token": "token-1", "type": kind}], pressed=pressed)

    found = [*_answered(SimpleNamespace(platforms=SimpleNamespace(discord=discord)))]  # type: ignore[arg-type]

    assert faults == len(found)
