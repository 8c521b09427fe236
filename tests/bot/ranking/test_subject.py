"""What a topic applies our field to is looked for; that works are on our field says nothing, for all of them are."""

from __future__ import annotations

import pytest

from bot.ranking.fields import subject_of
from bot.ranking.subject import applied, without_our_field
from tests.bot.ranking.test_aboutness import BOUNDS, CHORES, PICTURES, SAFETY, SCHOOLS, Week, best


@pytest.mark.parametrize(
    ("topic", "subject"),
    [
        ("Machine learning in agriculture", "agriculture"),
        ("LLMs for journalism", "journalism"),
        ("large  language models in  surgery", "surgery"),
        ("NLP for social media", "social media"),
        ("transformers for time series", "time series"),
        ("foundation models for the atmosphere", "atmosphere"),
        ("geology with LLMs", "geology"),
        ("LLM-based tutoring", "tutoring"),
        ("Surgical NLP", "Surgical"),
        ("AI and education", "education"),
        ("neural networks for war", "war"),
        ("AI for law", "legal"),
        ("AI for the environment", "environmental"),
    ],
)
def test_what_our_field_is_applied_to(topic: str, subject: str) -> None:
    """Whatever of our field a topic applies, and however it says so, it is looked for by what this is applied to."""
    assert subject == subject_of(topic)


@pytest.mark.parametrize(
    "topic",
    [
        "AI safety",
        "AI alignment",
        "AI policy",
        "LLM agents",
        "LLM inference",
        "LLM environment",
        "NLP evaluation",
        "language model evaluation",
        "language modelling",
        "neural machine translation",
        "deep learning theory",
        "foundation models",
        "model compression",
        "quantum machine learning",
        "scientific machine learning",
        "small language models",
        "explainable AI",
        "law",
        "LLMs for code",
    ],
)
def test_a_term_of_our_own_field(topic: str) -> None:
    """A term of our own field stays whole, and so does what only has words of any abstract beside it."""
    assert topic == subject_of(topic)


@pytest.mark.parametrize(
    ("topic", "names"),
    [("legal NLP", "LLM"), ("LLM-based tutoring", "LLM"), ("transformers for time series", "transformer")],
)
def test_the_kind_that_is_applied(topic: str, names: str) -> None:
    """What is applied is kept where not all works are on it."""
    assert (kind := applied(topic)) is not None
    assert names in kind.names


@pytest.mark.parametrize("topic", ["machine learning in medicine", "AI for law", "LLMs", "LLM inference"])
def test_no_kind(topic: str) -> None:
    """All works are on machine learning, and what applies nothing has no kind."""
    assert applied(topic) is None


@pytest.mark.parametrize(
    ("topic", "left"),
    [("AI fairness", "fairness"), ("AI-generated text", "AI-generated text"), ("LLM evaluation", "LLM evaluation")],
)
def test_without_our_field(topic: str, left: str) -> None:
    """A topic without the words of our field is what else it says, if that tells anything."""
    assert left == without_our_field(topic)


@pytest.fixture
def week() -> Week:
    """A week of works that say again and again what all are on."""
    week = Week()
    week.add("chores", 120, CHORES, lambda n: f"Item {n}")
    week.add("machines", 6, BOUNDS, lambda n: f"Machine learning {n}", said="machine learning machine")
    return week


@pytest.mark.parametrize("topic", ["machine learning in medicine", "medicine", "medical AI"])
def test_the_family_of_a_field(week: Week, topic: str) -> None:
    """Works on medicine that say 'clinical' are about a topic on medicine, and none that has only the words of our field."""
    week.add("clinic", 12, SCHOOLS, lambda n: f"Clinical study {n}", said="clinical")

    assert {"clinic"} == set(best(week.asked(topic), topic, 50))


def test_a_noun_of_another_sense(week: Week) -> None:
    """Who applies our field to law means what is legal, and no scaling law."""
    week.add("court", 12, SCHOOLS, lambda n: f"Legal study {n}", said="legal")
    week.add("scale", 12, BOUNDS, lambda n: f"Scaling law {n}", said="law law")

    assert {"court"} == set(best(week.asked("LLMs in law"), "LLMs in law", 50))


@pytest.mark.parametrize(("works", "others"), [(8, True), (30, False)])
def test_the_kind_comes_first(week: Week, works: int, *, others: bool) -> None:
    """Works with language models come first where these are applied; of a broad subject the others are not about the topic."""
    week.add("speaks", works, SCHOOLS, lambda n: f"Legal study {n}", said="legal LLMs")
    week.add("tagged", works, SCHOOLS, lambda n: f"Legal study {n}", said="legal", ends="\ncs.CL")
    week.add("sees", works, SCHOOLS, lambda n: f"Legal study {n}", said="legal", ends="\ncs.CV")
    week.add("other", 900, [*PICTURES, *SAFETY], lambda n: f"Item {n}", ends="\ncs.CV")
    found = best(week.asked("legal NLP"), "legal NLP", 3 * works)

    assert {"speaks", "tagged"} == set(found[:works])
    assert others == ("sees" in found)


def test_what_many_are_on(week: Week) -> None:
    """A word of which much of our field is says less than the topic as it stands: 'reasoning with LLMs' is not any reasoning."""
    week.add("speaks", 12, SAFETY, lambda n: f"Reasoning with LLMs {n}", said="reasoning with LLMs")
    week.add("sees", 30, PICTURES, lambda n: f"Reasoning {n}", said="reasoning")

    assert {"speaks"} == set(best(week.asked("reasoning with LLMs"), "reasoning with LLMs", 12))
