"""
Detection of withdrawn papers, by their own words. Pure.

arXiv has no field for it: a withdrawn paper says so in its abstract or in the authors' comment
(info.arxiv.org/help/withdraw.html), bioRxiv and publishers say so in the title.
"""

from __future__ import annotations

import re
from typing import Final

TAG: Final = "withdrawn"
"""The tag of an entry whose paper was withdrawn. Such a paper is left out of digests, and a card already sent says so."""

_A_PAPER: Final = r"(?:paper|article|submission|manuscript|preprint|work|report|note|arxiv submission|e-?print|version)"
_GONE: Final = r"(?:withdrawn|retracted|removed by (?:the )?arxiv)"
# Said of the paper itself, wherever it stands: a drug or an offer may be withdrawn, too, and so may an earlier version be.
_SAYS_SO: Final = re.compile(
    rf"\b(?:this|the|our|present) {_A_PAPER} (?:has been|have been|was|is|is being|is now|is hereby)(?: \w+ly)? {_GONE}\b(?! from (?!arxiv))"
    rf"|^\W*(?:{_A_PAPER} )?(?:is |has been |was )?(?:temporarily )?{_GONE}(?: (?:by|due|because|as|for|at|since|until|pending)\b|\W*$|[.:;,])"
    rf"|\b(?:we|i|the authors?) (?:have |has |had )?(?:withdraw|withdrawn|withdrew|retract|retracted) (?:this|the|our) {_A_PAPER}\b"
    rf"|\b(?:this|the) {_A_PAPER} {_GONE} by\b|\barxiv admin(?:istrators?)? note:? (?:this )?{_A_PAPER}.{{0,20}}\b{_GONE}\b",
    re.IGNORECASE,
)
_IN_TITLE: Final = re.compile(
    r"^\W*(?:withdrawn|retracted)(?: (?:article|paper|preprint))?\s*[:\-–—\])]|\W[\[(](?:withdrawn|retracted)[\])]\W*$",
    re.IGNORECASE,
)


def is_withdrawn(title: str, abstract: str = "", comment: str = "") -> bool:
    """
    Tell whether a paper's title, abstract or authors' comment says that it was withdrawn.

    >>> is_withdrawn("A claim", "This paper has been withdrawn by the authors due to an error in Lemma 2.")
    True
    >>> is_withdrawn("Drugs", "We study withdrawn drugs.", "Replaces the withdrawn 2608.00001; withdrawn from ICLR 2026")
    False
    """
    return bool(_IN_TITLE.search(title) or _SAYS_SO.search(abstract) or _SAYS_SO.search(comment))
