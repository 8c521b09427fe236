"""Names in titles are put together of words."""

from __future__ import annotations

import pytest

from bot.compounds import parts_of_names


@pytest.mark.parametrize(
    ("title", "parts"),
    [
        ("RigidBench: Evaluating Physics", ["Rigid", "Bench"]),
        ("DSAgentBench and SkillShapley", ["Agent", "Bench", "Skill", "Shapley"]),
        ("A plain title on LLM agents", []),
        ("GoT, mT5 and IoT", []),
        ("LLMRouter: Unified Infrastructure", ["LLM", "Router"]),
        ("", []),
    ],
)
def test_parts_of_names(title: str, parts: list[str]) -> None:
    """Words of three letters and more count; what is no name put together has none."""
    assert parts == parts_of_names(title)
