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
        (2, {"others": 3}),  # the week had no more
        (2, {"topics": ()}),  # nobody asked for anything
        (2, {"informed": False}),
    ],
)
def test_a_digest_that_is_not_short(reached: int, what: dict[str, Any]) -> None:
    """What uses its time, could not be longer, or was not asked for anything says nothing."""
    assert made_of(reached, **what).short is None


@pytest.mark.parametrize(("budget", "short"), [(35, False), (36, False), (37, True), (39, True)])
def test_a_quarter_of_the_time(budget: int, short: bool) -> None:  # noqa: FBT001 - one of a table
    """Eight cards take 27 minutes: of 36 that leaves less than a quarter, of 37 more."""
    made = made_of(8, budget_minutes=budget)

    assert (8, short) == (len(made.picks), made.short is not None)


def test_what_explores() -> None:
    """What was drawn to explore counts as neither."""
    made = made_of(8, explore=0.5)

    assert made.short is not None
    assert (8, 0) == (made.short.reached, made.short.added)


def test_what_next_to_a_topic_is() -> None:
    """A card that says a topic counts as what was asked for: the head does not contradict it."""
    beside = [ranked(thing(n, title=f"Agentic search {n}", abstract="Of an LLM."), 0.3) for n in range(3)]
    on = [ranked(thing(10, title="LLM agents"), 0.9, about={"LLM agents": 3.0})]
    made = chosen(
        [*papers(60, start=100), *beside, *on], topics=("LLM agents",), informed=True, explore=0.0, budget_minutes=120
    )

    assert Shortness(reached=4, added=1) == made.short


def test_all_of_it_explores() -> None:
    """Where what was asked for gave its places to what explores, it is not said that the week had little of it."""
    made = made_of(8, explore=1.0)

    assert all(pick.explore for pick in made.picks)
    assert made.short is None


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ({"mute": ("source:arxiv",)}, {"kept_out": (("source: arxiv", 40),)}),
        ({"sources": ("arxiv",)}, {"read": ("Arxiv",)}),
        ({"sources_off": ("reddit",)}, {"read": ("Arxiv",)}),
    ],
)
def test_what_keeps_more_of_it_out(what: dict[str, Any], said: dict[str, Any]) -> None:
    """A mute that keeps out what was asked for is named with how much that is; so are the sources, where the channel chose them."""
    there = [ranked(thing(n, source="hf"), 0.2, about={"robots": 3.0}) for n in range(2)]
    away = [ranked(thing(n), 0.3, about={"robots": 3.0}) for n in range(10, 50)] if "mute" in what else []
    others = [ranked(thing(n, source="hf"), 0.1) for n in range(100, 160)]
    made = chosen([*there, *away, *others], topics=("robots",), informed=True, explore=0.0, budget_minutes=120, **what)

    assert Shortness(reached=2, added=3, **said) == made.short


def test_a_topic_that_is_muted() -> None:
    """A short digest names the topics that a mute keeps out; one that is not has no need to."""
    mute = {"topics": ("LLM agents", "tea"), "mute": ("word:agents", "source:reddit")}

    made = made_of(2, **mute)

    assert made.short is not None
    assert (("LLM agents", "word: agents"),) == made.short.muted
    assert made_of(60, **mute).short is None
