"""Digests: what was chosen for a channel's period, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.model.channels import Layout
from bot.model.sources import SourceReport
from bot.model.works import Item, Section

CARD_PARTS: Final = 1000
"""A card that somebody asks for is the part with this number and its rank: no digest has so many messages of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why an item scored as it did, in words that a reader of the digest understands."""

    name: str
    text: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The result of ranking one item: a number to sort by (higher is better) and the reasons for it, strongest first."""

    value: float
    reasons: Sequence[Reason] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The span of time a digest covers: from `start` (included) to `end` (not included), UTC."""

    start: datetime
    end: datetime


class PickRole(StrEnum):
    """What a pick was chosen for: by taste, drawn to explore, or as the week's classic."""

    TASTE = "taste"
    EXPLORED = "explored"
    CLASSIC = "classic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """
    One item's place in a digest. `rank` counts from 1. `item` is frozen as it was when the digest was compiled.

    `sentence` is what the language model `sentence_by` said of it, where one is switched on.
    `minutes` is how long reading it takes; looking at its card takes one minute more (`bot.budget`). One that explores was drawn with
    the probability `propensity`, by which what comes of it is weighed (`bot.ranking.exploration`). A `classic` is the week's work from the
    list of basics (`bot.classics`).
    """

    rank: int
    section: Section
    item: Item
    minutes: int
    score: float
    reasons: tuple[Reason, ...] = ()
    explore: bool = False
    sentence: str = ""
    sentence_by: str = ""
    propensity: float | None = None
    classic: bool = False

    @property
    def role(self) -> PickRole:
        """What it was chosen for."""
        if self.classic:
            return PickRole.CLASSIC
        return PickRole.EXPLORED if self.explore else PickRole.TASTE


@dataclass(frozen=True, slots=True)
class ShownPick:
    """So much of a pick as learning from it takes: the week of its digest, when that was compiled (UTC), its canonical key, and its role."""

    week: str
    at: datetime
    item_key: str
    role: PickRole


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """
    A work that a week's digest had no place for, not even as a line: so much of it as a list shows. `why` is its first reason, `on_topic` whether any of
    its reasons is a topic of the channel; None in a digest of before that was kept, of which the words of `why` must tell.
    """

    key: str
    section: Section
    title: str
    url: str
    why: str = ""
    sources: tuple[str, ...] = ()
    on_topic: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """A week that has no digest in a channel, and why. Unique by (`channel`, `week`); `at` is when that was decided, UTC."""

    channel: str
    week: str
    because: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedWork:
    """A work as a digest names it without a card: its key, title and address."""

    key: str
    title: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recap:
    """
    What a digest opens with: what the team made of the works before it.

    Of `told` the team's words are quoted, looked up each time and never frozen, since their author may take them back. `owed` were
    marked must-read and nobody has written a word on them; each work is there once.
    """

    told: tuple[NamedWork, ...] = ()
    owed: tuple[NamedWork, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortness:
    """
    Why a digest leaves minutes unused: the week had little of what its channel asks for.

    `reached` is how many of the week's papers its topics and decisions reach, `added` how many of the picks are others, `muted` its topics that a
    mute keeps out, each with that wish. `kept_out` are the other mutes that keep such papers out, each with how many; `read` are the names of the
    sources that the channel reads, where it chose them.
    """

    reached: int
    added: int = 0
    muted: tuple[tuple[str, str], ...] = ()
    kept_out: tuple[tuple[str, int], ...] = ()
    read: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """
    One channel's choice for one week, unique by (`channel`, `week`) and frozen before the first post.

    `minutes` is what its picks cost (`bot.budget`): a minute for looking at each, and `rate` times the reading time of all, since
    that is the share of cards this channel marks. At most `budget_minutes`, unless a single pick costs more than that. In a digest of
    before, `rate` is None and `minutes` the sum of the reading times.
    `also` are the works that came next, best first, with ranks that go on behind the picks': lines without a message of their own.
    `beyond` are those behind these, best first, as many as make a hundred with `also`.
    `unmatched` are the channel's topics that no work of the week is about, `used_up` those of which it was shown all before, `in_passing` those whose
    words works have in passing or in another sense alone, `barely_named` those of which few works were taken, since hardly any
    names them, `muted` those of which all works are, `unclear` those of several senses of which its
    head asks which is meant, `respelt` those that are mistyped, each with what it was taken for. `short` says why the
    digest is, where it leaves minutes unused. `changed` is since when the team marks hardly anything that
    its taste chose, where that is new: what it liked before counts little then. `looking_around` says that this is but suspected of the
    last digest, so that more papers than usual were drawn to explore.
    `line_menu` is how many characters of its message each line's menu takes in the compact layout, 0 where lines have none (`PlatformWords`); in a digest
    of before it is 0, and `menus` says that its lines share messages as if each had a menu of that time: it keeps the messages in which it was sent.
    `skipped` are the weeks since the last digest that had none, with the reason.
    `recap` is what the team made of the works before. `left_out` counts, by section, the candidates that did not fit; what is muted is none. `sample` marks the sample week that ships with us,
    `late` a digest that is sent well after it fell due.
    """

    channel: str
    week: str
    window: Window
    budget_minutes: int
    minutes: int
    picks: tuple[Pick, ...]
    left_out: Mapping[str, int]
    sources: tuple[SourceReport, ...]
    compiled_at: datetime
    sample: bool = False
    late: bool = False
    skipped: tuple[Skip, ...] = ()
    rate: float | None = None
    also: tuple[Pick, ...] = ()
    unmatched: tuple[str, ...] = ()
    used_up: tuple[str, ...] = ()
    in_passing: tuple[str, ...] = ()
    barely_named: tuple[str, ...] = ()
    muted: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()
    respelt: tuple[tuple[str, str], ...] = ()
    short: Shortness | None = None
    changed: datetime | None = None
    looking_around: bool = False
    layout: Layout = Layout.CARDS
    menus: bool = False
    line_menu: int = 0
    beyond: tuple[LeftOut, ...] = ()
    recap: Recap = Recap()


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestPast:
    """
    Which digests a channel had: the `weeks` of all of them, oldest first; the weeks that were `skipped`, oldest first; and what those cover that were
    not (`spans`), the latest period first, without samples.
    """

    weeks: tuple[str, ...]
    skipped: tuple[Skip, ...]
    spans: tuple[DigestSpan, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestProgress:
    """
    How far a digest is sent: of its `messages`, `sent` are on the platform and `left_out` will not be. `trouble` is what the platform last said of the
    first message that is not sent yet and of which it said anything.
    """

    messages: int
    sent: int
    left_out: int = 0
    trouble: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestSpan:
    """What a frozen digest covers, without its works. `newest` is the latest instant at which any of its sources had spoken, UTC."""

    week: str
    window: Window
    compiled_at: datetime
    newest: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineSentence:
    """
    What a language model answered once. Unique by `key`, which names model, question and work; an empty `text` was not taken.

    `tokens` is what it cost, question and answer together, at `at` (UTC).
    """

    key: str
    text: str
    tokens: int
    at: datetime
