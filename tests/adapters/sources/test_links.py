from __future__ import annotations

from pathlib import Path

import pytest

from adapters.sources.links import links_in, quotation

ISSUE = (Path(__file__).parent / "data" / "issue.html").read_text()


def test_gives_what_an_issue_speaks_of():
    """The works are there, each once and in order; the newsletter itself, sponsors, pictures and buttons are not."""
    found = links_in(ISSUE, "https://news.example/p/42")

    assert [link.url for link in found] == [
        "https://arxiv.org/abs/2608.00001v2",
        "https://github.com/example/thing",
        "https://www.example.org/blog/thing",
    ]


def test_keeps_the_words_around():
    """A link comes with the words of its anchor and the paragraph it stands in."""
    paper, code, _ = links_in(ISSUE, "https://news.example/p/42")

    assert paper.text == "A Thing That Works (arXiv)"
    assert code.quote == (
        "Researchers with Example Lab have built a thing, described in A Thing That Works (arXiv); the code is on GitHub. It beats the others."
    )


def test_takes_no_more_than_200():
    """A page of a thousand links gives the first 200."""
    html = "".join(f'<p><a href="https://x.example/{n}">n</a></p>' for n in range(1000))

    assert len(links_in(html, "https://news.example/")) == 200


@pytest.mark.parametrize("words", ["start", "middle", "end"])
def test_quotations_are_short_and_hold_the_words(words):
    """A quotation is at most 280 characters long, holds the anchor, and begins and ends with whole words."""
    text = " ".join(["start", *["filler"] * 60, "middle", *["filler"] * 60, "end"])
    quote = quotation(text, words)

    assert len(quote) <= 280
    assert words in quote
    assert set(quote.split()) <= {"start", "filler", "middle", "end", "…"}


def test_a_text_without_spaces_is_cut_all_the_same():
    """Where there is no word to end at, the length still holds."""
    assert len(quotation("x" * 1000, "x")) <= 280
