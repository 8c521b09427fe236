from __future__ import annotations

import pytest

from bot import diversity
from bot.budget import card_cost, marking_rate
from bot.diversity import Likeness
from tests.factories import item

WORKS = [
    item("a:1", title="Sparse attention", abstract="A router skips keys of long contexts."),
    item("a:2", title="Sparse attention, again", abstract="A router skips keys of long contexts."),
    item("a:3", title="Robot hands", abstract="A glove that grasps."),
    item("a:4", title="注意力", abstract=""),
]


def test_likeness() -> None:
    """A work is like itself, nearly like its double, and not at all like what shares no word with it."""
    found = Likeness(WORKS)

    assert pytest.approx(1.0) == found.between("a:1", "a:1")
    assert 0.7 < found.between("a:1", "a:2") < 1.0
    assert found.between("a:2", "a:1") == found.between("a:1", "a:2")
    assert 0.0 == found.between("a:1", "a:3") == found.between("a:1", "a:4") == found.between("a:1", "unknown")


def test_counted_among_the_works_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """A word is as rare as it is among the works that are compared, whatever was compared before, and be it forgotten meanwhile; doubles are counted as two."""
    double = item("a:5", title="Sparse attention", abstract="A router skips keys of long contexts.")
    plenty = [item(f"b:{n}", title="Sparse attention", abstract="A router.") for n in range(9)]
    alone = Likeness([*WORKS, double]).between("a:1", "a:2")

    assert Likeness([*WORKS, double, *plenty]).between("a:1", "a:2") < alone
    monkeypatch.setattr(diversity, "KEPT", 3)
    before = Likeness([*WORKS, double])
    assert [alone] * 2 == [one.between("a:1", "a:2") for one in (before, Likeness([*reversed(WORKS), double]))]
    assert alone != Likeness(WORKS).between("a:1", "a:2")


def test_cost() -> None:
    """A card costs its minute, and as much of its reading time as the channel is likely to spend."""
    assert [3.4, 9.0, 1.8] == [card_cost(8, 0.3), card_cost(8, 1.0), card_cost(8, 0.1)]


def test_rate() -> None:
    """The rate begins at 0.3, follows what the channel marks, and never falls so low that reading costs nothing."""
    assert [0.3, 0.4, 0.1] == [marking_rate(0, 0), marking_rate(20, 10), marking_rate(1000, 0)]
