"""Recall: what the team decided and wrote, read back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from bot.model import Channel, Item
from bot.ports import UnitOfWorkFactory
from bot.remembered import Remembered
from bot.usecases.cards import asked_for
from bot.usecases.decided import channel_decisions


async def remember(channels: Sequence[Channel], unit_of_work: UnitOfWorkFactory) -> list[Remembered]:
    """Give every item that was sent to these channels, in the order in which they were sent, with decisions and summaries."""
    return [one for channel in channels for one in await _of_channel(channel, unit_of_work)]


async def _of_channel(channel: Channel, unit_of_work: UnitOfWorkFactory) -> list[Remembered]:
    items: dict[str, Item] = {}
    weeks: dict[str, list[str]] = defaultdict(list)
    async with unit_of_work() as uow:
        for week in await uow.digests.weeks(channel.name):
            digest = await uow.digests.get(channel.name, week)
            picks = digest.picks if digest else ()
            if digest and digest.also:
                picks = (*picks, *asked_for(digest, await uow.postings.of(channel.name, week)))
            keys = await uow.items.canonical([pick.item.key for pick in picks])
            for pick in picks:
                items[keys[pick.item.key]] = replace(pick.item, key=keys[pick.item.key])
                weeks[keys[pick.item.key]].append(week)
        taken = await channel_decisions(channel, uow)
        written = [summary for summary in await uow.summaries.of_channel(channel.name) if summary.text]
    return [
        Remembered(
            channel=channel.name,
            weeks=tuple(weeks[key]),
            item=item,
            decisions=tuple(d for d in taken if d.item_key == key),
            summaries=tuple(s for s in written if s.item_key == key),
        )
        for key, item in items.items()
    ]
