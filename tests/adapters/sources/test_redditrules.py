from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sources.kinds.reddit_api import RedditPost
from adapters.sources.kinds.reddit_rules import (
    flair_of,
    is_beginners,
    is_self_promotion,
    seeks_answers,
    without_reposts,
)


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


def test_a_research_direction_is_no_beginners():
    """What calls itself a research direction is no beginner's question; unless the operator says so."""
    assert not is_beginners("Research direction: how can I transfer weights?", "I am new to this")
    assert not is_beginners("[D] Research direction: advice on weights")
    assert is_beginners("Research direction: how can I transfer weights?", words=("transfer",))


@pytest.mark.parametrize("flair", ["[R]", "[D]", "[P]", "[N]"])
def test_flair_excuses_no_beginner(flair):
    """Whoever posts chooses the flair, so a beginner's question stays one under each; and research stays research."""
    assert is_beginners(f"What do you think my chances are? {flair}")
    assert is_beginners(f"{flair} Any information about student travel support?")
    assert not is_beginners(f"The loss does not see the basis, but Adam does {flair}")


@pytest.mark.parametrize(
    "title", ["My sampler", "A linter for PyTorch", "A small tool", "I made a parser", "Tools for evals"]
)
def test_knows_a_project_that_is_shown_off(title):
    """A project's post that speaks of its author's own tool advertises it; a discussion of tools, or a paper, does not."""
    assert is_self_promotion(title, flair="[P]")
    assert not is_self_promotion(title, flair="[P]", with_paper=True)
    assert not is_self_promotion("A small tool", flair="[D]")


def test_a_repository_alone_is_self_promotion():
    """A project with nothing to show but its repository is advertised; research with its code is not."""
    assert is_self_promotion("Random forests, fast", flair="[P]", only_code=True)
    assert not is_self_promotion("Random forests, fast", flair="[P]")
    assert not is_self_promotion("Random forests, fast", flair="[R]", only_code=True)


def made(number, title, author="writer", score=None, day=1):
    return RedditPost(
        id=number,
        title=title,
        author=author,
        url="https://reddit.example/",
        score=score,
        created=datetime(2026, 8, day, tzinfo=UTC),
    )


def test_of_reposts_one_is_kept():
    """Of an author's posts under one title the one with the most votes is kept, else the newest; the order stays."""
    voted = [
        made("a", "A Dataset: birds [P]", score=3, day=2),
        made("b", "other"),
        made("c", "a dataset - birds!", score=9),
    ]
    unknown = [made("a", "Birds [P]"), made("b", "[R] birds", day=3), made("c", "Birds", day=2)]

    assert ["b", "c"] == [post.id for post in without_reposts(voted)]
    assert ["b"] == [post.id for post in without_reposts(unknown)]


def test_other_posts_are_no_reposts():
    """Other authors, unknown authors, other titles, and titles without a word are kept apart."""
    apart = [made("a", "Birds"), made("b", "Birds", "other"), made("c", "Birds", ""), made("d", "Birds", ""), made("e", "?"), made("f", "!"),
             made("g", "In C"), made("h", "In C++")]  # fmt: skip

    assert apart == without_reposts(apart)


@given(st.text(max_size=400), st.text(max_size=400))
def test_answers_everything(title, text):
    """Any words get an answer."""
    assert {is_beginners(title, text), is_self_promotion(title)} <= {True, False}


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Which baselines would you trust? [D]", ""), ("What would you build with a stack of GPUs? (LLMs are off the table) [D]", ""), ("An inference idea [D]", ""),
        ("A bound for detectors. Looking for a sanity check before I go on [D]", ""), ("Planning for a merge puzzle [D]", "I would appreciate pointers to related algorithms."),
        ("A continual learning system [R]", "I'm building an experimental system that learns relations."), ("Three collapsing models [R]", "Trying to train 3 models ..."),
    ],
)  # fmt: skip
def test_knows_questions(title, text):
    """Who asks for pointers, opinions or a check, or is still at it, asks."""
    assert seeks_answers(title, text)
    assert not seeks_answers(title, text, ["!"])


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("When memory fails, are the synapses degraded? I measured them directly [R]", ""), ("The loss does not see the basis, but Adam does [R]", "In a factored model ..."),
        ("Revisiting a paper of 2019: its hypothesis isn't quite right [D]", "The idea behind it is simple."),
    ],
)  # fmt: skip
def test_knows_findings(title, text):
    """Who answers a question, or tells what came out, asks for nothing."""
    assert not seeks_answers(title, text)
