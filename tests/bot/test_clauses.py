"""Sentences that are shortened: at a clause, and with their figure."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.clauses import cut_at_clause, cut_to_figure
from tests.examples import examples

LIMIT = 120
GAP = "Experiments on twelve frontier models reveal a gap that grows with the length of a task, whatever the tools and the budget are, "


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("We present Foo, a fast attention for all.", "We present Foo, a fast attention for all."),
        (
            "We present Foo, a fast attention for long contexts that needs no training at all, and a kernel that runs on every device there is.",
            "We present Foo, a fast attention for long contexts that needs no training at all…",
        ),
        (  # neither a comma in brackets nor one in a number ends a clause
            "We collect 1,200,000 pairs of images and texts from nine languages (Arabic, Hindi, Mandarin, Portuguese, Swahili and some others).",
            "We collect 1,200,000 pairs of images and texts from nine languages (Arabic, Hindi, Mandarin, Portuguese, Swahili and…",
        ),
        (  # what leads in to a clause that does not fit goes with it
            "It improves four proxies and is less sensitive to the wording, but not more correct; for error handling, it is worse than all of the others.",
            "It improves four proxies and is less sensitive to the wording, but not more correct…",
        ),
        (  # a first clause that says next to nothing is not all that is left
            "In short, everything that we have tried on every single one of the models that anybody has ever published fails in the very same way.",
            "In short, everything that we have tried on every single one of the models that anybody has ever published fails in the…",
        ),
    ],
)
def test_at_a_clause(sentence: str, shown: str) -> None:
    """A sentence that is too long ends with a clause of its second half, else at a word."""
    assert shown == cut_at_clause(sentence, LIMIT)


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        (GAP + "with the best model (GPT-5.2) achieving only 31.4%.", "with the best model (GPT-5.2) achieving only 31.4%."),
        (GAP + "while Foo-2.5 stays 3.2x faster than all others, at any length that we tried.", "while Foo-2.5 stays 3.2x faster than all others…"),
        (GAP + "and the perplexity falls from 6.03 to 5.70.", "and the perplexity falls from 6.03 to 5.70."),
        (GAP + "cutting failures by 30-60%.", "cutting failures by 30-60%."),
        (GAP + "at 12 percentage points more than Qwen2.5-7B.", "at 12 percentage points more than Qwen2.5-7B."),
    ],
)  # fmt: skip
def test_to_its_figure(sentence: str, shown: str) -> None:
    """Where the figure stands too far behind, the middle is left out: the beginning says what it is of, and its clause is whole."""
    said = cut_to_figure(sentence, LIMIT)

    assert said.startswith("Experiments on twelve frontier models")
    assert said.endswith(f"… {shown}")
    assert len(said) <= LIMIT


def test_a_figure_at_the_beginning() -> None:
    """A figure that is shown anyway leaves the rest as it is: nothing of the middle is left out."""
    sentence = "Foo is 4.2x faster than Bar on every task that we tried, " + GAP.lower() + "though by 3% less on one."

    assert "Foo is 4.2x faster than Bar on every task that we tried…" == cut_to_figure(sentence, 100)


@pytest.mark.parametrize("name", ["GPT-5.2", "Qwen2.5", "a model of 7.6B parameters", "1.2 million pairs"])
def test_what_is_no_figure(name: str) -> None:
    """The version of a model and its size tell no result."""
    sentence = GAP + f"which holds for {name} as well as for all others."

    assert cut_at_clause(sentence, LIMIT) == cut_to_figure(sentence, LIMIT)


@settings(max_examples=examples(300), deadline=None)
@given(
    st.lists(st.sampled_from(["a gap", "12%", "3.4x", "5.70", "(e.g.,", ")", "while", "grows,", "x" * 30, "，", "۔", "1,000"]), max_size=60),
    st.integers(1, 200),
)  # fmt: skip
@example(["x" * 30] * 30 + ["12%"], 80)
def test_anything(words: list[str], limit: int) -> None:
    """Whatever a sentence is, it is as short as asked for, what fits stays as it is, and only what it says is said."""
    sentence = " ".join(words)
    for shown in (cut_at_clause(sentence, limit), cut_to_figure(sentence, limit)):
        assert len(shown) <= limit
        assert shown == sentence or len(sentence) > limit
        assert all(part.strip() in sentence for part in shown.split("…"))


def test_hostile_length() -> None:
    """A text made to be slow costs no more than half a second."""
    began = time.process_time()
    for piece in ("1,", "1-", "1.1.", "(", "e.g., ", "1 ", ", while "):
        cut_to_figure(piece * 3000, 320)

    assert 0.5 > time.process_time() - began
