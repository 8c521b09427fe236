"""Decided: what the members of a channel have decided, as everything that builds on it reads it."""

from __future__ import annotations

from dataclasses import replace

from bot.model import Channel, Decision
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
