"""A digest fits the reading time, keeps its order, and says of each pick why it is here."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.budget import FIRST_RATE, MOST_CARDS
from bot.card import why
from bot.digest.composition import choose
from bot.digest.listing import ALSO, FURTHER
from bot.model import Reason, Score, Section
from bot.ranking import rank
from bot.ranking.question import Relevance
from bot.ranking.ranked import Ranked
from tests.candidates import BUDGETS, CANDIDATES, chosen, cost, far, papers, thing
from tests.examples import examples
from tests.factories import NOW, WEEK, WINDOW, channel, ranked


class TestAlways:
    @settings(max_examples=examples(200), deadline=None)
    @given(CANDIDATES, BUDGETS, st.floats(0, 1), st.booleans())
    def test_what_every_digest_keeps_to(
        self,
        candidates: list[Ranked],
        budget: int,
        explore: float,
        informed: bool,  # noqa: FBT001 - drawn
    ) -> None:
        """Budget, ranks, reading order, reasons and the count of what is left out hold for any candidates."""
        digest = chosen(candidates, budget_minutes=budget, explore=explore, informed=informed)
        picks = digest.picks
        near = [r for r in candidates if not informed or not far(r)]
        room = {r.item.key for r in near} <= {pick.item.key for pick in picks}
        worth = candidates if room else near
        drawn = [pick.explore for pick in picks]
        sections = [list(Section).index(pick.section) for pick in picks if not pick.explore]

        assert digest.minutes == int(sum(cost(pick.item) for pick in picks) + 0.5)
        assert digest.minutes <= budget or len(picks) == 1
        assert [pick.rank for pick in (*picks, *digest.also)] == list(range(1, len(picks) + len(digest.also) + 1))
        assert sections == sorted(sections)
        assert drawn == sorted(drawn)
        assert len({pick.item.key for pick in (*picks, *digest.also)}) == len(picks) + len(digest.also)
        assert all(pick.reasons and all(reason.text for reason in pick.reasons) for pick in picks)
        assert sum(digest.left_out.values()) == len(candidates) - len(picks)
        assert len(digest.also) == min(len(worth) - len(picks), ALSO + FURTHER)
        assert bool(picks) == bool(candidates)
        assert len(picks) <= MOST_CARDS

    @settings(max_examples=examples(60), deadline=None)
    @given(CANDIDATES, BUDGETS)
    def test_same_candidates_same_digest(self, candidates: list[Ranked], budget: int) -> None:
        """The order in which candidates are found decides nothing."""
        assert chosen(candidates, budget_minutes=budget) == chosen(candidates[::-1], budget_minutes=budget)

    @settings(max_examples=examples(60), deadline=None)
    @given(CANDIDATES, BUDGETS)
    def test_nothing_that_still_fits_is_left_out(self, candidates: list[Ranked], budget: int) -> None:
        """No candidate is left out while there is time for it and room among the 25, whatever its score."""
        digest = chosen(candidates, budget_minutes=budget, explore=0.0)
        taken = {pick.item.key for pick in digest.picks}
        left = budget - sum(cost(pick.item) for pick in digest.picks)

        assert (
            len(taken) == MOST_CARDS
            or [r for r in candidates if r.item.key not in taken and cost(r.item) <= left] == []
        )


class TestTriage:
    def test_an_hour(self) -> None:
        """An hour shows sixteen or seventeen papers of eight minutes, of which three in ten are read."""
        digest = chosen(papers(100))

        assert (17, 58, FIRST_RATE) == (len(digest.picks), digest.minutes, digest.rate)

    def test_a_channel_that_marks_more_is_shown_less(self) -> None:
        """The more of its cards a channel marks, the more each of them costs."""
        often = choose(papers(100), channel(), week=WEEK, window=WINDOW, sources=[], now=NOW, rate=0.8)

        assert 8 == len(often.picks)

    def test_not_more_than_anybody_looks_through(self) -> None:
        """Ten hours are 25 cards all the same."""
        assert MOST_CARDS == len(chosen(papers(200), budget_minutes=600).picks)

    def test_a_quiet_channel(self) -> None:
        """Five equal papers that nobody voted for are all shown while there is time."""
        assert 5 == len(chosen([ranked(thing(n), 0.0) for n in range(5)], budget_minutes=200).picks)


class TestRoom:
    """A channel of few sources has room; what lies far from its interest comes then, after everything else."""

    WANTS: ClassVar[dict[str, Any]] = {"topics": ("proteins",), "informed": True, "explore": 0.0}

    @pytest.mark.parametrize("section", [Section.COMMUNITY, Section.LABS, Section.NEWSLETTERS])
    def test_of_one_section(self, section: Section) -> None:
        """Five equal posts that nobody voted for and that are about something else are shown where nothing else is there."""
        made = chosen(
            [ranked(thing(n, section, "forum"), 0.0) for n in range(5)],
            budget_minutes=200,
            unmatched=("proteins",),
            **self.WANTS,
        )

        assert 5 == len(made.picks)

    def test_what_has_no_place_is_listed(self) -> None:
        """Of more than fit the others are lines."""
        made = chosen(
            [ranked(thing(n, Section.COMMUNITY, "forum"), 0.1) for n in range(30)], budget_minutes=10, **self.WANTS
        )

        assert 30 == len(made.picks) + len(made.also)
        assert 1 < len(made.picks) < 10

    def test_every_section_in_turn(self) -> None:
        """A lab's thirty notes leave room for a discussion and a newsletter."""
        labs = [ranked(thing(n, Section.LABS, f"lab{n}"), 0.2) for n in range(30)]
        others = [
            ranked(thing(40, Section.COMMUNITY, "forum"), 0.1),
            ranked(thing(41, Section.NEWSLETTERS, "letter"), 0.1),
        ]
        made = chosen([*labs, *others], budget_minutes=30, **self.WANTS)

        assert {Section.LABS, Section.COMMUNITY, Section.NEWSLETTERS} == {pick.section for pick in made.picks}

    def test_what_is_near_comes_first(self) -> None:
        """While something nearer is left nothing far comes, be there minutes for it; with it all shown, it fills what is left, and says that it is beside the topics."""
        far_off = [ranked(thing(n, Section.COMMUNITY, "forum"), 0.1) for n in range(5)]
        many = chosen([*papers(60, on_topic=True, start=10), *far_off], budget_minutes=60, **self.WANTS)
        few = chosen([*papers(3, on_topic=True, start=10), *far_off], budget_minutes=60, **self.WANTS)

        assert {Section.PAPERS} == {pick.section for pick in (*many.picks, *many.also)}
        assert 8 == len(few.picks)
        beside = [pick.reasons[0].text == "not on your topics" for pick in few.picks]
        assert [pick.section is Section.COMMUNITY for pick in few.picks] == beside

    def test_no_filler(self) -> None:
        """What is no research stays out, whatever room there is."""
        made = chosen([ranked(thing(1, Section.COMMUNITY, "forum", tags=("question",)), 0.1)], **self.WANTS)

        assert () == (*made.picks, *made.also)


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

    def test_no_candidates(self) -> None:
        """A week without anything has an empty digest."""
        digest = chosen([])

        assert (digest.picks, digest.minutes, dict(digest.left_out)) == ((), 0, {})


def test_reasons_that_add_nothing() -> None:
    """A reason without weight is not shown, unless it is the only one."""
    empty, real = Reason(name="a", text="nothing", weight=0.0), Reason(name="b", text="something", weight=0.5)
    both = Ranked.of(thing(1), Score(value=0.5, reasons=(empty, real)), on_topic=False)
    alone = Ranked.of(thing(2), Score(value=0.5, reasons=(empty,)), on_topic=False)

    assert [[r.text for r in pick.reasons] for pick in chosen([both, alone]).picks] == [["something"], ["nothing"]]


def test_what_damps_is_no_reason() -> None:
    """A card or line says why a work is here, and never why it is not wanted."""
    one = thing(1, Section.LABS, "lab", tags=("announcement",), published=WINDOW.start)
    ours, names = channel(), {"lab": "Lab"}
    made = choose(rank([one], ours, WINDOW, names=names, rare=()), ours, week=WEEK, window=WINDOW, sources=[], now=NOW)

    assert ["new from Lab"] == [why(pick, names)[0][:12] for pick in made.picks]


def test_what_is_unlike_comes_last() -> None:
    """In a channel without topics papers that are like nothing liked stand below those that are, however high their scores."""
    unlike = papers(3, value=0.9)
    like = papers(6, value=0.5, start=10)
    for one in like:
        one.known = Relevance(0.0, {}, akin=True)
    made = chosen([*unlike, *like], informed=True, explore=0.0, budget_minutes=120)

    assert [r.item.key for r in (*like, *unlike)] == [pick.item.key for pick in made.picks]
