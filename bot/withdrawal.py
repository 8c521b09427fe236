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
_WHY: Final = r"(?:by|due|owing|because|as|for|at|since|until|pending)"
_WHOLE_PAPER: Final = (
    rf"(?:this|our|my|the (?:present )?(?=paper|article|submission|manuscript|preprint)|the present) {_A_PAPER}"
)
_VERB: Final = r"(?:withdraw(?:n|ing|s)?|withdrew|retract(?:ed|ing|s)?)"
_WISH: Final = r"(?: (?:have|has|had|am|are|is|hereby|now|therefore|decided to|chosen to|would like to|wish(?:es)? to|want to|must))*"
_ELSEWHERE: Final = r"(?! from (?!arxiv))"
"""A paper that is withdrawn from a conference still stands on arXiv."""

# Said of the paper itself, wherever it stands: a drug or an offer may be withdrawn, too, and so may an earlier version be.
_ANYWHERE: Final = re.compile(
    rf"\b(?:this|the|our|my|present) {_A_PAPER} (?:has been|have been|was|is|is being|is now|is hereby)(?: \w+ly)? {_GONE}\b{_ELSEWHERE}"
    rf"|\b(?:this|the) {_A_PAPER} {_GONE} by\b"
    rf"|\b(?:we|i|the (?:\w+ )?authors?){_WISH}(?: \w+ly)? {_VERB} {_WHOLE_PAPER}\b{_ELSEWHERE}"
    # Of other authors it may be told how often they do so; of its own, a sentence begins with it.
    rf"|(?:^|[.:;!?]\s+)\W*the (?:\w+ )?authors? (?:have|has|are|is|wish(?:es)? to)(?: \w+ly)? {_VERB} (?:their|his|her) {_A_PAPER}\b{_ELSEWHERE}"
    rf"|\barxiv admin(?:istrators?)? (?:note|comment|remark|message):? (?:this )?(?:{_A_PAPER}\W)?(?:\s?(?:has been|was|is))?\s?{_GONE}\b",
    re.IGNORECASE,
)
# What the whole text begins with.
_AT_FIRST: Final = re.compile(
    rf"^\W*(?:{_A_PAPER} )?(?:is |has been |was )?(?:temporarily )?{_GONE}(?: {_WHY}\b|\W*$|[.:;,])"
    rf"|^\W*withdrawing (?:(?:this|the|our|my) {_A_PAPER}\b|(?:due to|because of|owing to) [^.]{{0,60}}\b(?:errors?|mistakes?|flaws?|bugs?|gaps?|overlap)\b)",
    re.IGNORECASE,
)
# A comment is a list of remarks, and one of them may be this: '12 pages, withdrawn due to errors', 'v2: withdrawn'.
_REMARK: Final = re.compile(
    rf"(?:^|[,;.:(\[–—-]\s*|\b(?:v|version )\d+[ :,;–—-]+)(?:(?:(?:this|the) )?{_A_PAPER} )?(?:is |has been |was )?(?:now |temporarily )?"
    rf"(?:(?:withdrawn|retracted|removed)(?= {_WHY}\b|\W*$|[.:;,])|withdrawing(?= (?:due|owing|because|as|until|pending|this|the|our|my)\b))",
    re.IGNORECASE,
)
_ANOTHER_WORK: Final = re.compile(
    r"\b(?:supersed|replac|extend|extension|follow|earlier|previous|prior|former|old|original|first|companion|based on|dataset|data set)"
    r"|arxiv[: ]\s?\d|\d{4}\.\d{4,5}|\bdoi\b",
    re.IGNORECASE,
)
"""In the sentence before a remark: then that other work is what was withdrawn."""
_VERSION: Final = re.compile(r"\b(?:v|version )(\d{1,2})\b(?! will)", re.IGNORECASE)
_STANDS_AGAIN: Final = re.compile(
    r"^[^.;]{0,80}[,;.]?(?: and| but)?(?: it)?(?: is| was| has been)?(?: now)? (?<!be )(?:replaced|superseded|substituted|succeeded)"
    r" (?:by|with) (?:(?:a|an|the|this|its|our) )?(?:\w+ ){0,2}(?:version|v\d+)\b"
    r"|^[^.;]{0,80}[,;.]?[^.;]{0,40}\b(?:reinstated|restored)\b|^[^.;]{0,80}[.;,(]? ?(?:please )?(?:see|use|refer to|read) (?:the )?(?:\w+ )?(?:v\d+|version)\b",
    re.IGNORECASE,
)
"""After the sentence that says so: another version of the same paper took the place, and is the one to read."""
_LONGEST: Final = 2000
"""Characters of a comment that are looked at: arXiv asks for fewer than 400."""
_IN_TITLE: Final = re.compile(
    r"^\W*(?:temporarily )?(?:withdrawn|retracted)(?: (?:article|paper|preprint|chapter))?\s*[:\-–—\])]"
    r"|^\W*notice of (?:retraction|withdrawal):|\W[\[(](?:withdrawn|retracted)[\])]\W*$",
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
    return bool(_IN_TITLE.search(title)) or _says_so(abstract) or _says_so(comment) or _remarks_so(comment)


def _says_so(text: str) -> bool:
    found = _AT_FIRST.search(text) or _ANYWHERE.search(text)
    return found is not None and not _STANDS_AGAIN.search(text[found.end() :])


def _remarks_so(comment: str) -> bool:
    return any(_is_of_this(remark, comment) for remark in _REMARK.finditer(comment[:_LONGEST]))


def _is_of_this(remark: re.Match[str], comment: str) -> bool:
    """Whether a remark is about the paper as it stands: not another work, and not a version that a later one follows."""
    before = re.split(r"[.;]\s", comment[: remark.start()])[-1]
    if _ANOTHER_WORK.search(before) or _STANDS_AGAIN.search(comment[remark.end() :]):
        return False
    spoken_of = _VERSION.findall(f"{before} {remark[0]}")
    return not spoken_of or max(map(int, _VERSION.findall(comment))) <= int(spoken_of[-1])
