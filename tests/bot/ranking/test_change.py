"""Whether a team's interest has changed, told by how much it marks."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

from bot.ranking.change import Answer, Change, latest_change
from bot.ranking.signals import BEFORE_CHANGE, PASSED_OVER, UNMARKED, Voice, signals
from tests.factories import DAY, NOW

WEEK = timedelta(weeks=1)


def answers(*marked: int | None, picks: int = 10) -> list[Answer]:
    """Of each digest, how many of its picks were marked; None for one that nobody answered."""
    return [Answer(week(number), picks, one or 0, answered=one is not None) for number, one in enumerate(marked)]


def changed_since(answers: list[Answer]) -> datetime | None:
    return latest_change(answers).since


def week(number: int) -> datetime:
    return NOW + number * WEEK


def test_steady_marking_is_no_change() -> None:
    """A team that marks about as much as ever has not changed its mind, nor has one that was never asked."""
    assert changed_since([]) is None
    assert changed_since(answers(6, 4, 5, 7, 3, 6, 5, 2, 6, 5)) is None


def test_marks_that_cease() -> None:
    """A team that skips and marks nothing any more has changed since the first digest that it passed over so."""
    assert changed_since(answers(6, 5, 6, 5, 0, 0)) == week(4)


def test_silence_is_no_change() -> None:
    """Weeks in which nobody decided on anything say that people were away."""
    assert changed_since(answers(6, 5, 6, 5, None, None, None, None)) is None
    assert changed_since(answers(6, 5, 6, 5, None, 0, 0)) == week(5)


def test_a_dull_week_is_forgotten() -> None:
    """One poor digest among good ones is chance."""
    assert changed_since(answers(6, 5, 6, 5, 2, 6, 5, 6, 2, 6)) is None


def test_seldom_marking_takes_longer() -> None:
    """Of a team that marks one pick in ten, a week without a mark says little, and ten of them something."""
    seldom = [1] * 10
    assert changed_since(answers(*seldom, 0, 0)) is None
    assert changed_since(answers(*seldom, *[0] * 10)) == week(10)


def test_the_latest_change_counts() -> None:
    """After a change the usual rate is learnt again, and may fall again."""
    assert changed_since(answers(6, 6, 6, 0, 0, 5, 6, 6, 5, 0, 0)) == week(9)


@pytest.mark.parametrize("rate", [0.1, 0.3, 0.6])
def test_false_alarms_are_rare(rate: float) -> None:
    """Where every pick is marked with the same chance for ten years, there is at most one change in them, told over fifty teams."""
    chance = random.Random(f"{rate}")
    alarms = 0
    for _ in range(50):
        told: list[Answer] = []
        for number in range(520):
            marked = sum(chance.random() < rate for _ in range(10))
            told.append(Answer(week(number), 10, marked, answered=True))
        alarms += len({changed_since(told[:end]) for end in range(20, 521, 20)} - {None})
    assert alarms <= 50


def test_silence_after_which_nothing_is_marked() -> None:
    """Of a team that always answers, one silent digest beside one that it passed over says enough; of one that is away now and then it does not."""
    always, away_now_and_then = [6, 5, 6, 5] * 8, [6, 5, None, 6, 5] * 8
    assert changed_since(answers(*always, None, 0)) == week(33)
    assert changed_since(answers(*always, 0, None)) == week(32)
    assert changed_since(answers(*always, *[None] * 10)) is None
    assert changed_since(answers(*away_now_and_then, None, 0)) is None
    assert changed_since(answers(*always, None, 6, None, 5, None, 6)) is None


def test_suspected() -> None:
    """One digest that was passed over is enough for suspecting a change, and not for one; the next marks end it, and so does a change."""
    assert latest_change(answers(6, 5, 6, 5)) == Change()
    assert latest_change(answers(6, 5, 6, 5, 0)) == Change(suspected=True)
    assert latest_change(answers(6, 5, 6, 5, 0, None)) == Change(suspected=True)
    assert latest_change(answers(6, 5, 6, 5, 0, 5)) == Change()
    assert latest_change(answers(6, 5, 6, 5, 0, 0)) == Change(week(4))
    assert latest_change(answers(*[1] * 20, 0)) == Change(), (
        "of a team that seldom marks anything, one digest says nothing"
    )


def test_what_was_liked_before_hardly_counts() -> None:
    """Likes of before a change stand back behind one of after it, skips do not; what was passed over since is less than nothing said."""
    said = [
        Voice("U1", "old", 1.0, NOW - 2 * DAY),
        Voice("U1", "no", -0.5, NOW - 2 * DAY),
        Voice("U1", "new", 1.0, NOW),
    ]
    shown = {"before": NOW - 2 * DAY, "since": NOW}
    found = {one.key: one for one in signals(said, shown, NOW, 10_000 * DAY, changed=NOW - DAY)}

    assert found["old"].counts == pytest.approx(BEFORE_CHANGE * found["new"].counts, rel=0.01)
    assert found["no"].counts == pytest.approx(found["new"].counts, rel=0.01)
    assert (found["before"].liked, found["since"].liked) == (UNMARKED, PASSED_OVER)
