from __future__ import annotations

import pytest

from bot.unmatched import unmatched, used_up
from tests.factories import item

WORKS = [
    item("a:1", title="Agentic coding", abstract="Interpretable steps."),
    item("a:2", title="World models", tags=("robotics",)),
    item("a:3", title="Coding in C++ at 20 degrees C"),
]


@pytest.mark.parametrize(
    "topic", ["agents", "interpretability", "world model", "Robotic", "coding agents", "C++", "C++ coding"]
)
def test_what_is_there(topic: str) -> None:
    """A topic is not called empty where a work bears its words, in whatever form."""
    assert () == unmatched([topic], WORKS)


@pytest.mark.parametrize(
    "topic", ["quantum radar", "world agents", "tea", "worldly", "?", "🔥", "the", "To the", "C#", "F++"]
)
def test_what_is_not(topic: str) -> None:
    """A topic that no single work is about is said so."""
    assert (topic,) == unmatched(["agents", topic], WORKS)


@pytest.mark.parametrize(
    ("topic", "found"),
    [("Yu-Gang Jiang", True), ("yu-gang jiang", True), ("Y. Jiang", True), ("Jiang Yu", False), ("Jie Jiang", False)],
)
def test_an_author(topic: str, found: bool) -> None:  # noqa: FBT001 - parametrised
    """A topic that is an author's name is about the author's works; half of a name is no one's."""
    works = [*WORKS, item("a:4", authors=("Jie Zhou", "Yu-Gang Jiang"))]

    assert (() if found else (topic,)) == unmatched([topic], works)


BEGUN_ALIKE = [
    item("a:1", title="A list of deals", abstract="Worldacademic pupils, children and chess; the edge of go1."),
    item(
        "a:2",
        title="Firtree lists, artificial LDAPs and a tank",
        abstract="On LLMs and GPT4 for laws of mapping, with kilobits.",
    ),
    item("a:3", title="RigidBench", abstract="Supercomputers in compliance."),
]


@pytest.mark.parametrize("topic", ["LDA", "art", "IRT", "o1", "Ed Chi", "Percy Liang", "academic", "computers", "bits"])
def test_words_in_other_words(topic: str) -> None:
    """A piece inside a word, or a few letters with which others begin, is no word of a topic."""
    assert (topic,) == unmatched([topic], BEGUN_ALIKE)
    assert (topic,) == unmatched([topic], [*BEGUN_ALIKE, *(item(f"b:{n}") for n in range(200))]), "of many works"


@pytest.mark.parametrize("topic", ["LLM", "GPT", "law", "map", "bench", "go1", "Firtrees"])
def test_short_words(topic: str) -> None:
    """A word of a few letters is there in any form, with a version's number, or as part of a name."""
    assert () == unmatched([topic], BEGUN_ALIKE)
    assert () == unmatched([topic], [*BEGUN_ALIKE, *(item(f"b:{n}") for n in range(200))]), "of many works"


def test_what_our_field_is_applied_to() -> None:
    """Of a topic that applies our field to something a work must have what this is, and its name is half of no topic."""
    works = [item("a:1", title="Imputing tabular data"), item("a:2", title="Machine learning of chords")]

    assert () == unmatched(["machine learning for tabular data"], works)
    assert (topic := "machine learning for quantum radar",) == unmatched([topic], works)


@pytest.mark.parametrize(
    ("topic", "found"),
    [
        ("legal NLP", True),
        ("LLMs in law", True),
        ("deep learning for sports", True),
        ("AI in education", True),
        ("basketball LLMs", True),
        ("AI for surgery", False),
        ("volcano NLP", False),
        ("NLP evaluation", False),
    ],
)
def test_words_of_our_own_field(topic: str, *, found: bool) -> None:
    """What works are on decides whether a topic is empty, in any word for a field; that they are on our own field none has to say."""
    works = [
        item("a:1", title="Hallucinated citations in legal retrieval", abstract=""),
        item("a:2", title="Tracking basketball players", abstract="A benchmark of sports."),
        item("a:3", title="Pedagogical feedback", abstract=""),
    ]

    assert (() if found else (topic,)) == unmatched([topic], works)


@pytest.mark.parametrize(
    ("topic", "found"),
    [("tactile sensing", True), ("gripper tracking", True), ("sensing", False), ("tactile string", False)],
)
def test_a_verbal_noun(topic: str, *, found: bool) -> None:
    """Beside another word what is done stands for whatever does it; alone it is a word of its own."""
    works = [item("a:1", title="Tactile sensors on a gripper", abstract="It tracks structure.")]

    assert (() if found else (topic,)) == unmatched([topic], works)


@pytest.mark.parametrize(("title", "found"), [("An autonomous vehicle", True), ("Autonomous agents of driving", False)])
def test_an_everyday_name(title: str, *, found: bool) -> None:
    """What people call otherwise than papers is there where a work has the paper's name as it stands."""
    works = [*WORKS, item("a:4", title=title, abstract="")]

    assert (() if found else ("self-driving cars",)) == unmatched(["self-driving cars"], works)


def test_an_empty_week() -> None:
    """Where there are no works, their absence is no fault of a topic."""
    assert () == unmatched(["quantum radar"], [])


SENTENCES = [
    item("a:1", title="Quantization for smaller, faster networks", abstract="We speed language models up."),
    item("a:2", title="Hallucination in medical VQA", abstract="Fewer errors."),
    item("a:3", title="On language models and question answering"),
    item("a:4", title="Autonomous cars on roads"),
]


@pytest.mark.parametrize(
    "topic", ["making language models smaller and faster", "reducing hallucinations in medical question answering"]
)
def test_a_sentence(topic: str) -> None:
    """A topic in many words is not called empty since no work repeats all of them: those that tell most are enough."""
    assert () == unmatched([topic], SENTENCES)


@pytest.mark.parametrize(
    "topic", ["quantum radar for faster language models", "medical cars answering on autonomous language roads"]
)
def test_a_sentence_that_is_about_nothing(topic: str) -> None:
    """A long topic is empty where no work has what tells most of it."""
    assert (topic,) == unmatched([topic], SENTENCES)


WEEK = [
    item("a:1", title="Grounded language models", abstract="Perception of the world, in which they reason."),
    item("a:2", title="Walking over rough ground", abstract="Robots in the real world."),
    item("a:3", title="Tumour segmentation from few annotations"),
    item("a:4", title="Forecasting energy demand", abstract="Foundation models for time series."),
    item("a:5", title="The terrain of cities: by way of scans"),
    *(item(f"b:{n}", title="Language models", abstract="Robots in the real world, with tools.") for n in range(20)),
]


@pytest.mark.parametrize(
    "topic",
    [
        "language models that reason about the world in a way that is grounded in perception",
        "robots that walk over rough terrain in the real world",
        "segmenting tumours in scans with very few annotations",
        "forecasting the energy demand of cities with foundation models for time series",
    ],
)
def test_turns_of_phrase(topic: str) -> None:
    """Of a sentence most must be said by one work, and not each rare word: 'in a way that' is none that anybody looks for."""
    assert () == unmatched([topic], WEEK)


@pytest.mark.parametrize(
    "topic",
    [
        "language models that plan the harvest of grapes on steep hills",
        "robots for brewing beer and baking bread in the real world",
        "how few storks cross the Sahara with real rough winds",
    ],
)
def test_words_in_common(topic: str) -> None:
    """A sentence is empty where works have but the common part of it."""
    assert (topic,) == unmatched([topic], WEEK)


@pytest.mark.parametrize(
    ("works", "found"),
    [
        ("agents evaluated in software environments: tools, memory, planning and engineering", True),
        ("agents evaluated in zoos, with memory", False),
    ],
)
def test_a_very_long_topic(works: str, found: bool) -> None:  # noqa: FBT001 - parametrised
    """Of twenty words of content no work need say more than of twelve."""
    topic = (
        "evaluation of agents in realistic software engineering environments with tool use, memory, multi-step planning under uncertainty, partial "
        "observability, debugging, collaboration, provenance, rollback and auditing"
    )
    week = [item("a:0", title=works), *(item(f"b:{n}", title="Grasping with robots") for n in range(20))]

    assert (() if found else (topic,)) == unmatched([topic], week)


def test_what_was_shown_before() -> None:
    """Of topics of which nothing is left those are told apart that shown works were about from those that nothing ever was."""
    assert ("agentic coding",) == used_up(["agentic coding", "quantum radar"], WORKS[:1])
    assert () == used_up(["agentic coding"], [])
    assert () == used_up(["agentic coding"], WORKS[:1], WORKS[:1]), "one that names it is left"


def test_a_field() -> None:
    """A topic that names a field is found by its category, in works that do not say its name."""
    works = [item("a:1", title="Sorting of neurons", tags=("cs.LG", "q-bio.NC"))]

    assert () == unmatched(["neuroscience"], works)
    assert ("neuroscience",) == used_up(["neuroscience", "databases"], works)


def test_a_field_without_works() -> None:
    """Where categories tell of which fields works are, half of a field's name, or a word of its family, does not make one of it."""
    works = [item("a:1", title="Neural networks", abstract="An architecture for a computer.", tags=("cs.LG",))]
    named = item("a:2", title="On computer architectures", tags=("cs.LG",))

    assert ("networking", "computer architecture") == unmatched(["networking", "computer architecture"], works)
    assert () == unmatched(["computer architecture"], [*works, named])


@pytest.mark.parametrize(
    ("topic", "title", "found"),
    [
        ("chatbots for customer support", "A Customer Support System", True),
        ("chatbots for customer support", "Support of a Customer", False),
        ("customer support", "Support", False),
        ("robotic surgery", "Surgical Robots", True),
        ("robot surgery", "Surgical Robots", True),
        ("chemistry benchmarks", "A Chemical Benchmark", True),
        ("data science", "Scientific Data", False),
    ],
)
def test_generously(topic: str, title: str, *, found: bool) -> None:
    """Two of three words side by side in a title are enough; an adjective stands for its thing, and that of a field for the field."""
    assert (() if found else (topic,)) == unmatched([topic], [item(title=title, abstract="")])
