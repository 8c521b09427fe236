"""
Figures of a channel for people to look at: its weeks, the thirty-second rule, what each source yields, its topics over time.

Sums of a channel are told from three members up, so that nobody's reading can be told from them; one's own figures are for oneself.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.model import Channel, Decision, Meaning
from bot.ports import UnitOfWorkFactory
from bot.usecases.digest_facts import DigestFacts, PickFacts, WeekFacts
from bot.usecases.library import NO_MARKS, Marks, channel_marks

ENOUGH_MEMBERS: Final = 3
"""From so many members on a channel's sums are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekFigures:
    """
    A week's works by what became of them: of `shown`, how many somebody marked must-read or to read (`marked`), how many somebody `read`,
    `skipped` by everybody who decided, and `summarised`.

    `wanted_and_summarised` of the `wanted` (marked, or read) is the thirty-second rule: whoever asks finds words on the work.
    """

    week: str
    shown: int
    wanted: int
    marked: int
    read: int
    skipped: int
    summarised: int
    wanted_and_summarised: int

    @property
    def stages(self) -> tuple[int, int, int, int, int]:
        """Each work counted once, by how far it came: summarised, read, to be read, not for us, not decided on."""
        return self.summarised, self.only_read, self.only_marked, self.skipped_unread, self.passed_over

    only_read: int = 0
    only_marked: int = 0
    skipped_unread: int = 0
    passed_over: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceYield:
    """What came of a source's works: `shown` in digests, and of these those that somebody `marked`, `read` and wrote of (`summarised`)."""

    source: str
    shown: int
    marked: int
    read: int
    summarised: int

    @property
    def rate(self) -> float:
        """The share of its works that somebody marked."""
        return self.marked / self.shown if self.shown else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFigures:
    """What one member did: works `marked` and `read`, `skipped`, summaries `written`, and works read without words (`owed`)."""

    marked: int = 0
    read: int = 0
    skipped: int = 0
    written: int = 0
    owed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A channel's figures, oldest week first. `members` did something there; while they are fewer than three, the sums are empty."""

    channel: Channel
    members: int
    weeks: tuple[WeekFigures, ...]
    sources: tuple[SourceYield, ...]
    topics: Mapping[str, tuple[int, ...]]
    own: OwnFigures | None = None

    @property
    def enough(self) -> bool:
        """Whether there are enough members for sums."""
        return self.members >= ENOUGH_MEMBERS


async def channel_figures(
    channel: Channel, unit_of_work: UnitOfWorkFactory, facts: DigestFacts, *, member_id: str | None = None
) -> Figures:
    """Give a channel's figures, and with `member_id` that member's own. The sample week does not count."""
    async with unit_of_work() as uow:
        weeks = await facts.weeks(channel.name, uow)
        asked = {(request.week, request.rank) for request in await uow.card_requests.of_channel(channel.name)}
        marks = await channel_marks(channel, uow)
        keys = await uow.items.canonical([pick.key for week in weeks for pick in (*week.picks, *week.lines)])
    cards = {week.week: _cards(week, asked) for week in weeks}
    made = {week: [marks.get(keys[pick.key], NO_MARKS) for pick in picks] for week, picks in cards.items()}
    members = {member for found in marks.values() for member in found.members}
    enough = len(members) >= ENOUGH_MEMBERS
    return Figures(
        channel=channel,
        members=len(members),
        weeks=tuple(_week(week.week, made[week.week]) for week in weeks) if enough else (),
        sources=_yields(cards, made) if enough else (),
        topics=_topics(channel, weeks, cards),
        own=own_figures(list(marks.values()), member_id) if member_id else None,
    )


def own_figures(marks: Sequence[Marks], member_id: str) -> OwnFigures:
    """Count what one member did. Pure."""
    marked = read = skipped = written = owed = 0
    for made in marks:
        meanings = {one.meaning for one in made.decisions if one.member.id == member_id}
        words = sum(one.member.id == member_id for one in made.summaries)
        marked += bool(meanings & {Meaning.MUST_READ, Meaning.TO_READ})
        read += Meaning.READ in meanings
        skipped += Meaning.SKIP in meanings
        written += words
        owed += Meaning.READ in meanings and not words
    return OwnFigures(marked=marked, read=read, skipped=skipped, written=written, owed=owed)


def _cards(week: WeekFacts, asked: set[tuple[str, int]]) -> list[PickFacts]:
    return [*week.picks, *(line for line in week.lines if (week.week, line.rank) in asked)]


def _week(week: str, made: Sequence[Marks]) -> WeekFigures:
    wanted = [one for one in made if one.marked]
    silent = [one for one in made if not one.summaries]
    return WeekFigures(
        week=week,
        shown=len(made),
        wanted=len(wanted),
        marked=sum(_has(one.decisions, Meaning.MUST_READ, Meaning.TO_READ) for one in made),
        read=sum(one.read for one in made),
        skipped=sum(bool(one.decisions) and not one.marked for one in made),
        summarised=sum(bool(one.summaries) for one in made),
        wanted_and_summarised=sum(bool(one.summaries) for one in wanted),
        only_read=sum(one.read for one in silent),
        only_marked=sum(one.marked and not one.read for one in silent),
        skipped_unread=sum(bool(one.decisions) and not one.marked for one in silent),
        passed_over=sum(not one.decisions for one in silent),
    )


def _has(decisions: Sequence[Decision], *meanings: Meaning) -> bool:
    return any(one.meaning in meanings for one in decisions)


def _yields(cards: Mapping[str, Sequence[PickFacts]], made: Mapping[str, Sequence[Marks]]) -> tuple[SourceYield, ...]:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for week, picks in cards.items():
        for pick, found in zip(picks, made[week], strict=True):
            for source in pick.sources:
                counts[source].update(
                    shown=1, marked=int(found.marked), read=int(found.read), summarised=int(bool(found.summaries))
                )
    yields = [
        SourceYield(source=source, shown=n["shown"], marked=n["marked"], read=n["read"], summarised=n["summarised"])
        for source, n in counts.items()
    ]
    return tuple(sorted(yields, key=lambda one: (-one.summarised, -one.marked, -one.shown, one.source)))


def _topics(
    channel: Channel, weeks: Sequence[WeekFacts], cards: Mapping[str, Sequence[PickFacts]]
) -> dict[str, tuple[int, ...]]:
    """Count, for each of the channel's topics, the works of each week that it brought; one that never brought any is told, too."""
    return {
        topic: tuple(sum(topic in pick.topics for pick in cards[week.week]) for week in weeks)
        for topic in channel.topics
    }
