"""The first tables: sources, entries, items, digests, postings, events, reactions, summaries, people."""

from alembic import op
from sqlalchemy import (
    TIMESTAMP,
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    String,
    Text,
    UniqueConstraint,
    text,
)

revision = "0001_storage"
down_revision = None

INSTANT = String(27).with_variant(TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    _sources()
    _items()
    _digests()
    _triage()
    _people()


def _sources() -> None:
    op.create_table(
        "sources",
        Column("id", Text, nullable=False),
        Column("content", Text, nullable=False),
        PrimaryKeyConstraint("id", name="pk_sources"),
    )
    op.create_table(
        "entries",
        Column("source_id", Text, nullable=False),
        Column("external_id", Text, nullable=False),
        Column("hash", String(64), nullable=False),
        Column("published", INSTANT),
        Column("first_seen", INSTANT, nullable=False),
        Column("backlog", Boolean, nullable=False),
        Column("late", Boolean, nullable=False),
        Column("content", Text, nullable=False),
        PrimaryKeyConstraint("source_id", "external_id", name="pk_entries"),
    )


def _items() -> None:
    op.create_table(
        "items",
        Column("key", Text, nullable=False),
        Column("title", Text, nullable=False),
        Column("first_seen", INSTANT, nullable=False),
        PrimaryKeyConstraint("key", name="pk_items"),
    )
    op.create_table(
        "item_aliases",
        Column("alias", Text, nullable=False),
        Column("item_key", Text, nullable=False),
        PrimaryKeyConstraint("alias", name="pk_item_aliases"),
    )
    op.create_index("ix_item_aliases_item_key", "item_aliases", ["item_key"])
    op.create_table(
        "mentions",
        Column("item_key", Text, nullable=False),
        Column("source_id", Text, nullable=False),
        Column("external_id", Text, nullable=False),
        Column("at", INSTANT, nullable=False),
        Column("url", Text, nullable=False),
        Column("title", Text, nullable=False),
        Column("direct", Boolean, nullable=False),
        Column("quote", Text, nullable=False),
        PrimaryKeyConstraint("item_key", "source_id", "external_id", name="pk_mentions"),
        ForeignKeyConstraint(["item_key"], ["items.key"], name="fk_mentions_item_key"),
        ForeignKeyConstraint(
            ["source_id", "external_id"],
            ["entries.source_id", "entries.external_id"],
            name="fk_mentions_source_id_external_id",
        ),
    )
    op.create_index("ix_mentions_at", "mentions", ["at"])
    op.create_index("ix_mentions_source_id_external_id", "mentions", ["source_id", "external_id"])


def _digests() -> None:
    op.create_table(
        "digests",
        Column("channel", Text, nullable=False),
        Column("week", String(8), nullable=False),
        Column("compiled_at", INSTANT, nullable=False),
        Column("content", Text, nullable=False),
        PrimaryKeyConstraint("channel", "week", name="pk_digests"),
    )
    op.create_table(
        "picks",
        Column("channel", Text, nullable=False),
        Column("week", String(8), nullable=False),
        Column("rank", Integer, nullable=False),
        Column("item_key", Text, nullable=False),
        PrimaryKeyConstraint("channel", "week", "rank", name="pk_picks"),
        ForeignKeyConstraint(["channel", "week"], ["digests.channel", "digests.week"], name="fk_picks_channel_week"),
    )
    op.create_index("ix_picks_item_key", "picks", ["item_key"])
    op.create_table(
        "postings",
        Column("channel", Text, nullable=False),
        Column("week", String(8), nullable=False),
        Column("part", Integer, nullable=False),
        Column("key", Text, nullable=False),
        Column("item_key", Text),
        Column("state", String(16), nullable=False),
        Column("attempt", Integer, nullable=False),
        Column("attempted_at", INSTANT),
        Column("platform", Text),
        Column("channel_id", Text),
        Column("message_id", Text),
        Column("last_error", Text),
        PrimaryKeyConstraint("channel", "week", "part", name="pk_postings"),
        UniqueConstraint("platform", "channel_id", "message_id", name="uq_postings_platform_channel_id_message_id"),
    )
    op.create_index("ix_postings_item_key", "postings", ["item_key"])
    op.create_index("ix_postings_attempted_at", "postings", ["attempted_at"])


def _triage() -> None:
    op.create_table(
        "events",
        Column("number", BigInteger().with_variant(Integer, "sqlite"), nullable=False, autoincrement=True),
        Column("event_id", Text, nullable=False),
        Column("kind", String(32), nullable=False),
        Column("received", INSTANT, nullable=False),
        Column("applied_at", INSTANT),
        Column("outcome", Text),
        Column("content", Text),
        PrimaryKeyConstraint("number", name="pk_events"),
        UniqueConstraint("event_id", name="uq_events_event_id"),
    )
    op.create_index(
        "ix_events_waiting",
        "events",
        ["received", "number"],
        sqlite_where=text("applied_at IS NULL"),
        postgresql_where=text("applied_at IS NULL"),
    )
    op.create_table(
        "reactions",
        Column("platform", Text, nullable=False),
        Column("channel_id", Text, nullable=False),
        Column("message_id", Text, nullable=False),
        Column("member_id", Text, nullable=False),
        Column("emoji", Text, nullable=False),
        Column("member_name", Text, nullable=False),
        Column("present", Boolean, nullable=False),
        Column("at", INSTANT, nullable=False),
        PrimaryKeyConstraint("platform", "channel_id", "message_id", "member_id", "emoji", name="pk_reactions"),
    )
    op.create_table(
        "summaries",
        Column("platform", Text, nullable=False),
        Column("channel_id", Text, nullable=False),
        Column("message_id", Text, nullable=False),
        Column("parent_platform", Text, nullable=False),
        Column("parent_channel_id", Text, nullable=False),
        Column("parent_message_id", Text, nullable=False),
        Column("channel", Text, nullable=False),
        Column("item_key", Text, nullable=False),
        Column("member_id", Text, nullable=False),
        Column("member_name", Text, nullable=False),
        Column("text", Text, nullable=False),
        Column("at", INSTANT, nullable=False),
        Column("edited_at", INSTANT),
        Column("deleted_at", INSTANT),
        PrimaryKeyConstraint("platform", "channel_id", "message_id", name="pk_summaries"),
    )
    op.create_index("ix_summaries_channel", "summaries", ["channel"])
    op.create_index("ix_summaries_item_key", "summaries", ["item_key"])
    op.create_index(
        "ix_summaries_parent",
        "summaries",
        ["parent_platform", "parent_channel_id", "parent_message_id"],
    )
    op.create_table(
        "summary_history",
        Column("platform", Text, nullable=False),
        Column("channel_id", Text, nullable=False),
        Column("message_id", Text, nullable=False),
        Column("written_at", INSTANT, nullable=False),
        Column("text", Text, nullable=False),
        PrimaryKeyConstraint("platform", "channel_id", "message_id", "written_at", name="pk_summary_history"),
        ForeignKeyConstraint(
            ["platform", "channel_id", "message_id"],
            ["summaries.platform", "summaries.channel_id", "summaries.message_id"],
            name="fk_summary_history_platform_channel_id_message_id",
        ),
    )


def _people() -> None:
    op.create_table(
        "members",
        Column("platform", Text, nullable=False),
        Column("member_id", Text, nullable=False),
        Column("name", Text, nullable=False),
        PrimaryKeyConstraint("platform", "member_id", name="pk_members"),
    )
    op.create_table(
        "channels",
        Column("name", Text, nullable=False),
        Column("started_at", INSTANT, nullable=False),
        PrimaryKeyConstraint("name", name="pk_channels"),
    )
