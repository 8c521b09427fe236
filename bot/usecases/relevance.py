"""Relevance: how near the works of a week are to what a channel wants, by its topics, its decisions and the last eight weeks."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from types import MappingProxyType
from typing import Final

from bot.dedupe import Row, fold
from bot.errors import CorpusGone, RankingError
from bot.model import Channel, Decision, Item, Section, SourceRecord, TasteWork, Window
from bot.periods import in_order, is_period
from bot.ports import Ranker, UnitOfWork, UnitOfWorkFactory
from bot.ranking.features import NOTICED
from bot.ranking.liked import liked_words
from bot.ranking.question import Question, Relevance, Text
from bot.ranking.signals import TASTE, Said, Signal, Voice, signals, voices
from bot.usecases.decided import channel_decisions
from bot.usecases.taste import taste_of

logger = logging.getLogger(__name__)

_HANDED_OVER: Final = "handed over"
"""Whose voice the works are that a channel handed over; no member's id has a space in it."""

LOOKS_BACK: Final = timedelta(weeks=8)
"""How far back the works reach that a week's are compared with."""

TRIES: Final = 2
"""How often a ranker is asked; what fails twice fails for the same reason."""

MOST_NOTICED: Final = 20
LEAST_NOTICED: Final = 5
"""How many of the week's papers stand for the wishes of a channel that has said nothing yet: as many as topics take for feedback."""

SHOWN_WEEKS: Final = 8
"""The digests whose unmarked picks count as passed over; what was shown before that says nothing of today."""


@dataclass(frozen=True, slots=True)
class Found:
    """
    How near each work is, by key, and how liked works are spoken of, by key. Without topics and decisions nothing is liked, and `assumed` says
    that nearness is to the week's most noticed papers: it is given of discussions alone then, for papers have votes.
    """

    relevance: Mapping[str, Relevance] = field(default_factory=lambda: MappingProxyType({}))
    liked: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class _History:
    """What the channel did: decided, wrote, asked for, handed over; and what it was shown, and when."""

    decisions: Sequence[Decision]
    summaries: Sequence[Said]
    asked_for: Sequence[Said]
    tastes: Sequence[TasteWork]
    shown: Mapping[str, datetime]
    explored: AbstractSet[str]

    def signals(self, now: datetime, half_life: timedelta) -> list[Signal]:
        """Give all of it as signals. What was handed over is one voice more, beside the members'."""
        handed_over = [Voice(_HANDED_OVER, work.key, TASTE, work.at) for work in self.tastes]
        said = voices(self.decisions, self.summaries, self.asked_for)
        return signals([*said, *handed_over], self.shown, now, half_life, self.explored)


async def relevance(
    channel: Channel,
    competing: Sequence[Item],
    unit_of_work: UnitOfWorkFactory,
    ranker: Ranker,
    *,
    until: datetime,
    now: datetime,
) -> Found:
    """
    Say how near works are to what a channel wants. `until` is the end (UTC) of what is looked at.

    Of a channel that has said nothing yet, the week's most noticed papers stand for what it wants, so that a forum without votes is not
    ranked by how new its posts are.

    Where the ranker fails, the digest must not: it is logged, and nothing is found.
    """
    async with unit_of_work() as uow:
        history = await _history(channel, uow)
        told = history.signals(now, channel.half_life)
        assumed = not channel.topics and not any(signal.liked for signal in told)
        if assumed:
            noticed = most_noticed(competing)
            told = [Signal(item.key, 1.0, 1.0) for item in noticed]
        if not told and not channel.topics:
            return Found()
        corpus = _name(until, await uow.sources.all())
        of_signals = fold(await uow.entries.of_items([signal.key for signal in told]))
    texts = {work.key: Text(work.key, work.title, work.abstract, work.authors) for work in history.tastes}
    texts |= {item.key: Text.of(item) for item in of_signals}
    known = [signal for signal in told if signal.key in texts]
    asked = sorted(item.key for item in competing if not assumed or item.section is Section.COMMUNITY)
    question = Question(asked, channel.topics, known, [texts[signal.key] for signal in known])
    try:
        found = await _asked(question, corpus, until, unit_of_work, ranker)
    except RankingError as error:
        logger.warning("%s: %s", channel.name, error, extra={"action": "ranking_failed", "channel": channel.name})
        return Found()
    if assumed:
        return Found(found, assumed=True)
    titles = {key: text.title for key, text in texts.items()}
    written = [(member, key) for member, key, _ in history.summaries]
    handed_over = [work.key for work in history.tastes]
    return Found(found, liked_words(history.decisions, written, titles, handed_over))


def most_noticed(items: Sequence[Item]) -> list[Item]:
    """Give the papers that most people took notice of, at most `MOST_NOTICED`; none where hardly any was noticed."""
    counts = {item.key: max([0, *(a.votes or 0 for a in item.attention.values())]) for item in items}
    papers = [item for item in items if item.section is Section.PAPERS and counts[item.key] >= NOTICED]
    papers.sort(key=lambda item: (-counts[item.key], item.key))
    return papers[:MOST_NOTICED] if len(papers) >= LEAST_NOTICED else []


async def _asked(
    question: Question, corpus: str, until: datetime, unit_of_work: UnitOfWorkFactory, ranker: Ranker
) -> Mapping[str, Relevance]:
    """Ask, with the corpus loaded first where it is not; a second time where that failed, for a process that died begins again."""
    last: RankingError = CorpusGone(corpus)
    for _ in range(TRIES):
        try:
            if not await ranker.holds(corpus):
                await ranker.load(corpus, await _texts(until, unit_of_work))
            return await ranker.relevance(corpus, question)
        except RankingError as error:
            last = error
    raise last


async def _texts(until: datetime, unit_of_work: UnitOfWorkFactory) -> list[Text]:
    async with unit_of_work() as uow:
        rows = await uow.entries.between(Window(start=until - LOOKS_BACK, end=until))
    # Folding the works of eight weeks takes a second: in a thread, so that whoever reacts meanwhile is heard.
    return await asyncio.to_thread(_folded, rows)


def _folded(rows: Sequence[Row]) -> list[Text]:
    return [Text.of(item) for item in fold(rows)]


async def _history(channel: Channel, uow: UnitOfWork) -> _History:
    weeks = sorted(filter(is_period, await uow.digests.weeks(channel.name)), key=in_order)[-SHOWN_WEEKS:]
    digests = [digest for week in weeks if (digest := await uow.digests.get(channel.name, week))]
    picked = {pick.item.key: digest.window.end for digest in digests for pick in digest.picks if not pick.classic}
    canonical = await uow.items.canonical(list(picked))
    return _History(
        decisions=await channel_decisions(channel, uow),
        summaries=[
            (summary.member.id, summary.item_key, summary.at)
            for summary in await uow.summaries.of_channel(channel.name)
            if summary.text
        ],
        asked_for=[(one.member.id, one.item_key, one.at) for one in await uow.card_requests.of_channel(channel.name)],
        tastes=await taste_of(channel.name, uow),
        shown={canonical[key]: at for key, at in picked.items()},
        explored={canonical[pick.item.key] for digest in digests for pick in digest.picks if pick.explore},
    )


def _name(until: datetime, records: Mapping[str, SourceRecord]) -> str:
    """Name the works up to an instant as they are stored now: another collect, or another end, is another name."""
    answered = [f"{name}={record.last_success}" for name, record in sorted(records.items())]
    return blake2b(f"{until.isoformat()} {answered}".encode(), digest_size=16).hexdigest()
