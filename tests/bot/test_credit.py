"""Credits name members, are read again, and are written without a name."""

from __future__ import annotations

import pytest

from bot.credit import PAUSED_BEFORE, credited, ended_by, paused_by, proposed_by, without_credit

CREDITS = [
    (proposed_by("Ada"), "suggested by a member"),
    (f"{proposed_by('Ben')}; {proposed_by('Ada')}", "suggested by Ben; suggested by a member"),
    (paused_by("Ada", "a holiday\nof mine"), "a member paused it"),
    (ended_by("Ada"), "a member ended it"),
    (PAUSED_BEFORE + paused_by("Ada", "a holiday"), "the channel was paused: a member paused it"),
]


@pytest.mark.parametrize(("text", "without"), CREDITS)
def test_without_a_name(text: str, without: str) -> None:
    """Name and reason go, another's name stays; nobody is found there any more."""
    assert "Ada" in credited(text)
    assert without == without_credit(text, {"Ada"})
    assert "Ada" not in credited(without)


@pytest.mark.parametrize("text", ["", "Adaptive pauses", proposed_by(""), paused_by(""), paused_by("the operator")])
def test_nobody(text: str) -> None:
    """Where nobody is named, nobody is found, and nothing changes."""
    assert [] == credited(text)
    assert text == without_credit(text, {"Ada"})


@pytest.mark.parametrize("text", [proposed_by("Ada Lovelace"), paused_by("Adam"), "Ada wrote it"])
def test_others(text: str) -> None:
    """Part of a name is another's name."""
    assert text == without_credit(text, {"Ada"})
