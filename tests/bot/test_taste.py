from __future__ import annotations

from bot.taste import distinctive

MINE = [f"Sparse attention for long contexts, number {n}" for n in range(24)]
OTHERS = [f"A glove that grasps, number {n}" for n in range(24)]


def test_words() -> None:
    """What stands in the one pile and not in the other is told, pairs of words before their parts."""
    found = distinctive(MINE, OTHERS)

    assert "sparse attention" in found
    assert "attention" not in found
    assert not {"number", "for", "glove"} & set(found)


def test_nothing_to_compare_with() -> None:
    """Beside too few others it is what the works share that is told."""
    assert "sparse attention" in distinctive(MINE, OTHERS[:2])
    assert [] == distinctive(["One thing", "Another one", "Third matter"], [])


def test_too_little() -> None:
    """Of one work nothing is told: its words are chance."""
    assert [] == distinctive(MINE[:1], OTHERS)
    assert [] == distinctive([], OTHERS)
