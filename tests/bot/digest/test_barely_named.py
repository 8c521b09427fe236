"""Where hardly a paper names a topic of several words, few of those come that share a word with it or come near."""

from __future__ import annotations

from typing import Any

import pytest

from bot.digest.barely_named import FOR_EACH, HARDLY_ANY, LEAST
from bot.model import Digest
from tests.candidates import chosen, papers, thing
from tests.factories import ranked

SENSING = "compressed sensing"


def made_of(topic: str = SENSING, naming: int = 0, near: int = 20, **what: Any) -> Digest:
    """A digest of papers that name a topic, of such as only come near it, and of others on none."""
    asked: dict[str, Any] = {"topics": (topic,), "informed": True, "explore": 0.0, "budget_minutes": 120} | what
    named = [ranked(thing(n, abstract=""), 0.3, about={topic: 4.0}) for n in range(naming)]
    others = [
        ranked(thing(100 + n, title=f"Field {n} from above"), 0.2, about={topic: 3 - n / 100}, named=())
        for n in range(near)
    ]
    return chosen([*papers(60, start=200), *named, *others], **asked)


def near(made: Digest) -> list[int]:
    """The numbers of the picks that only come near the topic."""
    numbers = [int(pick.item.key.rpartition("/")[2]) for pick in made.picks]
    return sorted(number for number in numbers if 100 <= number < 200)


@pytest.mark.parametrize("naming", [0, 1, 2, 4])
def test_a_few_come(naming: int) -> None:
    """Those come that are about the topic most, some for each paper that names it, and some anyway; the others are no lines either. The head knows where hardly any names it."""
    made = made_of(naming=naming)
    most = max(LEAST, FOR_EACH * naming)

    assert [100 + n for n in range(most)] == near(made)
    assert ((SENSING,) if naming <= HARDLY_ANY else ()) == made.barely_named
    assert not made.also
    assert made.short is not None
    assert naming + most == made.short.reached


def test_enough_papers_name_it() -> None:
    """All come where enough papers name the topic, as of most topics."""
    made = made_of(naming=7, near=18)

    assert () == made.barely_named
    assert 18 == len(near(made))


@pytest.mark.parametrize(
    "what",
    [
        {"topic": "sensing"},  # of one word
        {"topic": "sensing with LLMs"},  # of which one word is the subject
        {"topic": "recovering signals from few measurements"},  # a sentence
        {"topic": "information retrieval"},  # a field of arXiv
        {"agreeing": (SENSING,)},  # the other topics bear it out
        {"near": LEAST},
    ],
)
def test_what_is_no_guess(what: dict[str, Any]) -> None:
    """A topic whose works need not name it is not barely named, nor one of which no more come than may."""
    made = made_of(**what)

    assert () == made.barely_named
    assert what.get("near", 20) == len(near(made))


def test_named_by_another_name() -> None:
    """A paper that has another name of the topic, or writes its abbreviation out, names it."""
    for topic, abstract in (
        ("self-driving cars", "Of autonomous vehicles."),
        ("GNN robustness", "Robustness of graph neural networks."),
    ):
        works = [ranked(thing(n, abstract=abstract), 0.3, about={topic: 4.0}, named=()) for n in range(12)]
        made = chosen([*works, *papers(60, start=200)], topics=(topic,), informed=True, explore=0.0, budget_minutes=120)

        assert () == made.barely_named
        assert 12 <= len(made.picks)


def test_a_paper_that_names_it_in_passing() -> None:
    """A paper that has the topic's words together comes before those that only come near, be it that nothing else says what it is about."""
    passing = ranked(thing(5, title="Benchmarks of computer science"), 0.01, named=(SENSING,))
    others = [ranked(thing(100 + n, abstract=""), 0.2, about={SENSING: 3 - n / 100}, named=()) for n in range(20)]
    made = chosen([passing, *others], topics=(SENSING,), informed=True, explore=0.0, budget_minutes=120)

    assert (passing.key, [100, 101, 102, 103, 104]) == (made.picks[0].item.key, near(made))
    assert f"your topic '{SENSING}'" == made.picks[0].reasons[0].text


def test_beside_another_topic() -> None:
    """Fewer come beside another topic, whose works take their places; a paper on both stays."""
    topics = (SENSING, "state estimation")
    both = ranked(thing(90, abstract=""), 0.1, about={SENSING: 0.1, topics[1]: 1.0}, named=())
    other = [ranked(thing(n, abstract=""), 0.3, about={topics[1]: 3.0}) for n in range(30)]
    partly = [ranked(thing(100 + n, abstract=""), 0.2, about={SENSING: 3 - n / 100}, named=()) for n in range(20)]
    made = chosen([*other, both, *partly], topics=topics, informed=True, explore=0.0, budget_minutes=120)
    listed = {int(pick.item.key.rpartition("/")[2]) for pick in (*made.picks, *made.also)}

    assert [100, 101, 102] == near(made)
    assert 90 in listed
    assert (SENSING,) == made.barely_named


def test_what_was_liked_lets_more_come() -> None:
    """The more a channel liked, the surer it is what else it means by its topics; what is like a liked work is no guess at all."""
    assert LEAST < len(near(made_of(decided=12.0))) < 20


def test_what_is_followed_comes() -> None:
    """What a channel follows comes, however many others only come near its topic."""
    made = made_of(follow=("word:field",))

    assert 10 < len(near(made))
