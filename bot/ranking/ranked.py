"""An item with its score, and its reasons, which are put into words when somebody asks for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from types import MappingProxyType
from typing import Final, Protocol

from bot.model import Item, Reason, Score
from bot.ranking.candidate_index import Candidate
from bot.ranking.question import Relevance

NO_NAMES: Final[frozenset[str]] = frozenset()
UNKNOWN: Final = Relevance(0.0, MappingProxyType({}), about=MappingProxyType({}))
"""What is known of a work that no ranker was asked about."""


class Explain(Protocol):
    """Says why an item was ranked as it was."""

    def __call__(self, ranked: Ranked, /) -> Iterable[Reason]:
        """Give its reasons, in any order."""
        ...


class Ranked:
    """
    An item with its score, `value`, from 0 to 1. `key` and `section` are the item's, and kept here, for all that is chosen is told apart by them.

    `on_topic` says whether topics or decisions reach it, `interest` how far, in standard deviations over the week (0 where neither is known).
    `topics` are those of the channel that it is near to; one that it has but in passing is not among them. `named` are those whose
    words stand together in it, or hardly apart, be it about them or not. `known` is what a ranker found of it: how
    far it is about each of several topics, and its subject. `aboutness` is how far it is about the topic that it is most about, plainly or not, in
    standard deviations over the week (0 where it is not known). `names` are the names of the reasons that a channel wished for or a source gives, known
    before anybody asks for `reasons`, the strongest first: of a week's thousands of items a hundred are ever shown, and the words of the others were
    most of what ranking cost. There are as few objects as can be, for the garbage collector looks at them all.
    """

    __slots__ = (
        "_explain",
        "_reasons",
        "aboutness",
        "candidate",
        "interest",
        "item",
        "key",
        "known",
        "named",
        "names",
        "on_topic",
        "section",
        "topics",
        "value",
    )

    def __init__(
        self,
        candidate: Candidate,
        value: float,
        explain: Explain,
        names: frozenset[str] = NO_NAMES,
        interest: float = 0.0,
        aboutness: float = 0.0,
        *,
        on_topic: bool = False,
        topics: tuple[str, ...] = (),
        named: tuple[str, ...] = (),
        known: Relevance = UNKNOWN,
    ) -> None:
        self.topics = topics
        self.named = named
        self.known = known
        self.aboutness = aboutness
        self.candidate = candidate
        self.item = item = candidate.item
        self.key = candidate.key
        self.section = item.section
        self.value = value
        self.on_topic = on_topic
        self.interest = interest
        self.names = names
        self._explain = explain
        self._reasons: tuple[Reason, ...] | None = None

    @classmethod
    def of(
        cls, item: Item, score: Score, *, on_topic: bool, interest: float = 0.0, topics: tuple[str, ...] = ()
    ) -> Ranked:
        """Give an item that was scored elsewhere; its reasons stay in their order."""
        names = frozenset(reason.name for reason in score.reasons)
        found = cls(
            Candidate(item), score.value, lambda _: score.reasons, names, interest, on_topic=on_topic, topics=topics
        )
        found._reasons = tuple(score.reasons)
        return found

    @property
    def reasons(self) -> tuple[Reason, ...]:
        if self._reasons is None:
            self._reasons = tuple(sorted(self._explain(self), key=lambda reason: -abs(reason.weight)))
        return self._reasons

    @property
    def score(self) -> Score:
        return Score(value=self.value, reasons=self.reasons)

    def because(self, reasons: Sequence[Reason], instead_of: Collection[str] = ()) -> Ranked:
        """Give the same with reasons that come before its own, and `instead_of` those of some names."""
        names = self.names.union(reason.name for reason in reasons)

        def explain(_: Ranked) -> Iterable[Reason]:
            return (*reasons, *[one for one in self.reasons if one.name not in instead_of])

        return _Because(
            self.candidate,
            self.value,
            explain,
            names,
            self.interest,
            self.aboutness,
            on_topic=self.on_topic,
            topics=self.topics,
            named=self.named,
            known=self.known,
        )

    def about(self, topic: str, score: float, reason: Reason) -> Ranked:
        """Give the same as a work that is about a topic, with this score among the works of it, for this reason."""
        found = self.because([reason], instead_of=["topics"])
        found.on_topic, found.topics = True, (*self.topics, topic)
        found.known = self.known._replace(about={**self.known.about, topic: score})
        return found

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Ranked):
            return NotImplemented
        mine = (self.item, self.value, self.on_topic, self.interest, self.reasons)
        return mine == (other.item, other.value, other.on_topic, other.interest, other.reasons)

    __hash__ = None  # type: ignore[assignment]  # as of everything that is compared by what it holds and may be filled in later

    def __repr__(self) -> str:
        return f"Ranked({self.item.key!r}, {self.value:.4f}, on_topic={self.on_topic}, interest={self.interest:.4f})"


class _Because(Ranked):
    """One whose reasons have an order of their own."""

    __slots__ = ()

    @property
    def reasons(self) -> tuple[Reason, ...]:
        if self._reasons is None:
            self._reasons = tuple(self._explain(self))
        return self._reasons
