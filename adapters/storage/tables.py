"""
Tables of the schema. Each has the natural key that `bot.ports` names, so that writing twice is harmless and two writers cannot
both win.

A column is what some query asks for; what is only carried is a JSON document in `content` (see `codec`). The schema in the
database is made by `migrations/`; a test compares the two.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    TIMESTAMP,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Double,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
    literal_column,
    text,
    true,
)
from sqlalchemy.types import TypeEngine

from bot.withdrawal import TAG as WITHDRAWN


@lru_cache(maxsize=1024)
def _written(value: datetime) -> str:
    """An instant as text. What is stored together was mostly seen at one instant, so that is written once."""
    return f"{value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


class Instant(TypeDecorator[datetime]):
    """
    An aware datetime, in UTC at both ends; a naive one is refused.

    PostgreSQL has a type for it. SQLite has none, so it is text of one width, `2026-08-14T09:00:00.000000Z`, whose order
    as text is the order in time.
    """

    impl = String(27)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(TIMESTAMP(timezone=True) if dialect.name == "postgresql" else String(27))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no zone: instants are kept in UTC")
        return value.astimezone(UTC) if dialect.name == "postgresql" else _written(value)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the base class names it
        if value is None:
            return None
        return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(UTC)


PeriodKey = String(16).with_variant(String(8), "sqlite")
"""The key of a period (`bot.periods`). SQLite enforces no length, so its tables are as they were made when every key was a week."""

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

sources = Table(
    "sources",
    metadata,
    Column("id", Text, primary_key=True),
    Column("content", Text, nullable=False),
)

source_settings = Table(
    "source_settings",
    metadata,
    Column("id", Text, primary_key=True),
    Column("content", Text, nullable=False),
)

entries = Table(
    "entries",
    metadata,
    Column("source_id", Text, primary_key=True),
    Column("external_id", Text, primary_key=True),
    Column("hash", String(64), nullable=False),
    Column("published", Instant),
    Column("first_seen", Instant, nullable=False),
    Column("backlog", Boolean, nullable=False),
    Column("late", Boolean, nullable=False),
    Column("content", Text, nullable=False),
)

MAY_BE_WITHDRAWN = entries.c.content.like(literal_column(f"""'%"{WITHDRAWN}"%'"""))
"""
The condition that an entry may bear the tag of a withdrawn paper, for the word stands in it by itself; its tags say whether it does. In the text of the
query, since a partial index is used only where its condition is seen to hold.
"""

Index(
    "ix_entries_withdrawn",
    entries.c.source_id,
    entries.c.external_id,
    sqlite_where=MAY_BE_WITHDRAWN,
    postgresql_where=MAY_BE_WITHDRAWN,
)

items = Table(
    "items",
    metadata,
    Column("key", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("first_seen", Instant, nullable=False),
)

# No foreign key to `items`: an alias may be known before anything was said about the item.
item_aliases = Table(
    "item_aliases",
    metadata,
    Column("alias", Text, primary_key=True),
    Column("item_key", Text, nullable=False, index=True),
)

mentions = Table(
    "mentions",
    metadata,
    Column("item_key", Text, primary_key=True),
    Column("source_id", Text, primary_key=True),
    Column("external_id", Text, primary_key=True),
    Column("at", Instant, nullable=False, index=True),
    Column("url", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("direct", Boolean, nullable=False),
    Column("quote", Text, nullable=False),
    ForeignKeyConstraint(["item_key"], ["items.key"]),
    ForeignKeyConstraint(["source_id", "external_id"], ["entries.source_id", "entries.external_id"]),
    Index(None, "source_id", "external_id"),
)

digests = Table(
    "digests",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("week", PeriodKey, primary_key=True),
    Column("compiled_at", Instant, nullable=False),
    Column("content", Text, nullable=False),
    Column("window_start", Instant),
    Column("window_end", Instant, index=True),
    Column("newest_at", Instant),
    Index("ix_digests_ends", "channel", "window_end", "compiled_at", "week"),
)

# Item keys of picks, postings and summaries have no foreign key: the sample week's items are in no source.
picks = Table(
    "picks",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("week", PeriodKey, primary_key=True),
    Column("rank", Integer, primary_key=True),
    Column("item_key", Text, nullable=False, index=True),
    Column("role", String(16), nullable=False, server_default="taste"),
    ForeignKeyConstraint(["channel", "week"], ["digests.channel", "digests.week"]),
)

postings = Table(
    "postings",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("week", PeriodKey, primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("key", Text, nullable=False),
    Column("item_key", Text),
    Column("state", String(16), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("attempted_at", Instant, index=True),
    Column("platform", Text),
    Column("channel_id", Text),
    Column("message_id", Text),
    Column("last_error", Text),
    UniqueConstraint("platform", "channel_id", "message_id"),
    Index("ix_postings_of_item", "item_key", "channel"),
    Index("ix_postings_of_channel", "channel", "attempted_at"),
)
UNFINISHED = ("pending", "sending")
"""The states of a message that is still to be sent or looked for; nearly every row is in another one."""

Index(
    "ix_postings_unfinished",
    postings.c.channel,
    postings.c.week,
    postings.c.state,
    sqlite_where=postings.c.state.in_(UNFINISHED),
    postgresql_where=postings.c.state.in_(UNFINISHED),
)

events = Table(
    "events",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("event_id", Text, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("received", Instant, nullable=False),
    Column("applied_at", Instant),
    Column("outcome", Text),
    Column("content", Text),
    UniqueConstraint("event_id"),
)
Index(
    "ix_events_waiting",
    events.c.received,
    events.c.number,
    sqlite_where=events.c.applied_at.is_(None),
    postgresql_where=events.c.applied_at.is_(None),
)

reactions = Table(
    "reactions",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("channel_id", Text, primary_key=True),
    Column("message_id", Text, primary_key=True),
    Column("member_id", Text, primary_key=True),
    Column("emoji", Text, primary_key=True),
    Column("member_name", Text, nullable=False),
    Column("present", Boolean, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_reactions_emoji", "emoji"),
    Index("ix_reactions_at", "at"),
)

undrawn = Table(
    "undrawn",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("channel_id", Text, primary_key=True),
    Column("message_id", Text, primary_key=True),
    Column("event_id", Text, nullable=False),
    Column("at", Instant, nullable=False, index=True),
)

presses = Table(
    "presses",
    metadata,
    Column("event_id", Text, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("item_key", Text, nullable=False, index=True),
    Column("platform", Text, nullable=False),
    Column("channel_id", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("member_id", Text, nullable=False),
    Column("member_name", Text, nullable=False),
    Column("meaning", String(16), nullable=False),
    Column("present", Boolean, nullable=False),
    Column("at", Instant, nullable=False),
    Index("ix_presses_of_item", "channel", "item_key"),
    Index("ix_presses_at", "at"),
)

summaries = Table(
    "summaries",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("channel_id", Text, primary_key=True),
    Column("message_id", Text, primary_key=True),
    Column("parent_platform", Text, nullable=False),
    Column("parent_channel_id", Text, nullable=False),
    Column("parent_message_id", Text, nullable=False),
    Column("channel", Text, nullable=False, index=True),
    Column("item_key", Text, nullable=False, index=True),
    Column("member_id", Text, nullable=False),
    Column("member_name", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("edited_at", Instant),
    Column("deleted_at", Instant),
    Index("ix_summaries_parent", "parent_platform", "parent_channel_id", "parent_message_id"),
    Index("ix_summaries_at", "at"),
    Index("ix_summaries_member", "platform", "member_id"),
)

summary_history = Table(
    "summary_history",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("channel_id", Text, primary_key=True),
    Column("message_id", Text, primary_key=True),
    Column("written_at", Instant, primary_key=True),
    Column("text", Text, nullable=False),
    ForeignKeyConstraint(
        ["platform", "channel_id", "message_id"],
        ["summaries.platform", "summaries.channel_id", "summaries.message_id"],
    ),
)

# The words themselves are in `search_words`, which each database has in a way of its own (see `repositories.search`).
search_documents = Table(
    "search_documents",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("item_key", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("has_code", Boolean, nullable=False),
    Column("hash", String(64), nullable=False),
    UniqueConstraint("item_key", "scope"),
    Index("ix_search_documents_code", "id", postgresql_where=text("has_code"), sqlite_where=text("has_code")),
)

card_requests = Table(
    "card_requests",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("week", PeriodKey, primary_key=True),
    Column("rank", Integer, primary_key=True),
    Column("member_id", Text, primary_key=True),
    Column("member_name", Text, nullable=False),
    Column("item_key", Text, nullable=False, index=True),
    Column("at", Instant, nullable=False),
)

# Kept under the key that the work had then: aliases are followed when it is read, since two of a list may turn out to be one.
tastes = Table(
    "tastes",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("item_key", Text, primary_key=True),
    Column("content", Text, nullable=False),
)

# Kept under the key that the work had then: aliases are followed when it is read, and no key is ever taken back.
citation_keys = Table(
    "citation_keys",
    metadata,
    Column("citation_key", Text, primary_key=True),
    Column("item_key", Text, nullable=False, unique=True),
)

reminders = Table(
    "reminders",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("member_id", Text, primary_key=True),
    Column("next_at", Instant, nullable=False, index=True),
    Column("content", Text, nullable=False),
)

# Kept under the key that the work had then: aliases are followed when it is read.
alerts = Table(
    "alerts",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("item_key", Text, primary_key=True),
    Column("day", String(10), nullable=False),
    Column("state", String(16), nullable=False),
    Column("content", Text, nullable=False),
)
Index(
    "ix_alerts_unsent",
    alerts.c.channel,
    alerts.c.state,
    sqlite_where=alerts.c.state.in_(UNFINISHED),
    postgresql_where=alerts.c.state.in_(UNFINISHED),
)

own_classics = Table(
    "own_classics",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("item_key", Text, primary_key=True),
    Column("added_at", Instant, nullable=False),
    Column("content", Text, nullable=False),
)

sentences = Table(
    "sentences",
    metadata,
    Column("key", String(40), primary_key=True),
    Column("text", Text, nullable=False),
    Column("tokens", Integer, nullable=False),
    Column("at", Instant, nullable=False, index=True),
    Column("reserved", Integer, nullable=False, server_default="0"),
    Column("answered", Boolean, nullable=False, server_default=true()),
    Column("lost", Integer, nullable=False, server_default="0"),
)

members = Table(
    "members",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("member_id", Text, primary_key=True),
    Column("name", Text, nullable=False),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("name", Text, primary_key=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("platform", Text, nullable=False),
    Column("member_id", Text, nullable=False),
    Column("channels", Text, nullable=False),
    Column("made", Instant, nullable=False),
    Column("used", Instant),
)

forgotten_members = Table(
    "forgotten_members",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("at", Instant, nullable=False),
)

member_wishes = Table(
    "member_wishes",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("member_id", Text, primary_key=True),
    Column("content", Text, nullable=False),
)

# `place` is what the platform calls a channel. A row from before it was kept has none until the next start. `version` counts its changes.
# `wake_at` says when its digest is to be looked at next, as worked out at `wake_noted_at`; NULL is at once. With `waits` it
# waits for its sources, of whose answers it had seen `waits_seen` (`bot.usecases.waiting_channels`).
channels = Table(
    "channels",
    metadata,
    Column("name", Text, primary_key=True),
    Column("platform", Text),
    Column("place", Text),
    Column("team", Text, nullable=False),
    Column("origin", String(8), nullable=False),
    Column("started_at", Instant),
    Column("stopped_at", Instant),
    Column("content", Text, nullable=False),
    Column("version", Integer, nullable=False, server_default="1", index=True),
    Column("wake_at", Instant, index=True),
    Column("wake_noted_at", Instant, index=True),
    Column("waits", Boolean, nullable=False, server_default=false()),
    Column("waits_seen", Text),
    UniqueConstraint("platform", "place"),
)

Index("ix_channels_waiting", channels.c.name, sqlite_where=channels.c.waits, postgresql_where=channels.c.waits)

# No foreign key to `channels`: messages of a channel that is served no more are looked at, too.
reconciled_channels = Table(
    "reconciled_channels",
    metadata,
    Column("platform", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("round", Integer, nullable=False),
    Column("at", Instant),
    Column("trying", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("again", Instant),
)

# No foreign key to `digests`: most weeks that are skipped never had one.
skips = Table(
    "skips",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("week", PeriodKey, primary_key=True),
    Column("because", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("token", Integer, nullable=False),
    Column("until", Instant, nullable=False),
    Column("written_at", Instant, nullable=False, server_default="1970-01-01T00:00:00.000000Z"),
)

notes = Table(
    "notes",
    metadata,
    Column("name", Text, primary_key=True),
    Column("text", Text, nullable=False),
)

# One row a bucket (`rate_limits`), of use on PostgreSQL alone; UNLOGGED there, so that no reservation waits for the disk. `idle_at` and
# `open_at` are seconds since 1970 by the server's clock, and `blocked_for` how many seconds ahead `open_at` was when it was written; the other columns
# say what was asked last, and how many turns it was granted.
rate_limits = Table(
    "rate_limits",
    metadata,
    Column("bucket", Text, primary_key=True),
    Column("turn_interval", Double, nullable=False),
    Column("burst", Integer, nullable=False),
    Column("granted", Integer, nullable=False),
    Column("idle_at", Double, nullable=False),
    Column("open_at", Double, nullable=False),
    Column("blocked_for", Double, nullable=False, server_default="0"),
)
