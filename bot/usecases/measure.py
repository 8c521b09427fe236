"""Measure: what is stored as the backtest's input, so that a team's own weeks can be ranked again."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Final

from bot.backtest.records import Choice, OwnRecords, RankingSettings, Shown, Work
from bot.dedupe import fold
from bot.model import Channel, Item, PickRole, Window
from bot.periods import is_period
from bot.ports import UnitOfWork, UnitOfWorkFactory
from bot.usecases.decided import channel_decisions

EVER: Final = Window(start=datetime(1990, 1, 1, tzinfo=UTC), end=datetime(2200, 1, 1, tzinfo=UTC))


async def own_records(
    channels: Sequence[Channel],
    unit_of_work: UnitOfWorkFactory,
    listed_by: Collection[str] = ("huggingface",),
    span: Window = EVER,
) -> OwnRecords:
    """
    Give every work that was spoken of in a span, all that are stored if none is given, and what these channels decided on, summarised and were shown.

    `listed_by` are the ids of the sources whose works make the track `hf`. A decision counts on the day it was taken, a pick on that of its
    digest. Classics are no choice of the ranking, and no pick here.
    """
    async with unit_of_work() as uow:
        items = await asyncio.to_thread(fold, await uow.entries.between(span))
        choices, shown = [], []
        for channel in channels:
            taken = await channel_decisions(channel, uow)
            choices += [
                Choice(channel.name, one.item_key, one.meaning.value, one.at.date(), one.member.id) for one in taken
            ]
            choices += [
                Choice(channel.name, one.item_key, "summary", one.at.date(), one.member.id)
                for one in await uow.summaries.of_channel(channel.name)
                if one.text
            ]
            shown += await _shown(channel, uow)
    return OwnRecords(
        works=sorted((_work(item, listed_by) for item in items), key=lambda work: (work.seen, work.key)),
        choices=sorted(choices, key=lambda one: (one.at, one.channel, one.key)),
        shown=shown,
        topics={channel.name: channel.topics for channel in channels if channel.topics},
        settings={
            channel.name: RankingSettings(channel.description, channel.half_life, explores=channel.explore > 0)
            for channel in channels
        },
    )


async def _shown(channel: Channel, uow: UnitOfWork) -> list[Shown]:
    weeks = [week for week in await uow.digests.weeks(channel.name) if is_period(week)]
    return [
        Shown(channel.name, pick.item_key, pick.at.date(), explored=pick.role is PickRole.EXPLORED)
        for pick in await uow.digests.shown(channel.name, weeks)
        if pick.role is not PickRole.CLASSIC
    ]


def _work(item: Item, listed_by: Collection[str]) -> Work:
    sources = {mention.source_id for mention in item.mentions}
    listed = bool(sources & set(listed_by))
    return Work(
        key=item.key,
        title=item.title,
        abstract=item.abstract,
        authors=item.authors,
        seen=min((mention.at for mention in item.mentions), default=item.published).astimezone(UTC).date(),
        attention={source: (a.votes or 0) + (a.comments or 0) for source, a in item.attention.items()},
        source="arxiv" if not listed else "both" if len(sources) > 1 else "hf",
    )
