from __future__ import annotations

from typing import Any

import pytest

from bot.model import Digest, Shortness
from tests.candidates import chosen, papers, thing
from tests.factories import ranked


def made_of(reached: int, others: int = 60, **what: Any) -> Digest:
    asked: dict[str, Any] = {"topics": ("robots",), "informed": True, "explore": 0.0, "budget_minutes": 120} | what
    near = [ranked(thing(n), 0.2, about=dict.fromkeys(asked["topics"][:1], 3.0)) for n in range(reached)]
    return chosen([*papers(others, start=100), *near], **asked)


@pytest.mark.parametrize("reached", [0, 2, 8])
def test_a_week_with_little(reached: int) -> None:
    """A digest that leaves minutes unused says how many papers fit, and how many others it has."""
    made = made_of(reached)

    assert Shortness(reached=reached, added=len(made.picks) - reached) == made.short


@pytest.mark.parametrize(
    ("reached", "what"),
    [
        (60, {}),  # all its cards are used
        (8, {"budget_minutes": 24}),  # its time is
        (2, {"others": 9}),  # the week had no more
        (2, {"topics": ()}),  # nobody asked for anything
        (2, {"informed": False}),
    ],
)
def test_a_digest_that_is_not_short(reached: int, what: dict[str, Any]) -> None:
    """What uses its time, could not be longer, or was not asked for anything says nothing."""
    assert made_of(reached, **what).short is None


def test_what_explores() -> None:
    """What was drawn to explore counts as neither."""
    made = made_of(8, explore=0.5)

    assert made.short is not None
    assert (8, 0) == (made.short.reached, made.short.added)


def test_a_topic_that_is_muted() -> None:
    """A short digest names the topics that a mute keeps out; one that is not has no need to."""
    mute = {"topics": ("LLM agents", "tea"), "mute": ("word:agents", "source:reddit")}

    made = made_of(2, **mute)

    assert made.short is not None
    assert (("LLM agents", "word: agents"),) == made.short.muted
    assert made_of(60, **mute).short is None
