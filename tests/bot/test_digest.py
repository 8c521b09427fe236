"""A digest fits the reading time, and nothing that matters is crowded out."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.budget import FIRST_RATE, MOST_CARDS, card_cost
from bot.card import why
from bot.digest import ALSO, FLOOR, FURTHER, PATIENCE, _Choice, choose, minutes_of, waits
from bot.diversity import Likeness
from bot.exploration import outside_reason
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


def chosen(candidates: list[Ranked], *, informed: bool = False, unmatched: tuple[str, ...] = (), **what: Any) -> Digest:
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
    )


def thing(number: int, section: Section = Section.PAPERS, source: str = "arxiv", **what: Any) -> Item:
    key = f"url:https://{source}.example/{number}"
    seen = (mention(key, source, str(number)),)
    return item(key, section=section, mentions=seen, **({"kind": KIND[section]} | what))


def papers(
    count: int, *, on_topic: bool = False, value: float = 0.5, start: int = 0, interest: float = 0.0
) -> list[Ranked]:
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
    return card_cost(minutes_of(one), FIRST_RATE)


def far(one: Ranked) -> bool:
    """What is no paper and of no interest, which a channel with topics is not shown."""
    return one.item.section is not Section.PAPERS and not one.on_topic and one.score.value < FLOOR[one.item.section]


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
        worth = [r for r in candidates if not informed or not far(r)]
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
        assert bool(picks) == bool(worth)
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


@settings(max_examples=examples(100), deadline=None)
@given(CANDIDATES, st.integers(0, 6))
def test_the_best_as_by_looking_at_all(candidates: list[Ranked], taken: int) -> None:
    """The next pick is that of the greatest gain of all, though most are never compared with the picks."""
    choice = _Choice(
        left=1_000,
        costs={r.item.key: cost(r.item) for r in candidates},
        values={r.item.key: round(r.value, 1) for r in candidates},
        likeness=Likeness(r.item for r in candidates),
        firsts={r.item.key: {"rare"} for r in candidates if r.item.key.endswith("1")},
        compared={r.item.key for r in candidates},
    )
    while (fitting := choice.open(candidates)) and taken >= len(choice.chosen):
        plain = min(fitting, key=lambda r: (not choice.first(r), -choice.gain(r), r.item.key))
        choice.nearest.clear()
        assert plain is choice.best(fitting)
        choice.take(plain, compare=True)


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

    @pytest.mark.parametrize("most", [24, 25])
    def test_shares_of_the_cards(self, most: int) -> None:
        """Where cards bind before the minutes do, the sections share them as they share an hour; a longer budget takes none away."""
        found = [
            *papers(200, value=0.9),
            *(ranked(thing(n, Section.LABS, f"lab{n}"), 0.5) for n in range(300, 310)),
            *(ranked(thing(n, Section.COMMUNITY, f"forum{n}", words=200), 0.5) for n in range(400, 440)),
        ]

        def shares(minutes: int) -> Counter[Section]:
            ours = channel(budget_minutes=minutes, explore=0.0)
            made = choose(found, ours, week=WEEK, window=WINDOW, sources=[], now=NOW, most=most)
            assert len(made.picks) <= most
            return Counter(pick.section for pick in made.picks)

        hour, half_day = shares(60), shares(240)
        assert most == half_day.total() > hour.total()
        assert all(
            half_day[section] >= hour[section] > 0 for section in (Section.PAPERS, Section.LABS, Section.COMMUNITY)
        )

    def test_a_quiet_channel(self) -> None:
        """Five equal papers that nobody voted for are all shown while there is time."""
        assert 5 == len(chosen([ranked(thing(n), 0.0) for n in range(5)], budget_minutes=200).picks)

    def test_also_this_week(self) -> None:
        """Behind the picks come the next works, in the sections' proportions; a short section's lines go to the papers."""
        others = [ranked(thing(n, Section.LABS, f"lab{n}"), 0.3) for n in range(30)]
        digest = chosen([*papers(100), *others])

        assert ALSO + FURTHER == len(digest.also)
        assert [12, 3] == [sum(p.section is one for p in digest.also[:ALSO]) for one in (Section.PAPERS, Section.LABS)]


class TestWishes:
    def test_a_followed_author(self) -> None:
        """What a channel follows comes in before everything else, and says why."""
        followed = ranked(thing(900, authors=("Percy Liang",)), 0.0)
        digest = chosen([*papers(100), followed], follow=("author:Percy Liang",), explore=0.0)
        found = next(pick for pick in digest.picks if pick.item.key == followed.item.key)

        assert "by Percy Liang, whom you follow" == found.reasons[0].text

    @pytest.mark.parametrize("explore", [0.0, 1.0])
    def test_what_is_followed_stands_first(self, explore: float) -> None:
        """What a channel follows opens its section, among the picks and the lines, and gives its place to no exploration."""
        followed = [ranked(thing(n, title=f"Speech recognition {n}"), 0.1) for n in range(900, 902)]
        lab, other = ranked(thing(1, Section.LABS, "deepmind"), 0.1), ranked(thing(2, Section.LABS, "openai"), 0.9)
        follow = ("word:speech recognition", "source:deepmind")
        made = chosen([*papers(100), *followed, lab, other], follow=follow, explore=explore)
        labs = [pick.item.key for pick in made.picks if pick.section is Section.LABS]

        assert {one.item.key for one in followed} == {pick.item.key for pick in made.picks[:2]}
        assert lab.item.key == labs[0]
        assert not any(pick.explore for pick in made.picks[:2])

    def test_followed_lines_stand_first(self) -> None:
        """Of what is followed and has no place among the cards, the lines below tell first."""
        followed = [ranked(thing(n, title=f"Speech recognition {n}"), 0.1) for n in range(900, 912)]
        made = chosen([*papers(100), *followed], follow=("word:speech recognition",), explore=0.0)
        lines = ["Speech recognition" in pick.item.title for pick in made.also if pick.section is Section.PAPERS][:ALSO]

        assert any(lines)
        assert lines == sorted(lines, reverse=True)

    @pytest.mark.parametrize(
        ("title", "number"),
        [
            ("ICDM 2026 Results Waiting Place [D]", 0),
            ("Deadlines at NeurIPS", 0),
            ("PhD admissions [D]", 0),
            ("Results on ImageNet [R]", 1),
        ],
    )
    def test_talk_of_formalities(self, title: str, number: int) -> None:
        """What a forum says of deadlines, results of reviews and careers is no pick."""
        assert number == len(chosen([ranked(thing(1, Section.COMMUNITY, title=title), 0.9)]).picks)

    def test_what_is_near_in_meaning(self) -> None:
        """A work that the channel's topics or decisions reach, though by no word of theirs, says so."""
        near = ranked(thing(1), 0.5, on_topic=True)
        with_topics, without = (chosen([near], topics=topics, explore=0.0).picks[0] for topics in (("robots",), ()))

        assert "close to your topics" == with_topics.reasons[0].text
        assert "like what you marked" == without.reasons[0].text

    def test_a_muted_word(self) -> None:
        """What a channel mutes is neither a pick nor a line."""
        digest = chosen(
            [ranked(thing(1, title="Crypto agents")), ranked(thing(2, title="Agents"))], mute=("word:crypto",)
        )

        assert ["url:https://arxiv.example/2"] == [pick.item.key for pick in (*digest.picks, *digest.also)]

    @pytest.mark.parametrize(
        ("title", "number"),
        [
            ("PhD procrastination: how do you cope?", 0),
            ("Career advice for a second-year student", 0),
            ("ICLR rebuttal waiting room", 0),
            ("Why do learning rates warm up?", 1),
            ("Career trajectories of neurons during pretraining", 1),
        ],
    )
    def test_chatter(self, title: str, number: int) -> None:
        """Talk about careers, moods and conferences' formalities is no research, in a channel without topics too."""
        talk = ranked(thing(1, Section.COMMUNITY, "forum", title=title))
        assert number == len(chosen([talk]).picks)

    def test_every_topic(self) -> None:
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

    def test_a_topic_of_few_works(self) -> None:
        """Below the picks of a channel with topics stands what these reach, and no paper that is merely the next one."""
        near = [ranked(one.item, 0.9, on_topic=True, topics=("proteins",)) for one in papers(20)]
        made = chosen([*near, *papers(40, value=0.3, start=40)], topics=("proteins",), informed=True, explore=0.0)
        without = chosen([*near, *papers(40, value=0.3, start=40)], informed=True, explore=0.0)

        assert {one.item.key for one in near} == {pick.item.key for pick in (*made.picks, *made.also)}
        assert len(without.also) == ALSO + FURTHER

    def test_topics_of_no_works(self) -> None:
        """Where nothing is about any of a channel's topics, the list below the picks is that of a channel without topics."""
        topics = ("maschinelles Sehen", "tea")
        nothing = chosen(papers(60), topics=topics, informed=True, explore=0.0, unmatched=topics)
        one = chosen(papers(60), topics=topics, informed=True, explore=0.0, unmatched=topics[:1])

        assert len(nothing.also) == ALSO + FURTHER
        assert () == one.also

    @pytest.mark.parametrize("tag", ["announcement", "release"])
    def test_one_announcement(self, tag: str) -> None:
        """Of what labs announce a digest has one, picks and lines together, beside all that tells of research and all on its topics."""
        announced = [ranked(thing(n, Section.LABS, f"lab{n}", tags=(tag,)), 0.9 - n / 100) for n in range(6)]
        research = [ranked(thing(n, Section.LABS, f"lab{n}"), 0.5) for n in (10, 11)]
        on_topic = [ranked(thing(n, Section.LABS, f"lab{n}", tags=(tag,)), 0.4, on_topic=True) for n in (20, 21)]
        made = chosen([*announced, *research, *on_topic, *papers(40)], budget_minutes=120)

        listed = [pick.item.key for pick in (*made.picks, *made.also) if pick.section is Section.LABS]
        assert {announced[0].item.key, *(one.item.key for one in (*research, *on_topic))} == set(listed)

    def test_a_programme_is_a_line(self) -> None:
        """A programme or product is told in a line, not as a card, be it the only note of a lab; where nothing else is there it comes."""
        programme = ranked(thing(1, Section.LABS, "lab1", tags=("announcement",)), 0.9)
        release = ranked(thing(2, Section.LABS, "lab2", tags=("release",)), 0.5)
        made = chosen([programme, *papers(40)])

        assert programme.item.key not in {pick.item.key for pick in made.picks}
        assert programme.item.key in {pick.item.key for pick in made.also}
        assert release.item.key in {pick.item.key for pick in chosen([programme, release, *papers(40)]).picks}
        assert [programme.item.key] == [pick.item.key for pick in chosen([programme]).picks]

    def test_what_damps_is_no_reason(self) -> None:
        """A card or line says why a work is here, and never why it is not wanted."""
        one = thing(1, Section.LABS, "lab", tags=("announcement",), published=WINDOW.start)
        ours, names = channel(), {"lab": "Lab"}
        made = choose(
            rank([one], ours, WINDOW, names=names, rare=()), ours, week=WEEK, window=WINDOW, sources=[], now=NOW
        )

        assert ["new from Lab"] == [why(pick, names)[0][:12] for pick in made.picks]

    @pytest.mark.parametrize("tag", ["marketing", "beginner", "question", "self-promotion"])
    def test_no_filler(self, tag: str) -> None:
        """What is no research fills no section, be it the only thing there, on the channel's topics or followed."""
        filler = thing(1, Section.COMMUNITY, title="Robots: help me choose a PC", tags=(tag,))
        followed = chosen([ranked(filler, 0.9)], follow=("word:robots",))

        assert () == chosen([ranked(filler, 0.9)]).picks
        assert () == chosen([ranked(filler, 0.9, on_topic=True)], topics=("robots",), informed=True).picks
        assert () == (*followed.picks, *followed.also)

    @pytest.mark.parametrize(
        "title",
        [
            "My robotics PhD procrastination problem",
            "AC comment and our reply disappeared on OpenReview [D]",
            "Hiring in robotics: how is the job market?",
            "Robotics paper desk-rejected from CoRL [D]",
        ],
    )
    def test_chatter_on_a_topic(self, title: str) -> None:
        """A topic's word in talk of careers and conferences' formalities makes no research of it."""
        talk = ranked(thing(1, Section.COMMUNITY, "forum", title=title), 0.9, on_topic=True)

        assert () == chosen([talk], topics=("robotics",), informed=True).picks

    def test_a_question_that_a_member_proposed(self) -> None:
        """What a member proposed comes, though a rule took it for a question."""
        reason = Reason(name="suggested", text="suggested by Ada", weight=4.5)
        one = thing(1, Section.COMMUNITY, tags=("question", "suggested by Ada"))

        assert 1 == len(chosen([Ranked.of(one, Score(value=0.5, reasons=(reason,)), on_topic=False)]).picks)

    def test_a_followed_source_is_never_far(self) -> None:
        """A followed newsletter comes though nothing in it is on the channel's topics."""
        letter = ranked(thing(1, Section.NEWSLETTERS, "import-ai"), 0.05)
        made = chosen([letter, *papers(30, on_topic=True)], topics=("x",), informed=True, follow=("source:import-ai",))

        assert letter.item.key in {pick.item.key for pick in made.picks}

    def test_of_little_interest(self) -> None:
        """Where it is known what a channel wants, what lies far from it and is no paper does not come, be it the best of its section."""
        far = [
            ranked(thing(n, section, f"source{n}"), 0.05)
            for n, section in enumerate([Section.LABS, Section.NEWSLETTERS, Section.COMMUNITY] * 3)
        ]
        near = papers(50, on_topic=True)
        without = chosen([*far, *near], budget_minutes=61)
        with_topics = chosen([*far, *near], topics=("robots",), budget_minutes=61, informed=True)

        def number(digest: Digest, section: Section) -> int:
            return sum(pick.section is section for pick in digest.picks)

        assert [0, 0, 0] == [number(with_topics, section) for section in list(Section)[1:]]
        assert min(number(without, section) for section in list(Section)[1:]) > 1
        decided = chosen([*far, *near], budget_minutes=61, informed=True)
        assert [0, 0, 0] == [number(decided, section) for section in list(Section)[1:]]


class TestDiversity:
    def test_no_doubles(self) -> None:
        """Of three papers that say the same and a somewhat weaker one that says another thing, the other comes second."""
        same = [
            ranked(thing(n, title="Sparse attention", abstract="Keys are skipped by a router."), 0.9) for n in range(3)
        ]
        other = ranked(thing(9, title="Robot hands", abstract="A glove that grasps."), 0.8)
        least = ranked(thing(10, title="Tokenisers", abstract="Bytes alone."), 0.1)
        digest = chosen([*same, other, least], budget_minutes=7, explore=0.0)

        assert ["Sparse attention", "Robot hands"] == [pick.item.title for pick in digest.picks]


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

    def test_no_candidates(self) -> None:
        """A week without anything has an empty digest."""
        digest = chosen([])

        assert (digest.picks, digest.minutes, dict(digest.left_out)) == ((), 0, {})


class TestExploration:
    @pytest.mark.parametrize("explore", [0.0, 0.02, 0.1, 0.2, 0.3, 0.5, 0.97, 1.0])
    def test_share(self, explore: float) -> None:
        """As large a share of the paper picks as asked for, to the nearest whole one, lies outside the topics, at the end of the digest."""
        known, unknown = papers(50, on_topic=True, value=0.9), papers(50, value=0.4, start=50)
        lab = ranked(thing(900, Section.LABS, "lab"), 0.5)
        digest = chosen([*known, *unknown, lab], topics=("robots",), explore=explore)
        number = sum(pick.section is Section.PAPERS for pick in digest.picks)
        outside = [pick for pick in digest.picks if pick.explore]

        assert round(explore * number) == len(outside)
        assert outside == list(digest.picks[len(digest.picks) - len(outside) :])
        assert {pick.item.key for pick in outside} <= {r.item.key for r in unknown}

    def test_never_near_a_topic(self) -> None:
        """What topics or decisions come near is not outside, be it on none of them."""
        known, near = papers(20, on_topic=True, value=0.9), papers(20, value=0.4, start=20, interest=2.0)
        far = papers(20, value=0.1, start=40, interest=-1.0)
        digest = chosen([*known, *near, *far], topics=("robots",), explore=0.5)

        assert {pick.item.key for pick in digest.picks if pick.explore} <= {r.item.key for r in far}

    def test_another_week(self) -> None:
        """Another week draws other works, the same week the same."""
        candidates = [*papers(50, on_topic=True, value=0.9), *papers(50, value=0.4, start=50)]

        def drawn(week: str) -> set[str]:
            ours = channel(topics=("robots",), explore=0.3)
            digest = choose(candidates, ours, week=week, window=WINDOW, sources=[], now=NOW)
            return {pick.item.key for pick in digest.picks if pick.explore}

        assert drawn("2026-W34") == drawn("2026-W34") != drawn("2026-W35")

    def test_nothing_lies_outside(self) -> None:
        """Where every paper is on the channel's topics, the papers keep their places."""
        digest = chosen(papers(50, on_topic=True), topics=("robots",), explore=1.0)

        assert [False] * 17 == [pick.explore for pick in digest.picks]

    def test_it_is_said(self) -> None:
        """An exploration says that it is one, first of all."""
        candidates = [*papers(50, on_topic=True, value=0.9), *papers(50, value=0.4, start=50)]
        outside = [pick for pick in chosen(candidates, topics=("robots",)).picks if pick.explore]

        assert {"outside your topics, on purpose"} == {pick.reasons[0].text for pick in outside}

    def test_where_it_lies(self) -> None:
        """Its reason says what the work is about, as far as keywords tell; the lab that stands among them is no subject."""
        far = ranked(thing(1, tags=("Robot Lab", "robotics"), institutions=("Robot Lab",)), 0.4)
        near = papers(1, on_topic=True, start=2)
        on_topic, without = (chosen([far, *near], topics=topics, explore=0.5).picks[-1] for topics in (("robots",), ()))

        assert "outside your topics: robotics" == on_topic.reasons[0].text
        assert without.reasons[0].text.startswith("something else than usual")

    @pytest.mark.parametrize(
        ("category", "said"),
        [
            ("hep-th", "outside your topics: particle physics"),
            ("math-ph", "outside your topics: mathematical physics"),
            ("cond-mat.dis-nn", "outside your topics: condensed matter"),
            ("math.NA", "outside your topics: mathematics"),
            ("cs.LG", "outside your topics, on purpose"),
            ("cs.DL", "outside your topics, on purpose"),
        ],
    )
    def test_categories_in_words(self, category: str, said: str) -> None:
        """No category reaches a card as arXiv writes it."""
        assert said == outside_reason(item(tags=(category,)), channel(topics=("robots",))).text

    def test_the_channels_own_field(self) -> None:
        """A field of which the channel's own picks are is not called outside."""
        own = [ranked(thing(n, tags=("cs.CV",)), 0.9, on_topic=True, interest=3.0) for n in range(8)]
        far = [ranked(thing(n, tags=(tag,)), 0.1) for n, tag in enumerate(["cs.CV", "cs.RO"], start=20)]
        made = chosen([*own, *far], topics=("3D vision",), explore=0.25, budget_minutes=240)

        said = {pick.item.key: pick.reasons[0].text for pick in made.picks if pick.explore}
        expected = ("outside your topics, on purpose", "outside your topics: robotics")
        assert dict(zip([one.item.key for one in far], expected, strict=True)) == said

    def test_where_everything_lies_outside(self) -> None:
        """Where nothing is about any topic all picks are outside, so those that explore say what tells them apart."""
        topics = ("Hopfield networks",)
        made = chosen(papers(40), topics=topics, unmatched=topics)

        assert {"something else than the rest, on purpose"} == {p.reasons[0].text for p in made.picks if p.explore}


def test_reasons_that_add_nothing() -> None:
    """A reason without weight is not shown, unless it is the only one."""
    empty, real = Reason(name="a", text="nothing", weight=0.0), Reason(name="b", text="something", weight=0.5)
    both = Ranked.of(thing(1), Score(value=0.5, reasons=(empty, real)), on_topic=False)
    alone = Ranked.of(thing(2), Score(value=0.5, reasons=(empty,)), on_topic=False)

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
