"""The next pick is the one that adds the most to those picked already."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.digest.selection import Selection
from bot.digest.values import Values
from bot.diversity import Likeness
from bot.ranking.ranked import Ranked
from tests.candidates import CANDIDATES, chosen, cost, thing
from tests.examples import examples
from tests.factories import ranked


@settings(max_examples=examples(100), deadline=None)
@given(CANDIDATES, st.integers(0, 6))
def test_the_best_as_by_looking_at_all(candidates: list[Ranked], taken: int) -> None:
    """The next pick is that of the greatest gain of all, though most are never compared with the picks."""
    choice = Selection(
        left=1_000,
        costs={r.item.key: cost(r.item) for r in candidates},
        values=Values({r.item.key: round(r.value, 1) for r in candidates}),
        likeness=Likeness(r.item for r in candidates),
        firsts={r.item.key: {"rare"} for r in candidates if r.item.key.endswith("1")},
        compared={r.item.key for r in candidates},
    )
    while (fitting := choice.open(candidates)) and taken >= len(choice.chosen):
        compared = dict(choice.nearest)
        plain = min(fitting, key=lambda r: (not choice.first(r), -choice.gain(r), r.item.key))
        choice.nearest = compared  # with what it compared itself for the picks before
        assert plain is choice.best(fitting)
        choice.take(plain, compare=True)


def test_no_doubles() -> None:
    """Of three papers that say the same and a somewhat weaker one that says another thing, the other comes second."""
    same = [ranked(thing(n, title="Sparse attention", abstract="Keys are skipped by a router."), 0.9) for n in range(3)]
    other = ranked(thing(9, title="Robot hands", abstract="A glove that grasps."), 0.8)
    least = ranked(thing(10, title="Tokenisers", abstract="Bytes alone."), 0.1)
    digest = chosen([*same, other, least], budget_minutes=7, explore=0.0)

    assert ["Sparse attention", "Robot hands"] == [pick.item.title for pick in digest.picks]


def test_no_subject_fills_the_digest() -> None:
    """Of twenty papers on one subject that all stand above sixty others, somewhat more than their share are picks, and others beside them."""
    crowd = [
        ranked(thing(n, title=f"name{n} thing{n}", abstract=""), 0.9 - n / 1000, on_topic=True, subject=1)
        for n in range(20)
    ]
    beside = [
        ranked(thing(n, title=f"name{n} thing{n}", abstract=""), 0.8 - n / 1000, on_topic=True, subject=n)
        for n in range(20, 80)
    ]
    made = chosen([*crowd, *beside], topics=("agents",), budget_minutes=60, explore=0.0)
    of_crowd = [pick for pick in made.picks if pick.item.key in {one.item.key for one in crowd}]

    assert crowd[0].item.key == made.picks[0].item.key
    assert 4 <= len(of_crowd) <= len(made.picks) * 0.6


def test_who_likes_one_subject_gets_it() -> None:
    """In a channel without topics what is like the liked works comes before what is like none of them, be it all of one subject, as a list on law is."""
    like = [ranked(thing(n, title=f"name{n} thing{n}", abstract=""), 0.9 - n / 100, subject=1) for n in range(12)]
    for one in like:
        one.known = one.known._replace(akin=True)
    other = [ranked(thing(n, title=f"name{n} thing{n}", abstract=""), 0.7 - n / 1000, subject=n) for n in range(20, 40)]
    made = chosen([*like, *other], informed=True, explore=0.0)

    picked = [pick.item.key for pick in made.picks]
    assert {one.item.key for one in like[:10]} <= set(picked[:12])
