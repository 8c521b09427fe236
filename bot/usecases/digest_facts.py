"""
Facts of frozen digests that lists and sums are made of, kept in memory: a frozen digest never changes, and decoding a whole one takes
some milliseconds, so that a year of them would make a page slow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cachetools import LRUCache

from bot.model import Digest, Pick, Section
from bot.periods import is_period
from bot.ports import UnitOfWork

_WEEKS: Final = 1500
"""Digests whose facts are kept, some five kilobytes each."""

_DIGESTS: Final = 24
"""Whole digests that are kept, some two hundred kilobytes each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PickFacts:
    """
    A work in a digest, as much as a list or a sum needs: `key` as it was then, `topics` those of the channel that brought it, in every spelling
    that the channel may have them in.
    """

    key: str
    rank: int
    title: str
    url: str
    section: Section
    minutes: int
    explore: bool
    propensity: float | None
    sources: frozenset[str]
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekFacts:
    """One digest: its picks, and the works that were lines of it, each of which may have got its card since."""

    channel: str
    week: str
    compiled_at: datetime
    start: datetime
    end: datetime
    minutes: int
    picks: tuple[PickFacts, ...]
    lines: tuple[PickFacts, ...]
    sample: bool = False


class DigestFacts:
    """Cache of frozen digests and of their facts. One for the process."""

    def __init__(self) -> None:
        self._facts: LRUCache[tuple[str, str], WeekFacts] = LRUCache(_WEEKS)
        self._digests: LRUCache[tuple[str, str], Digest] = LRUCache(_DIGESTS)

    async def digest(self, channel: str, week: str, uow: UnitOfWork) -> Digest | None:
        """Give a whole digest; None if there is none."""
        key = channel, week
        found = self._digests.get(key) or await uow.digests.get(channel, week)
        if found is not None:
            self._digests[key] = found
            self._facts[key] = _facts(found)
        return found

    async def week(self, channel: str, week: str, uow: UnitOfWork) -> WeekFacts | None:
        """Give a digest's facts; None if there is none."""
        known = self._facts.get((channel, week))
        if known is None and (digest := await uow.digests.get(channel, week)):
            known = self._facts[channel, week] = _facts(digest)
        return known

    async def weeks(
        self, channel: str, uow: UnitOfWork, *, sample: bool = False, most: int | None = None
    ) -> list[WeekFacts]:
        """
        Give the facts of every digest of a channel, or of the last `most`, oldest first; those of weeks that were skipped after all are
        left out.
        """
        skipped = {skip.week for skip in await uow.digests.skipped(channel)}
        names = [one for one in await uow.digests.weeks(channel) if (is_period(one) or sample) and one not in skipped]
        found = [await self.week(channel, one, uow) for one in names[-most if most else 0 :]]
        return [one for one in found if one]


def _facts(digest: Digest) -> WeekFacts:
    typed = _typed(digest.respelt)
    return WeekFacts(
        channel=digest.channel,
        week=digest.week,
        compiled_at=digest.compiled_at,
        start=digest.window.start,
        end=digest.window.end,
        minutes=digest.minutes,
        picks=tuple(_pick(pick, typed) for pick in digest.picks),
        lines=tuple(_pick(pick, typed) for pick in digest.also),
        sample=digest.sample,
    )


def _typed(respelt: Iterable[tuple[str, str]]) -> Mapping[str, Sequence[str]]:
    """
    Give the spellings of topics that some were taken for. What a mistyped topic brought counts as that topic's, for by that name the channel
    knows it, and as the right one's, which the channel may have as well.
    """
    found: dict[str, list[str]] = {}
    for topic, right in respelt:
        found.setdefault(right, [right]).append(topic)
    return found


def _pick(pick: Pick, typed: Mapping[str, Sequence[str]]) -> PickFacts:
    return PickFacts(
        key=pick.item.key,
        rank=pick.rank,
        title=pick.item.title,
        url=pick.item.url,
        section=pick.section,
        minutes=pick.minutes,
        explore=pick.explore,
        propensity=pick.propensity,
        sources=frozenset(mention.source_id for mention in pick.item.mentions),
        topics=tuple(
            spelt
            for topic in _topics(reason.text for reason in pick.reasons if reason.name == "topics")
            for spelt in typed.get(topic, [topic])
        ),
    )


def _topics(texts: Iterable[str]) -> Iterable[str]:
    """
    Take the topics out of reasons like "your topic 'agent safety'"; of "has 'agent' of 'agent safety'" the last one, which is no mere word, and of "by Percy
    Liang" the name.
    """
    for text in texts:
        if text.startswith("by ") and ", your topic '" not in text:
            yield text.removeprefix("by ")
            continue
        found = [part for part in text.split("'")[1::2] if part]
        yield from found[-1:] if text.startswith("has ") else found
