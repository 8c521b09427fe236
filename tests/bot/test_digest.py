"""A digest fits the reading time, and nothing that matters is crowded out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.digest import LEAST_SCORE, PATIENCE, choose, minutes_of, waits
from bot.model import Digest, Item, ItemKind, Reason, Score, Section, SourceStatus
from bot.ranking import Ranked, rank
from tests.examples import examples
from tests.factories import NOW, WEEK, WINDOW, channel, item, mention, ranked, report

KIND = {
    Section.PAPERS: ItemKind.PAPER,
    Section.LABS: ItemKind.POST,
    Section.NEWSLETTERS: ItemKind.NEWSLETTER,
    Section.COMMUNITY: ItemKind.DISCUSSION,
}


def chosen(candidates: list[Ranked], **what: Any) -> Digest:
    ordered = sorted(candidates, key=lambda r: (-r.score.value, r.item.key))
    return choose(ordered, channel(**what), week=WEEK, window=WINDOW, sources=[report()], now=NOW)


def thing(number: int, section: Section = Section.PAPERS, source: str = "arxiv", **what: Any) -> Item:
    key = f"url:https://{source}.example/{number}"
    seen = (mention(key, source, str(number)),)
    return item(key, section=section, mentions=seen, **({"kind": KIND[section]} | what))


def papers(count: int, *, on_topic: bool = False, value: float = 0.5, start: int = 0) -> list[Ranked]:
    return [ranked(thing(n), value - n / 10_000, on_topic=on_topic) for n in range(start, start + count)]


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


def speaking(candidates: list[Ranked]) -> list[Ranked]:
    """Those that may be picked: what has something to say for itself, or all of a section in which nothing has."""
    sections = {r.item.section for r in candidates if r.score.value >= LEAST_SCORE}
    return [r for r in candidates if r.score.value >= LEAST_SCORE or r.item.section not in sections]


class TestAlways:
    @settings(max_examples=examples(200), deadline=None)
    @given(CANDIDATES, BUDGETS, st.floats(0, 1), st.sampled_from([(), ("robots",)]))
    def test_what_every_digest_keeps_to(
        self, candidates: list[Ranked], budget: int, explore: float, topics: tuple[str, ...]
    ) -> None:
        """Budget, ranks, reading order, reasons and the count of what is left out hold for any candidates."""
        digest = chosen(candidates, budget_minutes=budget, explore=explore, topics=topics)
        picks = digest.picks
        worth = speaking(candidates)

        assert digest.minutes == sum(pick.minutes for pick in picks)
        assert digest.minutes <= budget or len(picks) == 1
        assert [pick.rank for pick in picks] == list(range(1, len(picks) + 1))
        assert [list(Section).index(pick.section) for pick in picks] == sorted(
            list(Section).index(pick.section) for pick in picks
        )
        assert len({pick.item.key for pick in picks}) == len(picks)
        assert all(pick.reasons and all(reason.text for reason in pick.reasons) for pick in picks)
        assert sum(digest.left_out.values()) == len(candidates) - len(picks)
        assert bool(picks) == bool(worth)
        assert all(topics for pick in picks if pick.explore)

    @settings(max_examples=examples(60), deadline=None)
    @given(CANDIDATES, BUDGETS)
    def test_same_candidates_same_digest(self, candidates: list[Ranked], budget: int) -> None:
        """The order in which candidates are found decides nothing."""
        assert chosen(candidates, budget_minutes=budget) == chosen(candidates[::-1], budget_minutes=budget)

    @settings(max_examples=examples(60), deadline=None)
    @given(CANDIDATES, BUDGETS)
    def test_nothing_that_still_fits_is_left_out(self, candidates: list[Ranked], budget: int) -> None:
        """No candidate worth its place is left out while there is time for it."""
        digest = chosen(candidates, budget_minutes=budget)
        taken = {pick.item.key for pick in digest.picks}
        left = [r for r in speaking(candidates) if r.item.key not in taken]

        assert [r for r in left if minutes_of(r.item) <= budget - digest.minutes] == []


class TestSections:
    def test_each_section_gets_its_best(self) -> None:
        """Six hundred papers do not drown the one newsletter, the lab's note or the discussion, however they score."""
        others = [
            ranked(thing(1, Section.LABS, "openai"), 0.1),
            ranked(thing(2, Section.NEWSLETTERS, "import-ai"), 0.1),
            ranked(thing(3, Section.COMMUNITY, "reddit"), 0.1),
            ranked(thing(4, Section.COMMUNITY, "reddit"), 0.05),
        ]
        digest = chosen([*papers(600, value=0.9), *others])

        assert {"https://openai.example/1", "https://import-ai.example/2", "https://reddit.example/3"} <= {
            pick.item.key.removeprefix("url:") for pick in digest.picks
        }

    def test_reading_order(self) -> None:
        """Papers first, then labs, newsletters and talk; the better first within each."""
        candidates = [
            ranked(thing(n, section), value)
            for n, (section, value) in enumerate(
                [(Section.COMMUNITY, 0.9), (Section.PAPERS, 0.1), (Section.PAPERS, 0.2), (Section.LABS, 0.5)]
            )
        ]

        assert [(p.section.value, p.score) for p in chosen(candidates).picks] == [
            ("papers", 0.2),
            ("papers", 0.1),
            ("labs", 0.5),
            ("community", 0.9),
        ]

    def test_many_labs_beat_many_posts_of_one(self) -> None:
        """Of four notes of one lab and one each of three others, somewhat weaker, the others come in."""
        one = [ranked(thing(n, Section.LABS, "loud"), 0.6) for n in range(8)]
        others = [ranked(thing(n, Section.LABS, f"lab{n}"), 0.5) for n in range(3)]
        digest = chosen([*one, *others], budget_minutes=16)

        assert {"loud", "lab0", "lab1", "lab2"} == {pick.item.mentions[0].source_id for pick in digest.picks}

    @pytest.mark.parametrize("section", [Section.LABS, Section.NEWSLETTERS])
    def test_a_rare_piece_is_not_crowded_out(self, section: Section) -> None:
        """What comes once in a blue moon is in, against fifty newer pieces on the channel's very topics."""
        kind = KIND[section]
        old = thing(0, section, "distill", title="Feature visualization", published=WINDOW.start)
        loud = [thing(n, section, f"lab{n % 5}", title=f"Robots {n}") for n in range(1, 51)]
        ours = channel(topics=("robots",), budget_minutes=30)
        order = rank([old, *loud], ours, WINDOW, names={}, rare={"distill"})
        digest = choose(order, ours, week=WEEK, window=WINDOW, sources=[], now=NOW)

        assert "distill" in {pick.item.mentions[0].source_id for pick in digest.picks if pick.item.kind is kind}


class TestBudget:
    def test_one_long_piece(self) -> None:
        """Where not even one item is as short as the budget, the best one is picked alone."""
        long = [ranked(thing(n, Section.LABS, words=9000), 0.5 + n / 10) for n in range(3)]
        digest = chosen(long, budget_minutes=10)

        assert [(pick.item.key, pick.minutes) for pick in digest.picks] == [("url:https://arxiv.example/2", 25)]
        assert dict(digest.left_out) == {"labs": 2}

    def test_left_out_by_section(self) -> None:
        """What did not fit is counted by section, sections without any are not named."""
        digest = chosen([*papers(100), ranked(thing(1, Section.LABS, "lab"), 0.4)])

        assert dict(digest.left_out) == {"papers": 101 - len(digest.picks)}

    def test_a_dull_week(self) -> None:
        """What has nothing to say for itself is left out beside what has; where nothing has, the best of it is all there is."""
        dull = papers(3, value=LEAST_SCORE / 2)
        beside, alone = chosen([*dull, ranked(thing(9, Section.PAPERS, "other"), 0.4)]), chosen(dull)

        assert [pick.item.key for pick in beside.picks] == ["url:https://other.example/9"]
        assert dict(beside.left_out) == {"papers": 3}
        assert len(alone.picks) == 3

    def test_no_candidates(self) -> None:
        """A week without anything has an empty digest."""
        digest = chosen([])

        assert (digest.picks, digest.minutes, dict(digest.left_out)) == ((), 0, {})


class TestExploration:
    @pytest.mark.parametrize(
        ("explore", "minutes"), [(0.0, 0), (0.05, 0), (0.1, 8), (0.2, 8), (0.3, 16), (0.5, 24), (1.0, 24)]
    )
    def test_share(self, explore: float, minutes: int) -> None:
        """
        As much of the budget as asked for, to the nearest whole pick, goes outside the channel's topics, but not more than
        the papers' share holds beside the best of them.
        """
        known, unknown = papers(50, on_topic=True, value=0.9), papers(50, value=0.4, start=50)
        digest = chosen([*known, *unknown], topics=("robots",), explore=explore)

        outside = [pick for pick in digest.picks if pick.explore]
        assert minutes == sum(pick.minutes for pick in outside)
        assert all(pick.item.key in {r.item.key for r in unknown} for pick in outside)

    def test_it_is_said(self) -> None:
        """An exploration says that it is one, first of all."""
        candidates = [*papers(50, on_topic=True, value=0.9), *papers(50, value=0.4, start=50)]
        outside = [pick for pick in chosen(candidates, topics=("robots",)).picks if pick.explore]

        assert {"outside your topics, on purpose"} == {pick.reasons[0].text for pick in outside}

    def test_without_topics(self) -> None:
        """Where a channel names no topics, nothing is outside of them."""
        assert [pick for pick in chosen(papers(50), explore=1.0).picks if pick.explore] == []

    def test_all_of_it(self) -> None:
        """A channel may ask for nothing but exploration and still gets the paper that is best for it."""
        digest = chosen(
            [*papers(50, on_topic=True, value=0.9), *papers(50, value=0.4, start=50)], topics=("x",), explore=1.0
        )
        inside = [pick for pick in digest.picks if not pick.explore and pick.section is Section.PAPERS]

        assert inside[0].score == 0.9
        assert len([pick for pick in digest.picks if pick.explore]) >= 3


def test_reasons_that_add_nothing() -> None:
    """A reason without weight is not shown, unless it is the only one."""
    empty, real = Reason(name="a", text="nothing", weight=0.0), Reason(name="b", text="something", weight=0.5)
    both = Ranked(item=thing(1), score=Score(value=0.5, reasons=(empty, real)), on_topic=False)
    alone = Ranked(item=thing(2), score=Score(value=0.5, reasons=(empty,)), on_topic=False)

    assert [[r.text for r in pick.reasons] for pick in chosen([both, alone]).picks] == [["something"], ["nothing"]]


class TestWaits:
    SOURCES = (
        *(report(name, state=SourceStatus.FAILING) for name in ("arxiv", "openai", "distill")),
        report("chinai"),
        report("x-list", state=SourceStatus.OFF),
        report("lab", state=SourceStatus.NEW),
    )

    def empty(self, **what: Any) -> Digest:
        return replace(chosen([]), **({"sources": self.SOURCES, "compiled_at": WINDOW.end} | what))

    def test_counts_what_failed_of_what_was_asked(self) -> None:
        """Every failure counts, of quiet sources too; what is off or has not had its turn was not asked."""
        assert waits(self.empty(), {"distill"}) == "nothing was found, and 3 of 4 sources failed"

    def test_a_quiet_source_alone_holds_up_nothing(self) -> None:
        """Of what says nothing for months, nobody waits for an answer."""
        assert waits(self.empty(), {"arxiv", "openai", "distill"}) is None

    def test_not_for_ever(self) -> None:
        """With picks it does not wait while a quarter of the sources answers, and without them not beyond its patience."""
        full = replace(chosen(papers(1)), sources=self.SOURCES, compiled_at=WINDOW.end)

        assert waits(full, set()) is None
        assert waits(self.empty(compiled_at=WINDOW.end + PATIENCE), set())
        assert waits(replace(full, sources=self.SOURCES[:3]), set()) == "3 of 3 sources failed"
        late = WINDOW.end + PATIENCE + timedelta(seconds=1)
        assert waits(replace(full, sources=self.SOURCES[:3], compiled_at=late), set()) is None
        assert waits(self.empty(compiled_at=WINDOW.end + PATIENCE + timedelta(seconds=1)), set()) is None
