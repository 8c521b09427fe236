"""A paper that was withdrawn is known by its own words, and no other is taken for one."""

from __future__ import annotations

import pytest

from bot.withdrawal import is_withdrawn


@pytest.mark.parametrize(
    ("title", "abstract", "comment"),
    [
        ("A", "This paper has been withdrawn by the author due to a crucial sign error in equation 1.", ""),
        ("A", "This submission has been withdrawn by arXiv administrators due to inappropriate overlap.", ""),
        ("A", "This article was retracted.", ""),
        ("A", "The authors have withdrawn this manuscript, since Theorem 3 is wrong.", ""),
        ("A", "A fine abstract. This preprint has been temporarily withdrawn.", ""),
        ("A", "Withdrawn.", ""),
        ("A", "An abstract.", "Withdrawn by the authors"),
        ("A", "An abstract.", "This paper is withdrawn because of an error in Lemma 2"),
        ("A", "An abstract.", "paper withdrawn"),
        ("A", "An abstract.", "withdrawn due to licence, 12 pages"),
        ("A", "This submission has been removed by arXiv administrators.", ""),
        ("WITHDRAWN: A claim", "", ""),
        ("RETRACTED ARTICLE: A claim", "", ""),
        ("A claim [withdrawn]", "", ""),
    ],
)
def test_withdrawn(title: str, abstract: str, comment: str) -> None:
    """What authors, arXiv, bioRxiv and publishers write of a withdrawn paper is understood."""
    assert is_withdrawn(title, abstract, comment)


@pytest.mark.parametrize(
    ("title", "abstract", "comment"),
    [
        ("Withdrawn drugs and their targets", "We study drugs that were withdrawn from the market.", ""),
        ("A", "An abstract.", "An earlier version was withdrawn; this one corrects it"),
        ("A", "An abstract.", "supersedes the withdrawn arXiv:2608.00001"),
        ("A", "An abstract.", "Withdrawn from ICLR 2026, under review elsewhere"),
        ("A", "The consent that was withdrawn is modelled by this paper.", "12 pages"),
        ("Machine unlearning of retracted papers", "We detect papers that were retracted.", ""),
        ("A", "The offer is withdrawn when the agent defects.", ""),
    ],
)
def test_stands(title: str, abstract: str, comment: str) -> None:
    """A paper about what was withdrawn, or one that replaces another, stands."""
    assert not is_withdrawn(title, abstract, comment)
