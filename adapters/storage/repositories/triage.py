"""Repositories of reactions, presses and summaries."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import BindParameter, Row, Select, Table, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.storage.sql import AnyInsert, address, canonical, chunks, execute_rows, gently, insert, insert_rows, is_at
from adapters.storage.tables import members, postings, presses, reactions, summaries, summary_history
from bot.model import Meaning, Member, MessageRef, Press, Reaction, Summary
from bot.ports import Acts

_MOMENT: Final = timedelta(microseconds=1)


class SqlReactions:
    """`bot.ports.Reactions`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, reaction: Reaction) -> bool:
        upsert = _last_writer_wins(insert(self._connection, reactions).values(_reaction_row(reaction)))
        return (await self._connection.execute(upsert.returning(reactions.c.emoji))).first() is not None

    async def put_all(self, reactions_: Sequence[Reaction]) -> None:
        latest = {_key(one): one for one in sorted(reactions_, key=lambda one: one.at)}
        if not latest:
            return
        # In the order of their keys: two processes may hear of the same people and messages at once.
        rows = [_reaction_row(latest[key]) for key in sorted(latest)]
        await execute_rows(self._connection, _last_writer_wins(insert_rows(self._connection, reactions, rows)), rows)

    async def on(self, ref: MessageRef) -> list[Reaction]:
        query = _with_names(reactions).where(*is_at(reactions, ref))
        rows = await self._connection.execute(query.order_by(*_REACTION_ORDER))
        return [_reaction(row) async for row in gently(rows)]

    async def of_channel(self, channel: str) -> list[tuple[str, Reaction]]:
        rows = await self._connection.execute(_REACTIONS_OF_CHANNEL, {"channels": [channel]})
        return [(row.item_key, _reaction(row)) async for row in gently(rows)]

    async def of_item(self, channel: str, key: str, member_id: str | None = None) -> list[Reaction]:
        (canonical_key,) = (await canonical(self._connection, [key])).values()
        query = _on_picks([channel]).where(postings.c.item_key == canonical_key)
        if member_id is not None:
            query = query.where(reactions.c.member_id == member_id)
        rows = await self._connection.execute(query.order_by(*_REACTION_ORDER))
        return [_reaction(row) async for row in gently(rows)]


class SqlPresses:
    """`bot.ports.Presses`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, press: Press) -> bool:
        keys = await canonical(self._connection, [press.item_key])
        row = _press_row(press) | {"item_key": keys[press.item_key]}
        statement = insert(self._connection, presses).values(row).on_conflict_do_nothing()
        return (await self._connection.execute(statement.returning(presses.c.event_id))).first() is not None

    async def of_channel(self, channel: str) -> list[Press]:
        rows = await self._connection.execute(_PRESSES_OF_CHANNEL, {"of": channel})
        return [_press(row) async for row in gently(rows)]

    async def of_item(self, channel: str, key: str, member_id: str | None = None) -> list[Press]:
        (canonical_key,) = (await canonical(self._connection, [key])).values()
        query = _with_names(presses).where(presses.c.channel == channel, presses.c.item_key == canonical_key)
        return await self._found(query if member_id is None else query.where(presses.c.member_id == member_id))

    async def _found(self, query: Select[Any]) -> list[Press]:
        rows = await self._connection.execute(query.order_by(presses.c.at, presses.c.event_id))
        return [_press(row) async for row in gently(rows)]


class SqlSummaries:
    """`bot.ports.Summaries`. The channel in which somebody wrote of a work, and the work's key, go into `written`, to be indexed again."""

    def __init__(self, connection: AsyncConnection, written: set[tuple[str, str]] | None = None) -> None:
        self._connection = connection
        self._written = set() if written is None else written

    async def put(self, summary: Summary) -> bool:
        keys = await canonical(self._connection, [summary.item_key])
        row = _summary_row(summary) | {"item_key": keys[summary.item_key]}
        self._written.add((row["channel"], row["item_key"]))
        statement = insert(self._connection, summaries).values(row).on_conflict_do_nothing()
        if (await self._connection.execute(statement.returning(summaries.c.message_id))).first() is not None:
            return True
        if summary.deleted_at is not None:
            return await self.delete(summary.ref, summary.deleted_at)
        return await self._replace(row)

    async def delete(self, ref: MessageRef, now: datetime) -> bool:
        there = (*is_at(summaries, ref), summaries.c.deleted_at.is_(None))
        remove = update(summaries).where(*there).values(text="", deleted_at=now)
        where = remove.returning(summaries.c.channel, summaries.c.item_key)
        gone = (await self._connection.execute(where)).one_or_none()
        await self._connection.execute(delete(summary_history).where(*is_at(summary_history, ref)))
        if gone is not None:
            self._written.add((gone.channel, gone.item_key))
        return gone is not None

    async def get(self, ref: MessageRef) -> Summary | None:
        return next(iter(await self._found(_with_names(summaries).where(*is_at(summaries, ref)))), None)

    async def history(self, ref: MessageRef) -> list[tuple[datetime, str]]:
        columns = summary_history.c
        query = select(columns.written_at, columns.text).where(*is_at(summary_history, ref))
        rows = await self._connection.execute(query.order_by(columns.written_at))
        return [(row.written_at, row.text) for row in rows]

    async def on(self, parent: MessageRef) -> list[Summary]:
        columns = summaries.c
        query = _with_names(summaries).where(
            columns.parent_platform == parent.platform,
            columns.parent_channel_id == parent.channel_id,
            columns.parent_message_id == parent.message_id,
        )
        return await self._found(query)

    async def of_channel(self, channel: str) -> list[Summary]:
        rows = await self._connection.execute(_SUMMARIES_OF_CHANNEL, {"of": channel})
        return [_summary(row) for row in rows]

    async def of_member(self, platform: str, member_id: str) -> list[Summary]:
        columns = summaries.c
        mine = columns.platform == platform, columns.member_id == member_id, columns.deleted_at.is_(None)
        return await self._found(_with_names(summaries).where(*mine))

    async def changed_since(self, since: datetime) -> list[Summary]:
        columns = summaries.c
        return await self._found(
            _with_names(summaries).where(or_(columns.edited_at >= since, columns.deleted_at >= since))
        )

    async def of_items(self, keys: Collection[str], channels: Collection[str] | None = None) -> list[Summary]:
        found: list[Summary] = []
        for piece in chunks(set((await canonical(self._connection, keys)).values())):
            query = _with_names(summaries).where(summaries.c.item_key.in_(piece), summaries.c.deleted_at.is_(None))
            found += await self._found(query if channels is None else query.where(summaries.c.channel.in_(channels)))
        return sorted(found, key=lambda one: (one.at, one.ref.platform, one.ref.channel_id, one.ref.message_id))

    async def _found(self, query: Select[Any]) -> list[Summary]:
        rows = await self._connection.execute(query.order_by(*_SUMMARY_ORDER))
        return [_summary(row) for row in rows]

    async def _replace(self, row: dict[str, Any]) -> bool:
        """Put the newer words in the place of the older ones, which go to the history."""
        place = {column: row[column] for column in ("platform", "channel_id", "message_id")}
        here = [summaries.c[column] == value for column, value in place.items()]
        # Locked, so that on PostgreSQL nobody edits between the look and the change.
        known = (await self._connection.execute(select(summaries).where(*here).with_for_update())).one()
        written_at, offered_at = known.edited_at or known.at, row["edited_at"] or row["at"]
        if known.deleted_at is not None or written_at >= offered_at:
            if known.deleted_at is None and row["text"] not in {"", known.text}:
                # A correction may be heard before what it corrects: that goes to the history, whenever it comes.
                await self._keep_old(place, min(offered_at, written_at - _MOMENT), row["text"])
            # The first words can come in after their correction; they are no news, but when they were written is.
            if row["at"] < known.at:
                await self._connection.execute(update(summaries).where(*here).values(at=row["at"]))
            return False
        if known.text != row["text"]:
            await self._keep_old(place, written_at, known.text)
        changed = row | {"at": min(known.at, row["at"])}
        await self._connection.execute(update(summaries).where(*here).values(changed))
        return True

    async def _keep_old(self, place: Mapping[str, Any], written_at: datetime, words: str) -> None:
        statement = insert(self._connection, summary_history).values({**place, "written_at": written_at, "text": words})
        await self._connection.execute(statement.on_conflict_do_nothing())


_REACTION_ORDER = (
    reactions.c.at,
    reactions.c.platform,
    reactions.c.channel_id,
    reactions.c.message_id,
    reactions.c.member_id,
    reactions.c.emoji,
)


_SUMMARY_ORDER = (summaries.c.at, summaries.c.platform, summaries.c.channel_id, summaries.c.message_id)


def _with_names(table: Table) -> Select[Any]:
    """Rows with the `name` by which people know the member now; where we never learned it, the one of that time."""
    same = and_(members.c.platform == table.c.platform, members.c.member_id == table.c.member_id)
    name = func.coalesce(func.nullif(members.c.name, ""), table.c.member_name)
    return select(table, name.label("name")).outerjoin(members, same)


async def acts_on(connection: AsyncConnection, channels: Collection[str], keys: Collection[str]) -> Acts:
    """Give every act on these works in these channels, as `bot.ports.DecidedWorks.acts` promises."""
    wanted = set((await canonical(connection, keys)).values())
    reacted: list[tuple[str, str, Reaction]] = []
    pressed: list[Press] = []
    for some in chunks(channels):
        for piece in chunks(wanted):
            on_messages = _on_picks(some).add_columns(postings.c.channel).where(postings.c.item_key.in_(piece))
            rows = await connection.execute(on_messages)
            reacted += [(row.channel, row.item_key, _reaction(row)) async for row in gently(rows)]
            of_works = presses.c.channel.in_(some), presses.c.item_key.in_(piece)
            rows = await connection.execute(_with_names(presses).where(*of_works))
            pressed += [_press(row) async for row in gently(rows)]
    return Acts(
        sorted(reacted, key=lambda one: _of_reaction(one[2])), sorted(pressed, key=lambda one: (one.at, one.event_id))
    )


def _of_reaction(one: Reaction) -> tuple[Any, ...]:
    """The order of `_REACTION_ORDER`."""
    return one.at, one.ref.platform, one.ref.channel_id, one.ref.message_id, one.member.id, one.emoji


def _on_picks(channels: Collection[str] | BindParameter[Sequence[str]]) -> Select[Any]:
    """Reactions on these channels' messages about items, with the item's key."""
    sent = postings.c
    same_message = and_(
        sent.platform == reactions.c.platform,
        sent.channel_id == reactions.c.channel_id,
        sent.message_id == reactions.c.message_id,
    )
    found = _with_names(reactions).add_columns(sent.item_key).join(postings, same_message)
    return found.where(sent.channel.in_(channels), sent.item_key.is_not(None))


# Put together once, for each digest asks these, and to make a statement takes as long as to run it.
_REACTIONS_OF_CHANNEL: Final = _on_picks(bindparam("channels", expanding=True)).order_by(*_REACTION_ORDER)
_PRESSES_OF_CHANNEL: Final = (
    _with_names(presses).where(presses.c.channel == bindparam("of")).order_by(presses.c.at, presses.c.event_id)
)
_SUMMARIES_OF_CHANNEL: Final = (
    _with_names(summaries)
    .where(summaries.c.channel == bindparam("of"), summaries.c.deleted_at.is_(None))
    .order_by(*_SUMMARY_ORDER)
)


def _last_writer_wins(statement: AnyInsert) -> AnyInsert:
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=list(reactions.primary_key.columns),
        set_={"present": new.present, "at": new.at, "member_name": new.member_name},
        where=new.at >= reactions.c.at,
    )


def _key(reaction: Reaction) -> tuple[str, ...]:
    return (*address(reaction.ref).values(), reaction.member.id, reaction.emoji)


def _press_row(press: Press) -> dict[str, Any]:
    return {
        "event_id": press.event_id,
        "channel": press.channel,
        "item_key": press.item_key,
        **address(press.ref),
        "member_id": press.member.id,
        "member_name": press.member.name,
        "meaning": press.meaning.value,
        "present": press.present,
        "at": press.at,
    }


def _press(row: Row[Any]) -> Press:
    return Press(
        event_id=row.event_id,
        channel=row.channel,
        item_key=row.item_key,
        ref=MessageRef(platform=row.platform, channel_id=row.channel_id, message_id=row.message_id),
        member=Member(id=row.member_id, name=row.name),
        meaning=Meaning(row.meaning),
        present=row.present,
        at=row.at,
    )


def _reaction_row(reaction: Reaction) -> dict[str, Any]:
    return {
        **address(reaction.ref),
        "member_id": reaction.member.id,
        "emoji": reaction.emoji,
        "member_name": reaction.member.name,
        "present": reaction.present,
        "at": reaction.at,
    }


def _reaction(row: Row[Any]) -> Reaction:
    return Reaction(
        ref=MessageRef(platform=row.platform, channel_id=row.channel_id, message_id=row.message_id),
        member=Member(id=row.member_id, name=row.name),
        emoji=row.emoji,
        present=row.present,
        at=row.at,
    )


def _summary_row(summary: Summary) -> dict[str, Any]:
    return {
        **address(summary.ref),
        **{f"parent_{column}": value for column, value in address(summary.parent).items()},
        "channel": summary.channel,
        "item_key": summary.item_key,
        "member_id": summary.member.id,
        "member_name": summary.member.name,
        "text": "" if summary.deleted_at is not None else summary.text,
        "at": summary.at,
        "edited_at": summary.edited_at,
        "deleted_at": summary.deleted_at,
    }


def _summary(row: Row[Any]) -> Summary:
    return Summary(
        ref=MessageRef(platform=row.platform, channel_id=row.channel_id, message_id=row.message_id),
        parent=MessageRef(
            platform=row.parent_platform, channel_id=row.parent_channel_id, message_id=row.parent_message_id
        ),
        channel=row.channel,
        item_key=row.item_key,
        member=Member(id=row.member_id, name=row.name),
        text=row.text,
        at=row.at,
        edited_at=row.edited_at,
        deleted_at=row.deleted_at,
    )
