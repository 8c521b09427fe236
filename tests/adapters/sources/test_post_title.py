"""A post's title keeps every word that it needs."""

from __future__ import annotations

import time

import pytest

from adapters.sources.parse.post_title import without_addresses
from adapters.sources.parse.short_post import headline

ONE, TWO = "https://arxiv.org/abs/2608.00001", "https://github.com/acme/show"


@pytest.mark.parametrize(
    ("post", "title"),
    [
        (f"New paper {ONE}", "New paper"),
        (f"New paper: {ONE}", "New paper"),
        (f"New paper: {ONE} and it is good", "New paper: arxiv.org/abs/2608.00001 and it is good"),
        (f"New paper {ONE} on agents", "New paper on agents"),
        (f"New paper ({ONE}) shows gains", "New paper shows gains"),
        (f"Paper {ONE} Code {TWO}", "Paper Code"),
        (f"Look: {ONE} {TWO}", "Look"),
        ("Look at this https://a.example/1 https://a.example/2", "Look at this"),
        (f"Out now: {ONE}. Is it good?", "Out now: Is it good?"),
        (f"Two papers: {ONE} vs {TWO}", "Two papers: arxiv.org/abs/2608.00001 vs github.com/acme/show"),
        (f"{ONE} vs. {TWO}", "arxiv.org/abs/2608.00001 vs. github.com/acme/show"),
        (f"{ONE} is out", "arxiv.org/abs/2608.00001 is out"),
        (f"Our follow-up to {ONE} is out", "Our follow-up to arxiv.org/abs/2608.00001 is out"),
        (f"Compared with {ONE}, ours is small", "Compared with arxiv.org/abs/2608.00001, ours is small"),
        (f"A good summary of {ONE}!", "A good summary of arxiv.org/abs/2608.00001!"),
        ("Read more at https://www.a.example/1", "Read more at a.example/1"),
        ("Why https://a.example broke yesterday", "Why https://a.example broke yesterday"),
        (ONE, ""),
        ("", ""),
    ],
)  # fmt: skip
def test_words_stay(post: str, title: str) -> None:
    """The address of a work goes where the sentence is whole without it, and stays where it is not."""
    assert without_addresses(post) == title


def test_headline() -> None:
    """The first sentence of a short post is whole, too."""
    assert headline(f"Ours builds on {ONE}. More soon.", "ada") == "Ours builds on arxiv.org/abs/2608.00001."
    assert headline(ONE, "ada") == "A post by @ada"


@pytest.mark.parametrize("part", ["https://a.example ", "https://", "vs ", "(https://a.example) ", f"{ONE} "])
def test_time_is_bounded(part: str) -> None:
    """A post made to be slow takes less than a second."""
    began = time.process_time()
    without_addresses(part * 1000)

    assert time.process_time() - began < 1
