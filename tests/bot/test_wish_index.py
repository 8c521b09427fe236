"""The wish index finds every wish that a work meets, and of whom it is; what is taken back is not found."""

from __future__ import annotations

from itertools import product

import pytest

from bot.following import matches, read_wish, terms_of
from bot.wish_index import WishIndex
from tests.factories import item

WISHES = (
    "author: Liang", "author: P. Liang", "author: percy liang", "author: José García", "author: Å. Ångström",
    "agent", "agents", "agentic", "world model", "World Models", "CLIP", "U.S.", "R", "us", "GPT-4", "gpt-4", "LLM agents",
    "dying", "lies", "Straße", "STRASSE", "the", "état", "ÉTAT", "強化学習", "long-context", "3D", "mixture of experts",
)  # fmt: skip
TEXTS = (
    "Agents that are agentic", "A world model of models", "CLIPs, and a clip", "In the U.S. of us", "R and r", "GPT-4, gpt 4", "LLM-agents die",
    "He lay, lying and dying", "Straßen der STRASSE", "L'État, c'est moi", "ÉTAT de l'art", "強化学習 の", "Long contexts in 3D", "Mixtures of expert",
    "WORLD MODELS", "mixture without experts",
)  # fmt: skip
AUTHORS = ("Percy Liang", "P Liang", "Liang Percy", "José García", "Anders Ångström", "Jose\u0301 Garci\u0301a")


@pytest.mark.parametrize("where", ["title", "abstract", "tags"])
def test_nothing_that_is_met_is_missed(where: str) -> None:
    """However a wish and a text are spelt, the index finds what `matches` finds."""
    wishes = [read_wish(one) for one in WISHES]
    index = WishIndex()
    for number, wish in enumerate(wishes):
        index.put(f"channel {number}", [wish])
    met = 0
    for text, author in product(TEXTS, AUTHORS):
        work = item(**{"title": "Untitled", where: (text,) if where == "tags" else text, "authors": (author,)})
        found = set(index.near(terms_of(work.authors, (work.title, work.abstract, *work.tags))))
        wanted = set(matches(work, wishes))
        met += len(wanted)

        assert wanted <= found, (text, author)
    assert met > len(TEXTS) * len(AUTHORS)


def test_whose_they_are() -> None:
    """A wish of several channels is found once; one that no channel has any more is not found."""
    index = WishIndex()
    index.put("one", ["word:agents", "author:Percy Liang"])
    index.put("other", ["word:agents"])
    terms = terms_of(["Percy Liang"], ["On agents"])
    assert ["author:Percy Liang", "word:agents"] == index.near(terms)
    assert {"one", "other"} == index.wishing("word:agents")
    index.put("one", ["word:cats"])
    assert ["word:agents"] == index.near(terms)
    assert {"other"} == index.wishing("word:agents")
    index.put("other", ())
    assert [] == index.near(terms)
    assert not index.wishing("word:agents")
