"""What people clip in everyday speech is found in the works that write it out."""

from __future__ import annotations

import pytest

from bot.clipped_words import unclipped
from bot.spellings import spellings
from bot.unmatched import unmatched
from tests.factories import item


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("Math reasoning", "mathematical reasoning"),
        ("maths", "mathematical"),
        ("LLM evals", "llm evaluations"),
        ("sim2real", "sim-to-real"),
        ("Text2SQL for stats", "text-to-sql for statistics"),
        ("neural nets", "neural networks"),
        ("MATH-500", "mathematical-500"),
        ("k2v", "k2v"),
        ("aftermath", "aftermath"),
        ("eval_set", "eval_set"),
    ],
)
def test_as_papers_write_it(typed: str, written: str) -> None:
    """Whole words are written out, and words that a 2 joins."""
    assert written == unclipped(typed)


def test_both_ways() -> None:
    """A clipped topic is looked for as it stands, too."""
    assert ("maths modelling", "maths modeling", "mathematical modeling") == spellings("maths modelling")


def test_found_in_works_that_write_it_out() -> None:
    """A topic is not called empty for being clipped."""
    works = [item("a", title="Evaluation of language models"), item("b", title="Mathematical reasoning")]

    assert ("crypto",) == unmatched(("evals", "maths reasoning", "crypto"), works)
