"""The first likes after a change of interest lead to works like them."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from bot.ranking.corpus import Corpus
from bot.ranking.history import corpus_of
from bot.ranking.interest import interest
from bot.ranking.profile import Profile
from bot.ranking.signals import LEADS, Signal, Voice, signals
from bot.ranking.terms import Terms, Tokenizer
from tests.factories import DAY, NOW

TOKENIZER = Tokenizer()
FIELDS = (
    "robots grasp tactile gripper torque",
    "speech phoneme speaker prosody codec",
    "proteins folding residue ligand assay",
)


def work(number: int) -> Terms:
    """A work of one of three fields, with three of its five words and words that everybody uses."""
    words = FIELDS[number % 3].split()
    chosen = [words[(number // 3 + step) % 5] for step in range(3)]
    return TOKENIZER.terms(" ".join(chosen), f"{' '.join(chosen)} we propose a method number{number // 2}", ())


@pytest.fixture
def weeks() -> tuple[Corpus, list[Terms]]:
    """Sixty works of before and three of this week, one of each field."""
    terms = [work(number) for number in range(63)]
    days = [date(2026, 8, 3)] * 60 + [date(2026, 8, 10)] * 3
    return corpus_of([f"a:{number}" for number in range(63)], terms, days, date(2026, 8, 10)), terms


def test_works_like_the_first_like(weeks: tuple[Corpus, list[Terms]]) -> None:
    """One liked work has a few words of its field; the works like it bring the others, and the field stands further above the rest."""
    corpus, terms = weeks
    gaps = []
    for leads in (False, True):
        profile = Profile(signals=[Signal("a:0", 1.0, 1.0, leads=leads)], works=[terms[0]], places=[0])
        scores = interest(corpus, profile, [60, 61, 62]).scores
        weights = interest(corpus, profile, range(60)).scores
        mine = sorted(weights[number] for number in range(0, 60, 3) if number)
        others = sorted(weights[number] for number in range(60) if number % 3)
        gaps.append(mine[0] - others[-1])
        assert scores[0] == max(scores)

    assert gaps[0] < gaps[1]


def test_nobody_else_leads() -> None:
    """Only likes since the change lead, no skip and nothing shown, and none once there are many."""
    said = [Voice("U1", "old", 1.0, NOW - 2 * DAY), Voice("U1", "no", -0.5, NOW), Voice("U1", "new", 1.0, NOW)]

    def leading(voices: list[Voice], changed: datetime | None) -> list[str]:
        found = signals(voices, {"shown": NOW}, NOW, 10_000 * DAY, changed=changed)
        return [one.key for one in found if one.leads]

    assert leading(said, NOW - DAY) == ["new"]
    assert leading(said, None) == []
    assert leading([Voice("U1", f"new{number}", 1.0, NOW) for number in range(LEADS)], NOW - DAY) == []
