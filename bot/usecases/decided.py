"""Decided: what the members of a channel have decided, as everything that builds on it reads it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import replace

from bot.model import Channel, Decision, Press, Reaction
from bot.ports import UnitOfWork
from bot.triage import decisions


async def channel_decisions(channel: Channel, uow: UnitOfWork) -> tuple[Decision, ...]:
    """Give every decision that stands in a channel, with canonical item keys, oldest first."""
    reactions = await uow.reactions.of_channel(channel.name)
    return decisions(channel.name, channel.meanings, reactions, await uow.presses.of_channel(channel.name))


async def item_decisions(
    channel: Channel, key: str, uow: UnitOfWork, member_id: str | None = None
) -> tuple[Decision, ...]:
    """Give the decisions that stand on one item in a channel, or those of one member alone, oldest first; under the key that was asked."""
    reactions = await uow.reactions.of_item(channel.name, key, member_id)
    presses = await uow.presses.of_item(channel.name, key, member_id)
    # Under one key both: the item may bear another one since.
    same = [replace(press, item_key=key) for press in presses]
    return decisions(channel.name, channel.meanings, [(key, one) for one in reactions], same)


async def decisions_on(
    keys: Collection[str], channels: Collection[Channel], uow: UnitOfWork
) -> dict[tuple[str, str], tuple[Decision, ...]]:
    """
    Give the decisions that stand on works in channels, oldest first, by canonical item key and channel name; of many works at once. Where
    nothing was decided a pair is missing.
    """
    if not keys or not channels:
        return {}
    by_name = {channel.name: channel for channel in channels}
    acts = await uow.decided.acts(by_name, keys)
    reacted: defaultdict[tuple[str, str], list[tuple[str, Reaction]]] = defaultdict(list)
    for name, key, reaction in acts.reactions:
        reacted[key, name].append((key, reaction))
    pressed: defaultdict[tuple[str, str], list[Press]] = defaultdict(list)
    for press in acts.presses:
        pressed[press.item_key, press.channel].append(press)
    found = {
        place: decisions(place[1], by_name[place[1]].meanings, reacted[place], pressed[place])
        for place in sorted({*reacted, *pressed})
    }
    return {place: taken for place, taken in found.items() if taken}
