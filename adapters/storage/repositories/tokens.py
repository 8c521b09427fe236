"""Repository of API tokens, by their hashes."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.sql import insert
from adapters.storage.tables import api_tokens
from bot.api_token import ApiToken

_A_DAY: Final = timedelta(days=1)


class SqlApiTokens:
    """`bot.ports.ApiTokens`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, token: ApiToken, hashed: str) -> bool:
        row = {
            "name": token.name,
            "hash": hashed,
            "platform": token.platform,
            "member_id": token.member_id,
            "channels": json.dumps(token.channels),
            "made": token.made,
        }
        statement = insert(self._connection, api_tokens).values(row).on_conflict_do_nothing()
        return (await self._connection.execute(statement.returning(api_tokens.c.name))).first() is not None

    async def of_hash(self, hashed: str) -> ApiToken | None:
        row = (await self._connection.execute(select(api_tokens).where(api_tokens.c.hash == hashed))).one_or_none()
        return _token(row) if row else None

    async def used(self, hashed: str, now: datetime) -> bool:
        long_ago = or_(api_tokens.c.used.is_(None), api_tokens.c.used < now - _A_DAY)
        note = update(api_tokens).where(api_tokens.c.hash == hashed, long_ago).values(used=now)
        return (await self._connection.execute(note)).rowcount > 0

    async def all(self) -> list[ApiToken]:
        return [_token(row) for row in await self._connection.execute(select(api_tokens).order_by(api_tokens.c.name))]

    async def revoke(self, name: str) -> bool:
        return (await self._connection.execute(delete(api_tokens).where(api_tokens.c.name == name))).rowcount > 0


def _token(row: Row[Any]) -> ApiToken:
    return ApiToken(
        name=row.name,
        made=row.made,
        platform=row.platform,
        member_id=row.member_id,
        channels=tuple(json.loads(row.channels)),
        used=row.used,
    )
