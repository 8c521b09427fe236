"""Stems of a text's words, and what it costs to keep them."""

from __future__ import annotations

import tracemalloc

from bot.stems import stems


def test_forms_of_a_word() -> None:
    """Forms of a word have one stem."""
    assert {"agent"} == stems("Agentic agents, an AGENT's.") - {"an", "s"}


def test_what_is_kept() -> None:
    """However many abstracts a process reads over the months, a few megabytes of their stems are kept."""
    words = [f"word{number}" for number in range(400)]
    stems.cache_clear()
    stems(" ".join(words))  # the words themselves are kept once for all
    tracemalloc.start()
    try:
        for number in range(2500):
            stems(f"{number} {' '.join(words[number % 200 : number % 200 + 190])}")
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        stems.cache_clear()

    assert kept < 16e6
