"""The best of each topic have a value near that of the best of all."""

from __future__ import annotations

from bot.digest.sections import COMPARED, comparable
from bot.digest.values import values_of
from tests.candidates import chosen, papers, thing
from tests.factories import ranked


def test_every_topic() -> None:
    """The best of each topic come, though those of one stand above all of another; but nothing that stands far below."""
    topics = ("alignment", "agent safety")
    unlike = [thing(n, title=f"subject{n} theme{n}", abstract="") for n in range(33)]
    many = [ranked(unlike[n], 0.9 - n / 1000, topics=topics[:1], on_topic=True) for n in range(30)]
    few = [ranked(unlike[n], 0.5 - n / 1000, topics=topics[1:], on_topic=True) for n in range(30, 33)]
    made = chosen([*many, *few, *papers(60, value=0.3, start=40)], topics=topics, explore=0.0)

    picked = [pick.item.key for pick in made.picks]
    assert few[0].item.key in picked
    assert {one.item.key for one in few} <= {pick.item.key for pick in (*made.picks, *made.also)}
    keys = [one.item.key for one in many]
    assert keys[:8] == [key for key in picked if key in keys][:8]


def test_a_topic_far_below() -> None:
    """The best of a topic come, though two hundred works of another one stand above them, and in the order of that topic."""
    topics = ("LLM agents", "causal inference")
    many = [
        ranked(thing(n, title=f"name{n} thing{n}", abstract=""), 0.9 - n / 1000, about={topics[0]: 9 - n / 100})
        for n in range(200)
    ]
    few = [
        ranked(thing(n, title=f"name{n} thing{n}", abstract=""), 0.2 + n / 1000, about={topics[1]: 5 - n / 100})
        for n in range(200, 206)
    ]
    made = chosen([*many, *few], topics=topics, explore=0.0)
    picked = [pick.item.key for pick in made.picks if pick.item.key in {one.item.key for one in few}]

    assert len(made.picks) / 3 <= len(picked)
    assert set(picked) == {one.item.key for one in few[: len(picked)]}


def test_comparable() -> None:
    """What is worth most within a topic is looked at, wherever it stands among all; the rest in the order given."""
    many = [ranked(thing(n), 0.9 - n / 1000, about={"a": 9 - n / 100}) for n in range(300)]
    last = ranked(thing(999), 0.1, about={"b": 3.0})
    values = values_of([*many, last], 2)
    best = comparable([*many, last], values)

    assert COMPARED == len(best)
    assert last is best[-1]
    assert many[: COMPARED - 1] == best[:-1]
    assert comparable(many[:5], values) == many[:5]
