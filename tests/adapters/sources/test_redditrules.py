from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sources.redditrules import flair_of, is_beginners, is_self_promotion


@pytest.mark.parametrize(
    ("said", "title", "flair"),
    [("Research", "x [D]", "[R]"), ("", "x [p]", "[P]"), ("", "[ D ] x", "[D]"), ("Resources", "x", "Resources"), ("Help", "x [R]", "[R]"), ("", "x", None)],
)  # fmt: skip
def test_reads_the_flair(said, title, flair):
    """The forum's own word counts, then the title's mark."""
    assert flair == flair_of(said, title)


@pytest.mark.parametrize(
    "title",
    [
        "Where should I start with machine learning? [D]", "What math is a prerequisite? [D]", "Career advice for a physicist [D]", "Finding a first ML job [D]",
        "Looking for an arXiv endorsement [D]", "How do I cut my paper to eight pages?? [R]", "Need help with training [P]", "Is fine-tuning still relevant? [D]",
        "Recommended papers on agents? [R]", "What are my chances at a workshop? [R]", "Internships in robotics [D]",
    ],
)  # fmt: skip
def test_knows_beginners(title):
    """Questions of those who begin, seek work, or want their own work done."""
    assert is_beginners(title)


@pytest.mark.parametrize(
    "title",
    [
        "Why state-space models struggle at 25M parameters [R]", "How can we solve recall in linear attention? [D]", "Revisiting channel attention [D]",
        "Notifications come close to the next deadline [D]", "A linter for training loops [P]", "What would it take to replace the transformer? [D]",
    ],
)  # fmt: skip
def test_leaves_questions_of_research_alone(title):
    """A question is no beginner's question for being one."""
    assert not is_beginners(title)


def test_hears_what_an_author_says_of_himself():
    """A text may tell what a title hides."""
    assert is_beginners("A question [D]", "Hi, I'm a second-year student and ...")
    assert not is_beginners("A question [D]", "We prove a bound.")


@pytest.mark.parametrize(
    "title",
    [
        "I built a dashboard for evals [P]", "Got tired of X, so I made Y [P]", "Visual AI: a no-code platform [P]", "We're hiring remote ML consultants [R]",
        "Introducing my new library [P]", "[D] Self-Promotion Thread", "Looking for a technical cofounder [P]", "Free registration and $20K prize pool [N]",
    ],
)  # fmt: skip
def test_knows_self_promotion(title):
    """What somebody made, sells or seeks; unless there is a paper to judge it by."""
    assert is_self_promotion(title)
    assert not is_self_promotion(title, with_paper=True)


@pytest.mark.parametrize(
    "title",
    [
        "I compiled a renderer into a 21B-parameter transformer [P]", "The loss does not see the basis, but Adam does [R]", "Fused dispatch in pure Triton [P]",
        "Code review: no code submission? [D]", "A dataset of 20,000 images [P]",
    ],
)  # fmt: skip
def test_leaves_work_alone(title):
    """Showing work is no advertising."""
    assert not is_self_promotion(title)


@given(st.text(max_size=400), st.text(max_size=400))
def test_answers_everything(title, text):
    """Any words get an answer."""
    assert {is_beginners(title, text), is_self_promotion(title)} <= {True, False}
