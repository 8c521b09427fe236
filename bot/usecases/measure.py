"""Measure: what is stored as the backtest's input, so that a team's own weeks can be ranked again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Final

from bot.backtest.records import Choice, Work
from bot.dedupe import fold
from bot.model import Channel, Item, Window
from bot.ports import UnitOfWorkFactory
from bot.usecases.decided import channel_decisions

EVER: Final = Window(start=datetime(1990, 1, 1, tzinfo=UTC), end=datetime(2200, 1, 1, tzinfo=UTC))


async def own_records(
    channels: Sequence[Channel], unit_of_work: UnitOfWorkFactory, listed_by: Collection[str] = ("huggingface",)
) -> tuple[list[Work], list[Choice], dict[str, tuple[str, ...]]]:
    """
    Give every work that is stored, every decision and summary of these channels, and the channels' topics.

    `listed_by` are the ids of the sources whose works make the track `hf`. A decision counts on the day it was taken.
    """
    async with unit_of_work() as uow:
        items = fold(await uow.entries.between(EVER))
        choices = []
        for channel in channels:
            taken = await channel_decisions(channel, uow)
            choices += [Choice(channel.name, one.item_key, one.meaning.value, one.at.date()) for one in taken]
            choices += [
                Choice(channel.name, one.item_key, "summary", one.at.date())
                for one in await uow.summaries.of_channel(channel.name)
                if one.text
            ]
    works = sorted((_work(item, listed_by) for item in items), key=lambda work: (work.seen, work.key))
    topics = {channel.name: channel.topics for channel in channels if channel.topics}
    return works, sorted(choices, key=lambda one: (one.at, one.channel, one.key)), topics


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
