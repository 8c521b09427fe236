"""A paper that was withdrawn is known by its own words, and no other is taken for one."""

from __future__ import annotations

import time

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
        ("Notice of Retraction: A claim", "", ""),
        ("RETRACTED CHAPTER: A claim", "", ""),
        ("A", "An abstract.", "12 pages, withdrawn due to errors"),
        ("A", "An abstract.", "12 pages, 3 figures (withdrawn because of a gap in Lemma 2)"),
        ("A", "An abstract.", "Accepted at ICML 2026. Withdrawn due to an error"),
        ("A", "An abstract.", "v2: withdrawn because of a mistake"),
        ("A", "An abstract.", "v123: withdrawn because of a mistake"),
        ("A", "An abstract.", "v1: 12 pages; v2: withdrawn because of a mistake in v1"),
        ("A", "An abstract.", "Withdrawing due to error in proof"),
        ("A", "An abstract.", "15 pages; withdrawing this submission until the proof is mended"),
        ("A", "Withdrawing due to an error in the proof of Theorem 1.", ""),
        ("A", "I am withdrawing this paper.", ""),
        ("A", "An abstract.", "We are withdrawing our paper, since Table 2 is wrong"),
        ("A", "We hereby withdraw this article.", ""),
        ("A", "An abstract. The authors have decided to withdraw this manuscript.", ""),
        ("A", "The authors have withdrawn their manuscript owing to a flaw.", ""),
        ("A", "An abstract. The corresponding author has withdrawn this preprint.", ""),
        ("A", "An abstract.", "arXiv admin comment: withdrawn due to overlap"),
        ("A", "An abstract.", "arXiv admin note: This submission has been withdrawn by arXiv administrators"),
        ("A", "This paper has been withdrawn. A corrected version will be posted later.", ""),
        ("A", "This paper has been withdrawn and will be replaced by a new version.", ""),
        ("A", "This paper has been withdrawn and replaced by arXiv:2608.00002.", ""),
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
        ("A", "An abstract.", "This version has been withdrawn and replaced by v3"),
        ("A", "An abstract.", "This version was withdrawn; it is superseded by the corrected version 3"),
        ("A", "This paper was withdrawn by mistake and has been reinstated.", ""),
        ("A", "An abstract.", "v1 withdrawn due to an error; v2 corrects it"),
        ("A", "An abstract.", "v1 (1 August 2026): withdrawn due to an error; v2: corrected"),
        ("A", "An abstract.", "v3: corrected. v2: withdrawn due to an error"),
        ("A", "An abstract.", "12 pages, supersedes arXiv:2608.00001, withdrawn due to an error"),
        ("A", "An abstract.", "The first version, withdrawn due to an error, had 10 pages"),
        ("A", "An abstract.", "12 pages, withdrawn from ICLR 2026"),
        ("A", "We withdrew this paper from ICLR after reviews.", ""),
        ("A", "A drug, withdrawn due to its side effects, is modelled.", ""),
        ("A", "Withdrawing due to fear is a response that we model in agents.", ""),
        ("A", "We ask how often the authors have withdrawn their submission after bad reviews.", ""),
        ("A", "Reviewers leave when authors withdraw their paper.", ""),
        ("A", "An abstract.", "arXiv admin note: text overlap with arXiv:2608.00001, withdrawn by its authors"),
    ],
)
def test_stands(title: str, abstract: str, comment: str) -> None:
    """A paper about what was withdrawn, or one that replaces another, stands."""
    assert not is_withdrawn(title, abstract, comment)


def test_time_is_bounded() -> None:
    """A text made to be slow takes less than a second."""
    began = time.process_time()
    for text in ("2608.00001 withdrawn, ", "we have ", "withdrawn and ", "v1: ", ", (", "the authors have "):
        is_withdrawn(text * 2000, text * 2000, text * 2000)

    assert time.process_time() - began < 1
