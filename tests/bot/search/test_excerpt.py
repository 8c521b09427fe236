"""Excerpts: the place where most of the question stands, with what was found marked."""

from __future__ import annotations

import pytest

from bot.search.excerpt import marked
from bot.search.query import parse


def shown(text: str, asked: str, **how: int) -> str:
    runs = marked(text, parse(asked).wanted, **how)
    return "".join(f"[{run.text}]" if run.marked else run.text for run in runs)


@pytest.mark.parametrize(
    ("text", "asked", "expected"),
    [
        ("Reward models, revisited", "model", "Reward [models], revisited"),
        ("Reward models, revisited", '"reward models"', "[Reward models], revisited"),
        ("Reward models", "rew*", "[Reward] models"),
        ("Über Naïve Bayes", "naive", "Über [Naïve] Bayes"),
        ("強化学習による報酬モデル", "学習", "強化[学習]による報酬モデル"),
        ("強化学習による報酬モデル", "化学習", "強[化学習]による報酬モデル"),
        ("大语言模型", "模", "大语言[模型]"),
        ("การเรียนรู้ของเครื่อง", "เรียนรู้", "การ[เรียนรู้]ของเครื่อง"),
        ("nothing here", "zebra", ""),
        ("<b>bold</b> & a model", "model", "<b>bold</b> & a [model]"),
    ],
)
def test_what_is_marked(text: str, asked: str, expected: str) -> None:
    """What is marked is what was found, in any script, and nothing of the text is changed."""
    assert expected == shown(text, asked)


def test_a_long_text() -> None:
    """Of a long text the stretch with most of the question is shown, between words, with dots where something is left out."""
    text = "reward " + "filler " * 100 + "a reward model is trained " + "filler " * 100

    found = shown(text, "reward model", width=60)

    assert found.startswith("… ")
    assert found.endswith(" …")
    assert "a [reward] [model] is trained" in found
    assert len(found) < 90


def test_every_length() -> None:
    """Whatever the width, what is marked lies inside, whole."""
    text = "x" * 30 + " 強化学習による報酬モデルの話 " + "y" * 300 + " model"

    for width in range(10, 400, 7):
        assert "[報酬]" in shown(text, "報酬", width=width)
