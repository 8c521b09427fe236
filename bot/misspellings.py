"""
Misspellings in topics: a word that nobody writes, one letter away from one that many do, is taken for that one, so that a typing error costs a
team no week. Pure.

Cautious, since a rare name is no error: only a word of six letters or more (of five beside other words, if three works write all of them together) that stands in no work of the week, in none of its spellings or
forms, nor inside another word, nor is a part of the name of one of its authors, and only for one that begins alike and stands in three works. A word that works do write is an error where none writes
it with the topic's other words, and three write the other one in its place: 'casual inference'.

A topic of several words is put right only as a whole, since a word of another language differs from an English one by a letter, too: where no word of
it stays unknown, and, with several words put right, three works write them together as the topic does. Nothing is put right that no work is about
even then. Accents are folded wherever works write a word of five letters without them ('visión'), or one of six with them ('Schrodinger'); so much nobody needs to be told, and
what else was taken for what is (`bot.rendering`).
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain
from typing import Final

import regex

from bot.model import Item
from bot.ranking.candidate_index import Candidate, CandidateIndex
from bot.spellings import spellings
from bot.unmatched import unmatched

SHORTEST: Final = 6
"""Letters of a word from which on one that differs in a single letter is hardly another one that is meant."""

SHORTEST_BESIDE_OTHERS: Final = 5
"""The same of a word of a topic of several that three works write together, once it is put right."""

SHORTEST_KNOWN: Final = 4
"""Letters of a word from which on it is another language's, or a rare name, where no work has it; a shorter one stands inside of many."""

WRITTEN: Final = 3
"""Works that write a word, at least, if another is to be taken for it: authors mistype, too."""

_WORD: Final = regex.compile(r"[\p{L}\p{M}]+")
_LIKELY: Final = regex.compile(r"[\p{L}\p{M}]{5,}")
"""Words that one of six letters may be meant for."""


def respelt(topics: Sequence[str], items: Sequence[Item], index: CandidateIndex | None = None) -> Mapping[str, str]:
    """Give the topics that are mistyped, each with the one that it is taken for. `index` is that of the items' week."""
    if not topics or not items:
        return {}
    index = index or CandidateIndex()
    # The index may know works of other channels' windows, too.
    candidates = set(index.of(items))
    topics = [topic for topic in topics if index.by(topic).isdisjoint(candidates)]
    words = {word for topic in topics for word in _WORD.findall(topic.casefold()) if len(word) >= SHORTEST_KNOWN}
    unknown = {word for word in words if not any(_stands(one, index, candidates) for one in spellings(word))}
    taken: dict[str, str] = {}
    if any(len(word) >= SHORTEST_BESIDE_OTHERS or not word.isascii() for word in unknown):
        written = Counter(chain.from_iterable(set(_LIKELY.findall(one.text)) for one in candidates))
        marked = {unaccented(word): word for word in sorted(written) if not word.isascii()}
        right = {word: _meant(unaccented(word), written, marked) for word in sorted(unknown)}
        taken = {topic: _put_right(topic, right, index, candidates) for topic in topics}
    for topic in topics:
        if _is_senseless(topic, unknown, index, candidates):
            taken[topic] = _making_sense(topic, index, candidates)
    changed = {topic: said for topic, said in taken.items() if said != topic}
    nowhere = unmatched(tuple(changed.values()), items, index) if changed else ()
    return {topic: said for topic, said in changed.items() if said not in nowhere}


def _stands(word: str, index: CandidateIndex, candidates: AbstractSet[Candidate]) -> bool:
    """Tell whether a word stands in any work, be it inside another one; most begin one, which the index finds sooner."""
    return any(not having([word]).isdisjoint(candidates) for having in (index.having_words, index.having))


def unaccented(text: str) -> str:
    """
    Give a text without case and without the marks on its letters.

    >>> unaccented("Visión"), unaccented("Schrödinger")
    ('vision', 'schrodinger')
    """
    apart = unicodedata.normalize("NFD", text.casefold())
    return unicodedata.normalize("NFC", "".join(one for one in apart if not unicodedata.combining(one)))


def _meant(plain: str, written: Mapping[str, int], marked: Mapping[str, str]) -> str:
    """Give the word of those that are `written` that one without its accents is, or is `marked` with others, or is mistyped for; nothing where it is none."""
    return plain if plain in written else marked.get(plain) or nearest(plain, written, SHORTEST_BESIDE_OTHERS)


def _put_right(topic: str, right: Mapping[str, str], index: CandidateIndex, candidates: AbstractSet[Candidate]) -> str:
    """
    Give a topic with its unknown words put `right`; itself where one has no other, or where several, or a short one and the others, are together none that
    three works write.
    """
    unknown = {word for word in _WORD.findall(topic.casefold()) if word in right}
    if not all(right[word] for word in unknown):
        return topic
    said: str = _WORD.sub(lambda found: _corrected(found[0], right), topic)
    mistyped = [word for word in unknown if unaccented(right[word]) != unaccented(word)]
    is_short = any(len(word) < SHORTEST for word in mistyped)
    if is_short and len(_WORD.findall(topic)) == 1:
        return topic
    if len(mistyped) > 1 or is_short:
        having = index.having(_WORD.findall(said.casefold())) & candidates
        if sum(said.casefold() in one.text for one in having) < WRITTEN:
            return topic
    return said


def _is_senseless(
    topic: str, unknown: AbstractSet[str], index: CandidateIndex, candidates: AbstractSet[Candidate]
) -> bool:
    """Tell whether works write each word of a topic of several, one of them long enough to be mistyped, and none writes all."""
    words = _WORD.findall(topic.casefold())
    if len(words) < 2 or not unknown.isdisjoint(words) or max(map(len, words)) < SHORTEST:  # noqa: PLR2004 - several
        return False
    return not index.having(words) & candidates


def _making_sense(topic: str, index: CandidateIndex, candidates: AbstractSet[Candidate]) -> str:
    """Give a topic that no work has with a word that differs by one letter, if three of the works write it so together; itself where they do not."""
    times: Counter[tuple[str, str]] = Counter()
    words = _WORD.findall(topic.casefold())
    for word in sorted({word for word in words if len(word) >= SHORTEST}):
        # What stands in the word's place in the works that have the others.
        pattern = regex.compile(
            r"\b" + regex.escape(topic.casefold()).replace(regex.escape(word), r"([\p{L}\p{M}]{5,})", 1) + r"\b"
        )
        others = [other for other in words if other != word]
        having = index.having(others) & candidates if others else ()
        times.update((word, other) for one in having for other in set(pattern.findall(one.text)))
    likely = [
        (number, word, other)
        for (word, other), number in times.items()
        if number >= WRITTEN and other[0] == word[0] and _one_edit(word, other) and not _are_forms(word, other)
    ]
    if not likely:
        return topic
    _, word, other = max(likely)
    return str(_WORD.sub(lambda found: _corrected(found[0], {word: other}), topic))


def _corrected(word: str, right: Mapping[str, str]) -> str:
    meant = right.get(word.casefold(), "")
    return meant if meant not in {"", word.casefold()} else word


def nearest(word: str, written: Mapping[str, int], shortest: int = SHORTEST) -> str:
    """
    Give the word that a mistyped one, of at least so many letters, is meant for, of those that are `written`, each with in how many works; nothing where it
    is none.

    >>> written = {"reinforcement": 90, "robotic": 40, "agent": 300, "analysis": 70}
    >>> [nearest(word, written) for word in ("reinforcment", "Robotik", "agents", "analyses", "Reinforcement")]
    ['reinforcement', 'robotic', '', '', '']
    """
    typed = word.casefold()
    if len(typed) < shortest or any(one in written for one in spellings(typed)):
        return ""
    near = [one for one in written if abs(len(one) - len(typed)) <= 1 and one[0] == typed[0] and _one_edit(typed, one)]
    if any(_are_forms(typed, one) for one in near):
        return ""
    known = [one for one in near if written[one] >= WRITTEN]
    return max(known, key=lambda one: (written[one], one), default="")


def _one_edit(one: str, other: str) -> bool:
    """Tell whether two words differ by one letter that is put in, left out or another, or by two that changed places (Damerau 1964)."""
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    end = 0
    while end < min(len(one), len(other)) - start and one[-1 - end] == other[-1 - end]:
        end += 1
    left, right = one[start : len(one) - end], other[start : len(other) - end]
    return max(len(left), len(right)) <= 1 or (len(left) == 2 and left == right[::-1])  # noqa: PLR2004 - two change places


def _are_forms(one: str, other: str) -> bool:
    """Tell whether two words that differ by an edit are forms of one: singular and plural ('agents', 'analyses'), or 'planned' and 'planner'."""
    if one.startswith(other) or other.startswith(one):
        return True
    if one[:-1] == other[:-1] and one[-2] == "e":
        return {one[-1], other[-1]} <= {"d", "r", "s"}
    return one[-1] == other[-1] == "s" and one[:-2] == other[:-2]
