"""
Tables of the local channel, as a chat platform keeps them: messages, reactions, replies and members.

These tables are the *platform's* state, beside the core's tables in the same database: what Slack would hold on its side.
Nothing in the core reads them; it learns of them through the `Chat` port alone. The engine is created by the caller, and on
SQLite it begins every transaction IMMEDIATE, so a read followed by a write in one transaction is safe.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

from bot.model import Member, Post

POSTS: TypeAdapter[Post] = TypeAdapter(Post)
"""How a post is kept as JSON and read again."""


class Instant(TypeDecorator[datetime]):
    """An aware datetime in UTC. SQLite keeps no zone, so what it gives back is told that it is UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the base class names it
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the base class names it
        if not isinstance(value, datetime):
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

members = Table(
    "board_members",
    metadata,
    Column("member_id", String(64), primary_key=True),
    Column("name", String(40), nullable=False),
    Column("named_at", Instant, nullable=False),
)

messages = Table(
    "board_messages",
    metadata,
    Column("number", Integer, primary_key=True),  # the order of the page: instants may be equal
    Column("channel_id", String(200), nullable=False),
    Column("message_id", String(64), nullable=False),
    Column("key", String(300), nullable=False),
    Column("role", String(16), nullable=False),
    Column("post", Text, nullable=False),
    Column("posted_at", Instant, nullable=False),
    UniqueConstraint("channel_id", "message_id"),
    UniqueConstraint("channel_id", "key"),
)

reactions = Table(
    "board_reactions",
    metadata,
    Column("channel_id", String(200), primary_key=True),
    Column("message_id", String(64), primary_key=True),
    Column("member_id", String(64), ForeignKey("board_members.member_id"), primary_key=True),
    Column("emoji", String(64), primary_key=True),
    Column("present", Boolean, nullable=False),
    Column("turn", Integer, nullable=False),  # how often it was put on or taken back: makes each event's id its own
    Column("at", Instant, nullable=False),
    ForeignKeyConstraint(["channel_id", "message_id"], ["board_messages.channel_id", "board_messages.message_id"]),
)

replies = Table(
    "board_replies",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("channel_id", String(200), nullable=False),
    Column("message_id", String(64), nullable=False),
    Column("parent_id", String(64), nullable=False),
    Column("member_id", String(64), ForeignKey("board_members.member_id"), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("edited_at", Instant),
    Column("deleted_at", Instant),
    Column("revision", Integer, nullable=False),  # counts the edits: makes each event's id its own
    Column("acknowledged", Boolean, nullable=False),
    UniqueConstraint("channel_id", "message_id"),
    ForeignKeyConstraint(["channel_id", "parent_id"], ["board_messages.channel_id", "board_messages.message_id"]),
    Index(None, "channel_id", "parent_id"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardMessage:
    """A message as it stands in the channel. `number` grows with every message."""

    number: int
    message_id: str
    post: Post
    posted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardReaction:
    """An emoji that `member` has (`present`) or had on a message; `turn` counts how often that changed."""

    message_id: str
    member: Member
    emoji: str
    present: bool
    turn: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardReply:
    """A reply as it stands in a thread. A deleted one keeps its row, without its text."""

    message_id: str
    parent_id: str
    member: Member
    text: str
    at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    revision: int
    acknowledged: bool


def derived_id(*parts: str) -> str:
    """The same short opaque id for the same parts, always."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]
