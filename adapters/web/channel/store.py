"""
Store of the board: one short transaction for each method, and nothing decided here.

Writes are upserts on the tables' natural keys, so doing one twice is harmless.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, Table, case, exists, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.web.channel.board import (
    POSTS,
    BoardMessage,
    BoardReaction,
    BoardReply,
    derived_id,
    members,
    messages,
    reactions,
    replies,
)
from adapters.web.channel.lookalikes import skeleton
from bot.model import Member, Post


def _insert(connection: AsyncConnection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that may say ON CONFLICT, in the dialect of this connection."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


_AT_A_TIME = 100
"""Rows that are read without a pause: a millisecond's work."""


class BoardStore:
    """The board in the database. The engine belongs to whoever made it and is not disposed of here."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = self.engine = engine
        # On SQLite this option makes a plain BEGIN of it, so that looking at the page never waits for a writer.
        self._reader = engine.execution_options(paperround_readonly=True)

    async def add_message(self, channel_id: str, key: str, post: Post, at: datetime) -> str:
        """Put a message into the channel; gives its id. With a key that is already there, nothing is changed."""
        message_id = derived_id(channel_id, key)
        values = {
            "channel_id": channel_id,
            "message_id": message_id,
            "key": key,
            "role": post.role.value,
            "post": POSTS.dump_json(post).decode(),
            "posted_at": at,
        }
        async with self._engine.begin() as connection:
            await connection.execute(_insert(connection, messages).values(values).on_conflict_do_nothing())
        return message_id

    async def replace_post(self, channel_id: str, message_id: str, post: Post) -> bool:
        """Show another post in a message; False if there is no such message, or it shows this post already."""
        content = POSTS.dump_json(post).decode()
        there = messages.c.channel_id == channel_id, messages.c.message_id == message_id, messages.c.post != content
        async with self._engine.begin() as connection:
            return bool((await connection.execute(update(messages).where(*there).values(post=content))).rowcount)

    async def find_message(self, channel_id: str, key: str, since: datetime) -> str | None:
        """The id of the message that was posted with this key at or after `since`."""
        query = select(messages.c.message_id).where(
            messages.c.channel_id == channel_id, messages.c.key == key, messages.c.posted_at >= since
        )
        row = await self._first(query)
        return None if row is None else row.message_id

    async def message(self, channel_id: str, message_id: str) -> BoardMessage | None:
        """One message, or None."""
        row = await self._first(
            select(messages).where(messages.c.channel_id == channel_id, messages.c.message_id == message_id)
        )
        return None if row is None else _message(row)

    async def messages(self, channel_id: str, *, first: int, before: int | None, limit: int) -> list[BoardMessage]:
        """The channel's messages numbered from `first` to below `before`, oldest first; the newest `limit` of them."""
        query = select(messages).where(messages.c.channel_id == channel_id, messages.c.number >= first)
        if before is not None:
            query = query.where(messages.c.number < before)
        rows = await self._all(query.order_by(messages.c.number.desc()).limit(limit))
        return [_message(row) for row in reversed(rows)]

    async def heads(self, channel_id: str, *, before: int | None, limit: int) -> list[int]:
        """The numbers of the last head messages (below `before`, if given), newest first: where digests begin."""
        query = select(messages.c.number).where(messages.c.channel_id == channel_id, messages.c.role == "head")
        if before is not None:
            query = query.where(messages.c.number < before)
        return [row.number for row in await self._all(query.order_by(messages.c.number.desc()).limit(limit))]

    async def put_member(self, member: Member, at: datetime) -> None:
        """Store a member, or take over the new name."""
        async with self._engine.begin() as connection:
            insert = _insert(connection, members).values(member_id=member.id, name=member.name, named_at=at)
            update_name = {"name": member.name, "named_at": at}
            await connection.execute(insert.on_conflict_do_update(index_elements=["member_id"], set_=update_name))

    async def lookalike(self, name: str, *, besides: str = "") -> Member | None:
        """The member whose name looks like this one, another one than `besides` (an id); None if there is none."""
        wanted = skeleton(name)
        rows = await self._all(select(members).where(members.c.member_id != besides).order_by(members.c.named_at))
        found = next((row for row in rows if skeleton(row.name) == wanted), None)
        return Member(id=found.member_id, name=found.name) if found else None

    async def member(self, member_id: str) -> Member | None:
        """The member with this id, or None: somebody who has not yet told a name."""
        row = await self._first(select(members).where(members.c.member_id == member_id))
        return None if row is None else Member(id=row.member_id, name=row.name)

    async def put_reaction(
        self, channel_id: str, message_id: str, member: Member, emoji: str, at: datetime
    ) -> BoardReaction:
        """
        Put an emoji on a message; gives how it now stands. If it was there already, nothing is changed, unless the member put another one
        there since: then it is put once more, as their newest.
        """
        values = {
            "channel_id": channel_id,
            "message_id": message_id,
            "member_id": member.id,
            "emoji": emoji,
            "present": True,
            "turn": 1,
            "at": at,
        }
        newer = reactions.alias()
        since = exists().where(
            newer.c.channel_id == channel_id,
            newer.c.message_id == message_id,
            newer.c.member_id == member.id,
            newer.c.present.is_(True),
            newer.c.at > reactions.c.at,
        )
        async with self._engine.begin() as connection:
            upsert = _insert(connection, reactions).values(values)
            await connection.execute(
                upsert.on_conflict_do_update(
                    index_elements=list(reactions.primary_key.columns),
                    set_={"present": True, "turn": reactions.c.turn + 1, "at": _later(at)},
                    where=or_(reactions.c.present.is_(False), since),
                )
            )
            row = (await connection.execute(_reaction_of(channel_id, message_id, member, emoji))).one()
        return _reaction(row)

    async def take_reaction(
        self, channel_id: str, message_id: str, member: Member, emoji: str, at: datetime
    ) -> BoardReaction | None:
        """Take an emoji back; gives how it now stands, or None if this member never put it there."""
        change = (
            update(reactions)
            .where(*_is_reaction(channel_id, message_id, member, emoji), reactions.c.present.is_(True))
            .values(present=False, turn=reactions.c.turn + 1, at=_later(at))
        )
        async with self._engine.begin() as connection:
            await connection.execute(change)
            row = (await connection.execute(_reaction_of(channel_id, message_id, member, emoji))).one_or_none()
        return None if row is None else _reaction(row)

    async def reactions_on(self, channel_id: str, message_ids: Collection[str]) -> list[BoardReaction]:
        """The reactions that stand on these messages now, in the order in which they came."""
        query = _reactions().where(
            reactions.c.channel_id == channel_id,
            reactions.c.message_id.in_(message_ids),
            reactions.c.present.is_(True),
        )
        rows = await self._all(query.order_by(reactions.c.at, reactions.c.member_id))
        found = []
        for start in range(0, len(rows), _AT_A_TIME):
            found += [_reaction(row) for row in rows[start : start + _AT_A_TIME]]
            await asyncio.sleep(0)  # ten thousand on one message are a tenth of a second
        return found

    async def add_reply(
        self, channel_id: str, message_id: str, parent_id: str, member: Member, *, text: str, at: datetime
    ) -> BoardReply:
        """Store a reply under its id; gives how it now stands. If it is there already, nothing is changed."""
        values = {
            "channel_id": channel_id,
            "message_id": message_id,
            "parent_id": parent_id,
            "member_id": member.id,
            "text": text,
            "at": at,
            "revision": 0,
            "acknowledged": False,
        }
        async with self._engine.begin() as connection:
            await connection.execute(_insert(connection, replies).values(values).on_conflict_do_nothing())
            row = (await connection.execute(_reply_of(channel_id, message_id))).one()
        return _reply(row)

    async def edit_reply(self, channel_id: str, message_id: str, text: str, at: datetime) -> BoardReply | None:
        """Replace the text of a reply, unless it is deleted; gives how it now stands. It is no longer acknowledged."""
        revision = replies.c.revision + 1
        return await self._change_reply(
            channel_id, message_id, text=text, edited_at=at, revision=revision, acknowledged=False
        )

    async def delete_reply(self, channel_id: str, message_id: str, at: datetime) -> None:
        """Remove the text of a reply and keep its row."""
        await self._change_reply(channel_id, message_id, text="", deleted_at=at, acknowledged=False)

    async def acknowledge_reply(self, channel_id: str, message_id: str, *, recorded: bool = True) -> BoardReply | None:
        """Note whether a reply is recorded, unless it is deleted; gives how it now stands, None if there never was one."""
        return await self._change_reply(channel_id, message_id, acknowledged=recorded)

    async def _change_reply(self, channel_id: str, message_id: str, **values: Any) -> BoardReply | None:
        change = update(replies).where(*_is_reply(channel_id, message_id), replies.c.deleted_at.is_(None))
        async with self._engine.begin() as connection:
            await connection.execute(change.values(**values))
            row = (await connection.execute(_reply_of(channel_id, message_id))).one_or_none()
        return None if row is None else _reply(row)

    async def reply(self, channel_id: str, message_id: str) -> BoardReply | None:
        """One reply, a deleted one too, or None."""
        row = await self._first(_reply_of(channel_id, message_id))
        return None if row is None else _reply(row)

    async def replies_to(self, channel_id: str, parent_ids: Collection[str]) -> list[BoardReply]:
        """The replies to these messages that are not deleted, oldest first."""
        query = _replies().where(
            replies.c.channel_id == channel_id, replies.c.parent_id.in_(parent_ids), replies.c.deleted_at.is_(None)
        )
        return [_reply(row) for row in await self._all(query.order_by(replies.c.number))]

    async def _first(self, query: Select[Any]) -> Row[Any] | None:
        async with self._reader.connect() as connection:
            row: Row[Any] | None = (await connection.execute(query)).first()
            return row

    async def _all(self, query: Select[Any]) -> Sequence[Row[Any]]:
        async with self._reader.connect() as connection:
            rows: Sequence[Row[Any]] = (await connection.execute(query)).all()
            return rows


def _later(at: datetime) -> Any:
    """`at`, but never before what is stored: a clock set back must not make an act look older than the one it follows."""
    return case((reactions.c.at > at, reactions.c.at), else_=at)


def _is_reaction(channel_id: str, message_id: str, member: Member, emoji: str) -> tuple[Any, ...]:
    columns = reactions.c
    return (
        columns.channel_id == channel_id,
        columns.message_id == message_id,
        columns.member_id == member.id,
        columns.emoji == emoji,
    )


def _is_reply(channel_id: str, message_id: str) -> tuple[Any, ...]:
    return replies.c.channel_id == channel_id, replies.c.message_id == message_id


def _reactions() -> Select[Any]:
    return select(reactions, func.coalesce(members.c.name, "").label("name")).outerjoin(members)


def _replies() -> Select[Any]:
    return select(replies, func.coalesce(members.c.name, "").label("name")).outerjoin(members)


def _reaction_of(channel_id: str, message_id: str, member: Member, emoji: str) -> Select[Any]:
    return _reactions().where(*_is_reaction(channel_id, message_id, member, emoji))


def _reply_of(channel_id: str, message_id: str) -> Select[Any]:
    return _replies().where(*_is_reply(channel_id, message_id))


def _message(row: Row[Any]) -> BoardMessage:
    return BoardMessage(
        number=row.number, message_id=row.message_id, post=POSTS.validate_json(row.post), posted_at=row.posted_at
    )


def _reaction(row: Row[Any]) -> BoardReaction:
    return BoardReaction(
        message_id=row.message_id,
        member=Member(id=row.member_id, name=row.name),
        emoji=row.emoji,
        present=row.present,
        turn=row.turn,
        at=row.at,
    )


def _reply(row: Row[Any]) -> BoardReply:
    return BoardReply(
        message_id=row.message_id,
        parent_id=row.parent_id,
        member=Member(id=row.member_id, name=row.name),
        text=row.text,
        at=row.at,
        edited_at=row.edited_at,
        deleted_at=row.deleted_at,
        revision=row.revision,
        acknowledged=row.acknowledged,
    )
