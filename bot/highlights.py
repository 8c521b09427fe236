"""
Extractive summary of an abstract: the sentence that says what is new, and the one with the result, chosen and never rewritten.
Pure.

The sentence of what is new is the best by a short linear rule: cue phrases ('we introduce', 'a framework that'; the oldest
finding on this, H. P. Edmundson, 'New Methods in Automatic Extracting', J. ACM 16(2), 1969: cues, title words and place beat
word counts), the title's words in it, its place and its length. The weights were fitted by least squares to ROUGE-L against the
one-line summaries of 3,700 papers of Hugging Face's daily list, May 2025 to March 2026, and rounded. `benchmarks/highlights.py`
measures the rule on papers after that time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import regex

from bot.sentences import sentences

READ: Final = 6000
"""How many characters of a text are looked at: arXiv admits 1,920 in an abstract, the rest is somebody's full text."""

_AUTHORS: Final = r"\b(?:we|this (?:paper|work|report|study|survey|article)|our (?:work|paper|study))\b[^.;]{0,40}?\b"
_THING: Final = r"(?:framework|model|method|benchmark|dataset|system|approach|pipeline|architecture|algorithm|suite|family|agent|technique|paradigm|toolkit|library|survey|strategy)"

_CUES: Final[Sequence[tuple[float, regex.Pattern[str]]]] = tuple(
    (weight, regex.compile(pattern, regex.IGNORECASE))
    for weight, pattern in (
        (0.050, _AUTHORS + r"(?:introduc|present|propos|develop|releas|unveil)\w*"),
        (
            0.010,
            _AUTHORS
            + r"(?:describ|design|buil[dt]|formulat|identif|establish|investigat|stud(?:y|ies)|examin|analy[sz]|survey|review"
            r"|explor|show|demonstrat|prove|reveal|find|argu|provid|offer|revisit|construct|creat)\w*",
        ),
        (0.050, r"本文(?:提出|介绍)|我们(?:提出|介绍|开发)"),
        (0.025, rf"(?:\bis|\bas|,) an? (?:\w+[ -]){{0,5}}{_THING}\b"),
        (0.025, rf"\b{_THING}\b[^.;]{{0,25}}\b(?:that|for|which|to)\b"),
        (0.015, r"\b(?:novel|the first|new|unified)\b"),
        (0.012, r"\b(?:improv|enhanc|enabl|achiev|outperform|integrat|employ|leverag)\w*"),
        (-0.015, r"^(?:however|recent|recently|existing|while|despite|although|yet|current|previous|prior|unfortunately|traditional)\b"),
        (
            -0.025,
            (r"^(?:furthermore|moreover|additionally|in addition|finally|besides|also)\b"
            r"|\bwe (?:further|also|additionally|then|finally)\b|\bwe first\b"),
        ),
        (-0.020, r"^(?:specifically|concretely|in particular|to (?:facilitate|enable|evaluate)|first|second|third)\b"),
        (
            -0.015,
            (r"\b(?:remains?|lacks?|often|typically|suffers?|struggles?|limited|limits|challeng\w+|rel(?:y|ies) on|fails?|requires?"
            r"|required|has|have)\b"),
        ),
        (-0.012, r"https?:|\b(?:code|project page|available|open-source)\b"),
    )
)  # fmt: skip
_TITLE_WORDS: Final = 0.14
_METHOD_NAME: Final = 0.02
_PLACE: Final = -0.055
_FULL_LENGTH: Final = 0.12
_FULL: Final = 15
"""Words from which on a sentence says something whole; each one less costs its share."""

# What a result is told with. A comparison or an outcome with its verb; 'performance' alone is none.
_RESULTS: Final[Sequence[tuple[float, regex.Pattern[str]]]] = tuple(
    (weight, regex.compile(pattern, regex.IGNORECASE))
    for weight, pattern in (
        (4.0, r"\b(?:outperform|surpass|exceed)(?:s|ed|ing)?\b"),
        (4.0, r"\bachiev(?:es|ed|ing)\b|\bwe achieve\b"),
        (
            4.0,
            (r"\b(?:experiments?|results?|evaluations?|analys[ei]s|findings|studies)\b[^;]{0,90}?"
            r"\b(?:show|demonstrat|reveal|indicat|confirm|suggest)\w*"
            r"|\bwe (?:find|found|show|observe|demonstrate)\b|, (?:finding|showing|revealing|demonstrating) that\b"),
        ),
        (2.0, r"\bimprov(?:es|ed|ing|ements?)\b|\breduc(?:es|ed|ing|tions?)\b|\b(?:gains?|speed-?ups?) (?:of|over)\b"),
        (2.0, r"\bstate-of-the-art\b|\bSOTA\b|\bfaster\b|\bcompetitive\b|\bconsistent(?:ly)? \w+"),
        (1.0, r"\breach(?:es|ed|ing)\b|\bscor(?:es|ed|ing)\b|\byield(?:s|ed|ing)?\b|\bdegrad\w+|\bdrops?\b|\bfails?\b"),
        (3.0, r"优于|超过|提升|达到|结果表明|实验表明"),
        (2.0, r"\d[\d.,]*\s*(?:\\?%|percent\b|×|x\b|times\b|(?:percentage )?points?\b)"),
        (1.0, r"\b\d+\.\d+\b"),
        (-4.0, r"^(?:however|recent|recently|existing|while|despite|although|yet|current|previous|prior|unfortunately|traditional)\b"),
        (-2.0, r"https?:|\b(?:code|data|models?) (?:is|are|will be|and)\b[^.]{0,40}\b(?:available|released?)\b|\bwe hope\b"),
    )
)  # fmt: skip
_TELLS: Final = 3.0
"""From which sum on a sentence tells a result."""
_BEFORE: Final = 3.0
"""What it costs a result to stand before the sentence of what is new: there abstracts tell what others reached."""

# What only leads over from the sentence before, which the card does not show: 'To address this gap, we' says no more than 'We'.
_LEAD: Final = regex.compile(
    r"^(?:(?:in|with|through|throughout) this (?:paper|work|report|study|survey|article)|here|therefore|thus|hence|accordingly|consequently|in response|furthermore"
    r"|moreover|additionally|in addition|finally|to this end|(?:more )?specifically|concretely|in particular|notably|overall|importantly|meanwhile"
    r"|(?:to|by|in|building|based|motivated|inspired|guided|leveraging|following|given|from|under|drawing) [^,;:.]{0,70}?\b(?:this|these|those|such|the above|it|them)\b[^,;:.]{0,60}),\s+"
    r"(?=\p{L})",
    regex.IGNORECASE,
)
_NUMBER: Final = regex.compile(r"^\(?(?:\d|[ivx]{1,3})\)\s+")
# A TeX space that was left over: 'process.~This'.
_TILDE: Final = regex.compile(r"(?<=[.,;:!?])~")
_THEN_ALSO: Final = regex.compile(r"^We (?:therefore|thus|hence|then|further|also|additionally) ")
_WORD: Final = regex.compile(r"[\p{L}\p{N}]+")
_COMMON: Final = frozenset(
    "a an the of for and in on to with via by from is are as at using towards toward how can".split()
)


@dataclass(frozen=True, slots=True)
class Highlights:
    """Two sentences of an abstract: what is new, and what came of it; empty where the text has no such sentence."""

    new: str = ""
    result: str = ""


@lru_cache(maxsize=512)
def highlights(title: str, abstract: str) -> Highlights:
    """
    Choose the sentences of an abstract that say what is new and what came of it, each as written but for its lead-in.

    At most the first 6,000 characters are looked at. Of equal sentences the earlier one is taken, so the same text always gives the same answer.

    >>> found = highlights("Foo: fast attention", "Attention is slow. To fix this, we present Foo, a fast attention. It is 3x faster, and outperforms Bar.")
    >>> found.new, found.result
    ('We present Foo, a fast attention.', 'It is 3x faster, and outperforms Bar.')
    """
    told = sentences(_TILDE.sub(" ", abstract[:READ]))
    if not told:
        return Highlights()
    wanted = _words(title) - _COMMON
    name = title.partition(":")[0] if ":" in title else ""
    values = [_newness(one, number / len(told), wanted, name) for number, one in enumerate(told)]
    new = max(range(len(told)), key=values.__getitem__)
    results = [(_telling(one) - _BEFORE * (number < new), -number) for number, one in enumerate(told) if number != new]
    best, place = max(results, default=(0.0, 0))
    return Highlights(new=_trimmed(told[new]), result=_trimmed(told[-place]) if best >= _TELLS else "")


def tells_result(text: str) -> bool:
    """Tell whether one of a text's sentences tells a result: a comparison, an outcome, a finding."""
    return any(_telling(one) >= _TELLS for one in sentences(text))


def _newness(sentence: str, place: float, title: frozenset[str], name: str) -> float:
    words = _WORD.findall(sentence)
    cues = sum(weight for weight, cue in _CUES if cue.search(sentence))
    shared = len(title & _words(sentence)) / len(title) if title else 0.0
    length = min(len(words), _FULL) / _FULL
    named = bool(name) and name in sentence
    return cues + _TITLE_WORDS * shared + _METHOD_NAME * named + _PLACE * place + _FULL_LENGTH * length


def _telling(sentence: str) -> float:
    return sum(weight for weight, cue in _RESULTS if cue.search(sentence))


def _words(text: str) -> frozenset[str]:
    return frozenset(word.casefold() for word in _WORD.findall(text))


def _trimmed(sentence: str) -> str:
    """Take off what only leads over from the sentence before, and begin with a capital again."""
    rest = _LEAD.sub("", _NUMBER.sub("", sentence))
    told: str = _THEN_ALSO.sub("We ", rest[:1].upper() + rest[1:])
    return told
