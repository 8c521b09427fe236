"""What a sent card is redrawn with."""

from __future__ import annotations

import pytest

from bot.model import Decision, Meaning, Names, PostRole
from bot.redrawing import with_decisions
from bot.rendering import render
from tests.factories import ADA, BEN, NOW, channel, digest, pick


@pytest.mark.parametrize(
    ("names", "shown"),
    [(Names.SHOWN, ("⭐ Ben, Ada", "👎 1")), (Names.COUNTS, ("⭐ 2", "👎 1"))],
)
def test_names_or_counts(names: Names, shown: tuple[str, ...]) -> None:
    """A card says who decided what; in a channel that shows counts, how many, and no name."""
    place = channel(names=names)
    taken = [
        Decision(channel=place.name, item_key="k", member=member, meaning=meaning, at=NOW)
        for member, meaning in ((ADA, Meaning.MUST_READ), (BEN, Meaning.MUST_READ), (BEN, Meaning.SKIP))
    ]
    post = next(one for one in render(digest(pick()), place) if one.role is PostRole.PICK)
    block = with_decisions(post, taken, place).blocks[-1]

    assert shown == tuple(span.text for span in block.spans)
