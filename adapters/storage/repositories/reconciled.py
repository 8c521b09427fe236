"""Repository of how far reconciling has come with each channel."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import case, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.sql import insert
from adapters.storage.tables import postings, reconciled_channels
from bot.model import PostingState, ReconciledChannel


class SqlReconciledChannels:
    """`bot.ports.ReconciledChannels`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def missing(self, platform: str, number: int, since: datetime) -> list[ReconciledChannel]:
        # Each channel with messages is found by a step through their index, and not by reading all its messages.
        named = select(func.min(postings.c.channel).label("channel")).cte("named", recursive=True)
        following = select(func.min(postings.c.channel)).where(postings.c.channel > named.c.channel).scalar_subquery()
        named = named.union_all(select(following).where(named.c.channel.is_not(None)))
        columns = reconciled_channels.c
        known = (columns.channel == named.c.channel) & (columns.platform == platform)
        sent = exists().where(
            postings.c.channel == named.c.channel,
            postings.c.attempted_at >= since,
            postings.c.platform == platform,
            postings.c.state == PostingState.POSTED.value,
        )
        query = (
            select(named.c.channel, columns.round, columns.at, columns.trying, columns.tries, columns.again)
            .select_from(named.outerjoin(reconciled_channels, known))
            .where(sent, columns.round.is_(None) | (columns.round < number))
            .order_by(columns.at.asc().nulls_first(), named.c.channel)
        )
        return [_reconciled(platform, row) for row in await self._connection.execute(query)]

    async def of(self, platform: str, channel: str) -> ReconciledChannel:
        columns = reconciled_channels.c
        query = select(reconciled_channels).where(columns.platform == platform, columns.channel == channel)
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            return ReconciledChannel(platform=platform, channel=channel)
        return _reconciled(platform, row)

    async def note(self, reconciled: ReconciledChannel) -> None:
        statement = insert(self._connection, reconciled_channels).values(
            platform=reconciled.platform,
            channel=reconciled.channel,
            round=reconciled.round,
            at=reconciled.at,
            trying=reconciled.trying,
            tries=reconciled.tries,
            again=reconciled.again,
        )
        given, kept = statement.excluded, reconciled_channels.c
        await self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=[kept.platform, kept.channel],
                set_={
                    "round": case((given.round > kept.round, given.round), else_=kept.round),
                    "at": given.at,
                    "trying": given.trying,
                    "tries": given.tries,
                    "again": given.again,
                },
            )
        )


def _reconciled(platform: str, row: Any) -> ReconciledChannel:
    """Read a row; its numbers are NULL for a channel that was never looked at."""
    return ReconciledChannel(
        platform=platform,
        channel=row.channel,
        round=row.round or 0,
        at=row.at,
        trying=row.trying or 0,
        tries=row.tries or 0,
        again=row.again,
    )
