"""Short posts: what they are about, and what they mention."""

from __future__ import annotations

import pytest

from adapters.sources.parse.short_post import about_and_links

ONE, TWO, CODE, PAGE = (
    "https://arxiv.org/abs/2608.00001",
    "https://openreview.net/forum?id=AbC",
    "https://github.com/acme/tool",
    "https://lab.example/blog",
)


@pytest.mark.parametrize(
    ("addresses", "about", "mentioned"),
    [
        ([ONE], ONE, []),
        ([PAGE], PAGE, []),
        ([CODE, ONE], ONE, [CODE]),
        ([PAGE, CODE], CODE, []),
        ([ONE, TWO], None, [ONE, TWO]),
        ([ONE, CODE, TWO], None, [ONE, CODE, TWO]),
        ([ONE, "https://arxiv.org/pdf/2608.00001v2"], ONE, []),
        ([PAGE, "https://other.example/"], None, []),
        ([CODE, "https://github.com/acme/other"], None, [CODE, "https://github.com/acme/other"]),
        ([], None, []),
    ],
)
def test_what_a_post_is_about(addresses, about, mentioned):
    """The only paper, else the only repository, else the only link; of two papers neither, and both are mentioned."""
    found, links = about_and_links("words", addresses)

    assert (found, [link.url for link in links]) == (about, mentioned)


@pytest.mark.parametrize(
    ("own", "quoted", "about"),
    [([], [ONE], ONE), ([], [ONE, TWO], None), ([TWO], [ONE], TWO), ([PAGE], [ONE], ONE), ([], [PAGE], PAGE), ([PAGE], ["https://other.example/"], None)],
)  # fmt: skip
def test_what_is_quoted(own, quoted, about):
    """A quotation decides where a post links to no work itself."""
    assert about_and_links("words", own, quoted)[0] == about
