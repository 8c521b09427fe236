"""The best of each topic have a value near that of the best of all."""

from __future__ import annotations

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
    assert [one.item.key for one in many[:8]] == picked[:8]
