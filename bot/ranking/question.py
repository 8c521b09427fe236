"""Request and response of a `Ranker`. Plain values, cheap to pickle."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import blake2b
from itertools import repeat
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from bot.model import Item
from bot.ranking.signals import Signal

LOOKS_BACK: Final = timedelta(weeks=26)
"""How far back the works reach that a week's are compared with, if they are not too many before that (`bot.ranking.history.KNOWN`)."""


NEAR: Final = 0.1
"""From which likeness on a work is near a topic by its words. Two works of different fields are alike by 0.03, of the same by 0.1 to 0.3."""


@dataclass(frozen=True, slots=True)
class Text:
    """What a work says, as far as its features go: they depend on nothing else. `day` is when it was first spoken of (UTC)."""

    key: str
    title: str
    abstract: str
    authors: tuple[str, ...] = ()
    day: date = date.min

    @classmethod
    def of(cls, item: Item) -> Text:
        """Take it from an item; the sources' keywords count with its abstract."""
        return cls.said(item.key, item.title, item.abstract, item.authors, item.tags, item.published.date())

    @classmethod
    def said(cls, key: str, title: str, abstract: str, authors: Iterable[str], tags: Iterable[str], day: date) -> Text:
        """Make it of what a source said; keywords are the tags that name no proposal."""
        keywords = " ".join(tag for tag in tags if not tag.startswith(("suggested by ", "for ")))
        return cls(key, title, f"{abstract}\n{keywords}" if keywords else abstract, tuple(authors), day)

    def digest(self) -> bytes:
        """Give sixteen bytes that are the same for the same words."""
        said = "\x00".join((self.title, self.abstract, *self.authors))
        return blake2b(said.encode(errors="surrogatepass"), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Question:
    """
    How near are these works to what this channel wants?

    `asked` are keys of the corpus that was loaded; what is not in it is left out of the answer. `liked` are the texts of the works that the
    `signals` are of, so far as they are known. `description` says in the channel's own words what it is about, "" if it did not. With `typical`, for who
    said nothing of what is wanted, it is asked which works stand for all that are asked about; skips among the signals count all the same.
    """

    asked: Sequence[str]
    topics: Sequence[str] = ()
    signals: Sequence[Signal] = ()
    liked: Sequence[Text] = ()
    description: str = ""
    typical: bool = False


class MemberGroup(NamedTuple):
    """
    Members of a channel who want the same, where others want something else: the group's `number`, and how many have what they want in it alone, its
    `voters`. `members` are those whose word counts in it; they are told of nobody outside the ranking.
    """

    number: int
    voters: int
    members: frozenset[int] = frozenset()


NOTHING: Final[Mapping[Any, float]] = {}
"""What all share that say nothing there. No mapping proxy: that cannot be pickled, and this passes between processes."""


class Relevance(NamedTuple):
    """
    How near a work is to what a channel wants. A tuple, for hundreds are made a channel, in two processes, and one takes a fifth of a dataclass's time.

    `score` is in standard deviations over the works that were asked about; 0 for all where there is neither topic nor decision. `near` is the
    likeness to each topic that it is near to, from 0 to 1, the nearest first, or that (below `NEAR`) of the topic which it is about in other words; `like` are the keys of liked works that it resembles.
    `about` are, of several topics, those that it is plainly about, each with the score that it would have if that topic were the only one.
    `subject` is the same number for works of one subject, None where nobody looked.
    `akin` says that it stands where it does for what several liked works have in common. `groups` are, where members want different things, those
    groups of them whom it reaches, each with the score that it would have if they were alone. `stands_for` is, of a work that was asked for as typical, how many
    of those that were asked about are of its subject, itself counted; 0 of any other. `a_little_like` are the keys of liked works that a work which is
    like none is most like.
    """

    score: float
    near: Mapping[str, float]
    like: tuple[str, ...] = ()
    about: Mapping[str, float] = NOTHING
    subject: int | None = None
    akin: bool = False
    groups: Mapping[MemberGroup, float] = NOTHING
    stands_for: int = 0
    a_little_like: tuple[str, ...] = ()

    def lifted(self, added: float) -> Relevance:
        """Give the same with what is `added` to its score in all, by its notice and its sources, and so in each topic and for each group of members."""
        if not self.about and not self.groups:
            return self
        # Made in one call, which takes a third of `_replace`.
        return Relevance(
            self.score,
            self.near,
            self.like,
            {topic: score + added for topic, score in self.about.items()},
            self.subject,
            self.akin,
            {group: score + added for group, score in self.groups.items()} if self.groups else self.groups,
            self.stands_for,
            self.a_little_like,
        )


Packed = tuple[bytes, list[tuple[Any, ...]], bytes, tuple[str, ...], tuple[str, ...], bool]
"""Scores, details, aboutness (empty if none), agreeing topics, unsensed ones and whether the topic is unclear, as numbers in the order in which works were asked about: what passes between processes of `Relevances`."""


class Relevances(Mapping[str, Relevance]):
    """
    The answer to a question: the relevance of each work, by key.

    Of most of a week's thousands of works the score is all there is to say, so these are kept as numbers, in `scores`; `details` are the
    relevances of the works that have more, near topics or liked works. `aboutness` is how far works are about the topic that they are most about,
    plainly or not (`bot.ranking.aboutness`), in standard deviations; of none where there are no topics. `agreeing` are the topics whose works the other topics bear
    out, `unsensed` those of one word of which nothing says in which sense it is meant. With `unclear` the only topic is a word that
    has several senses among the works, and nothing says which is meant. Between processes it passes `packed`.
    """

    __slots__ = ("aboutness", "agreeing", "details", "scores", "unclear", "unsensed")

    def __init__(
        self,
        scores: Mapping[str, float],
        details: Mapping[str, Relevance],
        aboutness: Mapping[str, float] = MappingProxyType({}),
        *,
        agreeing: tuple[str, ...] = (),
        unsensed: tuple[str, ...] = (),
        unclear: bool = False,
    ) -> None:
        self.agreeing = agreeing
        self.unsensed = unsensed
        self.scores = scores
        self.details = details
        self.aboutness = aboutness
        self.unclear = unclear

    @classmethod
    def of(cls, relevance: Mapping[str, Relevance]) -> Relevances:
        """Give any mapping in this form."""
        if isinstance(relevance, Relevances):
            return relevance
        return cls({key: one.score for key, one in relevance.items()}, relevance)

    def with_details(self, details: Mapping[str, Relevance]) -> Relevances:
        """Give the same with other details of works."""
        return Relevances(
            self.scores,
            details,
            self.aboutness,
            agreeing=self.agreeing,
            unsensed=self.unsensed,
            unclear=self.unclear,
        )

    def packed(self, asked: Sequence[str]) -> Packed:
        """Give what is said of the works that were `asked` about without their keys, which whoever asked has."""
        scores = _in_order(self.scores, asked)
        aboutness = _in_order(self.aboutness, asked) if self.aboutness else array("d")
        # Plain tuples: of a class of its own each would be made by a call in the other process.
        said = [(row, *one) for row, one in enumerate(map(self.details.get, asked)) if one is not None]
        return scores.tobytes(), said, aboutness.tobytes(), self.agreeing, self.unsensed, self.unclear

    @classmethod
    def unpacked(cls, packed: Packed, asked: Sequence[str]) -> Relevances:
        """Give what was `packed`."""
        scores, details, aboutness, agreeing, unsensed, unclear = packed
        about = _numbers(asked, aboutness) if aboutness else {}
        return cls(
            _numbers(asked, scores),
            {asked[row]: Relevance(*said) for row, *said in details},
            about,
            agreeing=agreeing,
            unsensed=unsensed,
            unclear=unclear,
        )

    def __getitem__(self, key: str) -> Relevance:
        return self.details.get(key) or Relevance(self.scores[key], {})

    def __iter__(self) -> Iterator[str]:
        return iter(self.scores)

    def __len__(self) -> int:
        return len(self.scores)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({dict(self)!r})"


def _in_order(numbers: Mapping[str, float], asked: Sequence[str]) -> array[float]:
    """Give the numbers of the works that were asked about, not a number for one that has none."""
    if [*numbers] == asked:  # as nearly always
        return array("d", numbers.values())
    return array("d", map(numbers.get, asked, repeat(math.nan)))


def _numbers(asked: Sequence[str], packed: bytes) -> dict[str, float]:
    """Give the numbers that were packed by the keys of the works, without those that are not known."""
    numbers = array("d")
    numbers.frombytes(packed)
    if not math.isnan(sum(numbers)):  # all are known, as nearly always
        return dict(zip(asked, numbers, strict=True))
    return {key: number for key, number in zip(asked, numbers, strict=True) if number == number}  # noqa: PLR0124 - not NaN
