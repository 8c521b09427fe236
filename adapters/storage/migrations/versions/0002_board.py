"""The local channel's own tables: what a chat platform would keep at its end."""

from alembic import op
from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    String,
    Text,
    UniqueConstraint,
)

revision = "0002_board"
down_revision = "0001_storage"

INSTANT = DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "board_members",
        Column("member_id", String(64), nullable=False),
        Column("name", String(40), nullable=False),
        Column("named_at", INSTANT, nullable=False),
        PrimaryKeyConstraint("member_id", name="pk_board_members"),
    )
    op.create_table(
        "board_messages",
        Column("number", Integer, nullable=False, autoincrement=True),
        Column("channel_id", String(200), nullable=False),
        Column("message_id", String(64), nullable=False),
        Column("key", String(300), nullable=False),
        Column("role", String(16), nullable=False),
        Column("post", Text, nullable=False),
        Column("posted_at", INSTANT, nullable=False),
        PrimaryKeyConstraint("number", name="pk_board_messages"),
        UniqueConstraint("channel_id", "message_id", name="uq_board_messages_channel_id_message_id"),
        UniqueConstraint("channel_id", "key", name="uq_board_messages_channel_id_key"),
    )
    op.create_table(
        "board_reactions",
        Column("channel_id", String(200), nullable=False),
        Column("message_id", String(64), nullable=False),
        Column("member_id", String(64), nullable=False),
        Column("emoji", String(64), nullable=False),
        Column("present", Boolean, nullable=False),
        Column("turn", Integer, nullable=False),
        Column("at", INSTANT, nullable=False),
        PrimaryKeyConstraint("channel_id", "message_id", "member_id", "emoji", name="pk_board_reactions"),
        ForeignKeyConstraint(["member_id"], ["board_members.member_id"], name="fk_board_reactions_member_id"),
        ForeignKeyConstraint(
            ["channel_id", "message_id"],
            ["board_messages.channel_id", "board_messages.message_id"],
            name="fk_board_reactions_channel_id_message_id",
        ),
    )
    op.create_table(
        "board_replies",
        Column("number", Integer, nullable=False, autoincrement=True),
        Column("channel_id", String(200), nullable=False),
        Column("message_id", String(64), nullable=False),
        Column("parent_id", String(64), nullable=False),
        Column("member_id", String(64), nullable=False),
        Column("text", Text, nullable=False),
        Column("at", INSTANT, nullable=False),
        Column("edited_at", INSTANT),
        Column("deleted_at", INSTANT),
        Column("revision", Integer, nullable=False),
        Column("acknowledged", Boolean, nullable=False),
        PrimaryKeyConstraint("number", name="pk_board_replies"),
        UniqueConstraint("channel_id", "message_id", name="uq_board_replies_channel_id_message_id"),
        ForeignKeyConstraint(["member_id"], ["board_members.member_id"], name="fk_board_replies_member_id"),
        ForeignKeyConstraint(
            ["channel_id", "parent_id"],
            ["board_messages.channel_id", "board_messages.message_id"],
            name="fk_board_replies_channel_id_parent_id",
        ),
    )
    op.create_index("ix_board_replies_channel_id_parent_id", "board_replies", ["channel_id", "parent_id"])
