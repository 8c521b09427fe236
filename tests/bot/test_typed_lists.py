"""Lists as people type them."""

from __future__ import annotations

import pytest

from bot.typed_lists import typed_list


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("[RL] agents, NLP [new]", ["[RL] agents", "NLP [new]"]),
        ("[RL], [NLP]", ["[RL]", "[NLP]"]),
        ('["[RL] agents", "NLP"]', ["[RL] agents", "NLP"]),
        ("[]", []),
    ],
)
def test_brackets(text: str, entries: list[str]) -> None:
    """Brackets around the whole list are taken off, and those of its entries stay."""
    assert typed_list(text) == entries
