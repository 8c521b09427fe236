"""Candidates of a digest, made up or drawn, and the digest that is chosen of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from bot.budget import FIRST_RATE, card_cost, minutes_of
from bot.coverage import NO_VOTES
from bot.digest.composition import choose
from bot.digest.eligibility import FLOOR
from bot.model import Digest, Item, ItemKind, Section
from bot.ranking.ranked import Ranked
from tests.factories import NOW, WEEK, WINDOW, channel, item, mention, ranked, report

KIND = {
    Section.PAPERS: ItemKind.PAPER,
    Section.LABS: ItemKind.POST,
    Section.NEWSLETTERS: ItemKind.NEWSLETTER,
    Section.COMMUNITY: ItemKind.DISCUSSION,
}


def chosen(
    candidates: list[Ranked],
    *,
    informed: bool = False,
    unmatched: tuple[str, ...] = (),
    votes: Mapping[str, float] = NO_VOTES,
    agreeing: tuple[str, ...] = (),
    decided: float = 0.0,
    **what: Any,
) -> Digest:
    """Choose a digest of candidates in the order of their scores, for a channel that is set so."""
    ordered = sorted(candidates, key=lambda r: (-r.score.value, r.item.key))
    return choose(
        ordered,
        channel(**what),
        week=WEEK,
        window=WINDOW,
        sources=[report()],
        now=NOW,
        informed=informed,
        unmatched=unmatched,
        votes=votes,
        agreeing=agreeing,
        decided=decided,
    )


def thing(number: int, section: Section = Section.PAPERS, source: str = "arxiv", **what: Any) -> Item:
    """Give a work of a section, of which one source speaks."""
    key = f"url:https://{source}.example/{number}"
    seen = (mention(key, source, str(number)),)
    return item(key, section=section, mentions=seen, **({"kind": KIND[section]} | what))


def papers(
    count: int, *, on_topic: bool = False, value: float = 0.5, start: int = 0, interest: float = 0.0
) -> list[Ranked]:
    """Give so many papers, numbered from `start`, each a little worse than the one before."""
    return [
        ranked(thing(n), value - n / 10_000, on_topic=on_topic, interest=interest) for n in range(start, start + count)
    ]


CANDIDATES = st.lists(
    st.builds(
        lambda n, section, source, words, value, on_topic: ranked(
            thing(n, section, source, words=words), value, on_topic=on_topic
        ),
        st.integers(0, 500),
        st.sampled_from(Section),
        st.sampled_from(["one", "two", "three"]),
        st.none() | st.integers(0, 9000),
        st.floats(0, 1.5),
        st.booleans(),
    ),
    max_size=25,
    unique_by=lambda r: r.item.key,
)


BUDGETS = st.integers(5, 120)


def cost(one: Item) -> float:
    """Give what a work's card costs in a channel that has marked nothing yet, in minutes."""
    return card_cost(minutes_of(one), FIRST_RATE)


def far(one: Ranked) -> bool:
    """What is no paper and of no interest, which a channel with topics is not shown."""
    return one.item.section is not Section.PAPERS and not one.on_topic and one.score.value < FLOOR[one.item.section]
