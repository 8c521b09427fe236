"""
Choose what fits the team's reading time: ranked items become a digest. Pure.

The budget is shared out over the sections first, so that a week of six hundred papers does not drown the one newsletter;
what a section leaves over goes to the best of the rest. Within the papers, the channel's exploration share is spent on
what it would not have asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from bot.model import Channel, Digest, Item, Pick, Reason, Section, SourceReport, SourceStatus, Window
from bot.ranking import Ranked
from bot.text import reading_minutes

SHARES: Final[Mapping[Section, float]] = {
    Section.PAPERS: 0.54,
    Section.LABS: 0.20,
    Section.NEWSLETTERS: 0.16,
    Section.COMMUNITY: 0.10,
}
"""How the reading budget is shared out. Each section gets its best pick first, even where that is longer than its share."""

SAME_SOURCE: Final = 0.6
"""What a further pick of the same source in a section is worth, outside the papers: four labs beat four posts of one lab."""

LEAST_SCORE: Final = 0.02
"""Below this an item has nothing to say for itself; a short digest is better than a padded one."""


PATIENCE: Final = timedelta(hours=12)
"""How long after it fell due a digest of nearly nothing waits for sources that fail."""

FEW: Final = 0.25
"""Where a smaller part of the sources answered, a digest would be made of what was left over from the week before."""


def waits(digest: Digest, quiet: AbstractSet[str]) -> str | None:
    """
    Say why a digest should not be frozen yet; None if it may be.

    A frozen digest is its week's only one. So while sources fail that are not `quiet` anyway, one without picks waits, and so does
    one for which hardly any source answered, as when the network is not up yet: until the next collect, twelve hours at most
    after it fell due. Counted are all that failed, of all that were asked.
    """
    failed = [report.id for report in digest.sources if report.state is SourceStatus.FAILING]
    if quiet >= set(failed) or digest.compiled_at - digest.window.end > PATIENCE:
        return None
    asked = sum(1 for report in digest.sources if report.state.asked)
    if not digest.picks:
        return f"nothing was found, and {len(failed)} of {asked} sources failed"
    if sum(1 for report in digest.sources if report.state.answered) < FEW * asked:
        return f"{len(failed)} of {asked} sources failed"
    return None


def minutes_of(item: Item) -> int:
    """Estimate an item's reading time in minutes (the rule is `bot.text.reading_minutes`)."""
    return reading_minutes(item.kind, abstract=item.abstract, full_words=item.words)


@dataclass(slots=True)
class _Choice:
    """The picks so far, and the minutes that are left. `minutes` holds each candidate's reading time by its key."""

    left: int
    minutes: Mapping[str, int]
    chosen: dict[str, tuple[Ranked, bool]] = field(default_factory=dict)

    def take(self, ranked: Ranked, *, explore: bool = False) -> int:
        minutes = self.minutes[ranked.item.key]
        self.chosen[ranked.item.key] = (ranked, explore)
        self.left -= minutes
        return minutes

    def open(self, candidates: Iterable[Ranked]) -> list[Ranked]:
        return [r for r in candidates if r.item.key not in self.chosen and self.minutes[r.item.key] <= self.left]

    def of(self, section: Section) -> list[Ranked]:
        return [ranked for ranked, _ in self.chosen.values() if ranked.item.section is section]

    def value(self, ranked: Ranked) -> float:
        """A candidate's score, less where its section already has picks of the same source."""
        if ranked.item.section is Section.PAPERS:
            return ranked.score.value
        own = _home(ranked.item)
        again = sum(1 for other in self.of(ranked.item.section) if _home(other.item) == own)
        return ranked.score.value * SAME_SOURCE**again

    def best(self, candidates: Sequence[Ranked]) -> Ranked:
        return min(candidates, key=lambda r: (-self.value(r), r.item.key))


def _home(item: Item) -> str:
    return next((m.source_id for m in item.mentions if m.direct), "")


def choose(
    ranked: Sequence[Ranked],
    channel: Channel,
    *,
    week: str,
    window: Window,
    sources: Sequence[SourceReport],
    now: datetime,
    sample: bool = False,
) -> Digest:
    """
    Choose a week's picks for a channel, within its reading budget.

    The sum of the picks' minutes is at most the budget, unless not even one item is as short as that: then the best one
    is picked alone. Ranks count from 1 in reading order: sections first, score within. The same input gives the same digest.
    """
    worth = _worth(ranked)
    choice = _Choice(left=channel.budget_minutes, minutes={r.item.key: minutes_of(r.item) for r in worth})
    _fill_sections(choice, worth, channel)
    while candidates := choice.open(worth):
        choice.take(choice.best(candidates))
    if not choice.chosen and worth:
        choice.take(worth[0])
    picks = _picks(choice.chosen.values())
    left_out = Counter(r.item.section.value for r in ranked if r.item.key not in choice.chosen)
    return Digest(
        channel=channel.name,
        week=week,
        window=window,
        budget_minutes=channel.budget_minutes,
        minutes=sum(pick.minutes for pick in picks),
        picks=picks,
        left_out={section.value: left_out[section.value] for section in Section if left_out[section.value]},
        sources=tuple(sources),
        compiled_at=now,
        sample=sample,
    )


def _worth(ranked: Sequence[Ranked]) -> list[Ranked]:
    """Leave out what has nothing to say for itself, except in a section where that is true of everything."""
    speaking = {r.item.section for r in ranked if r.score.value >= LEAST_SCORE}
    return [r for r in ranked if r.score.value >= LEAST_SCORE or r.item.section not in speaking]


def _fill_sections(choice: _Choice, worth: Sequence[Ranked], channel: Channel) -> None:
    sections = {section: [r for r in worth if r.item.section is section] for section in SHARES}
    for mine in sections.values():
        if fitting := choice.open(mine):
            choice.take(choice.best(fitting))
    for section, share in SHARES.items():
        minutes = share * channel.budget_minutes - sum(choice.minutes[r.item.key] for r in choice.of(section))
        if section is Section.PAPERS and channel.topics:
            for_exploring = min(channel.explore * channel.budget_minutes, minutes)
            _fill(choice, sections[section], minutes - for_exploring)
            unknown = [r for r in sections[section] if not r.on_topic]
            _fill(choice, unknown, for_exploring, explore=True)
        else:
            _fill(choice, sections[section], minutes)


def _fill(choice: _Choice, candidates: Sequence[Ranked], minutes: float, *, explore: bool = False) -> int:
    """
    Take the best until the share is used up, rounded to whole picks: the last one may reach over its end by less than half.

    Gives the minutes that were taken.
    """
    taken = 0
    while fitting := choice.open(candidates):
        best = choice.best(fitting)
        if choice.minutes[best.item.key] >= 2 * (minutes - taken):
            break
        taken += choice.take(best, explore=explore)
    return taken


def _picks(chosen: Iterable[tuple[Ranked, bool]]) -> tuple[Pick, ...]:
    order = list(Section)
    ordered = sorted(
        chosen, key=lambda pair: (order.index(pair[0].item.section), pair[1], -pair[0].score.value, pair[0].item.key)
    )
    return tuple(_pick(number, ranked, explore=explore) for number, (ranked, explore) in enumerate(ordered, start=1))


_EXPLORATION: Final = Reason(name="exploration", text="outside your topics, on purpose", weight=0.0)


def _pick(number: int, ranked: Ranked, *, explore: bool) -> Pick:
    reasons = tuple(reason for reason in ranked.score.reasons if reason.weight)
    return Pick(
        rank=number,
        section=ranked.item.section,
        item=ranked.item,
        minutes=minutes_of(ranked.item),
        score=round(ranked.score.value, 4),
        reasons=(_EXPLORATION, *reasons) if explore else reasons or (ranked.score.reasons[:1]),
        explore=explore,
    )
