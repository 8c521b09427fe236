"""The checker can fail: a program without one of its safeguards is caught. And it does not cry wolf."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from tests.torture.world import Counts, Plan, World, lived

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
