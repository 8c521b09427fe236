"""What is said of a pick that explores: that it lies outside what the channel asks for, and where. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from itertools import groupby, islice
from typing import Final

from bot.boilerplate import begins_and_ends_apart, is_general
from bot.function_words import FUNCTION_WORDS
from bot.model import Channel, Item, Reason
from bot.phrases import MOST_WORDS
from bot.ranking.candidate_index import Candidate, CandidateIndex
from bot.stems import stem
from bot.title_terms import subject_stems

_FIELDS: Final = {
    "cs.AR": "hardware",
    "cs.CC": "complexity theory",
    "cs.CE": "computational engineering",
    "cs.CG": "computational geometry",
    "cs.CL": "natural language",
    "cs.CR": "security",
    "cs.CV": "computer vision",
    "cs.CY": "computers and society",
    "cs.DB": "databases",
    "cs.DC": "distributed computing",
    "cs.DL": "digital libraries",
    "cs.DM": "discrete mathematics",
    "cs.DS": "algorithms and data structures",
    "cs.FL": "formal languages",
    "cs.GR": "graphics",
    "cs.GT": "game theory",
    "cs.HC": "people and computers",
    "cs.IR": "information retrieval",
    "cs.IT": "information theory",
    "cs.LO": "logic",
    "cs.MA": "multi-agent systems",
    "cs.MM": "multimedia",
    "cs.MS": "mathematical software",
    "cs.NA": "numerical analysis",
    "cs.NE": "evolutionary computing",
    "cs.NI": "networks",
    "cs.OS": "operating systems",
    "cs.PL": "programming languages",
    "cs.RO": "robotics",
    "cs.SC": "computer algebra",
    "cs.SD": "sound",
    "cs.SE": "software engineering",
    "cs.SI": "social networks",
    "cs.SY": "control",
    "eess.AS": "speech and audio",
    "eess.IV": "imaging",
    "eess.SY": "control",
    "math.OC": "optimisation",
    "quant-ph": "quantum physics",
    "stat.ML": "statistics",
}
"""arXiv's categories (arxiv.org/category_taxonomy) as people call the field; cs.AI and cs.LG say nothing, everything is in them, nor does cs.ET, emerging technologies."""
_ARCHIVES: Final = {
    "astro-ph": "astrophysics",
    "cond-mat": "condensed matter",
    "econ": "economics",
    "eess": "signal processing",
    "gr-qc": "gravitation",
    "hep-ex": "particle physics",
    "hep-lat": "particle physics",
    "hep-ph": "particle physics",
    "hep-th": "particle physics",
    "math": "mathematics",
    "math-ph": "mathematical physics",
    "nlin": "nonlinear dynamics",
    "nucl-ex": "nuclear physics",
    "nucl-th": "nuclear physics",
    "physics": "physics",
    "q-bio": "biology",
    "q-fin": "finance",
    "stat": "statistics",
}
"""arXiv's archives outside computer science, for categories that are not named above: all of them, so that none reaches a card as it is written."""
PURPOSE: Final = "to see whether you want more of it"
"""What a work from outside is shown for."""

COMPARED: Final = 60
"""Works of a region, and of the others, that are compared: as many tell what a region is."""

SHARED: Final = 3
"""Works of a region, at least, that have what it has in common."""

APART: Final = 3.0
"""How many times as large a part of a region's works as of the others must have it."""

_WORD: Final = re.compile(r"\w+")
_NO_SUBJECT: Final = re.compile(
    r"\b(?:analys[ei]s|audits?|reports?|reviews?|stud(?:y|ies)|surveys?|taxonom(?:y|ies)|tutorials?|checklists?|challenges?)$"
    r"|\bartificial intelligence\b|\b(?:machine|deep) learning\b",
    re.IGNORECASE,
)
"""What ends with the kind of a text, and what everything in a week is about."""
_ENDS: Final = rf"[^\w\s-]|\s*$|\s+(?:{'|'.join(sorted(FUNCTION_WORDS))})\b"
"""What stands behind a noun phrase that does not go on."""
_NUMBERED: Final = re.compile(r"\d")
_PASSAGES: Final = re.compile(r"[^\w\- ]+|\s-+\s")
INSIDE: Final = frozenset({"interest", "like", "taste", "topics", "typical"})
"""Reasons that say of a work that it is what the channel asks for, or typical of the week: one that was drawn from outside has none of them."""
_OWN: Final = 2
"""Picks that lie in a field, at least, from which on it is one of the channel's own; of many picks a fifth."""
_A_FIFTH: Final = 0.2
_CATEGORY: Final = re.compile(r"[a-z\-]+(\.[A-Za-z\-]{2,})?")
_COMPUTING: Final = "cs"
_LANGUAGE: Final = "cs.CL"
_LANGUAGE_MODELS: Final = "language models"
_OF_LANGUAGE: Final = (
    (
        _LANGUAGE_MODELS,
        re.compile(r"\b(?:[MD]?LLM|[VSD]LM|LVLM|LRM)s?\b|\blanguage[- ]models?\b|\bGPT\b", re.IGNORECASE),
    ),
    ("speech", re.compile(r"\bspeech\b|\bASR\b|\bspoken\b", re.IGNORECASE)),
    ("translation", re.compile(r"\btranslation\b", re.IGNORECASE)),
)
"""What cs.CL, in which half of a week's works are, is about as people say it, by the words of the work; the rest is language itself."""


def outside_reason(
    item: Item,
    channel: Channel,
    own: AbstractSet[str] = frozenset(),
    subjects: Iterable[str] = (),
    *,
    liked: AbstractSet[str] = frozenset(),
    informed: bool = True,
) -> Reason:
    """
    Say that a work was drawn from outside what the channel asks for, what for, and where it lies: the field of its first category, as far as that tells one;
    else the first of its `subjects` that has no telling word of the channel's topics.

    Neither is named that is no news: a field of the channel's `own`, one that its topics name (computer vision is not outside what a team of 3D vision
    asks for, be the work itself), and what has a word that several `liked` titles have (`liked_stems`). Of a work whose first category says nothing no other is
    named, for that is hardly its field. A channel of which nothing is known (not `informed`) has nothing that is usual.
    """
    usual = "something other than usual" if informed else "drawn by chance"
    what = "outside your topics" if channel.topics else usual
    asked = " ".join(channel.topics).casefold()
    named = {_LANGUAGE_MODELS} if _OF_LANGUAGE[0][1].search(asked) else set()
    field = _field_of(item)
    where = (
        field
        if field and field not in own | named and field not in asked and liked.isdisjoint(_stems_of(field))
        else None
    )
    if where is None:
        # 'Learning' of 'federated learning' is in most of what lies outside.
        known = {one for one in _stems_of(asked) if not is_general((one,))} | liked
        where = next((subject for subject in subjects if _stems_of(subject).isdisjoint(known)), None)
    return Reason(name="exploration", text=f"{what}: {where}, {PURPOSE}" if where else f"{what}, {PURPOSE}", weight=0.0)


def liked_stems(titles: Iterable[str]) -> frozenset[str]:
    """
    Give the stems of words that two titles and more have, of words that can be a subject by themselves.

    >>> sorted(liked_stems(["Memory for agents", "An agent that remembers", "A new model of rain", "A new model of tides"]))
    ['agent']
    """
    counts = Counter(one for title in titles for one in subject_stems(title))
    return frozenset(one for one, count in counts.items() if count >= _OWN)


def _stems_of(text: str) -> set[str]:
    return {stem(word) for word in _WORD.findall(text.casefold())}


def subjects_of(
    work: Candidate, region: Sequence[Candidate], others: Sequence[Candidate], index: CandidateIndex | None = None
) -> Iterator[str]:
    """
    Give what a work may be said to be about, as its title writes it: what it has in common with its `region`; then the noun phrases of its title that two other works
    have, too, those of most works first; then any phrase of it with which two end what they say. What it says alone may be no subject, and is none here, nor
    what names a kind of text, or all of the field. Looked for only as far as somebody asks. `index` is that of the week, in all of whose works phrases are looked for.
    """
    common = in_common(work, region, others)
    if common and _is_subject(common):
        yield common
    rest = {*region, *others} - {work}

    def often(phrases: Iterable[str], *, whole: bool) -> list[str]:
        """Give those of some phrases that other works have, too, those of most works first; `whole` where they need not go on in these, as 'dynamic mode' does."""
        counted = []
        for phrase in phrases:
            sought = f" {phrase.casefold()}"
            # Few have its two longest words, as the index knows, by which words begin: the last one may go on.
            longest = sorted(_WORD.findall(sought), key=len)[-2:]
            likely = index.having_words(longest) - {work} if index and longest else rest
            having = [one for one in likely if sought in one.text]
            if not whole and having:
                ends = re.compile(rf"{re.escape(sought)}s?(?:{_ENDS})")
                having = [one for one in having if ends.search(one.text)]
            counted.append((len(having), phrase))
        ordered = sorted(counted, key=lambda one: -one[0])
        return [phrase for count, phrase in ordered if count >= SHARED - 1 and _is_subject(phrase)]

    at_ends = _noun_phrases_of(work.item)
    yield from often(at_ends, whole=True)
    anywhere = dict.fromkeys(_as_spoken(phrase, work.item) for phrase, _ in _phrases_of(work.item))
    yield from often((phrase for phrase in anywhere if phrase not in at_ends), whole=False)


def _is_subject(phrase: str) -> bool:
    """
    Tell whether a phrase says what a work is about.

    >>> [_is_subject(phrase) for phrase in ("remote sensing", "ablation studies", "Literature Review", "artificial intelligence")]
    [True, False, False, False]
    """
    return _NO_SUBJECT.search(phrase) is None


def in_common(work: Candidate, region: Iterable[Candidate], others: Iterable[Candidate]) -> str | None:
    """
    Give the phrase of a work's title that most works of its `region` have and few of the `others`, as the title writes it; None where there is none.

    At least three works of the region must have it, and three times as large a part of them as of the others.
    """
    mine = [f" {one.text}" for one in islice(region, COMPARED)]
    theirs = [f" {one.text}" for one in islice(others, COMPARED)]
    best: Sequence[str] = ()
    most = 0.0
    for phrase, longer in _phrases_of(work.item):
        # Its beginning must be a word's, its end may be a plural's.
        sought = _sought(phrase)
        having = sum([sought in text for text in mine])
        if having < SHARED:
            continue
        part, part_of_theirs = having / len(mine), sum([sought in text for text in theirs]) / max(1, len(theirs))
        if part >= APART * part_of_theirs and part - part_of_theirs > most:
            # 'Ordinary differential' is half of what they have in common.
            cut = bool(longer) and 2 * sum([_sought(longer) in text for text in mine]) > having
            if not cut or len(longer) <= MOST_WORDS:
                best, most = longer if cut else phrase, part - part_of_theirs
    return _as_spoken(best, work.item) if best else None


def _sought(words: Sequence[str]) -> str:
    return f" {' '.join(words).casefold()}"


def _phrases_of(work: Item) -> Iterator[tuple[Sequence[str], Sequence[str]]]:
    """
    Give the phrases of two or three words of a title that can be a subject, each also with the word behind it, none where it ends; one word, like 'attention',
    may be anything.
    """
    for passage in _PASSAGES.split(work.title):
        words = passage.split()
        for start in range(len(words)):
            for size in range(2, min(MOST_WORDS, len(words) - start) + 1):
                phrase = words[start : start + size]
                term = tuple(stem(word.casefold()) for word in phrase)
                if FUNCTION_WORDS.isdisjoint({phrase[0].casefold(), phrase[-1].casefold()}) and (
                    begins_and_ends_apart(term) and not is_general(term) and min(map(len, (phrase[0], phrase[-1]))) > 1
                ):
                    longer = words[start : start + size + 1]
                    goes_on = len(longer) > size and len(longer[-1]) > 1 and longer[-1].casefold() not in FUNCTION_WORDS
                    yield phrase, longer if goes_on else ()


def _noun_phrases_of(work: Item) -> list[str]:
    """
    Give phrases of two or three words with which what a title says between function words ends: there stands what it is about, before it what kind of
    it. The first word is none of any abstract.
    """
    found = []
    # A few words before a colon are what the authors call it.
    name, _, rest = work.title.partition(": ")
    for passage in _PASSAGES.split(rest if rest and len(name.split()) <= MOST_WORDS else work.title):
        for is_function, said in groupby(passage.split(), key=lambda word: word.casefold() in FUNCTION_WORDS):
            run = [] if is_function else list(said)
            for words in (run[-2:], run[-MOST_WORDS:]):
                term = tuple(stem(word.casefold()) for word in words)
                tells = len(words) > 1 and len(words[-1]) > 1 and not is_general(term[:1]) and not is_general(term)
                if tells and not _NUMBERED.search(" ".join(words)):
                    found.append(_as_spoken(words, work))
    # The shorter one first, for what stands before two words is often what is done to them.
    return sorted(dict.fromkeys(found), key=lambda phrase: phrase.count(" "))


def _as_spoken(words: Sequence[str], work: Item) -> str:
    """
    Write words of a title small, unless they are names, as the abstract shows: 'Graph' and 'On-Policy', but LLM, ResNet and English. What the abstract
    writes as the title does, and in no other way, is a name as a whole.
    """
    written = " ".join(words)
    named = written in work.abstract and written.casefold() not in work.abstract
    return written if named else " ".join(_word_as_spoken(word, work) for word in words)


def _word_as_spoken(word: str, work: Item) -> str:
    if "-" in word:
        # Of 'Navier-Stokes' no abstract has a part that is small, of 'On-Policy' it has.
        small = set(_WORD.findall(work.abstract))
        return "-".join(
            part.casefold() if part[1:].islower() and part.casefold() in small else part for part in word.split("-")
        )
    shown_small = f" {word} " not in work.abstract or f" {word.casefold()} " in work.abstract
    return word.casefold() if word[1:].islower() and shown_small else word


def names_language_models(text: str) -> bool:
    """
    Tell whether a text names language models, in whichever form.

    >>> [names_language_models(text) for text in ("LLMS", "Diffusion Language Models", "a model of language")]
    [True, True, False]
    """
    return _OF_LANGUAGE[0][1].search(text) is not None


def without_language_models(topic: str) -> str:
    """
    Give a topic without the words that name language models.

    >>> without_language_models("LLM agents")
    'agents'
    """
    return _OF_LANGUAGE[0][1].sub(" ", topic).strip()


def is_language_models(topic: str) -> bool:
    """
    Tell whether a topic is language models and nothing narrower.

    >>> [is_language_models(topic) for topic in ("LLMS", "large language models", "LLM agents", "robots")]
    [True, True, False, False]
    """
    others = _WORD.findall(without_language_models(topic).casefold())
    return names_language_models(topic) and all(word in FUNCTION_WORDS or is_general((stem(word),)) for word in others)


def own_fields(items: Iterable[Item]) -> frozenset[str]:
    """
    Give the fields of the works that were chosen for what the channel asks for: those of a fifth of them, and of two at least. A work that
    names language models lies among them, too, whatever its category.
    """
    chosen = list(items)
    counts = Counter(field for item in chosen for field in {*_fields_of(item), *_models_of(item)})
    return frozenset(field for field, count in counts.items() if count >= max(_OWN, _A_FIFTH * len(chosen)))


def _field_of(item: Item) -> str | None:
    """Give the field of a work's first category; None where everything is in that."""
    first = next((tag for tag in item.tags if tag.partition(".")[0] in {_COMPUTING, *_ARCHIVES}), None)
    return _field(first, item) if first else None


def _fields_of(item: Item) -> list[str]:
    """Give the fields of a work, those of its main category first, each once."""
    return list(dict.fromkeys(field for tag in item.tags if (field := _field(tag, item))))


def _models_of(item: Item) -> list[str]:
    return [_LANGUAGE_MODELS] if _LANGUAGE_MODELS in _spoken_of(item.title, item.abstract) else []


@lru_cache(maxsize=4096)  # a week's works, for every channel that they are chosen for
def _spoken_of(title: str, abstract: str) -> tuple[str, ...]:
    """Give what a work of cs.CL is about (`_OF_LANGUAGE`), whatever its category."""
    said = f"{title} {abstract}"
    return tuple(name for name, words in _OF_LANGUAGE if words.search(said))


def _field(tag: str, item: Item) -> str | None:
    """Give a category of arXiv as people say it. A keyword names the work as often as its field, and gives none."""
    if tag == _LANGUAGE:
        return next(iter(_spoken_of(item.title, item.abstract)), _FIELDS[tag])
    return _FIELDS.get(tag) or (_ARCHIVES.get(tag.partition(".")[0]) if _CATEGORY.fullmatch(tag) else None)
