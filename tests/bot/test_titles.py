from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.titles import GENERIC, TitleIndex, content_word_count, is_same_title, normal_title, surnames

FAMILY = [
    ("arxiv:1", "Qwen3.5-Omni Technical Report", ()),
    ("arxiv:2", "Speed Always Wins: A Survey on Efficient Architectures for Large Language Models", ()),
    ("arxiv:3", "MiMo-VL Technical Report", ()),
    ("arxiv:4", "Gemma 3 Technical Report", ("Ada Lovelace", "Grace Hopper")),
    ("arxiv:5", "TidalDecode: Fast and Accurate LLM Decoding with Position Persistent Sparse Attention", ()),
    ("arxiv:6", "LLM Pruning and Distillation in Practice: The Minitron Approach", ()),
]


@pytest.fixture
def index() -> TitleIndex:
    return TitleIndex(FAMILY)


@pytest.mark.parametrize(
    "title",
    [
        "TidalDecode: Fast and Accurate LLM Decoding with Position Persistent Sparse Attention",
        "[R] TidalDecode: fast & accurate LLM decoding with position-persistent sparse attention.",
        "TidalDecode: Fast and Accurate Large Language Model Decoding with Position Persistent Sparse Attention [R]",
        "TidalDecode: Fast and Acurate LLM Decoding with Position Persistent Sparse Attention",
    ],
)
def test_ways_of_writing_one_title(index: TitleIndex, title: str) -> None:
    """Case, signs, a forum's brackets, the field's abbreviations and a typing error do not make another work."""
    assert "arxiv:5" == index.find(title)


@pytest.mark.parametrize(
    "title",
    [
        "Qwen3-Omni Technical Report",
        "Speed Always Wins II: A Survey on Efficient Architectures for Large Language Models",
        "Kimi-VL Technical Report",
        "Gemma 4 Technical Report",
        "Technical Report",
        "Gemma",
        "",
    ],
)
def test_relatives_are_not_the_same(index: TitleIndex, title: str) -> None:
    """Another number, version, sequel or name is another work; a title of a word or two is none."""
    assert index.find(title) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Attention in the Wild: A Study, Part One", "Attention in the Wild: A Study, Part Two"),
        ("Learning Deep Nets for Robot Control A", "Learning Deep Nets for Robot Control B"),
        ("Supervised learning for robot control", "Unsupervised learning for robot control"),
        ("LLaVA-NeXT: Stronger Large Multimodal Models", "LLaVA-NeXT+: Stronger Large Multimodal Models"),
        ("Training C code models with execution feedback", "Training C++ code models with execution feedback"),
        ("Can large models plan their own work? Yes they can", "Can large models plan their own work? No they can"),
        ("Reasoning with memory in long tasks", "Reasoning without memory in long tasks"),
    ],
)
def test_opposites_and_sequels(one: str, other: str) -> None:
    """Parts, letters, signs, prefixes and negations tell works apart, whichever of them is known."""
    assert [TitleIndex([("arxiv:1", a, ())]).find(b) for a, b in ((one, other), (other, one))] == [None, None]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            "VPO: Aligning Text-to-Video Generation Models with Prompt Optimization",
            "Aligning Text-to-Video Generation Models with Prompt Optimization",
        ),
        ("Steerable Multi-Agent Deep Research for Enterprise", "Steerable Multiagent Deep Research for Enterprise"),
    ],
)
def test_a_name_or_a_hyphen_more_or_less(one: str, other: str) -> None:
    """A work's name before the colon may be left out, and hyphens set or not."""
    assert [TitleIndex([("arxiv:1", a, ())]).find(b) for a, b in ((one, other), (other, one))] == ["arxiv:1"] * 2


def test_authors_decide(index: TitleIndex) -> None:
    """Where both sides name authors, one of them must be the same person."""
    title = "Gemma 3 Technical Report"

    assert ["arxiv:4", None, "arxiv:4"] == [index.find(title, who) for who in (["A. Lovelace"], ["Alan Turing"], [])]


def test_a_long_title_without_its_subtitle(index: TitleIndex) -> None:
    """What stands before a colon is enough, if it is long and only one work's."""
    assert "arxiv:6" == index.find("LLM Pruning and Distillation in Practice")
    index.add("arxiv:7", "LLM Pruning and Distillation in Practice: Another Approach")
    assert index.find("LLM Pruning and Distillation in Practice") is None


def test_two_works_of_one_title() -> None:
    """A title that two works bear names neither; the same work under two titles is found by both."""
    twins = TitleIndex([("arxiv:1", "On the Nature of Things", ()), ("arxiv:2", "On the nature of things", ())])
    renamed = TitleIndex(
        [("arxiv:1", "The First Name of It and Nothing Else", ()), ("arxiv:1", "A Second Name Altogether for This", ())]
    )

    assert twins.find("On the Nature of Things") is None
    assert ["arxiv:1"] * 2 == [
        renamed.find("The first name of it and nothing else"),
        renamed.find("A second name altogether for this"),
    ]


@given(st.text(max_size=200))
def test_normal_titles_are_stable(title: str) -> None:
    """Any text has a normal form without capitals or signs, and no text makes a look-up fail."""
    normal = normal_title(title)

    assert normal == normal.strip()
    assert normal == normal_title(normal)
    TitleIndex(FAMILY).find(title)


def test_surnames() -> None:
    """People are told by their last names, however the first ones are written."""
    assert frozenset({"lovelace", "muller"}) == surnames(["A. Lovelace", "Jörg Müller", " "])


def test_small_words_are_few() -> None:
    """What asks, numbers or denies is part of a title that is known by it, though it says nothing of what a text is about."""
    assert GENERIC <= content_word_count(normal_title("Attention Is All You Need"))
    assert not is_same_title("Attention Is All You Need", "Attention Is Not All You Need")
