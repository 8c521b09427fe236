"""A topic of several words that nobody writes together is met by what it means, and never by one everyday word of it."""

from __future__ import annotations

import pytest

from bot.ranking.terms import Tokenizer
from bot.ranking.topic_sentences import is_sentence
from bot.ranking.topics import topic_forms, topic_words
from tests.bot.ranking.test_aboutness import BOUNDS, CAUSES, CHORES, PICTURES, SAFETY, Week
from tests.bot.ranking.test_interest import corpus

KEPT = "Keeping it. They were kept: keeping and keeping."
TOPIC = "keeping jailbreaks outside guardrails"


def add_kept(week: Week, number: int) -> None:
    """Add works of all fields, in some of which something is kept."""
    for name, field in {"picture": PICTURES, "cause": CAUSES, "chore": CHORES, "bound": BOUNDS}.items():
        week.add(name, number, field, lambda n: f"Study {n}")
        week.add(f"kept {name}", 4, field, lambda n: f"Keeping {n}", ends=KEPT)


def about(week: Week) -> set[str]:
    return {key.partition("/")[0] for key, one in week.asked(TOPIC).items() if TOPIC in one.about}


@pytest.mark.parametrize(("number", "safe"), [(60, 12), (310, 40)])
def test_an_everyday_word(number: int, safe: int) -> None:
    """Works that share but the everyday word of a sentence are not about it; those that have what tells it are, whether few works are known or many."""
    week = Week()
    add_kept(week, number)
    week.add("safe", safe, SAFETY, lambda n: f"Jailbreaks and guardrails {n}")

    assert {"safe"} == about(week)


def test_its_meaning() -> None:
    """Where many works are known, those that mean a sentence are about it without a word of it, once other works tell what its words mean."""
    week = Week()
    add_kept(week, 310)
    others = [word for word in SAFETY if word not in {"jailbreak", "guardrail"}]
    week.add("safe", 12, SAFETY, lambda n: f"Study {n}", said="jailbreak guardrail")
    week.add("in other words", 12, others, lambda n: f"Study {n}")

    assert {"safe", "in other words"} == about(week)


def test_a_word_that_nobody_writes() -> None:
    """What tells most may be a word that no work has: those that have another one of a sentence are not about it then."""
    week = Week()
    add_kept(week, 60)
    week.add("guarded", 12, SAFETY, lambda n: f"Guardrails {n}")
    topic = "keeping zebras inside guardrails"
    found = week.asked(topic)

    assert not any(topic in one.about for one in found.values())


def test_words_side_by_side() -> None:
    """Works in which words of a sentence stand side by side as in it are about it before those that have one of them."""
    week = Week()
    add_kept(week, 60)
    for name, field in {"picture": PICTURES, "cause": CAUSES, "chore": CHORES, "bound": BOUNDS}.items():
        week.add(f"signed {name}", 4, field, lambda n: f"Treaties {n}")
    week.add("moored", 20, SAFETY, lambda n: f"Harbours {n}")
    week.add("both", 4, BOUNDS, lambda n: f"Harbour treaties {n}")
    topic = "keeping harbour treaties"
    about = {key.partition("/")[0] for key, one in week.asked(topic).items() if topic in one.about}

    assert {"both"} == about


@pytest.mark.parametrize(("together", "is_one"), [(4, True), (5, False)])
def test_a_term_is_no_sentence(together: int, *, is_one: bool) -> None:
    """What five works write together is a term, however many words it has."""
    texts = [("Deep sparse coding", "")] * together + [("Coding apart, sparse and deep", "")] * 20
    tokenizer = Tokenizer()
    known = corpus([tokenizer.terms(title, abstract, ()) for title, abstract in texts])
    words = topic_words(tokenizer, known, "deep sparse coding")
    ways = [form.core for form in topic_forms(tokenizer, ["deep sparse coding"])]

    assert is_one == is_sentence(known, words, ways)
