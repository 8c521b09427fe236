from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sources.parse import marketing
from adapters.sources.parse.marketing import is_marketing

TITLES = json.loads((Path(__file__).parent / "data" / "lab_titles.json").read_text())
"""Titles of the four labs, told apart by a reader of them, the rule's mistakes left in on purpose."""


def test_tells_marketing_from_research():
    """
    Of what it calls marketing nearly all is, and it finds most of it.

    Measured on the table: precision 1.00, recall 0.90, the patterns having been written with it in sight. A false alarm costs a good post its place, so precision counts more.
    """
    called = [each for each in TITLES if is_marketing(each["title"], each["labels"])]
    right = [each for each in called if each["marketing"]]

    assert len(right) / len(called) >= 0.95
    assert len(right) / sum(each["marketing"] for each in TITLES) >= 0.85


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("From pilots to practice: How enterprises put AI to work", True),
        ("After the pilot – how companies adopt agents", True),
        ("GPT-9: How we scaled inference with AI", False),
        ("Ultrafast mode comes early", True),
        ("A new look at the enterprise plan", True),
        ("Changes to the free tier", True),
        ("Robots that plan in tiers of abstraction", False),
        ("Failure mode analysis of agents", False),
        ("Our letter to Governor Doe on data centres", True),
        ("Letter recognition without labels", False),
    ],
)
def test_second_halves_tiers_and_letters(title, expected):
    """A customer's story may follow a colon; paid tiers and letters to those who govern are selling; planning is none."""
    assert is_marketing(title) == expected


@pytest.mark.parametrize(
    ("labels", "expected"),
    [((), True), (("Research",), False), (("Google Research", "AI"), False), (("Startup",), True)],
)
def test_hears_the_publisher(labels, expected):
    """A label of research outweighs what a title sounds like."""
    assert is_marketing("New ways to think with Gemini", labels) == expected


@pytest.mark.parametrize(
    ("title", "words", "expected"),
    [
        ("Introducing GeneBench-Pro", ("genebench",), True),
        ("How finance teams use Codex", ("!codex",), False),
        ("How finance teams use Codex", ("!",), False),
        ("How finance teams use Codex", ("", "!chess"), True),
    ],
)
def test_the_operator_has_the_last_word(title, words, expected):
    """Words of the configuration decide by themselves, either way."""
    assert is_marketing(title, words=words) == expected


@given(st.text(max_size=300), st.lists(st.text(max_size=20)))
def test_says_yes_or_no_to_everything(title, labels):
    """Any title gets an answer."""
    assert is_marketing(title, labels) in {True, False}


def searched_for_all(said: str) -> int:
    """The plain way: every pattern is searched for in every title."""
    return sum(1 for pattern in marketing._SELLING if pattern.search(said))


@given(st.data())
@pytest.mark.parametrize("pattern", marketing._SELLING, ids=lambda each: each.pattern[:30])
def test_no_pattern_matches_without_a_hint(pattern, data):
    """Whatever a pattern matches has one of the words for which titles are looked over before they are searched."""
    said = data.draw(st.from_regex(pattern))

    assert marketing._kinds_of_selling(said) == searched_for_all(said) >= 1


@given(st.lists(st.sampled_from([word for each in TITLES for word in each["title"].lower().split()]), max_size=12))
def test_looking_for_hints_changes_nothing(words):
    """Titles made of the words of real ones count as much as they do the plain way."""
    said = " ".join(words)

    assert marketing._kinds_of_selling(said) == searched_for_all(said)


@pytest.mark.parametrize("title", [each["title"].lower() for each in TITLES])
def test_looking_for_hints_changes_no_real_title(title):
    """Nor does any real title count for less."""
    assert marketing._kinds_of_selling(title) == searched_for_all(title)
