"""A share of the papers lies outside what the channel asks for, at the end, and says so."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import pytest

from bot.digest import last_places
from bot.digest.composition import choose
from bot.digest.last_places import highest_by_chance, without_topics
from bot.exploration import _FIELDS, in_common, liked_stems, outside_reason, own_fields, subjects_of
from bot.model import Reason, Score, Section
from bot.ranking.candidate_index import CandidateIndex
from bot.ranking.exploration import LOOKED_AT, propensities
from bot.ranking.fields import categories
from bot.ranking.question import Relevance
from bot.ranking.ranked import Ranked
from tests.candidates import chosen, papers, thing
from tests.factories import NOW, WINDOW, channel, item, ranked


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

    @pytest.mark.parametrize(("topics", "barred"), [(("robots",), True), ((), False)])
    def test_never_what_stands_out(self, topics: tuple[str, ...], *, barred: bool) -> None:
        """In a small week those few that stand higher than any would by chance are near a topic, though the works on it make the spread wide; taste has no topic."""
        known = papers(20, on_topic=True, value=0.9)
        near = papers(5, value=0.6, start=20, interest=0.5)
        usual = [one for n in range(10) for one in papers(8, value=0.3, start=40 + 8 * n, interest=-0.3 + n / 40)]
        digest = chosen([*known, *near, *usual], topics=topics, explore=0.6)
        drawn = {pick.item.key for pick in digest.picks if pick.explore}

        assert len(drawn) > 5
        assert barred == drawn.isdisjoint(r.item.key for r in near)

    def test_no_subject_of_a_pick(self) -> None:
        """What shares two neighbouring words of its title with another paper of the digest is not shown as outside."""
        picked = [ranked(item(f"k:{n}", title=f"Distilling {n}: on-policy distillation"), 0.9) for n in range(8)]
        near = [ranked(item(f"n:{n}", title=f"Any {n} on-policy distillation"), 0.5, on_topic=False) for n in range(5)]
        far = [ranked(item(f"f:{n}", title=f"Tides and tidal gauges {n}"), 0.3, on_topic=False) for n in range(60)]
        digest = chosen([*picked, *near, *far], explore=0.2)
        drawn = {pick.item.key for pick in digest.picks if pick.explore}

        assert drawn
        assert drawn <= {one.item.key for one in far}

    def test_how_high_by_chance(self) -> None:
        """The more works, the higher the highest of them stands by chance; of a few, or of equal ones, nothing is told."""
        week = [n / 10 for n in range(-15, 16)]

        assert 1.5 < highest_by_chance(week) < highest_by_chance(week * 10)
        assert math.inf == highest_by_chance(week[:19])
        assert math.inf == highest_by_chance([0.0] * 50)

    @pytest.mark.parametrize("name", ["topics", "like"])
    def test_never_what_a_wish_reaches(self, name: str) -> None:
        """A work that is near a topic or like a liked work is not outside, however little of interest it is; what is nearly reached is."""
        reason = Reason(name=name, text="about robots", weight=0.2)
        met = [
            Ranked.of(thing(n), Score(value=0.4, reasons=(reason,)), on_topic=False, interest=0.5)
            for n in range(20, 40)
        ]
        outside = papers(20, value=0.3, start=40, interest=0.5)
        digest = chosen([*papers(20, on_topic=True, value=0.9), *met, *outside], topics=("robots",), explore=0.5)
        drawn = {pick.item.key for pick in digest.picks if pick.explore}

        assert drawn
        assert drawn <= {r.item.key for r in outside}

    def test_no_word_of_a_topic(self) -> None:
        """What interest nearly reaches and says a word of a topic, in any form, is not called outside; words of the whole field are none."""
        said = [ranked(thing(n, title="A multi-agent shop"), 0.4, interest=0.6) for n in range(20, 40)]
        unsaid = [ranked(thing(n, title="An LLM for chemistry"), 0.3, interest=0.5) for n in range(40, 60)]
        digest = chosen([*papers(20, on_topic=True, value=0.9), *said, *unsaid], topics=("LLM agents",), explore=0.5)
        drawn = {pick.item.key for pick in digest.picks if pick.explore}

        assert drawn
        assert drawn <= {r.item.key for r in unsaid}

    @pytest.mark.parametrize(
        ("topic", "title"),
        [
            ("LLMS", "Lazy Large Language Model Training"),
            ("large language model", "Training an LLM lazily"),
            ("diffusion models", "A Diffusion Model of Rain"),
            ("rl", "Reinforcement Learning of Chess"),
        ],
    )
    def test_no_topic_in_a_title(self, topic: str, title: str) -> None:
        """A title that names a topic is not outside, in whichever form, be the work of no interest at all."""
        said = [ranked(thing(n, title=title), 0.4, interest=-1.0) for n in range(20, 40)]
        unsaid = [ranked(thing(n, title="Of Rain"), 0.3, interest=-1.0) for n in range(40, 60)]
        digest = chosen([*papers(20, on_topic=True, value=0.9), *said, *unsaid], topics=(topic,), explore=0.5)
        drawn = {pick.item.key for pick in digest.picks if pick.explore}

        assert drawn
        assert drawn <= {r.item.key for r in unsaid}

    def test_what_takes_part(self) -> None:
        """That no more is looked through than may be drawn changes no chance, though many are worth the same and many name a topic."""
        works = [
            ranked(thing(n, title="Reinforcement Learning" if n % 3 else "Of Rain"), 1 - n // 50 / 100, interest=-1.0)
            for n in range(3 * LOOKED_AT + 60)
        ]
        unnamed = [one for one in works if one.item.title == "Of Rain"]

        assert len(unnamed) > LOOKED_AT
        assert propensities(unnamed, 3) == propensities(last_places.without_topics(works, ("RL",)), 3)
        assert len(last_places.without_topics(works, ("RL",))) < len(unnamed)

    def test_no_topic_in_what_is_nearly_reached(self) -> None:
        """What interest nearly reaches and names a topic in its abstract, in its other form, is not outside."""
        abstract = "We ask what a large language model says of rain."
        said = [ranked(thing(n, title="Of Rain", abstract=abstract), 0.4, interest=0.6) for n in range(20, 40)]
        unsaid = [ranked(thing(n, title="Of Rain"), 0.3, interest=0.5) for n in range(40, 60)]
        digest = chosen([*papers(20, on_topic=True, value=0.9), *said, *unsaid], topics=("LLMS",), explore=0.5)
        drawn = {pick.item.key for pick in digest.picks if pick.explore}

        assert drawn
        assert drawn <= {r.item.key for r in unsaid}

    def test_near_a_topic_for_the_ranker(self) -> None:
        """What a ranker finds near a topic is not outside, though it is plainly about none."""
        near = papers(20, value=0.4, start=20, interest=-1.0)
        for one in near:
            one.known = Relevance(-1.0, {"robots": 0.2})
        far = papers(20, value=0.3, start=40, interest=-1.0)
        digest = chosen([*papers(20, on_topic=True, value=0.9), *near, *far], topics=("robots",), explore=0.5)
        drawn = {pick.item.key for pick in digest.picks if pick.explore}

        assert drawn
        assert drawn <= {r.item.key for r in far}

    def test_no_reason_of_what_is_wanted(self) -> None:
        """A card that explores does not say that it is close to a topic, or like what was liked: it says that it lies outside."""
        reasons = [
            Reason(name=name, text=f"by {name}", weight=0.2) for name in ("interest", "taste", "typical", "attention")
        ]
        far = [
            Ranked.of(thing(n), Score(value=0.3, reasons=tuple(reasons)), on_topic=False, interest=-1.0)
            for n in range(40, 60)
        ]
        made = chosen([*papers(20, on_topic=True, value=0.9), *far], topics=("robots",), explore=0.5)

        (said,) = {tuple(reason.name for reason in pick.reasons) for pick in made.picks if pick.explore}
        assert said == ("exploration", "attention")

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

        assert {"outside your topics, to see whether you want more of it"} == {pick.reasons[0].text for pick in outside}

    def test_where_it_lies(self) -> None:
        """Its reason says of which field the work is, as far as arXiv's categories tell; a keyword may be its own name, or a lab's."""
        far = ranked(thing(1, tags=("Robot Lab", "Mendel Gödel Machine", "digital twins", "cs.RO")), 0.4)
        near = papers(1, on_topic=True, start=2)
        on_topic, without = (chosen([far, *near], topics=topics, explore=0.5).picks[-1] for topics in (("robots",), ()))

        assert "outside your topics: robotics, to see whether you want more of it" == on_topic.reasons[0].text
        assert without.reasons[0].text.startswith("drawn by chance: robotics")

    @pytest.mark.parametrize(
        ("category", "said"),
        [
            ("hep-th", "outside your topics: particle physics, to see whether you want more of it"),
            ("math-ph", "outside your topics: mathematical physics, to see whether you want more of it"),
            ("cond-mat.dis-nn", "outside your topics: condensed matter, to see whether you want more of it"),
            ("math.NA", "outside your topics: mathematics, to see whether you want more of it"),
            ("cs.LG", "outside your topics, to see whether you want more of it"),
            ("cs.ET", "outside your topics, to see whether you want more of it"),
            ("cs.LO", "outside your topics: logic, to see whether you want more of it"),
            ("Mendel Gödel Machine", "outside your topics, to see whether you want more of it"),
            ("LLM routing", "outside your topics, to see whether you want more of it"),
            ("cs.CL", "outside your topics: natural language, to see whether you want more of it"),
            ("marketing", "outside your topics, to see whether you want more of it"),
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
        expected = (
            "outside your topics, to see whether you want more of it",
            "outside your topics: robotics, to see whether you want more of it",
        )
        assert dict(zip([one.item.key for one in far], expected, strict=True)) == said

    @pytest.mark.parametrize(
        ("title", "said"),
        [
            ("Judges for agents: benchmarking LLM-based critics", "language models"),
            ("Scaling laws of large language models", "language models"),
            ("Edge recognition of children's speech", "speech"),
            ("Low-resource translation by pivots", "translation"),
            ("Part-of-speech ambiguity in Old Norse", "speech"),
            ("Morphology of Old Norse", "natural language"),
        ],
    )
    def test_what_language_is(self, title: str, said: str) -> None:
        """Half of a week is in arXiv's category of language; what a work of it is about is said by its own words."""
        work = item(title=title, abstract="", tags=("cs.CL",))

        assert (
            f"outside your topics: {said}, to see whether you want more of it"
            == outside_reason(work, channel(topics=("robots",))).text
        )

    @pytest.mark.parametrize(
        ("tags", "said"),
        [
            (("cs.CV", "cs.AI", "cs.RO"), "outside your topics"),
            (("cs.LG", "stat.ML"), "outside your topics"),
            (("cs.AI", "cs.CL"), "outside your topics"),
            (("stat.ML", "cs.LG"), "outside your topics: statistics"),
            (("Robot Lab", "marketing", "cs.RO", "cs.CV"), "outside your topics: robotics"),
        ],
    )
    def test_no_other_field(self, tags: tuple[str, ...], said: str) -> None:
        """Only the field of a work's first category is its own: where that is the channel's, or says nothing, a cross-list is not named in its stead."""
        work = outside_reason(item(tags=tags), channel(topics=("3D vision",)), frozenset({"computer vision"}))

        assert f"{said}, to see whether you want more of it" == work.text

    def test_nothing_usual_is_named(self) -> None:
        """Neither a field nor a subject is named of which several liked titles have a word; a word that all works share is none."""
        liked = liked_stems(["Memory for agents", "Robots as agents of change", "A sound model", "Sounds and models"])

        def said(*tags: str) -> str:
            about = ["agent memory", "a new model"]
            text = outside_reason(item(tags=tags), channel(), frozenset(), about, liked=liked).text
            return text.partition(", ")[0]

        assert "something other than usual: a new model" == said("cs.LG") == said("cs.MA") == said("cs.SD")
        assert "something other than usual: robotics" == said("cs.RO")

    def test_nothing_like_what_is_liked(self) -> None:
        """A title with a word that tells what is liked is not outside, though a tenth of the week has it; one of two liked titles tells nothing."""
        liked = [*(f"Remembering agents {n}" for n in range(9)), "Tides and gauges", "Gauges of rain"]
        near = [ranked(thing(n, title=f"Agentic shops of kind {n}"), 0.5, interest=0.5) for n in range(20, 40)]
        low = [ranked(thing(n, title=f"Multi-agent play {n}"), 0.4, interest=-1.0) for n in range(40, 50)]
        far = [ranked(thing(n, title=f"Gauges of kind {n}"), 0.3, interest=-1.0) for n in range(50, 150)]
        drawn = last_places.without_topics([*near, *low, *far], (), liked)

        assert {one.item.key for one in far} == {one.item.key for one in drawn}
        assert len([*near, *low, *far]) == len(last_places.without_topics([*near, *low, *far], (), liked[-2:-1] * 2))

    def test_language_models_are_no_news_to_who_works_on_them(self) -> None:
        """Where the chosen works name language models, or the topics do, these are not called outside, whatever their categories."""
        far = item(title="Forecasting recovery in LLM unlearning", tags=("cs.CL",))
        serving = [item(f"k:{n}", title="KV caches for LLM serving", tags=("cs.DC",)) for n in range(3)]

        assert (
            "outside your topics, to see whether you want more of it"
            == outside_reason(far, channel(topics=("KV cache",)), own_fields(serving)).text
        )
        assert (
            "outside your topics, to see whether you want more of it"
            == outside_reason(far, channel(topics=("LLM serving",))).text
        )
        assert (
            "outside your topics: language models, to see whether you want more of it"
            == outside_reason(far, channel(topics=("KV cache",)), own_fields(serving[:1])).text
        )

    def test_what_its_region_has_in_common(self) -> None:
        """Where no category tells where a work lies, what it has in common with its region does: a phrase that few others have."""
        region = [
            ranked(thing(n, title=f"Remote Sensing {n}", abstract="On remote sensing images"), 0.4) for n in range(6)
        ]
        others = [ranked(thing(n, title="Images of other things", abstract="On images"), 0.4) for n in range(10, 20)]
        common = in_common(region[0].candidate, *([r.candidate for r in rs] for rs in (region, others)))

        assert common == "remote sensing"
        assert in_common(others[0].candidate, [r.candidate for r in others], [r.candidate for r in others]) is None
        assert in_common(region[0].candidate, [r.candidate for r in region[:2]], []) is None

    @pytest.mark.parametrize(("elsewhere", "said"), [(3, "remote sensing"), (4, None)])
    def test_what_tells_a_region_from_the_others(self, elsewhere: int, said: str | None) -> None:
        """What a region has in common is in three times as large a part of it as of the others: nine works of ten, and three of them or fewer."""
        abstracts = ["On remote sensing."] * 9 + ["On maps."]
        region = [
            ranked(thing(n, title="Remote Sensing", abstract=one), 0.4).candidate for n, one in enumerate(abstracts)
        ]
        region[9] = ranked(thing(9, title="Maps", abstract="On maps."), 0.4).candidate
        others = [
            ranked(
                thing(n, title="Maps", abstract="On remote sensing." if n < 20 + elsewhere else "On maps."), 0.4
            ).candidate
            for n in range(20, 30)
        ]

        assert said == in_common(region[0], region, others)

    @pytest.mark.parametrize(("category", "label"), sorted(_FIELDS.items()))
    def test_fields_bear_their_names(self, category: str, label: str) -> None:
        """What a card calls a field is a topic that finds the field, or one of a few everyday names for what no topic of that name is alone."""
        everyday = {
            "cs.CL": "natural language", "cs.CR": "security", "cs.DS": "algorithms and data structures", "cs.HC": "people and computers",
            "cs.NI": "networks", "eess.IV": "imaging", "math.OC": "optimisation", "stat.ML": "statistics",
        }  # fmt: skip
        assert category in categories(label) or label == everyday.get(category)

    @pytest.mark.parametrize(
        ("title", "abstract", "said"),
        [
            ("Learning Ordinary Differential Equations", "Of ordinary differential equations.", "ordinary differential equations"),
            ("Remote Sensing Segmentation", "Of remote sensing, and of segmentation.", "remote sensing"),
            ("Photonic Cell C+", "A photonic cell C+.", "photonic cell"),
        ],
    )  # fmt: skip
    def test_it_is_not_broken_off(self, title: str, abstract: str, said: str) -> None:
        """Where most works of the region go on with the title's next word, that belongs to what they have in common; one letter is no word of it."""
        region = [ranked(thing(0, title=title, abstract=abstract), 0.4).candidate]
        region += [ranked(thing(n, title="Maps", abstract=abstract), 0.4).candidate for n in range(1, 5)]

        assert said == in_common(region[0], region, [])

    @pytest.mark.parametrize(
        ("title", "abstract", "said"),
        [
            ("RETRACE: Resilience-guided Craving Estimation from Wearables", "For craving estimation.", []),
            ("A Literature Review", "A literature review of opinion extraction.", []),
            ("Towards Multilingual Opinion Extraction with QLoRA", "Text.", ["opinion extraction", "multilingual opinion extraction"]),
            ("Opinion Extraction Fails", "Text.", ["opinion extraction"]),
            ("Reducing Symmetry in Equivariant Neural Networks", "Of equivariant neural networks.", []),
            ("CPI-Bench: A Practical and Intelligent Benchmark", "An intelligent benchmark.", []),
            ("Is Convergence Inevitable?", "Convergence.", []),
            ("NLPCC Task 6", "On task 6.", []),
            ("The Quality of AI-Generated C++", "Of AI-generated C++.", []),
        ],
    )  # fmt: skip
    def test_what_its_title_ends_with(self, title: str, abstract: str, said: list[str]) -> None:
        """A work that has nothing in common with its region is about what stands last in a part of its title, or anywhere in it, if two others have that, too."""
        work = ranked(thing(1, title=title, abstract=abstract), 0.4).candidate
        survey = "A literature review of multilingual opinion extraction."
        others = [ranked(thing(n, title="Maps", abstract=survey), 0.4).candidate for n in (2, 3)]

        assert said == list(subjects_of(work, [work], others))
        assert [] == list(subjects_of(work, [work], others[:1]))

        index = CandidateIndex()
        work, *others = index.of([one.item for one in (work, *others)])
        assert said == list(subjects_of(work, [work], others, index))

    def test_the_region_on_the_card(self) -> None:
        """It is said where the categories say nothing; of several subjects the first of which the channel's topics have no word."""
        work = item(tags=("cs.LG",))

        def said(topic: str, *subjects: str) -> str:
            return outside_reason(work, channel(topics=(topic,)), frozenset(), subjects).text

        assert (
            said("robots", "remote sensing")
            == "outside your topics: remote sensing, to see whether you want more of it"
        )
        assert said("senses", "remote sensing") == "outside your topics, to see whether you want more of it"
        assert (
            said("senses", "remote sensing", "maps") == "outside your topics: maps, to see whether you want more of it"
        )
        # 'Learning' tells nothing of a topic.
        assert "multitask learning" in said("federated learning", "multitask learning")

    def test_of_whom_something_is_known(self) -> None:
        """Only a channel that has marked something has what is usual for it."""
        far = papers(40, value=0.4)
        said = [
            next(pick.reasons[0].text for pick in chosen(far, informed=informed).picks if pick.explore)
            for informed in (True, False)
        ]

        assert [
            f"{what}, to see whether you want more of it" for what in ("something other than usual", "drawn by chance")
        ] == said

    def test_own_fields_where_all_explore(self) -> None:
        """Where all papers explore, the fields of those that would have been chosen are not called outside."""
        own = [ranked(thing(n, tags=("cs.CV",)), 0.9, on_topic=True, interest=3.0) for n in range(40)]
        far = [ranked(thing(n, tags=("cs.CV", "cs.LG")), 0.1) for n in range(50, 90)]
        made = chosen([*own, *far], topics=("3D vision",), explore=1.0)

        assert all(pick.explore for pick in made.picks)
        assert {"outside your topics, to see whether you want more of it"} == {
            pick.reasons[0].text for pick in made.picks
        }

    @pytest.mark.parametrize("interest", [-1.0, 0.5])
    def test_nothing_like_a_liked_title(self, interest: float) -> None:
        """What shares two words of a liked title is not called something other than usual, be it of interest or not; words of the whole field are none."""
        liked = ["PhiZero: A World Model of Language Models"]
        alike = [ranked(thing(n, title="MASS: World Models of many"), 0.4, interest=interest) for n in range(20, 40)]
        unlike = [ranked(thing(n, title="Language Models of the world"), 0.3, interest=interest) for n in range(40, 60)]
        made = choose(
            [*papers(20, on_topic=True, value=0.9), *alike, *unlike],
            channel(topics=(), explore=0.5),
            week="2026-W34",
            window=WINDOW,
            sources=[],
            now=NOW,
            informed=True,
            liked=liked,
        )
        drawn = {pick.item.key for pick in made.picks if pick.explore}

        assert drawn
        assert drawn <= {r.item.key for r in unlike}

    @pytest.mark.parametrize("title", ["A multi-agent shop", "Agentic shopping"])
    def test_no_word_of_a_topic_in_a_title(self, title: str) -> None:
        """A title with a word that tells a topic is not outside, be the work of no interest at all; nor is what says it three times."""
        said = [ranked(thing(n, title=title), 0.4, interest=-1.0) for n in range(20, 40)]
        dwelt = [
            ranked(
                thing(n, title="Shopping", abstract="Agents that buy. Each agent sells. No agent steals."),
                0.4,
                interest=-1.0,
            )
            for n in range(40, 60)
        ]
        outside = [
            ranked(thing(n, title="Shopping", abstract="One agent buys."), 0.3, interest=-1.0) for n in range(60, 80)
        ]
        digest = chosen(
            [*papers(20, on_topic=True, value=0.9, start=100), *said, *dwelt, *outside],
            topics=("LLM agents",),
            explore=0.5,
        )
        drawn = {pick.item.key for pick in digest.picks if pick.explore}

        assert drawn
        assert drawn <= {r.item.key for r in outside}

    def test_near_a_topic_in_meaning(self) -> None:
        """What is about a topic by its meaning, though not plainly, is not outside, for it has none of its words."""
        near, far = papers(20, value=0.4, start=20, interest=-1.0), papers(20, value=0.3, start=40, interest=-1.0)
        for one, aboutness in zip([*near, *far], [1.5] * 20 + [0.5] * 20, strict=True):
            one.aboutness = aboutness
        digest = chosen([*papers(20, on_topic=True, value=0.9), *near, *far], topics=("robots",), explore=0.5)
        drawn = {pick.item.key for pick in digest.picks if pick.explore}

        assert drawn
        assert drawn <= {r.item.key for r in far}

    @pytest.mark.parametrize(
        "what",
        [{"abstract": "A robot, in passing."}, {"authors": ("Percy Liang",)}, {"institutions": ("DeepMind",)}],
    )
    def test_nothing_that_is_followed(self, what: dict[str, Any]) -> None:
        """What names a followed author, lab or word, be it in passing, is not drawn to explore."""
        met, far = ([ranked(thing(n, **more), 0.3) for n in range(at, at + 20)] for at, more in ((20, what), (40, {})))
        follow = ("word:robot", "author:Percy Liang", "lab:DeepMind")
        digest = chosen(
            [*papers(40, on_topic=True, value=0.9, start=100), *met, *far], topics=("tea",), explore=0.5, follow=follow
        )
        drawn = {pick.item.key for pick in digest.picks if pick.explore}

        assert drawn
        assert drawn <= {r.item.key for r in far}

    def test_room_for_what_was_asked_for(self) -> None:
        """Where the budget has room, no work on the channel's topics gives its place to exploration, whose share stays; where it has none, some do."""
        near, far = papers(8, on_topic=True, value=0.9), papers(40, value=0.3, start=50)
        small, large = (
            chosen([*near, *far], topics=("robots",), informed=True, explore=0.2, budget_minutes=minutes)
            for minutes in (15, 60)
        )
        roles = [pick.explore for pick in large.picks]

        assert {one.item.key for one in near} < {pick.item.key for pick in large.picks}
        assert (10, 2) == (len(roles), sum(roles))
        assert round(0.2 * len(small.picks)) == sum(pick.explore for pick in small.picks)
        assert small.minutes <= 15
        assert large.minutes <= 60

    @pytest.mark.parametrize("explore", [0.8, 1.0])
    @pytest.mark.parametrize("follow", [(), ("author:Percy Liang",)])
    def test_the_whole_time(self, explore: float, follow: tuple[str, ...]) -> None:
        """However few papers are on the topics, where most or all explore they fill the time; what is followed keeps its place."""
        near = [ranked(thing(1, authors=("Percy Liang",)), 0.9, on_topic=True), *papers(7, on_topic=True, start=2)]
        made = chosen(
            [*near, *papers(60, value=0.3, start=50)], topics=("robots",), informed=True, explore=explore, follow=follow
        )
        number, explored = len(made.picks), sum(pick.explore for pick in made.picks)

        assert min(round(explore * number), number - len(follow)) == explored
        assert 54 < made.minutes <= 60

    def test_as_often_as_its_propensity(self) -> None:
        """Over many channels each work outside is drawn as often as the propensity says that its card keeps, also where there is room for more."""
        works = [*papers(8, on_topic=True, value=0.9), *papers(30, value=0.3, start=50)]
        drawn, said = Counter[str](), {}
        for number in range(500):
            made = chosen(works, topics=("robots",), informed=True, explore=0.2, name=f"team {number}")
            drawn.update(pick.item.key for pick in made.picks if pick.explore)
            said |= {pick.item.key: pick.propensity for pick in made.picks if pick.explore}

        assert 30 == len(said)
        assert all(abs(drawn[key] / 500 - propensity) < 0.05 for key, propensity in said.items() if propensity)
        assert 2 == pytest.approx(sum(one for one in said.values() if one), abs=0.01)

    def test_a_name_in_a_phrase(self) -> None:
        """A name keeps its capital, other words of a title do not."""
        works = [
            ranked(thing(n, title="Beyond English Grammar", abstract="Where English is rare"), 0.4).candidate
            for n in range(6)
        ]

        assert in_common(works[0], works, []) == "English grammar"

    @pytest.mark.parametrize(
        ("title", "abstract", "said"),
        [
            ("Heterogeneous On-Policy Distillation", "We study on-policy distillation.", "on-policy distillation"),
            ("Reading Filesystem-Based Memory", "A filesystem is memory, based on files: Filesystem-Based.", "filesystem-based memory"),
            ("Learning Navier-Stokes Flows", "Of Navier-Stokes flows.", "Navier-Stokes flows"),
            ("Token Credit Reallocation", "We name it Credit Reallocation. A credit is rare.", "Credit Reallocation"),
            ("A GPT-Based Parser", "GPT is the base, as parsers based on it are.", "GPT-based parser"),
        ],
    )  # fmt: skip
    def test_capitals_of_a_phrase(self, title: str, abstract: str, said: str) -> None:
        """A phrase is written small, hyphens or not, or whole as its authors write a name; it is never half in capitals."""
        work = ranked(thing(1, title=title, abstract=abstract), 0.4).candidate
        other, another = (
            ranked(thing(n, title="Maps", abstract=f"Of {said.casefold()} and so on."), 0.4).candidate for n in (2, 3)
        )

        assert said in list(subjects_of(work, [work], [other, another]))

    @pytest.mark.parametrize("topic", ["LLMs", "LLMS", "llm", "large language models"])
    def test_language_models_in_any_form(self, topic: str) -> None:
        """What is named by another kind of language model is no exploration to who asks for these, however they write it."""
        inside = ranked(thing(1, title="Fast Diffusion Language Models"), 0.4)
        far = ranked(thing(2, title="Folding of Proteins"), 0.4)

        assert [far] == without_topics([inside, far], [topic])
        assert [inside, far] == without_topics([inside, far], ["robots"])

    def test_many_picks_in_many_fields(self) -> None:
        """A field in which two of many picks lie is not the channel's own yet."""
        robots = [item(f"k:{n}", tags=("cs.RO", "cs.DB") if n < 2 else ("cs.RO",)) for n in range(13)]

        assert {"robotics"} == own_fields(robots)
        assert {"robotics", "databases"} == own_fields(robots[:6])

    def test_no_reason_of_what_lies_inside(self) -> None:
        """A pick that explores does not say beside it that it is close to a topic, or like what the channel marked."""
        close = Reason(name="topics", text="close to your topic 'robots'", weight=1.0)
        far = papers(40, value=0.4, start=50)
        works = [Ranked(one.candidate, one.value, lambda _: (close,), one.names, on_topic=False) for one in far]
        made = chosen([*papers(20, on_topic=True, value=0.9), *works], topics=("robots",))

        assert [pick for pick in made.picks if pick.explore]
        assert {"topics"}.isdisjoint(reason.name for pick in made.picks if pick.explore for reason in pick.reasons)

    def test_where_everything_lies_outside(self) -> None:
        """Where nothing is about any topic all picks are outside, so those that explore say only that chance drew them."""
        made = chosen(papers(40), topics=(), unmatched=("Hopfield networks",))

        assert {"drawn by chance, to see whether you want more of it"} == {
            p.reasons[0].text for p in made.picks if p.explore
        }
