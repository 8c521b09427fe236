"""A digest of few papers on its topics is made up with what comes nearest, then with what most took notice of."""

from __future__ import annotations

import pytest

from bot.digest.making_up import made_up_with
from bot.model import Attention, Reason, Score, Section
from bot.ranking.ranked import Ranked
from tests.candidates import chosen, papers, thing
from tests.factories import ranked

HALF = Reason(name="topics", text="has 'discovery' of 'drug discovery'", weight=0.4)


def noticed(number: int, votes: int, value: float, *, about: str = "", aboutness: float = 0.0) -> Ranked:
    """Give a paper with so many votes, which has half of a topic's words."""
    notice = Reason(name="attention", text=f"{votes} votes on Hugging Face", weight=0.1)
    new = Reason(name="freshness", text="new on Monday", weight=0.01)
    work = thing(number, title="Discovery of codes", abstract=about, attention={"hf": Attention(votes=votes)})
    found = Ranked.of(work, Score(value=value, reasons=(HALF, *([notice] if votes else []), new)), on_topic=False)
    found.aboutness = aboutness
    return found


def test_the_most_noticed() -> None:
    """What has half of a topic's words and no votes does not stand before what everybody took notice of; the card says what it is here for."""
    made = made_up_with([noticed(1, 0, 0.9), noticed(2, 3, 0.5), noticed(3, 90, 0.1)], {}, ["drug discovery"], 2)

    assert [90, 3] == [one.item.attention["hf"].votes for one in made]
    assert ["not on your topics", "90 votes on Hugging Face", "new on Monday"] == [
        reason.text for reason in made[0].reasons
    ]


def test_where_nobody_votes() -> None:
    """Where nothing is noticed the best come, and say no more than that they are new."""
    made = made_up_with([noticed(1, 0, 0.9), noticed(2, 0, 0.5)], {}, ["drug discovery"], 1)

    assert [["not on your topics", "new on Monday"]] == [[reason.text for reason in one.reasons] for one in made]
    assert [0.9] == [one.value for one in made]


@pytest.mark.parametrize(
    ("about", "topic", "first"),
    [
        ("The discovery of new drugs.", "drug discovery", True),
        ("Drugs help, and what else a clinic needs is a matter of discovery.", "drug discovery", False),
        ("Drugs help, and what else a cheap clinic needs is a matter of discovery.", "cheap drug discovery", True),
    ],
)
def test_words_far_apart(about: str, topic: str, *, first: bool) -> None:
    """A topic of two words is named by what has them near each other; of a longer one all words are enough."""
    named = noticed(1, 0, 0.2, about=about, aboutness=0.6)
    (made,) = made_up_with([noticed(2, 50, 0.9), named], {}, [topic], 1)

    assert first == (made.item.key == named.item.key)


@pytest.mark.parametrize(
    ("topic", "aboutness", "first"),
    [("drug discovery", 0.6, True), ("drug discovery", 0.1, False), ("discovery", 0.6, False)],
)
def test_what_names_a_topic(topic: str, aboutness: float, first: bool) -> None:  # noqa: FBT001 - a table
    """A work that names a topic of several words and is about it in some degree comes first, with that as its reason; one with a topic of one word does not."""
    named = noticed(1, 0, 0.2, about="Of use in drug discovery.", aboutness=aboutness)
    (made,) = made_up_with([noticed(2, 50, 0.9, aboutness=aboutness), named], {}, [topic], 1)

    assert first == (made.item.key == named.item.key)
    assert first == (made.reasons[0].text == f"close to your topic '{topic}'")


def test_what_comes_next_stands_first() -> None:
    """What comes next to a topic is taken before both, and only as many as are missing."""
    coming = {one.item.key: one for one in papers(3)}

    assert [*coming][:2] == [
        one.item.key for one in made_up_with([noticed(9, 50, 0.9), *coming.values()], coming, ["tea"], 2)
    ]


def test_in_a_digest() -> None:
    """The digest has what was asked for first, then the most noticed, and its head counts them so."""
    votes = [*[0] * 40, 7, 90, 30, 20]
    week = [
        ranked(thing(n, attention={"hf": Attention(votes=each)}), 0.5 - n / 1000)
        for n, each in enumerate(votes, start=100)
    ]
    made = chosen(
        [ranked(thing(1), 0.2, about={"drug discovery": 3.0}), *week],
        topics=("drug discovery",),
        informed=True,
        explore=0.0,
    )

    assert [0, 7, 20, 30, 90] == sorted(
        one.item.attention["hf"].votes or 0 if one.item.attention else 0 for one in made.picks
    )
    assert made.short is not None
    assert (1, 4) == (made.short.reached, made.short.added)


def test_what_was_asked_for_is_read_first() -> None:
    """Whatever its score, what a digest is made up with stands behind what was asked for: first what comes next to a topic, then what is on none."""
    asked = {"topics": ("LLM agents",), "informed": True, "explore": 0.0}
    on = ranked(thing(1), 0.1, about={"LLM agents": 3.0})
    beside = ranked(thing(2, title="Agentic search", abstract="Of an LLM."), 0.2)
    week = [ranked(thing(n, attention={"hf": Attention(votes=n)}), n / 1000) for n in range(900, 940)]
    made = chosen([on, beside, *week], **asked)

    assert [on.item.key, beside.item.key] == [pick.item.key for pick in made.picks[:2]]
    assert ["not on your topics"] * 3 == [pick.reasons[0].text for pick in made.picks[2:]]


def test_what_was_asked_for_has_the_minutes() -> None:
    """Where the time is too short for all, what was asked for has it, be it but a little about the topic, and be the others new subjects."""
    asked = [
        ranked(thing(n, title="Robots walk"), 0.1, about={"robots": about}) for n, about in enumerate((3.0, 0.1, 0.1))
    ]
    week = [ranked(thing(n, title=f"Tea{n}", attention={"hf": Attention(votes=n)}), n / 1000) for n in range(900, 940)]
    made = chosen([*asked, *week], topics=("robots",), informed=True, explore=0.0, budget_minutes=12)

    assert {one.item.key for one in asked} == {pick.item.key for pick in made.picks[:3]}


def test_what_is_far_is_read_last() -> None:
    """In its section, too, what lies far from the topics stands behind what is on them."""
    on = ranked(thing(1, Section.COMMUNITY, "forum"), 0.1, on_topic=True)
    far = [ranked(thing(n, Section.COMMUNITY, "forum"), 0.7) for n in range(2, 5)]
    made = chosen([on, *far], topics=("robots",), informed=True, explore=0.0)

    assert 4 == len(made.picks)
    assert on.item.key == made.picks[0].item.key


def test_where_nothing_is_on_any_topic() -> None:
    """Where no work is about any topic, and nothing is liked yet, no more comes than where few are: five papers, the most noticed, each on no topic, and no hour of posts."""
    week = [ranked(thing(n, attention={"hf": Attention(votes=n)}), n / 1000) for n in range(900, 940)]
    posts = [ranked(thing(n, Section.LABS, "lab"), 0.9) for n in range(4)]
    asked = {"topics": (), "unmatched": ("legal NLP",), "explore": 0.0}
    none, without = chosen([*week, *posts], **asked), chosen([*week, *posts], topics=(), explore=0.0)
    drawn = chosen([*week, *posts], **(asked | {"explore": 0.2})).picks[-1]

    assert [939, 938, 937, 936, 935] == [pick.item.attention["hf"].votes for pick in none.picks]
    assert {"not on your topics"} == {pick.reasons[0].text for pick in none.picks}
    assert none.short is not None
    assert (0, 5) == (none.short.reached, none.short.added)
    assert () == none.also
    assert len(without.picks) > 10
    assert not any(reason.name == "beside" for pick in without.picks for reason in pick.reasons)
    assert drawn.explore
    assert drawn.reasons[0].text.startswith("drawn by chance")


def test_what_a_quiet_week_is_like() -> None:
    """That a work is typical of the week is said to who asked for nothing, and to nobody else."""
    like = Reason(name="typical", text="one of 24 like it this week", weight=0.1)
    week = [Ranked.of(thing(n), Score(value=0.5, reasons=(like,)), on_topic=False) for n in range(9)]
    asked, not_asked = chosen(week, topics=(), unmatched=("tea",)), chosen(week, topics=())

    assert not any(reason.name == "typical" for pick in asked.picks for reason in pick.reasons)
    assert all(reason.name == "typical" for pick in not_asked.picks for reason in pick.reasons if not pick.explore)
