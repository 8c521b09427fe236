"""Stems of a text's words, and what it costs to keep them."""

from __future__ import annotations

import tracemalloc

from hypothesis import given, settings
from hypothesis import strategies as st

from bot import stems as module
from bot.stems import has_all, has_any, stems
from tests.examples import examples

TEXTS = st.lists(st.sampled_from("agent Agents agentic world-model models of reagents Größe loss'".split()), max_size=9)


def test_forms_of_a_word() -> None:
    """Forms of a word have one stem."""
    assert {"agent"} == stems("Agentic agents, an AGENT's.") - {"an", "s"}


def test_a_phrasal_noun() -> None:
    """A work with a trade-off has no word of 'trading', and none of 'rolling'; one with a tradeoff has the other's."""
    assert not has_any("Trade-offs of roll-outs", stems("trading rolling"))
    assert has_all("Trade-offs of roll-outs", stems("tradeoff rollout"))


@settings(max_examples=examples(200))
@given(TEXTS.map(" ".join), TEXTS.map(" ".join))
def test_of_works(text: str, topic: str) -> None:
    """What a work has of some stems is what it has of them as a set."""
    assert has_any(text, stems(topic)) == (not stems(topic).isdisjoint(stems(text)))
    assert has_all(text, stems(topic)) == (stems(topic) <= stems(text))


def test_what_is_kept() -> None:
    """However many abstracts a process reads over the months, a few megabytes of their stems are kept."""
    words = [f"word{number}" for number in range(400)]
    module._spaced.cache_clear()
    has_any(" ".join(words), ())  # the words themselves are kept once for all
    tracemalloc.start()
    try:
        for number in range(5000):
            has_any(f"{number} {' '.join(words[number % 200 : number % 200 + 190])}", ())
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        module._spaced.cache_clear()

    assert kept < 16e6
