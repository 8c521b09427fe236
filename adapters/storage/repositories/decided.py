"""
Repository of what was decided on many works at once; for a search, which has no time to read each act, the rule of `bot.triage.decisions`
in SQL.

That both say the same is what `tests/contracts/test_decided.py` tries.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.repositories.triage import acts_on
from bot.model import Meaning, Member
from bot.ports.triage import Acts, Signs
from bot.triage import INTERESTS


class SqlDecidedWorks:
    """`bot.ports.DecidedWorks`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection
        self._postgresql = connection.dialect.name == "postgresql"

    async def acts(self, channels: Collection[str], keys: Collection[str]) -> Acts:
        return await acts_on(self._connection, channels, keys)

    async def emojis(self) -> list[str]:
        # From one to the next through the index: there are ten of them, on a hundred thousand messages.
        return list(await self._connection.scalars(text(_EMOJIS)))

    async def people(self, signs: Signs, members: Collection[str] | None = None) -> list[Member]:
        rows = await self._run(_PEOPLE, signs, members)
        return [Member(id=row.member_id, name=row.name or "") for row in rows]

    async def works(
        self, signs: Signs, meanings: Collection[Meaning] = (), members: Collection[str] | None = None
    ) -> frozenset[str]:
        asked = [_READ] if Meaning.READ in meanings else []
        asked += [_INTERESTED] if set(meanings) & set(INTERESTS) else []
        found: set[str] = set()
        for statement in asked or [_ANY]:
            wanted = {"meanings": self._list([one.value for one in meanings])} if statement is _INTERESTED else {}
            found.update(row.item_key for row in await self._run(statement, signs, members, wanted))
        return frozenset(found)

    async def written(self, channels: Collection[str], members: Collection[str] | None = None) -> frozenset[str]:
        values = {"channels": self._list(channels)}
        statement = f"SELECT DISTINCT item_key FROM summaries e WHERE {_SAID}{_THEIRS if members is not None else ''}"
        values |= {"members": self._list(members)} if members is not None else {}
        rows = await self._connection.execute(text(self._filled(statement)), values)
        return frozenset(row.item_key for row in rows)

    async def writers(self, channels: Collection[str]) -> list[Member]:
        statement = _NAMED.format(rows=f"SELECT platform, member_id, member_name FROM summaries e WHERE {_SAID}")
        rows = await self._connection.execute(text(self._filled(statement)), {"channels": self._list(channels)})
        return [Member(id=row.member_id, name=row.name or "") for row in rows]

    async def _run(
        self, statement: str, signs: Signs, members: Collection[str] | None, more: Mapping[str, Any] | None = None
    ) -> Any:
        table = [
            (channel, emoji, meaning.value) for channel, known in signs.items() for emoji, meaning in known.items()
        ]
        values: dict[str, Any]
        if self._postgresql:
            columns = zip(*table, strict=True) if table else ((), (), ())
            values = dict(zip(("of_channel", "emojis", "means"), map(list, columns), strict=True))
        else:
            values = {"signs": json.dumps(table)}
        values |= {"channels": self._list(signs)} | dict(more or {})
        values |= {"members": self._list(members)} if members is not None else {}
        theirs = _THEIRS if members is not None else ""
        rows = _SIGNS_POSTGRESQL if self._postgresql else _SIGNS_SQLITE
        whole = f"WITH signs AS MATERIALIZED ({rows}), {_ACTS.replace('{theirs}', theirs)} {statement}"
        return await self._connection.execute(text(self._filled(whole)), values)

    def _filled(self, statement: str) -> str:
        """A statement with its lists, each of which is one parameter."""
        for name in ("channels", "members", "meanings"):
            any_of = (
                f"(SELECT unnest(CAST(:{name} AS text[])))"
                if self._postgresql
                else f"(SELECT value FROM json_each(:{name}))"
            )
            statement = statement.replace(f"{{{name}}}", any_of)
        return statement

    def _list(self, values: Collection[str]) -> Any:
        return list(values) if self._postgresql else json.dumps(list(values))


_EMOJIS: Final = (
    "WITH RECURSIVE seen (emoji) AS (SELECT min(emoji) FROM reactions UNION ALL"
    " SELECT (SELECT min(r.emoji) FROM reactions r WHERE r.emoji > seen.emoji) FROM seen WHERE seen.emoji IS NOT NULL)"
    " SELECT emoji FROM seen WHERE emoji IS NOT NULL"
)
_SIGNS_POSTGRESQL: Final = (
    "SELECT channel, emoji, meaning FROM unnest(CAST(:of_channel AS text[]), CAST(:emojis AS text[]), CAST(:means AS text[]))"
    " AS known (channel, emoji, meaning)"
)
_SIGNS_SQLITE: Final = (
    "SELECT json_extract(value, '$[0]') AS channel, json_extract(value, '$[1]') AS emoji, json_extract(value, '$[2]') AS meaning"
    " FROM json_each(:signs)"
)
_THEIRS: Final = " AND e.member_id IN {members}"
_SAID: Final = "e.channel IN {channels} AND e.deleted_at IS NULL AND e.text <> ''"

# Of one meaning the last press says whether it stands; a reaction says so itself.
_ACTS: Final = """acts AS (
  SELECT p.channel, p.item_key, e.platform, e.member_id, e.member_name, signs.meaning, e.at
  FROM postings p
  JOIN reactions e ON e.platform = p.platform AND e.channel_id = p.channel_id AND e.message_id = p.message_id
  JOIN signs ON signs.channel = p.channel AND signs.emoji = e.emoji
  WHERE p.channel IN {channels} AND p.item_key IS NOT NULL AND e.present{theirs}
  UNION ALL
  SELECT channel, item_key, platform, member_id, member_name, meaning, at FROM (
    SELECT e.*, row_number() OVER (
      PARTITION BY e.channel, e.item_key, e.platform, e.member_id, e.meaning ORDER BY e.at DESC, e.event_id DESC
    ) AS nth FROM presses e WHERE e.channel IN {channels}{theirs}
  ) latest WHERE nth = 1 AND present
)"""
_ANY: Final = "SELECT DISTINCT item_key FROM acts"
_READ: Final = f"SELECT DISTINCT item_key FROM acts WHERE meaning = '{Meaning.READ.value}'"
_PLACE: Final = " ".join(f"WHEN '{meaning.value}' THEN {place}" for place, meaning in enumerate(INTERESTS))
_INTERESTED: Final = f"""SELECT DISTINCT item_key FROM (
  SELECT item_key, meaning, row_number() OVER (
    PARTITION BY channel, item_key, platform, member_id ORDER BY at DESC, CASE meaning {_PLACE} END DESC
  ) AS nth FROM acts WHERE meaning <> '{Meaning.READ.value}'
) newest WHERE nth = 1 AND meaning IN {{meanings}}"""
_NAMED: Final = (
    "SELECT DISTINCT of.member_id, coalesce(nullif(m.name, ''), of.member_name) AS name FROM"
    " (SELECT platform, member_id, max(member_name) AS member_name FROM ({rows}) found GROUP BY platform, member_id) of"
    " LEFT JOIN members m ON m.platform = of.platform AND m.member_id = of.member_id"
)
_PEOPLE: Final = _NAMED.format(rows="SELECT platform, member_id, member_name FROM acts")
