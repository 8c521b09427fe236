"""
Shards of the gateway that this process serves: their connections together.

Discord divides a bot's servers among its shards, each a connection of its own, and requires them from 2,500 servers on
(docs/platform-facts.md#b10). Each has a supervisor, so that one that is lost is connected again by itself. discord.py's `AutoShardedClient` ends
as a whole where one shard ends for good, and does not say which shard a payload came from.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import discord

from adapters.discord.supervisor import ConnectionState, Supervisor


class ShardGroup:
    """`adapters.discord.chat.Connection` over the shards of this process: up while each of them is."""

    def __init__(self, supervisors: Sequence[Supervisor]) -> None:
        self.supervisors = supervisors

    @property
    def state(self) -> ConnectionState:
        """The worst state among the shards."""
        states = {one.state for one in self.supervisors}
        order = (
            ConnectionState.REFUSED,
            ConnectionState.CONNECTING,
            ConnectionState.CLOSED,
            ConnectionState.CONNECTED,
        )
        return next(state for state in order if state in states)

    @property
    def because(self) -> str:
        """Why a shard is not connected; empty while all are."""
        return next((one.because for one in self.supervisors if one.because), "")

    @property
    def client(self) -> discord.Client | None:
        """The client of the first shard, if there is one."""
        return self.supervisors[0].client

    def hidden(self) -> None:
        """Note that Discord blanks what people write."""
        self.supervisors[0].hidden()

    async def open(self) -> None:
        """Connect every shard and keep it so. Returns once all are connected or refused, or after a while of trying."""
        await asyncio.gather(*(one.open() for one in self.supervisors))

    async def close(self) -> None:
        """Disconnect. Doing it twice is harmless."""
        await asyncio.gather(*(one.close() for one in self.supervisors))
