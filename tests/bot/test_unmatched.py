from __future__ import annotations

import pytest

from bot.unmatched import unmatched
from tests.factories import item

WORKS = [
    item("a:1", title="Agentic coding", abstract="Interpretable steps."),
    item("a:2", title="World models", tags=("robotics",)),
    item("a:3", title="Coding in C++ at 20 degrees C"),
]


@pytest.mark.parametrize(
    "topic", ["agents", "interpretability", "world model", "Robotic", "coding agents", "C++", "C++ coding"]
)
def test_what_is_there(topic: str) -> None:
    """A topic is not called empty where a work bears its words, in whatever form."""
    assert () == unmatched([topic], WORKS)


@pytest.mark.parametrize(
    "topic", ["quantum radar", "world agents", "tea", "worldly", "?", "🔥", "the", "To the", "C#", "F++"]
)
def test_what_is_not(topic: str) -> None:
    """A topic that no single work is about is said so."""
    assert (topic,) == unmatched(["agents", topic], WORKS)


def test_an_empty_week() -> None:
    """Where there are no works, their absence is no fault of a topic."""
    assert () == unmatched(["quantum radar"], [])
