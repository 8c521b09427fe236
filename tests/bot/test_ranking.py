"""Every score has its reasons, in words, and the same week always gives the same order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.model import Attention, Item, ItemKind, Reason, Section
from bot.ranking import rank
from bot.ranking.candidate_index import Candidate, CandidateIndex
from bot.ranking.features import AttentionScale, freshness, independent_sources, match_topics, with_code
from bot.ranking.liked import HANDED_OVER, SHARED_HERE
from bot.ranking.question import Relevance, Relevances
from bot.ranking.ranked import Ranked
from bot.ranking.spaced_text import tokens
from bot.ranking.weights import ATTENTION, DAMPING, attention_worth
from tests.examples import examples
from tests.factories import WINDOW, at, channel, item, mention

NAMES = {"arxiv": "arXiv", "huggingface": "Hugging Face", "reddit": "r/MachineLearning", "import-ai": "Import AI"}


def ranked(
    *items: Item,
    rare: tuple[str, ...] = (),
    relevance: Mapping[str, Relevance] | None = None,
    liked: Mapping[str, str] | None = None,
    likes: float | None = None,
    assumed: bool = False,
    **what: object,
) -> list[Ranked]:
    return rank(
        items,
        channel(**what),
        WINDOW,
        names=NAMES,
        rare=rare,
        archives=("arxiv", "huggingface"),
        relevance=relevance or {},
        liked=liked or {},
        likes=likes,
        assumed=assumed,
    )


def why(one: Ranked) -> list[str]:
    return [reason.text for reason in one.score.reasons]


def voted(key: str, votes: int, source: str = "huggingface", **what: object) -> Item:
    return item(key, attention={source: Attention(votes=votes)}, **what)


class TestReasons:
    def test_a_topic_before_notice(self) -> None:
        """What is about a topic is here for that, however many people took notice of it."""
        topic = "agent benchmarks"
        best = voted("a:0", 500, title="Benchmarks of large and of small agents")
        others = [voted(f"a:{n}", 1, title="Other things") for n in range(1, 60)]
        about = ranked(best, *others, topics=(topic,), relevance={"a:0": Relevance(1.2, {}, about={topic: 1.5})})[0]
        aside = ranked(best, *others, topics=(topic,), relevance={"a:0": Relevance(1.2, {})})[0]

        assert [reason.name for reason in about.reasons[:2]] == ["topics", "attention"]
        assert [reason.name for reason in aside.reasons[:2]] == ["attention", "freshness"]

    def test_notice(self) -> None:
        """An item says how much notice it took, beside what its own source's readers took of others."""
        items = [voted(f"arxiv:2608.{n:05}", n) for n in range(1000)]

        best = ranked(*items)[0]
        assert why(best)[0] == "more notice than 99% of this week's papers on Hugging Face"

    def test_little_notice(self) -> None:
        """Little notice is said as it is, and one vote in the singular."""
        items = [voted("arxiv:2608.00001", 1), voted("arxiv:2608.00002", 50), voted("arxiv:2608.00003", 0)]

        assert "1 vote on Hugging Face" in why(ranked(*items)[1])

    def test_no_count_no_word(self) -> None:
        """Where nobody counts, nothing is said about notice."""
        assert [r.name for r in ranked(item())[0].score.reasons] == ["freshness"]

    def test_several_sources(self) -> None:
        """Each source that speaks of an item is named once, by its name."""
        key = "arxiv:2608.00001"
        seen = tuple(
            mention(key, source, entry)
            for source, entry in (("arxiv", "1"), ("huggingface", "2"), ("reddit", "3"), ("reddit", "4"))
        )

        assert "seen in arXiv, Hugging Face and r/MachineLearning" in why(ranked(item(key, mentions=seen))[0])

    @pytest.mark.parametrize(
        ("topics", "expected"),
        [
            (("agent safety",), "your topic 'agent safety'"),
            (("agent safety", "robots"), "your topics 'agent safety' and 'robots'"),
        ],
    )
    def test_topics(self, topics: tuple[str, ...], expected: str) -> None:
        """The channel's own words are quoted."""
        one = item(title="Agent safety for robots")

        assert expected in why(ranked(one, topics=topics)[0])

    @pytest.mark.parametrize(
        ("title", "abstract", "said"),
        [
            ("Tastes alike", "Peers are catalysts of taste.", "mentions your topic 'catalysts'"),
            ("Tastes alike", "Peers are catalysts of taste. A catalyst hastens.", "your topic 'catalysts'"),
            ("Catalytic converters, and a catalyst", "They convert.", "your topic 'catalysts'"),
        ],
    )
    def test_a_mention(self, title: str, abstract: str, said: str) -> None:
        """Of a paper that says a word but once, of which nothing tells in which sense it is meant, no more than that is said."""
        one = item(title=title, abstract=abstract)
        known = {one.key: Relevance(2.5, {}, about={"catalysts": 2.0})}
        unsensed = Relevances({one.key: 2.5}, known, unsensed=("catalysts",))

        assert said == why(ranked(one, topics=("catalysts",), relevance=unsensed)[0])[0]
        assert "your topic 'catalysts'" == why(ranked(one, topics=("catalysts",), relevance=known)[0])[0]

    def test_rare_source(self) -> None:
        """A source that seldom publishes is lifted, and it is said why."""
        one = item("url:https://distill.example/a", "distill", section=Section.LABS, kind=ItemKind.POST)

        assert why(ranked(one, rare=("distill",))[0])[0] == "distill publishes rarely"

    def test_day_in_the_channels_zone(self) -> None:
        """The day on which an item came is the channel's own."""
        one = item(published=datetime(2026, 8, 12, 22, 30, tzinfo=UTC))

        assert "new on Wednesday" in why(ranked(one)[0])
        assert "new on Thursday" in why(ranked(one, zone="Europe/Berlin")[0])

    def test_followed_source(self) -> None:
        """What is no paper says who brought it, and that it was all they said; of how many it is one tells nobody anything."""
        one, other = (
            item(f"url:https://jack-clark.net/{n}", "import-ai", section=Section.NEWSLETTERS, published=at(days=1))
            for n in range(2)
        )

        assert "new from Import AI on Sunday, its only piece this week" in why(ranked(one)[0])
        assert "new from Import AI on Sunday" in why(ranked(one, other)[0])

    def test_strongest_first(self) -> None:
        """The reason that weighs most stands first."""
        one = voted("arxiv:2608.00001", 9, title="Robots", code_url="https://github.com/o/n")
        reasons = ranked(one, voted("arxiv:2608.00002", 1), topics=("robots",))[0].score.reasons

        assert [abs(r.weight) for r in reasons] == sorted((abs(r.weight) for r in reasons), reverse=True)
        assert reasons[0].name == "topics"

    @pytest.mark.parametrize("tag", sorted(DAMPING))
    def test_damping(self, tag: str) -> None:
        """What a source's rule found to be no research goes down by its factor, and it is said why."""
        plain, damped = item(title="Robots"), item(title="Robots", tags=(tag, "cs.LG"))
        factor, words = DAMPING[tag]

        before, after = ranked(plain, topics=("robots",))[0], ranked(damped, topics=("robots",))[0]
        assert after.score.value == pytest.approx(before.score.value * factor)
        assert words in why(after)


class TestInterest:
    def test_interest_leads(self) -> None:
        """What is near to what the channel wants stands above what has more votes; of equals, the one with more votes is first."""
        items = [voted("arxiv:2608.00001", 900), voted("arxiv:2608.00002", 0), voted("arxiv:2608.00003", 9)]
        near = {one.key: Relevance(score, {}) for one, score in zip(items, (-1.0, 2.0, 2.0), strict=True)}

        assert ["3", "2", "1"] == [r.item.key[-1] for r in ranked(*items, relevance=near)]

    def test_votes_alone(self) -> None:
        """Without topics and decisions the order is that of votes, whatever else there is to say of a paper."""
        seen = (mention(source_id="arxiv"), mention(source_id="huggingface"))
        items = [
            voted("arxiv:2608.00001", 9, code_url="https://github.com/o/n", mentions=seen, published=at(hours=1)),
            voted("arxiv:2608.00002", 10, published=at(days=6)),
        ]

        assert ["2", "1"] == [r.item.key[-1] for r in ranked(*items)]

    def test_close_by_meaning(self) -> None:
        """A work that has none of a topic's words and is near it all the same says to which topic it is close."""
        one = item(title="Steering vectors")

        near = {one.key: Relevance(2.5, {"interpretability": 0.2, "agent safety": 0.1})}
        assert "close to your topic 'interpretability'" in why(
            ranked(one, topics=("interpretability", "agent safety"), relevance=near)[0]
        )

    @pytest.mark.parametrize(
        ("topic", "title", "section", "reached"),
        [
            ("cold start", "Depots", Section.PAPERS, False),
            ("cold start", "A cold start of engines", Section.PAPERS, True),
            ("alignment", "Alignment of engines", Section.PAPERS, False),
            ("alignment", "Alignment of engines", Section.COMMUNITY, True),
            ("alignment", "Engines", Section.COMMUNITY, False),
            ("cold start", "Engines", Section.COMMUNITY, True),
        ],
    )
    def test_words_in_another_sense(self, topic: str, title: str, section: Section, *, reached: bool) -> None:
        """
        A work that has the words of a topic, where a ranker finds that others are about it and this one is not, is not on the topic; but several words
        in a paper's title mean it, as do several in a post of two or three sentences, or one in its title.
        """
        about = item("arxiv:2608.00001", title="Refusals")
        one = item("arxiv:2608.00002", title=title, abstract=f"The {topic} of engines.", section=section)
        near = {about.key: Relevance(3.0, {}, about={topic: 4.0}), one.key: Relevance(2.5, {topic: 0.2})}
        found = {r.item.key: r for r in ranked(about, one, topics=(topic,), relevance=near)}

        assert found[about.key].on_topic
        assert reached == found[one.key].on_topic == ("topics" in found[one.key].names)

    @pytest.mark.parametrize(
        ("said", "section", "aboutness", "reached"),
        [
            ("Policy recommendations for labs.", Section.COMMUNITY, -0.2, False),
            ("Policy recommendations for labs.", Section.COMMUNITY, 0.2, True),
            ("Policy recommendations for labs.", Section.NEWSLETTERS, 0.2, False),
            ("A recommendation engine, and how others recommend. Recommendations.", Section.NEWSLETTERS, -0.2, True),
        ],
    )
    def test_a_word_of_a_short_text(self, said: str, section: Section, aboutness: float, *, reached: bool) -> None:
        """Where a post says a topic's word but once, the rest of it tells in which sense; an issue of a newsletter is about other things, too."""
        topic = "recommendation"
        about = item("arxiv:2608.00001", title="Tastes")
        one = item("arxiv:2608.00002", title="News", abstract=said, section=section)
        found = Relevances(
            {about.key: 3.0, one.key: 2.5},
            {about.key: Relevance(3.0, {}, about={topic: 4.0})},
            {about.key: 3.0, one.key: aboutness},
        )
        post = next(r for r in ranked(about, one, topics=(topic,), relevance=found) if r.item is one)

        assert reached == post.on_topic == (f"your topic '{topic}'" in why(post))

    @pytest.mark.parametrize(
        ("topic", "title", "likeness", "said"),
        [
            ("scaling laws", "Hyperbolic conservation laws", 0.1, "has 'laws' of 'scaling laws'"),
            ("Hopfield networks", "Losses of neural networks", 0.2, "has 'networks' of 'Hopfield networks'"),
            (
                "causal world models",
                "A world of causal and of other models",
                0.2,
                "close to your topic 'causal world models'",
            ),
            (
                "scaling laws",
                "Laws of many an equation and how far scaling goes",
                0.05,
                "has the words of 'scaling laws', though not together",
            ),
            ("LLM agents", "Agents on large language models", 0.2, "close to your topic 'LLM agents'"),
            ("on-device training", "Inference on every device", 0.2, "has 'device' of 'on-device training'"),
            ("on-device training", "On-device inference", 0.2, "has 'on-device' of 'on-device training'"),
            ("text to speech", "From speech to extremism", 0.2, "has 'speech' of 'text to speech'"),
            ("text to speech", "Speech synthesis", 0.2, "close to your topic 'text to speech'"),
            ("text to speech", "From A to B", 0.2, "close to your topic 'text to speech'"),
            ("change-point detection", "Detection of fakes", 0.1, "has 'detection' of 'change-point detection'"),
            ("scaling laws", "How loss falls with compute", 0.02, "close to your topic 'scaling laws'"),
        ],
    )
    def test_words_of_a_topic(self, topic: str, title: str, likeness: float, said: str) -> None:
        """A work that has but some of a topic's words is not said to be close to it, only which of them it has."""
        one = item(title=title)

        near = {one.key: Relevance(2.5, {topic: likeness})}
        assert said == why(ranked(one, topics=(topic,), relevance=near)[0])[0]

    @pytest.mark.parametrize(
        ("near", "about", "said"),
        [
            (("AI for education", "student modelling"), (), "has 'student' of 'student modelling'"),
            (("AI for education",), ("student modelling",), "close to your topic 'student modelling'"),
            (("AI for education",), (), "close to your topic 'AI for education'"),
        ],
    )
    def test_a_word_of_every_abstract(self, near: tuple[str, ...], about: tuple[str, ...], said: str) -> None:
        """A word that all abstracts have is named only where no other topic is a better reason."""
        one = item(title="AI that marks what a student wrote")
        known = Relevance(2.5, dict.fromkeys(near, 0.2), about=dict.fromkeys(about, 3.0))

        topics = ("AI for education", "student modelling")
        assert said == why(ranked(one, topics=topics, relevance={one.key: known})[0])[0]

    @pytest.mark.parametrize(
        ("about", "said"),
        [
            (("networking",), "your topic 'networking'"),
            (("networking", "congestion"), "close to your topic 'congestion'"),
            (("congestion",), "close to your topic 'congestion'"),
        ],
    )
    def test_a_field(self, about: tuple[str, ...], said: str) -> None:
        """A work whose category is the field that a topic names is on it without a word of it, unless it is here for another topic, too."""
        one = item(title="Handover at the edge", tags=("cs.LG", "cs.NI"))
        known = Relevance(2.5, {"networking": 0.2}, about=dict.fromkeys(about, 3.0))
        topics = ("networking", "congestion")

        assert said == why(ranked(one, topics=topics, relevance={one.key: known})[0])[0]

    def test_a_topic_in_a_sentence(self) -> None:
        """Of a topic in many words the three that say most are named, those that the work says most, and none that every abstract has."""
        topic = "how to make large language models refuse harmful requests without over-refusing benign ones"
        one = item(
            title="Refusing what is harmful",
            abstract="Large language models meet requests without harm, such as benign ones. Benign prompts, though.",
        )
        known = {one.key: Relevance(2.5, {topic: 0.2})}

        said = why(ranked(one, topics=(topic,), relevance=known)[0])[0]
        assert f"has 'harmful', 'refusing' and 'benign' of '{topic}'" == said

    def test_a_word_in_another_sense_is_no_reason(self) -> None:
        """A work that is about one topic and names another one in another sense is not said to be on this."""
        one = item(title="Safe agents", abstract="By alignment of trajectories.")
        known = Relevance(2.5, {"alignment": 0.2}, about={"agent safety": 3.0})
        said = ranked(one, topics=("alignment", "agent safety"), relevance={one.key: known})[0]
        both = Relevance(2.5, {"alignment": 0.2}, about={"agent safety": 3.0, "alignment": 2.0})

        assert "your topic 'alignment'" not in why(said)
        assert "your topic 'alignment'" in why(ranked(one, topics=("alignment",), relevance={one.key: both})[0])

    def test_a_topic_of_signs(self) -> None:
        """A topic that the ranker's terms cannot hold counts where it stands, beside what is known of the others."""
        works = [
            item("arxiv:2608.00001", title="In C++"),
            item("arxiv:2608.00002", title="In C"),
            item("arxiv:2608.00003"),
        ]
        near = {one.key: Relevance(score, {}) for one, score in zip(works, (0.0, 1.0, 2.0), strict=True)}

        found = {one.item.key[-1]: one for one in ranked(*works, topics=("C++", "sorting"), relevance=near)}
        assert ("your topic 'C++'", 3.0) == (why(found["1"])[0], found["1"].interest)
        assert [(False, 1.0), (False, 2.0)] == [(found[n].on_topic, found[n].interest) for n in "23"]

    @pytest.mark.parametrize(("score", "said"), [(2.0, True), (0.9, False)])
    def test_like_a_liked_one(self, score: float, said: bool) -> None:  # noqa: FBT001 - parametrised
        """What stands high and is like a work that the team liked names it; what stands low does not boast of it."""
        one = item()
        near = {one.key: Relevance(score, {}, ("arxiv:2601.00009", "arxiv:2601.00001"))}
        liked = {"arxiv:2601.00001": '"Sparse Attention", which two of you marked must-read'}

        expected = 'like "Sparse Attention", which two of you marked must-read'
        assert said == (expected in why(ranked(one, relevance=near, liked=liked)[0]))

    def test_a_little_like_a_liked_one(self) -> None:
        """What taste chose and is like no liked work closely names the nearest one in weaker words, instead of its date; what stands low does not."""
        one = item()
        liked = {"a:1": '"Sparse Attention", which two of you marked must-read'}

        def first(score: float, **more: Any) -> str:
            return why(ranked(one, relevance={one.key: Relevance(score, {}, **more)}, liked=liked)[0])[0]

        said = 'a little like "Sparse Attention", which two of you marked must-read'
        assert said == first(2.0, a_little_like=("a:9", "a:1"))
        assert "like what you marked" == first(2.0, a_little_like=("a:1",), akin=True)
        assert said not in (first(0.9, a_little_like=("a:1",)), first(2.0))

    def test_what_is_no_example(self) -> None:
        """A liked work that is no example is named by no other; the next liked one is."""
        one = item()
        liked = {"a:1": "", "a:2": '"Sparse Attention", which two of you marked must-read'}
        both, alone = (
            why(ranked(one, relevance={one.key: Relevance(2.0, {}, like)}, liked=liked)[0])
            for like in (("a:1", "a:2"), ("a:1",))
        )

        assert 'like "Sparse Attention", which two of you marked must-read' == both[0]
        assert not any(text.startswith("like") for text in alone)

    def test_like_no_single_one(self) -> None:
        """
        What stands where it does for what several liked works have in common says so; where that is not so, however high a work stands (as after one like
        and eight skips), or where nothing is liked, its votes are the reason.
        """
        one = voted("arxiv:2608.00001", 1)
        liked = {"arxiv:2601.00001": '"Sparse Attention", which two of you marked must-read'}

        def reasons(liked: Mapping[str, str], *topics: str, akin: bool = True, score: float = 2.0) -> list[str]:
            found = {one.key: Relevance(score, {}, akin=akin)}
            return why(ranked(one, relevance=found, liked=liked, topics=topics)[0])

        assert "like what you marked" == reasons(liked)[0] == reasons(liked, "robots")[0]
        assert "like what you marked" not in [
            *reasons(liked, akin=False, score=3.0),
            *reasons({}),
            *reasons(liked, score=0.9),
        ]

    def test_typical_and_not_new(self) -> None:
        """Where a work stands for a part of the week, that is its reason, and not its day; its votes are a better one."""
        said, names = {}, {}
        for one in (item("arxiv:2608.00001"), voted("arxiv:2608.00002", 40), item("arxiv:2608.00003")):
            many = 2 if one.key.endswith("3") else 12
            found = {one.key: Relevance(2.0, {}, stands_for=many)}
            (first,) = ranked(one, relevance=found, assumed=True)
            said[one.key[-1]], names[one.key[-1]] = why(first)[0], {reason.name for reason in first.reasons}

        assert "one of 12 like it this week" == said["1"]
        assert "for variety: few are like it" == said["3"]
        assert ["typical" in names[number] for number in "123"] == [True, False, True]

    def test_notice_and_likes(self) -> None:
        """Without topics votes give way to what was liked by and by: fully without a like, hardly with many; with topics hardly from the first day."""
        worth = [attention_worth(likes, topics=False) for likes in (0, 1, 3, 10, 100)]

        assert worth == sorted(worth, reverse=True)
        assert (worth[0], worth[1], worth[-1]) == (1.0, 0.5, ATTENTION)
        assert {ATTENTION} == {attention_worth(likes, topics=True) for likes in (0, 100)}

    def test_one_like_does_not_silence_votes(self) -> None:
        """After one like a work that many vote for stands above one that is a little nearer to the liked one; after many it does not."""
        works = [voted(f"arxiv:2608.0000{n}", votes) for n, votes in enumerate((0, 0, 0, 200))]
        near = {one.key: Relevance(score, {}) for one, score in zip(works, (1.0, 0.3, -0.3, 0.0), strict=True)}

        assert works[3].key == ranked(*works, relevance=near, likes=1.0)[0].item.key
        assert works[0].key == ranked(*works, relevance=near, likes=40.0)[0].item.key

    def test_a_topic_that_is_written_as_one(self) -> None:
        """A work that writes as one what a topic writes with a hyphen stands as high as the best by meaning; the ranker found none of its words."""
        works = [item("a:1", title="Changepoint detection"), item("a:2", title="Detection of fakes")]
        near = {one.key: Relevance(score, {}) for one, score in zip(works, (0.0, 1.0), strict=True)}
        first = ranked(*works, topics=("change-point detection",), relevance=near)[0]

        assert ("a:1", "your topic 'change-point detection'") == (first.item.key, why(first)[0])

    def test_a_topic_that_is_a_person(self) -> None:
        """A work by an author who is a topic stands first, says so, and has its place among the works of this topic beside those of the others."""
        works = [
            item("a:1", title="Games", authors=("Ada Lovelace", "Chelsea Finn")),
            item("a:2", title="Robots that fold"),
            item("a:3", title="Robots of Chelsea", authors=("Erik Finn",)),
        ]
        near = {
            "a:1": Relevance(0.0, {}),
            "a:2": Relevance(1.0, {"robots": 0.3}, about={"robots": 1.0}),
            "a:3": Relevance(0.0, {}),
        }
        first, *others = ranked(*works, topics=("Chelsea Finn", "robots"), relevance=near)
        by_initial = ranked(*works, topics=("C. Finn", "robots"), relevance=near)[0]

        assert ("a:1", "by Chelsea Finn", ("Chelsea Finn",)) == (first.item.key, why(first)[0], first.topics)
        assert "by Chelsea Finn, your topic 'C. Finn'" == why(by_initial)[0]
        assert not [text for one in others for text in why(one) if "Finn" in text]

    def test_a_topic_that_the_ranker_does_not_find(self) -> None:
        """Of five works a ranker learns no words; the one that names the topic stands first all the same."""
        works = [item(f"a:{n}", title=title) for n, title in enumerate(("Kernels", "Robots that fold", "Tokens"), 1)]
        same = {one.key: Relevance(0.0, {}) for one in works}

        assert "a:2" == ranked(*works, topics=("robots",), relevance=same)[0].item.key

    def test_like_a_list(self) -> None:
        """Where nobody marked anything, what the team gave us a list of is what a work is like; the rest of a week is like neither."""
        one = voted("arxiv:2608.00001", 1)
        told = {"arxiv:2601.00001": f'"A", which {HANDED_OVER}'}

        def reasons(liked: Mapping[str, str], *, akin: bool = True) -> list[str]:
            return why(ranked(one, relevance={one.key: Relevance(2.0, {}, akin=akin)}, liked=liked)[0])

        assert "like the list you gave us" == reasons(told)[0]
        shared = {"arxiv:2601.00003": f'"C", which {SHARED_HERE}'}
        assert "like what was shared here before" == reasons(shared)[0]
        assert "like what you liked before" == reasons(told | shared)[0]
        assert "like what you marked" == reasons(told | {"arxiv:2601.00002": '"B", which one of you marked to-read'})[0]
        assert not any(text.startswith("like") for text in reasons(told, akin=False))

    def test_like_and_topics(self) -> None:
        """Where topics reach a part of the week, both are what a work without their words is near to; one of their words is a reason of its own."""
        other, named = voted("arxiv:2608.00001", 1), item("arxiv:2608.00002", title="Robots")
        near = {one.key: Relevance(2.0, {}, akin=True) for one in (other, named)}
        found = ranked(
            other, named, relevance=near, liked={"arxiv:2601.00001": '"A", which one of you read'}, topics=("robots",)
        )
        said = {one.item.key: why(one) for one in found}

        assert "close to your topics and to what you marked" == said[other.key][0]
        assert "your topic 'robots'" in said[named.key]
        assert "close to your topics and to what you marked" not in said[named.key]

    @pytest.mark.parametrize(
        ("votes", "comments", "said"), [(0, 1, ["1 comment on Hugging Face"]), (0, 0, []), (0, None, [])]
    )
    def test_no_votes_are_no_reason(self, votes: int, comments: int | None, said: list[str]) -> None:
        """Nobody's vote is told as a reason; without any notice there is no such reason."""
        one = item(attention={"huggingface": Attention(votes=votes, comments=comments)})

        assert said == [text for text in why(ranked(one)[0]) if "Hugging Face" in text]

    def test_reached_or_not(self) -> None:
        """What stands high and is like a liked work is on topic without a topic's words; what does but one of both is not."""
        items = [item(f"arxiv:2608.0000{n}") for n in (1, 2, 3)]
        found = [Relevance(1.5, {}, ("liked",)), Relevance(1.4, {}), Relevance(0.5, {}, ("liked",))]
        near = {one.key: relevance for one, relevance in zip(items, found, strict=True)}

        assert [True, False, False] == [r.on_topic for r in ranked(*items, relevance=near)]

    def test_topics_of_a_work(self) -> None:
        """A work is about the topics that it is near to by its words; else about those that it names, and that it is about in other words."""
        one, topics = item(title="Robots that learn"), ("robots", "agent benchmarks")

        def of(**near: float) -> tuple[str, ...]:
            known = {one.key: Relevance(3.0, {name.replace("_", " "): value for name, value in near.items()})}
            return ranked(one, topics=topics, relevance=known)[0].topics

        assert ("robots", "agent benchmarks") == of(agent_benchmarks=0.02)
        assert ("agent benchmarks",) == of(agent_benchmarks=0.2)
        assert ("robots",) == of() == ranked(one, topics=topics)[0].topics

    def test_result_of_a_forum(self) -> None:
        """Where nobody has said yet what the channel wants, a forum's result stands before an equal tool, and says so; later interest decides."""
        posts = [item(f"url:https://f.example/{n}", section=Section.COMMUNITY, tags=(tag,)) for n, tag in enumerate(("[P]", "[R]"))]  # fmt: skip
        near = {one.key: Relevance(0.1 - n / 10, {}) for n, one in enumerate(posts)}
        ask = partial(rank, posts, channel(), WINDOW, names=NAMES, relevance=near)

        assert ["1", "0"] == [one.item.key[-1] for one in ask(assumed=True)]
        assert "shared as research" in why(ask(assumed=True)[0])
        assert ["0", "1"] == [one.item.key[-1] for one in ask()]

    def test_in_words_when_somebody_looks(self) -> None:
        """Names of reasons are known without their words, which are made once; those put before them stay before them."""
        asked: list[int] = []

        def explain(_: Ranked) -> list[Reason]:
            asked.append(1)
            return [
                Reason(name="freshness", text="new", weight=0.01),
                Reason(name="marketing", text="loud", weight=-0.4),
            ]

        one = Ranked(Candidate(item()), 0.5, explain, frozenset({"rare"}), on_topic=False)
        followed = one.because([Reason(name="follow", text="followed", weight=0.0)])
        assert (frozenset({"rare"}), frozenset({"rare", "follow"}), []) == (one.names, followed.names, asked)
        assert ["loud", "new"] == [reason.text for reason in one.reasons]
        assert ["followed", "loud", "new"] == [reason.text for reason in followed.reasons] == why(followed)
        assert [1] == asked

    def test_the_index_of_the_week(self) -> None:
        """Ranked with the index of the week that other channels asked before, a week is the same as ranked alone."""
        index = CandidateIndex()
        items = [voted(f"arxiv:2608.{n:05}", n % 7, title=("Robots", "Agents", "")[n % 3]) for n in range(20)]
        ask = partial(rank, window=WINDOW, names=NAMES, archives=("arxiv",))
        ask(items, channel(topics=("agents",)), index=index)
        ask(items[3:], channel(), index=index)

        ours = channel(topics=("robots",))
        assert ask(items, ours) == ask(items, ours, index=index)
        assert ask(items[:9], ours) == ask(items[:9], ours, index=index)


class TestOrder:
    def test_equal_scores(self) -> None:
        """Equal scores stand in the order of their keys."""
        items = [item(f"arxiv:2608.0000{n}") for n in (3, 1, 2)]

        assert [r.item.key for r in ranked(*items)] == ["arxiv:2608.00001", "arxiv:2608.00002", "arxiv:2608.00003"]

    @settings(max_examples=examples(60), deadline=None)
    @given(
        st.lists(
            st.builds(
                lambda n, votes, title, days, tags: voted(
                    f"arxiv:2608.{n:05}", votes, title=title, published=at(days=days), tags=tags
                ),
                st.integers(0, 99),
                st.integers(0, 5),
                st.sampled_from(["Robots", "Agents", "", "Robot agents", "\u202e"]),
                st.floats(0, 9),
                st.sampled_from([(), ("beginner",), ("marketing", "beginner")]),
            ),
            max_size=12,
            unique_by=lambda one: one.key,
        ),
        st.randoms(use_true_random=False),
    )
    def test_order_is_total(self, items: list[Item], random: object) -> None:
        """However the candidates come, their order is the same, best first, with a reason for each and a finite score."""
        shuffled = list(items)
        random.shuffle(shuffled)  # type: ignore[attr-defined]
        result = ranked(*items, topics=("robots",))

        assert result == ranked(*shuffled, topics=("robots",))
        assert sorted((-r.score.value, r.item.key) for r in result) == [(-r.score.value, r.item.key) for r in result]
        assert all(r.score.reasons and 0 < r.score.value < 1 for r in result)


class TestFeatures:
    def test_percentile(self) -> None:
        """The percentile is the share of the same source's items with strictly fewer votes and comments."""
        items = [voted(f"a:{n}", votes) for n, votes in enumerate([0, 5, 5, 10])]
        scale = AttentionScale([*items, voted("a:9", 1000, "reddit")])

        assert [scale.best(one)[0] for one in items] == [0.0, 0.25, 0.25, 0.75]

    def test_a_handful_is_no_notice(self) -> None:
        """Fewer than five votes and comments rank nothing, even where nobody else has more."""
        items = [voted("a:1", 4), voted("a:2", 0), voted("a:3", 5)]
        scale = AttentionScale(items)

        assert [0.0, 0.0, 2 / 3] == [scale.best(one)[0] for one in items]

    def test_comments_count(self) -> None:
        """Comments count as votes do."""
        one, other = (
            item("a:1", attention={"x": Attention(comments=30)}),
            item("a:2", attention={"x": Attention(votes=20)}),
        )

        assert AttentionScale([one, other]).best(one) == (0.5, "x")

    def test_best_source(self) -> None:
        """An item is measured where it did best."""
        one = item("a:1", attention={"reddit": Attention(votes=0), "huggingface": Attention(votes=20)})
        scale = AttentionScale([one, voted("a:2", 1), voted("a:3", 9, "reddit")])

        assert scale.best(one) == (0.5, "huggingface")

    @pytest.mark.parametrize(
        ("title", "abstract", "topic", "strength"),
        [
            ("World Models for Robots", "", "world models", 1.0),
            ("A World-Model", "", "World models", 1.0),
            ("Something", "about world models.", "world model", 0.7),
            ("Models of the world", "", "world models", 0.2),
            ("World", "of models", "world models", 0.0),
            ("Worldly modelling", "", "world models", 0.0),
            ("Profiles of AI-generated C++ in production", "", "C++", 1.0),
            ("Kernels", "written in C/C++.", "c++", 0.7),
            ("C++17 in practice", "", "C++", 1.0),
            ("Ants that live", "at 20 degrees C", "C++", 0.0),
            ("ClientMorpher-C", "in C", "C#", 0.0),
            ("Automating R&D", "", "R&D", 1.0),
            ("R. D. Laing, or R and D", "", "R&D", 0.0),
            ("A search for models", "", "A* search", 0.0),
            ("Learning A* search", "", "A* search", 1.0),
            ("The net", "", ".NET", 0.0),
            ("Text and images", "of text image pairs", "text+image", 0.7),
            ("Changepoint detection", "", "change-point detection", 1.0),
            ("Change-point detection", "", "changepoint detection", 1.0),
            ("Change point detection", "", "change-point detection", 1.0),
            ("A bound", "for on-device training", "on device training", 0.7),
            ("Folding", "with AlphaFold3.", "AlphaFold", 0.7),
            ("Folding", "with AlphaFold2.", "AlphaFold3", 0.0),
            ("AlphaFolding", "", "AlphaFold", 0.0),
            ("Differentially Private Federated Learning", "", "differential privacy", 1.0),
            ("An efficient interpretable model", "", "model interpretability", 0.0),
            ("Private equity", "", "privacy", 0.0),
            ("Agents", "", "agent", 1.0),
            ("Reagents", "", "agent", 0.0),
            ("Loss", "", "los", 0.0),
            ("Anything", "", "", 0.0),
            ("Anything", "", "…", 0.0),
            ("Größe matters", "", "GRÖSSE", 1.0),
            ("世界 模型", "", "世界 模型", 1.0),
        ],
    )
    def test_topics(self, title: str, abstract: str, topic: str, strength: float) -> None:
        """Together in the title counts fully, in the abstract less, apart least; part of a word is no match."""
        assert strength == match_topics(item(title=title, abstract=abstract), (topic,)).strength

    def test_topics_of_an_item(self) -> None:
        """All topics that match are named, the surest first."""
        match = match_topics(item(title="Robots", abstract="with world models"), ("world models", "nothing", "robots"))

        assert (match.topics, match.strength) == (("robots", "world models"), 1.0)

    def test_tokens(self) -> None:
        """Case, hyphens and the plural's s make no difference."""
        assert tokens("World-Models: GPUs & loss") == ["world", "model", "gpu", "loss"]

    @pytest.mark.parametrize(("days", "expected"), [(7, 0.0), (0, 1.0), (3.5, 0.5), (30, 0.0), (-3, 1.0)])
    def test_freshness(self, days: float, expected: float) -> None:
        """The later in the window, the fresher; outside of it no more than its ends."""
        assert expected == freshness(item(published=at(days=days)), WINDOW)

    def test_independent_sources(self) -> None:
        """Sources are named once, those that speak of it directly first."""
        seen = (
            mention(source_id="letter", direct=False),
            mention(source_id="hf"),
            mention(source_id="hf", external_id="2"),
        )

        assert independent_sources(item(mentions=seen)) == ("hf", "letter")

    @pytest.mark.parametrize(
        ("one", "expected"),
        [(item(), False), (item(code_url="https://github.com/o/n"), True), (item("code:github.com/o/n"), True)],
    )
    def test_with_code(self, one: Item, expected: bool) -> None:  # noqa: FBT001 - parametrised
        """Code can be had where it is linked, or where the item is code."""
        assert expected == with_code(one)
