"""
Index of a week's candidates: what ranking asks of an item whichever channel it is for, worked out once and kept. Pure.

A week has thousands of items and is ranked for thousands of channels; of what ranking asks of an item only its nearness to a channel's topics
and decisions is the channel's own.
"""

from __future__ import annotations

import math
import re
from array import array
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property, partial
from itertools import chain, repeat
from threading import RLock
from typing import Final

from bot.budget import minutes_of
from bot.compounds import parts_of_names
from bot.following import author_of, last_name
from bot.model import Item, Section, Window
from bot.ranking.features import (
    AttentionScale,
    TopicMatch,
    folded,
    freshness,
    match_of,
    sought_parts,
)
from bot.ranking.sought_topic import IN_TITLE, sought
from bot.ranking.weights import DAMPING, NEVER
from bot.ranking.word_index import WordIndex
from bot.stems import stem

KEPT: Final = 256
"""Topics of which the index remembers who is about them; of more than these, those asked for last."""

WORDS_KEPT: Final = 1_024
"""Pieces of words of which it remembers who has them, some hundred bytes each: three topics of forty channels have four hundred."""

WINDOWS: Final = 8
"""Windows for which the index remembers how fresh candidates are, those asked for last."""

FEW: Final = 100
"""So many candidates' texts are looked through one by one; of more a word index is made, which costs as much as looking through them for thirty words."""


_SHORT: Final = 3
"""Letters up to which a word's beginning has to be the word."""


class Candidate:
    """
    An item as ranking and choosing see it; equal to itself alone.

    `origin` is the source that speaks of it directly and first, "" if none does; `notice` the logarithm of its votes and comments where it
    has most; `minutes` its reading time; `text` what topics are looked for in. `alone` says that one source speaks of it, and nobody proposed it. `damped`
    are the factors that its tags put on its score, and `never` says that they keep it out of every digest.
    """

    __slots__ = ("alone", "damped", "item", "key", "minutes", "never", "notice", "origin", "text")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.key = item.key
        self.origin = next((mention.source_id for mention in item.mentions if mention.direct), "")
        counts = [(attention.votes or 0) + (attention.comments or 0) for attention in item.attention.values()]
        self.notice = math.log1p(max([0, *counts]))
        self.minutes = minutes_of(item)
        self.text = folded(item.title, item.abstract, item.tags)
        self.damped = tuple(DAMPING[tag][0] for tag in item.tags if tag in DAMPING)
        self.never = not NEVER.isdisjoint(item.tags)
        self.alone = len(item.mentions) < 2 and not any(tag.startswith("suggested by ") for tag in item.tags)  # noqa: PLR2004


class Competition:
    """The candidates that compete in a digest, and what each is beside the others; worked out when somebody first asks."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self.candidates = candidates

    @cached_property
    def notice(self) -> Mapping[Candidate, float]:
        """Each one's notice, the logarithm of its votes and comments, in standard deviations over its section."""
        sections: dict[Section, list[Candidate]] = defaultdict(list)
        for one in self.candidates:
            sections[one.item.section].append(one)
        found: dict[Candidate, float] = {}
        for of in sections.values():
            logs = [one.notice for one in of]
            mean = math.fsum(logs) / len(logs)
            # Most have none, and so the same.
            times = Counter(logs)
            squares = chain.from_iterable(repeat((value - mean) ** 2, often) for value, often in times.items())
            deviation = math.sqrt(math.fsum(squares) / len(logs))
            known = {value: (value - mean) / deviation if deviation else 0.0 for value in times}
            found.update(zip(of, map(known.__getitem__, logs), strict=True))
        return found

    @cached_property
    def scale(self) -> AttentionScale:
        """How the attention of each stands among what its source gave."""
        return AttentionScale(one.item for one in self.candidates if one.item.attention)  # few have any

    @cached_property
    def pieces(self) -> Counter[str]:
        """How many each source spoke of first."""
        return Counter(one.origin for one in self.candidates)


class CandidateIndex:
    """
    The candidates of a week by item, and which of them have a topic. Threads may share it.

    An item counts as known by identity, so it must be asked for with the items of one week, which are folded once.
    """

    def __init__(self) -> None:
        self._known: dict[int, Candidate] = {}
        self._ordered: list[Candidate] = []
        self._words: OrderedDict[tuple[str, str], tuple[int, array[int]]] = OrderedDict()
        """Of each piece of a word, and how it was looked for, how many of the candidates were looked at, the first ones, and the places of those that have it."""
        self._topics = _Remembered(self._ordered, self._about)
        self._last: tuple[tuple[Item, ...], Competition] = ((), Competition(()))
        self._people = _Remembered(self._ordered, self._by_author)
        self._last_names: dict[str, list[int]] = {}
        self._named = 0
        """Of how many of the candidates, the first ones, the authors' last names are known."""
        self._fresh: OrderedDict[Window, dict[Candidate, float]] = OrderedDict()
        self._indexed = 0
        """How many of the candidates, the first ones, are in the word index."""
        self._word_index = WordIndex(())
        self._turn = RLock()

    def of(self, items: Sequence[Item]) -> Sequence[Candidate]:
        """Give items as candidates, in their order."""
        return self.competition(items).candidates

    def competition(self, items: Sequence[Item]) -> Competition:
        """Give the competition of items, in their order. That of a tuple, which does not change, is remembered while it is asked for again, be it for another channel."""
        last, found = self._last
        if items is last:
            return found
        known = map(self._known.get, map(id, items))
        found = Competition([one or self._add(item) for one, item in zip(known, items, strict=True)])
        if isinstance(items, tuple):
            self._last = (items, found)
        return found

    def _add(self, item: Item) -> Candidate:
        with self._turn:
            found = self._known.get(id(item))
            if found is None:
                # The candidate keeps its item, so nothing else gets its identity.
                found = self._known[id(item)] = Candidate(item)
                self._ordered.append(found)
            return found

    def freshness(self, window: Window) -> dict[Candidate, float]:
        """Give `features.freshness` of all candidates that are known by now. It is the same for all channels of a window, and kept of the last few."""
        with self._turn:
            found = self._fresh.setdefault(window, {})
            self._fresh.move_to_end(window)
            for candidate in self._ordered[len(found) :]:
                found[candidate] = freshness(candidate.item, window)
            while len(self._fresh) > WINDOWS:
                self._fresh.popitem(last=False)
            return found

    def matches(self, topics: Sequence[str]) -> dict[Candidate, TopicMatch]:
        """
        Match topics as `features.match_topics` does, in all candidates that are known by now; those that no topic touches are left out. A topic that is an
        author's name is matched by the author's works, as if it stood in their titles.
        """
        with self._turn:
            of_topics = {topic: self._topics.of(topic) for topic in topics}
        found: dict[Candidate, list[tuple[float, str]]] = {}
        for topic, touched in of_topics.items():
            for candidate, strength in touched.items():
                found.setdefault(candidate, []).append((strength, topic))
        of_one: dict[tuple[float, str], TopicMatch] = {}
        matched = {}
        for candidate, strengths in found.items():
            if len(strengths) == 1:
                # One object for all: a broad topic touches half of the week.
                if (match := of_one.get(strengths[0])) is None:
                    match = of_one[strengths[0]] = match_of(strengths)
            else:
                match = match_of(strengths)
            matched[candidate] = match
        return matched

    def by(self, name: str) -> AbstractSet[Candidate]:
        """Give the candidates by an author of this name (`following.author_of`)."""
        with self._turn:
            return self._people.of(name).keys()

    def having(self, parts: Collection[str]) -> AbstractSet[Candidate]:
        """Give the candidates whose text has all of these pieces of it, one at least, without case, be it inside a word."""
        return self._having_all(parts, self._having_word)

    def having_words(self, beginnings: Collection[str]) -> AbstractSet[Candidate]:
        """
        Give the candidates with words that begin with all of these, one at least, without case; the parts of a title's names are words, too (`bot.compounds`). What
        has three letters and fewer begins hundreds of words, so it has to be the word itself, in any form: 'art' of 'arts', and not of 'artificial'.
        """
        return self._having_all(beginnings, self._with_beginning)

    def _having_all(
        self, parts: Collection[str], look: Callable[[str, int, int], Iterable[int]]
    ) -> AbstractSet[Candidate]:
        with self._turn:
            return {self._ordered[place] for place in self._places_of_all(parts, look)}

    def _places_of_all(self, parts: Collection[str], look: Callable[[str, int, int], Iterable[int]]) -> Collection[int]:
        """Give the places of the candidates that `look` finds for all of these, one at least."""
        first, *others = sorted((self._places_of(part, look) for part in dict.fromkeys(parts)), key=len)
        return set(first).intersection(*others) if others else first

    def _places_of(self, word: str, look: Callable[[str, int, int], Iterable[int]]) -> array[int]:
        """Give the places of the candidates that `look` finds for a word; who came after it was asked for is looked at when it is asked for again."""
        asked = (look.__name__, word)
        seen, found = self._words.get(asked, (0, array("I")))
        now = len(self._ordered)
        if seen < now or asked not in self._words:
            found = found + array("I", look(word, seen, now))
            self._words[asked] = (now, found)
        self._words.move_to_end(asked)
        while len(self._words) > WORDS_KEPT:
            self._words.popitem(last=False)
        return found

    def _about(self, topic: str, first: int, end: int) -> dict[Candidate, float]:
        wanted = sought(topic)
        if not wanted.says_something:
            return {}
        places = set().union(*(self._places_of_all(parts, self._having_word) for parts in sought_parts(topic)))
        having = [self._ordered[place] for place in sorted(places) if first <= place < end]
        said = {one: strength for one in having if (strength := wanted.strength(one.item.title, one.item.abstract))}
        return said | self._by_author(topic, first, end)

    def _by_author(self, name: str, first: int, end: int) -> dict[Candidate, float]:
        # Few topics are names, so each costs a look into a table.
        for place in range(self._named, end):
            for last in {last_name(author) for author in self._ordered[place].item.authors}:
                self._last_names.setdefault(last, []).append(place)
        self._named = max(self._named, end)
        places = self._last_names.get(last_name(name), ())
        return {
            self._ordered[place]: IN_TITLE
            for place in places
            if first <= place < end and author_of(self._ordered[place].item.authors, name)
        }

    def _having_word(self, word: str, first: int, end: int) -> list[int]:
        """Look for a piece of a word in the texts of some candidates, from one place to before another; give the places of those that have it."""
        if not WordIndex.knows(word):
            return [place for place in range(first, end) if word in self._ordered[place].text]
        self._make_index(end)
        found = [place for place in self._word_index.having(word) if first <= place < end]
        return found + [place for place in range(max(first, self._indexed), end) if word in self._ordered[place].text]

    def _with_beginning(self, beginning: str, first: int, end: int) -> list[int]:
        """Look for a word's beginning as `_having_word` looks for a piece."""
        self._make_index(end)
        meant = None if len(beginning) > _SHORT else partial(_is_form, beginning)
        found = [place for place in self._word_index.beginning(beginning, meant) if first <= place < end]
        if end <= self._indexed:
            return found
        begun = re.compile(rf"(?<!\w){re.escape(beginning)}\w*")
        return found + [
            place
            for place in range(max(first, self._indexed), end)
            if any(meant is None or meant(word) for word in begun.findall(_words_of(self._ordered[place])))
        ]

    def _make_index(self, end: int) -> None:
        if end - self._indexed > FEW:
            # The parts of names are pieces of a text's words as well, so they change nothing for who looks for pieces.
            self._word_index = WordIndex(map(_words_of, self._ordered[:end]))
            self._indexed = end


def _words_of(candidate: Candidate) -> str:
    parts = parts_of_names(candidate.item.title)
    return f"{candidate.text} {' '.join(parts).casefold()}" if parts else candidate.text


def _is_form(short: str, word: str) -> bool:
    """Tell whether a word is a short one that it begins with, in any form, or as a name with a version's number: 'LDAs', 'mapping', 'AI4Science'."""
    rest = word[len(short) :]
    # A stemmer leaves the plural of what has no vowel.
    return rest == "s" or rest[:1].isdigit() or stem(word) == stem(short)


class _Remembered:
    """Who is about a topic, and how strongly; who came after it was asked for is looked at when it is asked for again."""

    def __init__(
        self, candidates: Sequence[Candidate], look: Callable[[str, int, int], dict[Candidate, float]]
    ) -> None:
        self._candidates = candidates
        self._look = look
        self._known: OrderedDict[str, tuple[int, dict[Candidate, float]]] = OrderedDict()

    def of(self, asked: str) -> Mapping[Candidate, float]:
        seen, found = self._known.get(asked, (-1, {}))
        now = len(self._candidates)
        if seen < now:
            found = found | self._look(asked, max(0, seen), now)
            self._known[asked] = (now, found)
        self._known.move_to_end(asked)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        return found
