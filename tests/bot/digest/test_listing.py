"""Below the picks stands what came next, and nothing that nobody asked for."""

from __future__ import annotations

from bot.digest.listing import ALSO, FURTHER
from bot.model import Section
from tests.candidates import chosen, papers, thing
from tests.factories import ranked


def test_also_this_week() -> None:
    """Behind the picks come the next works, in the sections' proportions; a short section's lines go to the papers."""
    others = [ranked(thing(n, Section.LABS, f"lab{n}"), 0.3) for n in range(30)]
    digest = chosen([*papers(100), *others])

    assert ALSO + FURTHER == len(digest.also)
    assert [12, 3] == [sum(p.section is one for p in digest.also[:ALSO]) for one in (Section.PAPERS, Section.LABS)]


def test_followed_lines_stand_first() -> None:
    """Of what is followed and has no place among the cards, the lines below tell first."""
    followed = [ranked(thing(n, title=f"Speech recognition {n}"), 0.1) for n in range(900, 912)]
    made = chosen([*papers(100), *followed], follow=("word:speech recognition",), explore=0.0)
    lines = ["Speech recognition" in pick.item.title for pick in made.also if pick.section is Section.PAPERS][:ALSO]

    assert any(lines)
    assert lines == sorted(lines, reverse=True)


def test_a_topic_of_few_works() -> None:
    """Below the picks of a channel with topics stands what these reach, and no paper that is merely the next one."""
    near = [ranked(one.item, 0.9, on_topic=True, topics=("proteins",)) for one in papers(20)]
    made = chosen([*near, *papers(40, value=0.3, start=40)], topics=("proteins",), informed=True, explore=0.0)
    without = chosen([*near, *papers(40, value=0.3, start=40)], informed=True, explore=0.0)

    assert {one.item.key for one in near} == {pick.item.key for pick in (*made.picks, *made.also)}
    assert len(without.also) == ALSO + FURTHER


def test_topics_of_no_works() -> None:
    """Where nothing is about any of a channel's topics, be anything liked or not, the list below the picks has nothing to list."""
    topics = ("maschinelles Sehen", "tea")
    nothing = chosen(papers(60), topics=(), explore=0.0, unmatched=topics)
    liked = chosen(papers(60), topics=(), informed=True, explore=0.0, unmatched=topics)
    one = chosen(papers(60), topics=topics[1:], informed=True, explore=0.0, unmatched=topics[:1])

    assert () == nothing.also
    assert () == liked.also
    assert () == one.also


def test_what_has_no_line() -> None:
    """Of what has no line either it is kept whether it is on the channel's topics."""
    near = [ranked(one.item, 0.9, on_topic=True, topics=("proteins",)) for one in papers(80)]
    made = chosen([*near, *papers(20, value=0.3, start=80)], topics=("proteins",), informed=True, explore=0.0)
    on_topic = {one.item.key for one in near}

    assert {True, False} == {one.on_topic for one in made.beyond}
    assert [one.key in on_topic for one in made.beyond] == [one.on_topic for one in made.beyond]
