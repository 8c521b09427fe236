"""A noun made of a verb and a particle is one word, however it is written."""

from __future__ import annotations

import pytest

from bot.phrasal_nouns import phrasal_nouns_joined


@pytest.mark.parametrize(
    ("written", "one"),
    [
        ("trade-offs, roll‑out; speed-up.", "tradeoffs, rollout; speedup."),
        ("human-in-the-loop", "human-in-the-loop"),
        ("time-on-task", "time-on-task"),
        ("text-to-image", "text-to-image"),
        ("by-in", "by-in"),
        ("plug-inn", "plug-inn"),
        ("trade off", "trade off"),
    ],
)
def test_written_as_one(written: str, one: str) -> None:
    """Only a particle that ends the word is joined to what stands before it."""
    assert one == phrasal_nouns_joined(written)
