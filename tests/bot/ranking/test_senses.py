"""Words of several senses: the other topics, and what stands beside them in the week's works, say which one is meant."""

from __future__ import annotations

import random

import pytest

from adapters.ranking.feature_store import FeatureStore
from adapters.ranking.worker import Loaded
from bot.ranking.question import Question, Relevances, Text
from bot.ranking.signals import Signal
from tests.adapters.ranking.test_feature_store import TODAY

SENSES = {
    "safety": "alignment of language models with human values, oversight, jailbreak defence, deception, refusal training, harmful requests, interpretability probes of hidden objectives, agent safety, red teaming",
    "generation": "image generation with text alignment, diffusion guidance, prompt alignment, aesthetic quality, layout control, denoising steps, concept personalisation of pictures",
    "navigation": "embodied navigation with vision language alignment, indoor scenes, waypoint planning, instruction following robots, egocentric views, map memory",
    "agents": "LLM agents that call tools, agentic workflows, browser tasks, agent benchmarks, long horizon planning with language models, function calling",
    "chemistry": "a chemical agent for binding of molecules, oxidising agent, contrast agent for imaging of tissue, reagent dosage in solution",
    "games": "multi agent games of pursuit, mean field equilibrium, traffic agents on graphs, agent based simulation of markets",
}  # fmt: skip


@pytest.fixture(scope="module")
def texts() -> list[Text]:
    """Works of six fields; each says a few things of its own field, and what every paper says."""
    chance = random.Random(5)
    everyday = "we propose a method that outperforms strong baselines on several benchmarks and analyse results".split()
    texts = []
    for field, said in SENSES.items():
        phrases = said.split(", ")
        for n in range(40):
            mine = chance.sample(phrases, 3)
            words = " ".join([*mine, *chance.choices(everyday, k=20)])
            texts.append(Text(f"{field}/{n}", mine[0], words))
    for n in range(40):
        passing = "interpretability, with interpretability" if n == 0 else "several datasets"
        said = (
            f"traffic flow prediction on road {n} with graph attention for sensors and congestion forecasts, {passing}"
        )
        texts.append(Text(f"traffic/{n}", "Traffic flow prediction", said))
    chance.shuffle(texts)
    return texts


@pytest.fixture(scope="module")
def loaded(texts: list[Text]) -> Loaded:
    return Loaded(texts, FeatureStore(None, TODAY))


def first(loaded: Loaded, *topics: str, description: str = "") -> list[str]:
    """The fields of the ten works that stand highest."""
    keys = [f"{field}/{n}" for field in SENSES for n in range(40)]
    found = loaded.relevance(Question(keys, topics, description=description))
    return [key.partition("/")[0] for key in sorted(keys, key=lambda key: (-found[key].score, key))[:10]]


def test_alignment_of_a_safety_team(loaded: Loaded) -> None:
    """'alignment' beside interpretability and agent safety brings safety, and neither pictures nor robots that find their way."""
    assert ["safety"] * 10 == first(loaded, "alignment", "interpretability", "agent safety")


def test_alignment_of_a_picture_team(loaded: Loaded) -> None:
    """The same word beside image generation brings pictures."""
    assert ["generation"] * 10 == first(loaded, "alignment", "image generation", "diffusion")


SAFETY = (
    "Dual-Adversarial Safety Alignment: Cultivating Intrinsic Threat Comprehension in LRMs",
    "Localizing Safety Alignment: MLP Layers and Mid-Network Blocks Encode Refusal Behavior in Large Language Models",
    "HiRoute: Hierarchical Routed Prompt Tuning for Safety Alignment of Large Language Models",
    "Toward a Theory of Value in AI Alignment",
    "Group Alignment-Induced Sycophancy: A Two-Sided Evaluation of Steerable Pluralistic Alignment",
)
OTHERS = (
    "AlignJEPA: Predictive Vision-Language Alignment for Remote Sensing Foundation Models",
    "GALA: Generation-Aware Cross-Modal Alignment for Text-to-Time-Series Synthesis",
    "XSA-MAD: Cross-modal Semantic Alignment for Morphing Attack Detection",
    "CPDA: Class-Conditional Path Distribution Alignment for Unsupervised Time-Series Domain Adaptation",
    "RefineAny3D: Depth Refinement as Semantic Alignment for Monocular 3D Detection",
    "Instruction Alignment for Binary Code Representation Learning",
    "Alignment of Similarity-Transformed Images Based on Fourier-Mellin Transform",
)
"""Titles of one week at arXiv that have the word 'alignment', in August 2026."""


def test_alignment_beside_a_description() -> None:
    """The word alone, of several senses, is taken in that of which the channel's description speaks."""
    chance = random.Random(5)
    field = "safety refusal behavior language models values oversight sycophancy evaluation".split()
    talk = [Text(f"talk/{n}", " ".join(chance.sample(field, 4)), " ".join(chance.choices(field, k=12))) for n in range(30)]  # fmt: skip
    vision = "semantic cross modal detection images time series depth vision synthesis".split()
    talk += [Text(f"view/{n}", " ".join(chance.sample(vision, 4)), " ".join(chance.choices(vision, k=12))) for n in range(30)]  # fmt: skip
    titled = [Text(title, title, "") for title in (*OTHERS, *SAFETY)]
    loaded = Loaded([*talk, *titled], FeatureStore(None, TODAY))

    def of_safety(description: str) -> int:
        keys = [one.key for one in titled]
        found = loaded.relevance(Question(keys, ("alignment",), description=description))
        return len({*SAFETY} & {*sorted(keys, key=lambda key: -found[key].score)[: len(SAFETY)]})

    safety = of_safety("We study language models: oversight, refusal, sycophancy, safety and values.")
    vision = of_safety("Computer vision: cross-modal detection in images and time series.")

    assert max(vision, of_safety("")) < 4 <= safety


def test_description_without_topics(loaded: Loaded) -> None:
    """A description alone is no wish: nothing is nearer for it."""
    found = loaded.relevance(Question([f"safety/{n}" for n in range(40)], description="Language models and oversight."))
    assert {0.0} == {one.score for one in found.values()}


@pytest.mark.parametrize("topic", ["agent", "agents"])
def test_agent_of_an_llm_team(loaded: Loaded, topic: str) -> None:
    """'agent' beside tools brings LLM agents, and neither chemistry nor games; so does the plural."""
    assert ["agents"] * 10 == first(loaded, topic, "tool calling", "language models planning")


def test_another_form_of_the_word(loaded: Loaded) -> None:
    """'interpretable' finds interpretability, 'jailbreaking' jailbreaks."""
    assert {"safety"} == set(first(loaded, "interpretable", "jailbreaking"))


def test_a_word_in_passing(loaded: Loaded) -> None:
    """A work of another field that has a topic's word twice stands below two thirds of the works that are about the topics."""
    keys = [*(f"safety/{n}" for n in range(40)), "traffic/0"]
    found = loaded.relevance(
        Question([*keys, *(f"games/{n}" for n in range(40))], ("alignment", "interpretability", "agent safety"))
    )
    order = sorted(keys, key=lambda key: -found[key].score)

    assert order.index("traffic/0") > 25


def test_a_word_of_one_work(loaded: Loaded) -> None:
    """A topic that a single work of eight weeks is about brings that work first."""
    keys = [*(f"traffic/{n}" for n in range(40)), *(f"games/{n}" for n in range(40))]
    found = loaded.relevance(Question(keys, ("road 17",)))

    assert "traffic/17" == max(keys, key=lambda key: found[key].score)


def test_a_word_of_most_works() -> None:
    """A channel of one subject keeps it as a topic, though half of all works have the word."""
    chance = random.Random(3)
    words = [word for said in SENSES.values() for word in said.replace(",", "").split()]
    texts = []
    for n in range(200):
        title = f"Groundwater {chance.choice(words)}" if n % 2 else f"Of {chance.choice(words)}"
        texts.append(Text(f"{n}", title, " ".join(chance.choices(words, k=20))))
    found = Loaded(texts, FeatureStore(None, TODAY)).relevance(Question([one.key for one in texts], ("groundwater",)))
    first = sorted(found, key=lambda key: -found[key].score)[:10]

    assert [1] * 10 == [int(key) % 2 for key in first]


def test_topic_in_other_words(loaded: Loaded) -> None:
    """A work that is like those on a topic is near it, although none of the topic's words is in it."""
    found = loaded.relevance(Question([f"{field}/{n}" for field in SENSES for n in range(40)], ("interpretability",)))
    named = [key for key, one in found.items() if one.near and one.near["interpretability"] < 0.1]

    assert all(key.startswith("safety/") for key in named)


def test_one_word_of_two_in_a_short_text() -> None:
    """A short text with one of a topic's two words is not near it; a text that has both is."""
    everyday = [Text(f"other/{n}", f"Notes on item {n}", f"several remarks on subject {n}") for n in range(60)]
    clinic = Text("clinic", "A clinic by video", "Doctors talk to patients.")
    film = Text("film", "Generation of video", "Models make films.")
    found = Loaded([*everyday, clinic, film], FeatureStore(None, TODAY)).relevance(
        Question([clinic.key, film.key, *(one.key for one in everyday)], ("video generation",))
    )

    assert not found["clinic"].near
    assert found["film"].near


def test_all_words_of_a_topic() -> None:
    """Most works that have both words of a topic, once and apart, stand above those that have one of them twice."""
    everyday = "we propose a method that outperforms strong baselines on several benchmarks and analyse results".split()
    chance = random.Random(7)

    def said(*words: str) -> str:
        found = [*words, *chance.choices(everyday, k=30)]
        chance.shuffle(found)
        return " ".join(found)

    texts = [Text(f"other/{n}", "Notes", said()) for n in range(300)]
    texts += [Text(f"one/{n}", f"Speech {n}", said("medical", "medical", "speech")) for n in range(6)]
    texts += [Text(f"both/{n}", f"Scans of the liver {n}", said("medical", "imaging", "liver")) for n in range(6)]
    texts += [Text(f"other one/{n}", f"Radio {n}", said("imaging", "radio")) for n in range(12)]
    keys = [one.key for one in texts]
    found = Loaded(texts, FeatureStore(None, TODAY)).relevance(Question(keys, ("medical imaging",)))
    order = sorted(found, key=lambda key: -found[key].score)

    assert ["both"] * 4 == [key.partition("/")[0] for key in order[:4]]


def test_a_topic_of_few_works_is_not_stretched() -> None:
    """Of a topic that three works have, others that share their everyday words are not said to be near it."""
    chance = random.Random(11)
    words = [word for said in SENSES.values() for word in said.replace(",", "").split()]
    texts = [
        Text(f"other/{n}", " ".join(chance.choices(words, k=5)), " ".join(chance.choices(words, k=40)))
        for n in range(300)
    ]
    texts += [
        Text(f"own/{n}", f"Groundwater {n}", " ".join(["groundwater", *chance.choices(words, k=40)])) for n in range(3)
    ]
    found = Loaded(texts, FeatureStore(None, TODAY)).relevance(Question([one.key for one in texts], ("groundwater",)))

    assert {"own/0", "own/1", "own/2"} == {key for key, one in found.items() if one.near}


def test_a_slogan_for_a_title() -> None:
    """Of a liked title without an abstract its subject counts, and not the slogan that other titles share with it."""
    chance = random.Random(7)
    everyday = "we propose a method that outperforms strong baselines on several benchmarks and analyse results".split()
    subjects = [
        "transformer attention heads",
        "gradient boosting of tables",
        "robots that walk",
        "protein folding",
    ] * 15
    texts = [
        Text(f"w/{n}", f"{said} {n}", " ".join([said, *chance.choices(everyday, k=25)]))
        for n, said in enumerate(subjects)
    ]
    texts += [
        Text(f"slogan/{n}", f"Trees {n} is all you need", " ".join(chance.choices(everyday, k=25))) for n in range(5)
    ]
    liked = Text("liked", "Attention Is All You Need", "")
    question = Question([text.key for text in texts], (), [Signal("liked", 1.0, 1.0)], [liked])
    found = Loaded(texts, FeatureStore(None, TODAY)).relevance(question)
    best = sorted(found, key=lambda key: -found[key].score)[:15]

    assert {f"w/{n}" for n in range(0, 60, 4)} == set(best)
    assert not any(found[f"slogan/{n}"].like for n in range(5))


@pytest.mark.parametrize(
    ("topics", "agreeing"),
    [
        (("human refusal", "harmful values"), 2),
        (("human refusal", "harmful values", "images denoising"), 2),
        (("images denoising", "waypoint navigation"), 0),
        (("human refusal",), 0),
        (("agent safety", "red teaming"), 0),  # whose words stand together: nobody asks
    ],
)
def test_topics_that_bear_each_other_out(
    loaded: Loaded, texts: list[Text], topics: tuple[str, ...], agreeing: int
) -> None:
    """Topics of one field whose words stand apart in works bear each other out; one of another field is not borne out, nor is one alone."""
    found = loaded.relevance(Question([text.key for text in texts], topics))

    assert topics[:agreeing] == found.agreeing
    assert found.agreeing == Relevances.unpacked(found.packed(list(found)), list(found)).agreeing


def test_asked_in_any_order(loaded: Loaded, texts: list[Text]) -> None:
    """What is kept of topics and of the works that were asked about changes no answer: it is that of a ranker that was asked for nothing before."""
    keys = [f"{field}/{n}" for field in SENSES for n in range(40)]
    questions = [
        Question(keys, ("alignment", "agents")),
        Question([*keys[:100], "unknown"], ("agents", "alignment")),
        Question(keys[50:], ("agents",), [Signal(keys[3], -0.5, 1.0), Signal(keys[90], 1.0, 1.0)]),
        Question(keys, ("no such thing", "agents", "...")),
    ]
    afresh = [Loaded(texts, FeatureStore(None, TODAY)).relevance(question) for question in questions]

    for _ in range(2):
        for question, found in reversed(list(zip(questions, afresh, strict=True))):
            assert found == loaded.relevance(question)


def test_as_most_works_write_it() -> None:
    """A topic in British spelling is about the works that it is about as they write it: tokens have the stem of both spellings, and are another thing."""
    chance = random.Random(2)
    everyday = "we propose a method that outperforms strong baselines on benchmarks of memory and maps".split()
    titles = ("Tokenizers for dialects", "Forecasts of rain", "Pruning tokens of images")
    texts = [
        Text(f"{number}/{n}", said, " ".join([said, *chance.choices(everyday, k=20)]))
        for n in range(20)
        for number, said in enumerate(titles)
    ]
    loaded, keys = Loaded(texts, FeatureStore(None, TODAY)), [text.key for text in texts]
    about = [
        {key for key, one in loaded.relevance(Question(keys, (topic,))).details.items() if topic in one.about}
        for topic in ("tokenization", "tokenisation")
    ]

    assert about[0] == {f"0/{n}" for n in range(20)}
    assert about[1] == about[0]


def test_with_a_hyphen_and_without() -> None:
    """Works that write a word as one and those that write it as two are on one topic, however it is typed."""
    written = ["neurosymbolic", "neuro-symbolic"]
    texts = [
        Text(f"{kind}/{n}", f"{words.title()} reasoning {n}", f"We reason with {words} rules and logic, case {n}.")
        for kind, words in (("one", written[0]), ("two", written[1]), ("other", "statistical"), ("far", "acoustic"))
        for n in range(12)
    ]
    keys, found = [text.key for text in texts], Loaded(texts, FeatureStore(None, TODAY))
    orders = [
        sorted(keys, key=lambda key: (-answer[key].score, key))
        for answer in (found.relevance(Question(keys, (f"{way} reasoning",))) for way in written)
    ]

    assert orders[0] == orders[1]
    assert {"one", "two"} == {key.partition("/")[0] for key in orders[0][:24]}
