"""What people write on Reddit, as words."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.sources.parse.markdown import unmarked
from tests.examples import examples


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("*First, I want to clarify that it is not.*\n\nFor fun, I", "First, I want to clarify that it is not.\n\nFor fun, I"),
        ("a **bold** word, __another__, a _soft_ one", "a bold word, another, a soft one"),
        ("***both*** and **bold with *soft* in it**", "both and bold with soft in it"),
        ("_**nested**_ **_too_** ~~gone~~", "nested too gone"),
        ("**Note:**text", "Note:text"),
        ("重点是**这个**方法", "重点是这个方法"),
        ("**two\nlines**", "two\nlines"),
        ("[text](https://example.org/a_(b)) and [more](/r/Example)", "text and more"),
        ('[text](https://example.org "Its title"), [](https://example.org/x)', "text, https://example.org/x"),
        ("![a picture](https://i.example.org/p.png)", "a picture"),
        ("**[text](https://example.org)**", "text"),
        ("| Model | Score |\n|:---|---:|\n| **A** | 1.5 |\n| B | |\n\nafter", "Model Score\n\nA 1.5\nB\n\nafter"),
        ("a | b\n--|--\n1 | 2\nafter", "a b\n\n1 2\nafter"),
        ("see ![a plot](plots/a.png), ![](https://i.example.org/p.png)and ![gif](giphy|abc)", "see a plot, and gif"),
        ("![a plot][fig1] [![badge](https://i.example.org/b.svg)](https://example.org)", "a plot badge"),
        ("```python\nx = 1\n```\nafter", "x = 1\nafter"),
        ("~~~\na *word*\n~~~\nafter", "a word\nafter"),
        ("````\nx = 1\nnever closed", "x = 1\nnever closed"),
        ("[`192.0.2.1`](https://192.0.2.1)", "192.0.2.1"),
        ("# Heading\n##Another\n### *Third*", "Heading\nAnother\nThird"),
        ("> a quote\n>> within\n> - an item\n>!a spoiler!<", "a quote\nwithin\nan item\na spoiler"),
        ("* one\n- two\n+ three\n1. four", "one\ntwo\nthree\n1. four"),
        ("over\n\n---\n\n***\n\nunder", "over\n\n\n\n\n\nunder"),
        ("use `__init__` and `a*b*c`", "use __init__ and a*b*c"),
        ("**see `f(*x)` at https://example.org/_a_/b**", "see f(*x) at https://example.org/_a_/b"),
    ],
)  # fmt: skip
def test_signs_go(markdown, expected):
    """Markup goes and its words stay."""
    assert expected == unmarked(markdown)


@pytest.mark.parametrize(
    "text",
    [
        "2**10 and 3**7", "5 * 3 * 2", "a*b*c", "f(*args, **kwargs)", "*args and **kwargs", "snake_case_name", "_private and _more",
        "price* is per month*", "#1 of 10", "we're #1", "a > b > c", "x[i](j)", "p(a|b) = p(b|a)", "a | b\nc | d", "wow! [1] (see)", "~5 minutes, ~6 days", "C# and F#", "5 - 3",
        "see https://example.org/_a_/b*c", "a\x01b",
    ],
)  # fmt: skip
def test_words_stay(text):
    """What only looks like markup is left alone."""
    assert text == unmarked(text)


def test_what_is_escaped_was_meant():
    """A sign with a backslash before it is a character."""
    assert "*not soft* and 1. no list" == unmarked(r"\*not soft\* and 1\. no list")
    assert "https://example.org/a_b" == unmarked(r"https://example.org/a\_b")


@settings(max_examples=examples(150), deadline=None)
@given(st.text(alphabet="ab *_~`#>-[]()\\!\n\x00|:/", max_size=60))
def test_any_text_is_taken(text):
    """Whatever is written, nothing is added to it."""
    assert len(unmarked(text)) <= len(text)


@pytest.mark.parametrize(
    "sign",
    [
        "**a ",
        "*a ",
        "__a ",
        "_a ",
        "~~a ",
        "[",
        "[a](",
        "`",
        "> ",
        "\n ",
        "- ",
        "#",
        "|-",
        "|\n",
        "|-|\n",
        "![a](",
        "![",
        "```\n",
        "~~~",
        " |",
        "\n\n",
        "https://",
    ],
)
def test_time_is_bounded(sign):
    """A text made to be slow takes less than a second."""
    began = time.process_time()
    unmarked(sign * (40_000 // len(sign)))

    assert time.process_time() - began < 1
