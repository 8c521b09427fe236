"""The checker can fail: a program without one of its safeguards is caught. And it does not cry wolf."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text

from adapters.storage.database import create_engine
from tests.databases import new_postgresql
from tests.torture.check import Findings, _answered, _once, _subscribed, _unapplied
from tests.torture.platforms import Platforms
from tests.torture.program import STOOD
from tests.torture.subscriber import PLACE
from tests.torture.turns import Pause, Sender, held_up
from tests.torture.world import FIRST, STARTS, Counts, Plan, World, lived

pytestmark = pytest.mark.process

RUNS = 2

LEFT_OPEN = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
    "AND state = 'idle in transaction' AND state_change < now() - interval '4 seconds'"
)


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


class Standing(World):
    """A world of two processes, one of which stops itself where its sabotage says, and goes on once the other one has sent in its place."""

    def noticed(self, kind: str, moment: str, port: int | None) -> bool:
        if (kind, moment) == ("post", "after") and self._stood():
            self.sent_instead.set()
        return super().noticed(kind, moment, port)

    async def _until_sent_instead(self) -> None:
        """
        Wait until the other one has sent. What the one that stands still has left open in the database, with its locks, the server ends: in
        service after two minutes (`idle_in_transaction_session_timeout`), which is within a lease there.
        """
        engine = create_engine(self.address)
        try:
            while not self.sent_instead.is_set():
                async with engine.connect() as connection:
                    await connection.execute(text(LEFT_OPEN))
                await asyncio.sleep(0.5)
        finally:
            await engine.dispose()

    def configure(self, outside: Platforms) -> None:
        self.outside = outside
        super().configure(outside)

    def _sent_after_all(self) -> bool:
        """Whether who stood still has sent a message since."""
        (ended,) = (one.ended for one in self._pauses)
        senders = (sender for _, sender in self.outside.slack.posts if sender)
        return any(one.pid == self._stood() and one.taken > ended for one in senders)

    def _stood(self) -> int:
        """The process that stands still; 0 while none does."""
        stood = self.folder / STOOD
        return int(stood.read_text() or 0) if stood.exists() else 0

    async def _step(self) -> None:
        self.weather.calm, self.sent_instead = True, asyncio.Event()
        self.lives = [self.start() for _ in range(2)]
        self.figures.runs += 2
        await self._begun()
        async with asyncio.timeout(STARTS):
            while not self._stood():  # noqa: ASYNC110 - it is another process
                await asyncio.sleep(0.05)
            await self._until_sent_instead()
            await self._sleep(next(one for one in self.lives if one.process.pid == self._stood()), 0)
            while not self._sent_after_all():  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.05)
        for one in self.lives:
            one.strike()


@pytest.mark.postgres
@pytest.mark.parametrize("sabotage", ["stopped", "patient"])
async def test_a_process_that_stands_still(sabotage: str) -> None:
    """One that is stopped in the very call is excused, and what people do with that copy; one that sends in a later turn is not."""
    world, _ = await lived(await new_postgresql(), 3, RUNS, sabotage, kind=Standing)

    found = world.findings
    if sabotage == "stopped":
        assert (1, [], []) == (found.window, found.duplicates, found.losses)
    else:
        assert (0, 1) == (found.window, len(found.duplicates)), found


@pytest.mark.parametrize(
    ("sender", "held"),
    [
        (Sender(7, 10.0, 30.0), {"1"}),
        (Sender(8, 10.0, 30.0), set()),
        (Sender(7, 20.5, 30.0), set()),
        (Sender(7, 10.0, 10.1), set()),
    ],
    ids=["begun before and taken after", "another process", "begun after", "taken before"],
)
def test_under_way(sender: Sender, held: set[str]) -> None:
    """A message was under way while its process stood still if it was begun before that process went on, and taken after."""
    assert held == held_up([("1", sender), ("2", None)], [Pause(7, ended=20.0)])


@pytest.mark.parametrize(
    ("late", "outcome", "found"),
    [
        ({"2.0"}, "not ours", (0, 1, 1, 0)),
        ({"2.0"}, "too old", (0, 1, 0, 1)),
        (set(), "not ours", (1, 0, 0, 1)),
    ],
    ids=["on the late copy", "lost for another reason", "a copy without an excuse"],
)
def test_what_people_do_with_a_copy(late: set[str], outcome: str, found: tuple[int, ...]) -> None:
    """What somebody does with a copy that we do not know goes with it, and only where that copy is excused."""
    known = SimpleNamespace(key="pr1", part=3, week="2026-W34", channel="team", platform="slack", message_id="1.0")
    told = {"type": "reaction_added", "reaction": "eyes", "item": {"ts": "2.0"}}
    event = SimpleNamespace(event_id="Ev1", applied_at=FIRST, outcome=outcome)
    kept: Any = {"postings": [known], "events": [event]}
    evidence: Any = SimpleNamespace(late=late, platforms=SimpleNamespace(slack=SimpleNamespace(acked={"Ev1": told})))
    findings = Findings()

    copies = _once(evidence, kept, {"pr1": [("slack", "1.0"), ("slack", "2.0")]}, findings)
    _unapplied(evidence, kept, copies, findings)

    assert found == (len(findings.duplicates), findings.window, findings.on_late_copies, len(findings.losses))


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
