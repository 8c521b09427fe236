"""
Waiting channels: of those whose digest waits for sources, the ones for which what these said since may change something.

Asked at each tick as long as any waits, so it is told without looking at channels one by one: all that read the same sources have the same answer.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from bot.channel_sources import read_by
from bot.digest.waiting import too_few_answered
from bot.model import Channel, SourceRecord, SourceSpec
from bot.usecases.compile import reports_of


@dataclass(frozen=True, slots=True)
class Wait:
    """That a digest waits for sources: at most `until` (UTC), having `seen` what its channel's sources last said (`answers_of`)."""

    until: datetime
    seen: str


def answers_of(ids: Iterable[str], records: Mapping[str, SourceRecord]) -> str:
    """Give a fingerprint of when each of these sources last answered, and whether it fails."""
    known = [records[one] for one in sorted(ids) if one in records]
    told = repr([(one.id, one.last_success, one.failures > 0) for one in known])
    return sha256(told.encode()).hexdigest()[:16]


class WaitingChannels:
    """What is remembered of the channels that wait, so that the next tick looks at none of them again as long as no source says anything."""

    def __init__(self, specs: Callable[[], Awaitable[Sequence[SourceSpec]]]) -> None:
        self._specs = specs
        self._answers = ""
        self._still: set[tuple[str, str]] = set()

    async def answered(
        self,
        waiting: Mapping[str, str],
        records: Mapping[str, SourceRecord],
        served: Callable[[str], Channel | None],
    ) -> set[str]:
        """
        Give those of the `waiting` channels (with what each has seen) whose sources said something since, and enough of them for a digest.

        `served` gives a channel by its name; one that is not served is left out.
        """
        answers = answers_of(records, records)
        if answers != self._answers:
            self._answers, self._still = answers, set()
        asked = waiting.items() - self._still
        specs = await self._specs() if asked else ()
        quiet = {spec.id for spec in specs if spec.quiet}
        known: dict[tuple[tuple[str, ...], ...], tuple[str, bool]] = {}
        found = set[str]()
        for name, seen in asked:
            if (channel := served(name)) is None:
                continue
            alike = channel.sources, channel.sources_added, channel.sources_off
            if alike not in known:
                few = too_few_answered(reports_of(channel, specs, records), quiet)
                known[alike] = answers_of(read_by(channel, specs), records), few is not None
            present, waits_anyway = known[alike]
            if seen == present or waits_anyway:
                self._still.add((name, seen))
            else:
                found.add(name)
        return found
