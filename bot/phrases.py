"""
Phrases that tell one pile of works from another, as people write them, each with a work that shows what is meant. Pure.

The log-odds ratio of the parts of the works that have a phrase, in units of its standard error, after B. Monroe, M. Colaresi and K. Quinn,
'Fightin' Words' (Political Analysis 16, 2008): neither rare nor common words win by chance. Which phrases are told is a greedy cover of the works
(G. Nemhauser, L. Wolsey and M. Fisher 1978, doi:10.1007/BF01588971), so that the fourth says something else than the first three.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import regex

from bot.boilerplate import begins_and_ends_apart, is_general
from bot.function_words import FUNCTION_WORDS
from bot.stems import stem

MOST_WORDS: Final = 3
"""Words of a phrase at most."""

LEAST_WORKS: Final = 2
"""What one work says alone is chance."""

LEAST_OF_A_WORD: Final = 3
"""The same for a single word, which any two works may share."""

ENOUGH_TO_COMPARE: Final = 20
"""Beside fewer others than this nothing can be compared: then a phrase counts by how many works have it."""

SURE: Final = 2.6
"""Standard errors from which on a difference is told: one phrase in two hundred by chance, and some hundreds are looked at."""

LONGER: Final = 0.6
"""A longer phrase takes the place of its part if so much of the works that have the part have all of it."""

IN_A_TITLE: Final = 0.5
"""What a work counts more that has the phrase in its title: an abstract says much in passing."""

SEVERAL: Final = 1.6
"""What a phrase of several words counts more: 'attention' may be anything, 'sparse attention' is a subject."""

ALREADY_TOLD: Final = 0.35
"""What a work still counts that another phrase was told of."""

_PASSAGE: Final = regex.compile(r"[^\p{L}\p{N}\-'’/ \t]+|\s-+\s|['’]s?\b")
"""Where a phrase ends: at any sign but those within words."""
_WORD: Final = regex.compile(r"[\p{L}\p{N}]+")
_NUMBER: Final = regex.compile(r"\p{N}+")
_VERSION: Final = regex.compile(r"\p{Lu}\p{L}*\p{N}+")
"""A version or model of what stands before it, like K3 or V2."""

TITLED: Final = 0.1
"""
The part of the works that have a phrase which have it in their title, at least: what people call a subject by they put there. 'Mitigate' and
'achieve up' stand in many abstracts and hardly any title.
"""

OFTEN_TITLED: Final = 0.2
"""The same for a single word, and for a phrase that begins or ends with a word of any abstract, like 'world models' and 'deep research'."""

_BETWEEN: Final = frozenset({"of", "to"})
"""Function words that may stand within a phrase: chain of thought, speech to text."""


@dataclass(frozen=True, slots=True)
class Written:
    """The words of a work: its `key`, what stands at its head, and the rest."""

    key: str
    title: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Phrase:
    """
    One to three words that tell works from others, as they are mostly written.

    `works` are the keys of those that have them, in the order in which the works were given; `example` is the one that shows best what is meant.
    """

    text: str
    works: tuple[str, ...]
    example: str

    @property
    def ending(self) -> Phrase:
        """Itself, or of three words the last two: what it is a kind of."""
        words = [found.start() for found in _WORD.finditer(self.text)]
        return replace(self, text=self.text[words[-2] :]) if len(words) == MOST_WORDS else self

    @property
    def is_a_word(self) -> bool:
        """Whether it is a single word."""
        return len(_key(self.text)) == 1


_Term = tuple[str, ...]
"""A phrase by the stems of its words."""


def phrases(
    mine: Sequence[Written], others: Sequence[Written], most: int = 6, besides: Iterable[Phrase] = ()
) -> list[Phrase]:
    """
    Give the phrases that tell `mine` from `others`, the one that says most first; none where no two works have one in common.

    Of several works equally good as an example it is the first one given, and none is an example twice, if that can be helped. What was told
    `besides` is not told again.
    """
    found = [_Read(one) for one in mine]
    having = _having(found)
    scores = _scores(having, found, others)
    told = [_key(phrase.text) for phrase in besides]
    covered: Counter[int] = Counter()
    chosen: list[_Term] = []
    while scores and len(chosen) < most:
        best = max(scores, key=lambda term: (scores[term] * _fresh(having[term], covered), len(term), term))
        del scores[best]
        if not any(_overlap(best, other) for other in told):
            told.append(best)
            chosen.append(best)
            covered.update(having[best].keys())
    return _with_examples(chosen, having, found)


def standing_in(phrase: Phrase, works: Iterable[Written]) -> list[str]:
    """Give the keys of those works in which a phrase stands, in any form of its words."""
    term = _key(phrase.text)
    return [
        one.key
        for one in works
        if term in {*_met(one.title, {term[0]: len(term)}), *_met(one.text, {term[0]: len(term)})}
    ]


class _Read:
    """A work taken apart into passages of words, those of the title apart, and its phrases, with those of the title."""

    def __init__(self, one: Written) -> None:
        self.key = one.key
        self.passages = [(words, True) for words in _passages(one.title)]
        self.passages += [(words, False) for words in _passages(one.text)]
        self.titled = {term for words, title in self.passages if title for term in _terms(words)}
        self.terms = {term for words, _ in self.passages for term in _terms(words)}

    def counts(self, term: _Term) -> float:
        """Give what the work counts for a phrase that it has."""
        return 1 + IN_A_TITLE if term in self.titled else 1.0


@dataclass(frozen=True, slots=True)
class _Word:
    """A word as it stands, what joins it to the word before (a space or a hyphen), its stem, and whether it is no function word."""

    written: str
    joined: str
    stem: str
    says: bool


def _passages(text: str) -> Iterator[list[_Word]]:
    for passage in _PASSAGE.split(text):
        words = []
        end = 0
        for found in _WORD.finditer(passage):
            written, joined = found[0], "-" if passage[end : found.start()] == "-" else " "
            folded = written.casefold()
            says = len(folded) > 1 and folded not in FUNCTION_WORDS
            words.append(_Word(written, joined, stem(folded), says))
            end = found.end()
        if words:
            yield words


def _terms(words: Sequence[_Word]) -> Iterator[_Term]:
    """Give the phrases of a passage: each begins and ends with what says something, where no hyphen goes on, and with no number."""
    for start, first in enumerate(words):
        if not first.says or first.joined == "-" or _NUMBER.fullmatch(first.written):
            continue
        for size in range(1, min(MOST_WORDS, len(words) - start) + 1):
            span = words[start : start + size]
            goes_on = start + size < len(words) and words[start + size].joined == "-"
            if not goes_on and span[-1].says and all(word.says or word.written in _BETWEEN for word in span[1:-1]):
                yield tuple(word.stem for word in span)


def _having(works: Sequence[_Read]) -> dict[_Term, dict[int, float]]:
    """Give the works that have each phrase, by their places, with what they count for it; phrases of too few are left out."""
    found: dict[_Term, dict[int, float]] = defaultdict(dict)
    for place, work in enumerate(works):
        for term in work.terms:
            found[term][place] = work.counts(term)
    return {
        term: places
        for term, places in found.items()
        if len(places) >= (LEAST_WORKS if len(term) > 1 else LEAST_OF_A_WORD) and not is_general(term)
    }


def _scores(
    having: Mapping[_Term, Mapping[int, float]], mine: Sequence[_Read], others: Sequence[Written]
) -> dict[_Term, float]:
    """Score the phrases that are told at all, without those whose place a longer one takes."""
    elsewhere, titled = _counted(having, others)
    scores = {}
    for term, places in having.items():
        works = len(places) + elsewhere[term]
        titles = sum(1 for place in places if term in mine[place].titled)
        named = (titles + titled[term]) / works
        if not titles or named < (TITLED if len(term) > 1 and begins_and_ends_apart(term) else OFTEN_TITLED):
            continue
        if len(others) < ENOUGH_TO_COMPARE:
            score = float(len(places) > LEAST_WORKS)
        else:
            score = _surprise(len(places), len(mine), elsewhere[term], len(others))
            score *= score >= SURE
        # Rare is not the same as telling: the more of the works have it, the better it names them.
        scores[term] = score * math.sqrt(sum(places.values()) * named) * (SEVERAL if len(term) > 1 else 1.0)
    parts = set(_replaced(having, scores))
    return {term: score for term, score in scores.items() if score > 0 and term not in parts}


def _surprise(ours: int, of_ours: int, theirs: int, of_theirs: int) -> float:
    mine, other = ours + 0.5, theirs + 0.5
    not_mine, not_other = of_ours - ours + 0.5, of_theirs - theirs + 0.5
    odds = math.log(mine / not_mine) - math.log(other / not_other)
    return odds / math.sqrt(1 / mine + 1 / not_mine + 1 / other + 1 / not_other)


def _counted(terms: Mapping[_Term, object], works: Iterable[Written]) -> tuple[Counter[_Term], Counter[_Term]]:
    """Count in how many works each of these phrases stands, and in how many titles."""
    longest: dict[str, int] = defaultdict(int)
    for term in terms:
        longest[term[0]] = max(longest[term[0]], len(term))
    counts: Counter[_Term] = Counter()
    titled: Counter[_Term] = Counter()
    for work in works:
        in_title = {term for term in _met(work.title, longest) if term in terms}
        titled.update(in_title)
        counts.update(in_title | {term for term in _met(work.text, longest) if term in terms})
    return counts, titled


def _met(text: str, longest: Mapping[str, int]) -> Iterator[_Term]:
    for passage in _PASSAGE.split(text):
        stems = [stem(word) for word in _WORD.findall(passage.casefold())]
        for start, first in enumerate(stems):
            if first in longest:
                for size in range(1, longest[first] + 1):
                    yield tuple(stems[start : start + size])


def _replaced(having: Mapping[_Term, Mapping[int, float]], scores: Mapping[_Term, float]) -> Iterator[_Term]:
    """Give the parts whose place a longer phrase takes, since most of the works that have the part have all of it."""
    for whole in scores:
        for size in range(1, len(whole)):
            for start in range(len(whole) - size + 1):
                part = whole[start : start + size]
                if part in scores and scores[whole] and len(having[whole]) >= LONGER * len(having[part]):
                    yield part


def _fresh(places: Mapping[int, float], covered: Mapping[int, int]) -> float:
    """Give the part of the works that no other phrase was told of; those of which one was count a little."""
    return math.fsum([ALREADY_TOLD ** covered[place] for place in places]) / len(places)


def _overlap(one: _Term, other: _Term) -> bool:
    """Tell whether two phrases say much the same: most of the shorter one's words, or all but one of the longer one's."""
    return len({*one} & {*other}) * 2 > min(len(one), len(other))


def _key(text: str) -> _Term:
    return tuple(stem(word.casefold()) for word in _WORD.findall(text))


def _with_examples(
    chosen: Sequence[_Term], having: Mapping[_Term, Mapping[int, float]], works: Sequence[_Read]
) -> list[Phrase]:
    """Make phrases, each with an example that has it in its title and is none of another phrase, as far as there is one."""
    examples: dict[_Term, int] = {}
    # Those of few titles first, for they have least to choose from.
    for term in sorted(chosen, key=lambda one: sum(counts > 1 for counts in having[one].values())):
        places, shown = having[term], {*examples.values()}
        examples[term] = min(places, key=lambda place: (-places[place], place in shown, place))
    return [
        Phrase(
            _as_written(term, [works[place] for place in having[term]]),
            tuple(works[place].key for place in sorted(having[term])),
            works[examples[term]].key,
        )
        for term in chosen
    ]


def _as_written(term: _Term, works: Iterable[_Read]) -> str:
    """Give a phrase as it is mostly written, in lower case but for names and abbreviations; what a text says counts more than what a title does."""
    counts: Counter[str] = Counter()
    read = list(works)
    names = _names(read, term)
    for work in read:
        for words, title in work.passages:
            for start in range(len(words) - len(term) + 1):
                span = words[start : start + len(term)]
                if tuple(word.stem for word in span) == term:
                    counts["".join(_joined(span, names))[1:]] += 1 if title else 2
    return max(counts, key=lambda text: (counts[text], -len(text), text))


def _names(works: Iterable[_Read], term: _Term) -> frozenset[str]:
    """Give those words of a phrase that texts write with a capital where no sentence begins, more often than without."""
    counts: Counter[str] = Counter()
    for work in works:
        for words, title in work.passages:
            if not title:
                counts.update(one.written.casefold() for one in words[1:] if one.stem in term and one.written.istitle())
                counts.subtract(one.written for one in words if one.stem in term and one.written.islower())
    return frozenset(word for word, count in counts.items() if count > 0)


def _joined(span: Sequence[_Word], names: Collection[str]) -> Iterator[str]:
    """Give the words of a phrase with what joins them, without the capitals of a title; a name keeps its own, and so does what a version follows ('Kimi K3')."""
    for word, following in zip(span, [*span[1:], None], strict=True):
        is_name = word.written.casefold() in names or (following and _VERSION.fullmatch(following.written))
        yield f"{word.joined}{word.written if is_name else _lowered(word.written)}"


def _lowered(word: str) -> str:
    """
    Give a word as it is written within a sentence, as far as that can be told.

    >>> [_lowered(word) for word in ("Sparse", "KV", "NeRF", "LLMs", "diffusion")]
    ['sparse', 'KV', 'NeRF', 'LLMs', 'diffusion']
    """
    return word.casefold() if word[1:].islower() or len(word) == 1 else word
