"""The best of each topic have a value near that of the best of all."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.coverage import votes_for
from bot.digest.order import by_section
from bot.digest.sections import COMPARED, comparable
from bot.digest.values import values_of
from bot.model import Digest
from bot.ranking.question import MemberGroup, Relevance
from bot.ranking.ranked import Ranked
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
    values = values_of(by_section([*many, last]), 2)
    best = comparable([*many, last], values)

    assert COMPARED == len(best)
    assert last is best[-1]
    assert many[: COMPARED - 1] == best[:-1]
    assert comparable(many[:5], values) == many[:5]


def of_groups(number: int, value: float, **scores: float) -> Ranked:
    """A paper that reaches groups of members, each given as its number and voters ('_0_1' is group 0, of one member)."""
    found = ranked(thing(number, title=f"subject{number} theme{number}", abstract=""), value)
    parties = {MemberGroup(*map(int, name.split("_")[1:])): score for name, score in scores.items()}
    found.known = Relevance(0.0, {}, groups=parties)
    return found


def picked(made: Digest, wanted: Sequence[Ranked]) -> int:
    keys = {one.item.key for one in wanted}
    return sum(pick.item.key in keys for pick in made.picks)


def test_members_who_disagree() -> None:
    """Two members who want different things have places alike, though the works of the one stand above all of the other's."""
    ann = [of_groups(n, 0.5 - n / 1000, _0_1=3 - n / 10) for n in range(20)]
    bob = [of_groups(n, 0.9 - n / 1000, _1_1=5 - n / 10) for n in range(20, 40)]
    nobody = papers(60, value=0.95, start=40)
    made = chosen([*ann, *bob, *nobody], explore=0.0)

    assert abs(picked(made, ann) - picked(made, bob)) <= 1
    assert picked(made, ann) >= 5
    assert picked(made, nobody) <= 2


def test_one_member_against_many() -> None:
    """Each member is a voter: one who wants something else than five others has some places, and not half of them."""
    one = [of_groups(n, 0.9 - n / 1000, _0_1=5 - n / 10) for n in range(20)]
    five = [of_groups(n, 0.5 - n / 1000, _1_5=3 - n / 10) for n in range(20, 40)]
    made = chosen([*one, *five], explore=0.0)

    assert 1 <= picked(made, one) <= picked(made, five) / 2


@pytest.mark.parametrize(("little", "share"), [(False, 0.0), (True, 0.5)])
def test_a_group_and_what_is_unlike(*, little: bool, share: float) -> None:
    """A group of members is due no place for what is like nothing that was liked, and half a one for what is a little like it."""
    alike, other = of_groups(1, 0.9, _0_1=5), of_groups(2, 0.8, _1_1=4)
    other.known = other.known._replace(a_little_like=("a:liked",) if little else ())
    values = values_of(by_section([alike, other]), unlike={other.item.key})

    assert {"0": 1.0} == values.for_topics(alike.item.key)
    assert share == values.for_topics(other.item.key).get("1", 0.0)


def test_works_that_are_liked_more_come_first() -> None:
    """Of two members who want different things the one for whom the week has hardly anything takes no place of what the other plainly likes."""
    ann = [of_groups(n, 0.9 - n / 1000, _0_1=5 - n / 10) for n in range(20)]
    for one in ann:
        one.known = one.known._replace(akin=True)
    bob = [of_groups(n, 0.5 - n / 1000, _1_1=3 - n / 10) for n in range(20, 40)]
    bob[0].known = bob[0].known._replace(akin=True)
    made = chosen([*ann, *bob], informed=True, explore=0.0, budget_minutes=60)
    picked = [pick.item.key for pick in made.picks]

    assert bob[0].item.key in picked
    assert {one.item.key for one in bob[1:]}.isdisjoint(picked)


def test_a_topic_that_is_skipped() -> None:
    """A topic of which nearly all that was marked was skipped has fewer picks than another one, and still some."""
    topics = ("alignment", "agent safety")
    both = [
        ranked(thing(n, title=f"subject{n} theme{n}", abstract=""), 0.5, about={topics[n % 2]: 5 - n / 20})
        for n in range(60)
    ]
    evenly, fewer = (
        chosen(both, topics=topics, informed=True, explore=0.0, votes=votes, budget_minutes=60)
        for votes in ({}, {topics[0]: votes_for(1, 9)})
    )

    assert abs(picked(evenly, both[::2]) - picked(evenly, both[1::2])) <= 1
    assert 2 <= picked(fewer, both[::2]) <= 0.75 * picked(fewer, both[1::2])
