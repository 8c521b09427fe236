"""Quotations: what somebody else wrote of a work, as far as it tells what the work is."""

from __future__ import annotations

import pytest

from bot.model import Mention
from bot.quotations import quotation_of, telling
from tests.factories import item, mention

FOO = "Foo: sparse attention for long texts"


@pytest.mark.parametrize(
    ("quote", "linked", "shown"),
    [
        ("What’s new: Ada Byron and colleagues at Acme introduced Foo, which skips keys of low weight.", "Foo", "Ada Byron and colleagues at Acme introduced Foo, which skips keys of low weight."),
        ("A team at Acme recently proposed a method, Foo, to skip keys of low weight.", "Foo", "A team at Acme recently proposed a method, Foo, to skip keys of low weight."),
        ("Foo measures how well models skip keys of low weight.", "Foo", "Foo measures how well models skip keys of low weight."),
        ("It is a warm week. Foo is the first method that I would serve to customers.", "here", "Foo is the first method that I would serve to customers."),
        ("What’s new: Ada Byron and colleagues at Acme mapped examples of benchmarks to statistics.", "mapped", "Ada Byron and colleagues at Acme mapped examples of benchmarks to statistics."),
        ("A paper published in April by Acme described an agent that designed a chip.", "paper", "A paper published in April by Acme described an agent that designed a chip."),
        ("Foo: sparse attention for long texts (Ada Byron et al.) (summarized by Rohin): This paper argues that most keys are noise. It also …", "Foo: sparse attention for long texts", "This paper argues that most keys are noise."),
        ("… of last week. Researchers at Acme built Foo, a router that skips most of the keys, and", "Foo", "Researchers at Acme built Foo, a router that skips most of the keys, and"),
    ],
)  # fmt: skip
def test_tells_what_a_work_is(quote: str, linked: str, shown: str) -> None:
    """What presents a work is shown from a whole sentence on, without a column's label and what was cut off."""
    assert telling(quote, linked, FOO) == shown


@pytest.mark.parametrize(
    ("quote", "linked"),
    [
        ("On Bar (maths), Foo (knowledge) and Baz the models kept their level of before.", "Foo"),
        ("Results: The authors tested Bar using Foo, which includes tests of shapes in combinations.", "Foo"),
        ("How it works: The authors fine-tuned a pretrained model of Acme via Foo.", "Foo."),
        ("This result exceeded Foo (73.4), an approach that reuses the data of before.", "Foo"),
        ("Llama 2 (July 2023): many stages of training · paper · recap", "paper"),
        ("Starting with three datasets of problems with known solutions, the authors selected examples.", "datasets"),
        ("Read more: Foo: sparse attention for long texts (arXiv).", "Foo: sparse attention for long texts (arXiv)"),
        ("… a router of keys that was trained by colleagues at Acme, who call it Foo and", "Foo"),
        ("… Byron, Ada, and colleagues at Acme introduced Foo, which skips keys of low", "Foo"),
        ("Foo for long texts.", "Foo"),
        ("It is a warm week. The authors propose Foo as an alternative to the attention of …", "Foo"),
        ("Ada Byron and colleagues released Foobar, which skips keys of low weight.", "Foo"),
        ("Ada Byron and colleagues released Foo-2, which skips keys of low weight.", "Foo"),
        ("Ada Byron and colleagues introduced foos that were found in forests of the north.", "Foo"),
        ("Ada Byron and colleagues released a new dataset of keys of low weight.", "A"),
        ("A guess is all that is left of the attention of last year.", "A"),
        ("", ""),
    ],
)
def test_names_it_in_passing(quote: str, linked: str) -> None:
    """Who names a work among others, uses it, or only links to it, tells nothing of what it is."""
    assert telling(quote, linked, FOO) == ""


@pytest.mark.parametrize("title", ["LLM: a model", "A: one letter for them all"])
def test_a_title_that_begins_another_word(title: str) -> None:
    """What a longer word, or none but an article, shares with a title is not that title."""
    assert telling("Ada Byron and colleagues introduced LLMs that skip keys of low weight.", "here", title) == ""
    assert telling("Ada Byron and colleagues introduced a model that skips keys.", "here", title) == ""


def test_a_title_that_begins_another_one() -> None:
    """What follows another title that begins with this one is not said of this one."""
    said = "How to rank works with LLM-Agents: This paper argues that most keys are noise."

    assert telling(said, "here", "How to rank works with LLM") == ""


def test_the_first_that_tells() -> None:
    """Of several mentions that one is quoted which tells what the work is; what is direct is no quotation."""

    def said(source: str, quote: str, *, direct: bool = False) -> Mention:
        return mention(source_id=source, external_id=source, title="Foo", direct=direct, quote=quote)

    passing, telling_it = said("a", "On Bar and Foo they kept it."), said("b", "Foo skips most keys of low weight.")
    work = item(title=FOO, mentions=(said("c", "Foo skips keys of low weight.", direct=True), passing, telling_it))

    assert (telling_it, "Foo skips most keys of low weight.") == quotation_of(work)
    assert quotation_of(item(title=FOO, mentions=(passing,))) is None
