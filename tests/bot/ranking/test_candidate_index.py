"""The index of a week's candidates says the same as looking at each item, whoever asked before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Item, Window
from bot.ranking import candidate_index
from bot.ranking.candidate_index import FEW, KEPT, WINDOWS, CandidateIndex
from bot.ranking.features import NO_MATCH, freshness, match_topics
from tests.examples import examples
from tests.factories import NOW, item

TEXTS = st.lists(
    st.sampled_from("agent Agents world-model models of reagents GRÖSSE größe loss".split()), max_size=9
).map(" ".join)
ITEMS = st.lists(
    st.builds(
        lambda n, title, abstract: item(f"a:{n}", title=title, abstract=abstract), st.integers(0, 99), TEXTS, TEXTS
    ),
    max_size=8,
    unique_by=lambda one: one.key,
)
TOPICS = st.lists(
    st.sampled_from(["agents", "world models", "world model agents", "größe", "…", "", "nothing"]),
    max_size=4,
    unique=True,
)


def plain(items: Sequence[Item], topics: Sequence[str]) -> dict[str, object]:
    return {one.key: found for one in items if (found := match_topics(one, topics)) != NO_MATCH and found.strength}


@settings(max_examples=examples(200), deadline=None)
@given(ITEMS, ITEMS, TOPICS, TOPICS, st.sampled_from([0, FEW]))
def test_as_each_item_by_itself(
    first: list[Item], more: list[Item], topics: list[str], others: list[str], few: int
) -> None:
    """What topics match is the same as item by item, also of items that came after a topic was asked for, and after words were indexed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(candidate_index, "FEW", few)
        matches_as_item_by_item(first, more, topics, others)


def matches_as_item_by_item(first: list[Item], more: list[Item], topics: list[str], others: list[str]) -> None:
    index = CandidateIndex()
    index.of(first)
    index.matches(others)
    early = index.matches(topics)
    assert plain(first, topics) == {one.key: match for one, match in early.items()}

    known = {*index.of(first), *index.of(more)}
    late = index.matches(topics)
    assert set(late) <= known
    assert {(id(one.item), match) for one, match in late.items()} == {
        (id(one), match) for one in (*first, *more) if (match := match_topics(one, topics)).strength
    }


def test_the_same_candidate_again() -> None:
    """An item is one candidate, and another item of the same key another one."""
    index, one, other = CandidateIndex(), item("a:1"), item("a:1", title="Else")

    assert index.of([one, other, one])[0] is index.of([one])[0]
    assert len(set(index.of([one, other]))) == 2


def test_who_competes_is_worked_out_once() -> None:
    """The same tuple is one competition for all channels; what channels were left with, as lists, are others, of the same candidates."""
    index, items = CandidateIndex(), (item("a:1"), item("a:2"))
    found = index.competition(items)

    assert index.competition(items) is found
    assert index.competition(list(items)) is not found
    assert found.candidates == index.of(list(items))


def test_many_topics() -> None:
    """However many topics are asked for, the answers stay right and the memory bounded."""
    index, works = CandidateIndex(), [item(f"a:{n}", title=f"number{n}") for n in range(2 * KEPT)]
    index.of(works)

    for _ in range(2):
        for n in range(2 * KEPT):
            assert [f"a:{n}"] == [one.key for one in index.matches([f"number{n}"])]
    assert len(index._topics._known) <= KEPT


def test_freshness_of_windows() -> None:
    """Freshness is that of each item in the window that is asked for, also of items that came since; of windows the last few are remembered."""
    index = CandidateIndex()
    windows = [Window(start=NOW - timedelta(days=7 + n), end=NOW) for n in range(2 * WINDOWS)]
    items = [item(f"arxiv:2608.{n:05}", published=NOW - timedelta(days=n)) for n in range(9)]
    for known in (items[:4], items):
        candidates = index.of(known)
        for window in [*windows, windows[0]]:
            found = index.freshness(window)
            assert [freshness(one.item, window) for one in candidates] == [found[one] for one in candidates]

    assert WINDOWS == len(index._fresh)
