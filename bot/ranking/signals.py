"""
Training signals from a channel's decisions: each a work, how much it was liked, and its weight.

must-read > to-read > read > shown and unmarked > skip; a summary is a strong yes. A work that was only a line is no signal, nor
is a reaction that was taken back. Of what one member said of a work the last interest (must-read, to-read, skip) counts; *read*
beside it never lowers it. Several members are several voices, each with a say in what is liked and another in what is skipped, and old taste fades.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple

from bot.model import Decision, Meaning

LIKED: Final[Mapping[Meaning, float]] = MappingProxyType(
    {Meaning.MUST_READ: 1.0, Meaning.TO_READ: 0.75, Meaning.READ: 0.5, Meaning.SKIP: -0.5}
)
"""How much a work was liked; 0 is what any work of the week is worth to a channel."""

TASTE: Final = LIKED[Meaning.TO_READ]
"""A work of a list that the channel handed over: it counts as marked to-read."""

ASKED_FOR: Final = 0.4
"""A card that a member asked for, of a work that was a line: less than any decision, more than nothing."""

SUMMARY: Final = 1.0
"""Who writes about a work in his own words has read it to the end."""

UNMARKED: Final = 0.0
UNMARKED_COUNTS: Final = 0.5
"""A work that was shown and that nobody marked: as little liked as any, and a weaker word than a decision; people are away, too."""

SHOWN_DIGESTS: Final = 8
"""The latest digests whose unmarked picks count as passed over; what was shown before that says nothing of today."""

EXPLORED_COUNTS: Final = 4.0
"""
How much more a liked work counts that was drawn to explore: it stands for many of its kind that nobody was shown. The inverse of its propensity
would be its full due, and too much chance (clipped, as in Joachims, Swaminathan and Schnabel 2017, doi:10.1145/3018661.3018699).
"""

BEFORE_CHANGE: Final = 0.002
"""
How much a like of before a change of interest (`bot.ranking.change`) still counts: five hundred of them as much as one of today. Where nothing else
is known they still say what is nearer.
"""

PASSED_OVER: Final = -0.1
"""
A work that was shown and not marked since a change: less than what any work is worth, or everything that the old interest brought would stand as
high as what is not known yet.
"""

LEADS: Final = 30
"""
How many likes since a change of interest lead to works like them. They count for less the more there are, and from here on for nothing: by then
the likes themselves say enough.
"""

HALF_LIFE: Final = timedelta(weeks=52)
"""After how long a decision counts half."""


class Opinion(NamedTuple):
    """What one member, known by a number, thinks of a work: `liked` and `counts` as of a `Signal`."""

    member: int
    liked: float
    counts: float


@dataclass(frozen=True, slots=True)
class Signal:
    """
    What a channel thinks of a work: `liked` from -1 to 1, `counts` how much that counts beside one fresh decision (1).

    `leads` says that it is among the first that were liked since a change of interest: what is like it is taken for liked, too. `opinions` are
    those of the members that it is made of; none of what was only shown.
    """

    key: str
    liked: float
    counts: float
    leads: bool = False
    opinions: tuple[Opinion, ...] = ()

    @property
    def skipped(self) -> bool:
        """Tell whether it was skipped, which says more than that it was passed over."""
        return self.liked < PASSED_OVER

    def of_members(self, members: Collection[int]) -> Signal | None:
        """Give what these members think of it alone; None if they said nothing. What was only shown was shown to all of them."""
        if not self.opinions:
            return self
        mine = [one for one in self.opinions if one.member in members]
        return _together(self.key, mine, leads=self.leads) if mine else None

    def weakened(self, part: float) -> Signal:
        """Give it as a part of what was thought."""
        opinions = tuple(one._replace(liked=one.liked * part) for one in self.opinions)
        return replace(self, liked=self.liked * part, opinions=opinions)


@dataclass(frozen=True, slots=True)
class Voice:
    """What one member thinks of one work, and since when."""

    member: str
    key: str
    liked: float
    at: datetime


Said = tuple[str, str, datetime]
"""A member's id, an item key, and when."""


def voices(
    decisions: Iterable[Decision], summaries: Iterable[Said] = (), asked_for: Iterable[Said] = ()
) -> list[Voice]:
    """
    Give one voice a member and work. `summaries` are who wrote about which work, `asked_for` who asked for which work's card.

    Of must-read, to-read and skip the last one is what a member thinks; with a summary or *read* alone, that. A summary beside a skip is
    still a skip: somebody warned the others.
    """
    interest: dict[tuple[str, str], Decision] = {}
    read: dict[tuple[str, str], Decision] = {}
    for one in sorted(decisions, key=lambda decision: decision.at):
        (read if one.meaning is Meaning.READ else interest)[one.member.id, one.item_key] = one
    written = {(member, key): at for member, key, at in sorted(summaries, key=lambda each: each[2])}
    asked: dict[tuple[str, str], datetime] = {}
    for member, key, at in sorted(asked_for, key=lambda each: each[2]):
        if not {*interest, *read, *written} & {(member, key)}:
            asked[member, key] = at
    found = [Voice(member, key, ASKED_FOR, at) for (member, key), at in asked.items()]
    for member, key in sorted({*interest, *read, *written}):
        said = interest.get((member, key))
        liked, since = (LIKED[said.meaning], said.at) if said else (LIKED[Meaning.READ], None)
        if (member, key) in written and liked > 0:
            liked, since = max(liked, SUMMARY), max(since or written[member, key], written[member, key])
        found.append(Voice(member, key, liked, since or read[member, key].at))
    return found


def signals(
    voiced: Iterable[Voice],
    shown: Mapping[str, datetime],
    now: datetime,
    half_life: timedelta = HALF_LIFE,
    explored: Collection[str] = (),
    changed: datetime | None = None,
    of_before: Callable[[Voice], float] = lambda _: 1.0,
) -> list[Signal]:
    """
    Give a channel's signals, one a work, in the order of their keys. `shown` are the picks it was shown, and when; `explored` those of them
    that were drawn to explore; `changed` is when its interest changed, if it did: likes of before hardly count then. `of_before` says what a like counts beside
    one under the present topics.

    A member with n likes has the weight of the square root of n of them in all, so that who marks ten times as much as another counts some three
    times as much; the weights of all together are as many as there are likes. The same of skips, apart from likes: who skips much likes no less.
    """
    spoken = list(voiced)
    weights = _weights(voice for voice in spoken if voice.liked > 0) | _weights(
        voice for voice in spoken if voice.liked <= 0
    )
    numbers = {member: number for number, member in enumerate(sorted({voice.member for voice in spoken}))}
    liked: dict[str, list[Opinion]] = defaultdict(list)
    for voice in spoken:
        counts = weights[voice.member, voice.liked > 0] * _faded(now - voice.at, half_life)
        if voice.liked > 0:
            counts *= EXPLORED_COUNTS if voice.key in explored else 1.0
            counts *= BEFORE_CHANGE if changed and voice.at < changed else of_before(voice)
        liked[voice.key].append(Opinion(numbers[voice.member], voice.liked, counts))
    found = {key: _together(key, said) for key, said in liked.items()}
    for key, at in shown.items():
        if key not in found:
            passed_over = PASSED_OVER if changed and at >= changed else UNMARKED
            found[key] = Signal(key, passed_over, UNMARKED_COUNTS * _faded(now - at, half_life))
    if changed:
        leads = {voice.key for voice in spoken if voice.liked > 0 and voice.at >= changed}
        if len(leads) < LEADS:
            found |= {key: replace(found[key], leads=True) for key in leads if found[key].liked > 0}
    return sorted(found.values(), key=lambda signal: signal.key)


def _weights(spoken: Iterable[Voice]) -> dict[tuple[str, bool], float]:
    """Give what each of a member's likes counts, or each of his skips, by the member and whether it is a like."""
    each = Counter((voice.member, voice.liked > 0) for voice in spoken)
    scale = each.total() / (sum(math.sqrt(count) for count in each.values()) or 1.0)
    return {who: scale / math.sqrt(count) for who, count in each.items()}


def _together(key: str, said: Sequence[Opinion], *, leads: bool = False) -> Signal:
    counts = math.fsum(one.counts for one in said)
    liked = math.fsum(one.liked * one.counts for one in said) / counts if counts else 0.0
    return Signal(key, liked, counts, leads and liked > 0, tuple(said))


def _faded(age: timedelta, half_life: timedelta) -> float:
    return math.pow(0.5, max(age, timedelta(0)) / half_life)
