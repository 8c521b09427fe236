"""What buttons say stays readable for ever."""

from __future__ import annotations

import pytest

from bot.model import Meaning
from bot.pressing import Pressed, press_text, read_press


@pytest.mark.parametrize(
    ("text", "pressed"),
    [
        ("press 1/must-read", Pressed(Meaning.MUST_READ)),
        ("press 1/to-read", Pressed(Meaning.TO_READ)),
        ("press 1/read/14", Pressed(Meaning.READ, 14)),
        ("press 1/skip/3/1755414000.000200", Pressed(Meaning.SKIP, 3, "1755414000.000200")),
        ("press 1/skip/3/1406000000000000000", Pressed(Meaning.SKIP, 3, "1406000000000000000")),
    ],
)
def test_the_first_version(text: str, pressed: Pressed) -> None:
    """What stands under messages that were posted once is read for ever, and is what is written today."""
    assert pressed == read_press(text)
    assert text == press_text(pressed.meaning, pressed.rank, pressed.message_id or "")


@pytest.mark.parametrize(
    "text",
    ["", "press", "press 2/must-read", "press 1/", "press 1/love", "press 1/skip/x", "press 1/skip/3/a/b", "mine"],
)
def test_what_is_none(text: str) -> None:
    """A version to come, and what no version wrote, is no press."""
    assert read_press(text) is None
