"""Who wanted to see the card of a line, and what a channel liked before we knew it."""

from alembic import op
from sqlalchemy import Column, Integer, PrimaryKeyConstraint, String, Text

from adapters.storage.tables import Instant

revision = "0007_cards_and_taste"
down_revision = "0006_slack_installations"


def upgrade() -> None:
    op.create_table(
        "card_requests",
        Column("channel", Text, nullable=False),
        Column("week", String(8), nullable=False),
        Column("rank", Integer, nullable=False),
        Column("member_id", Text, nullable=False),
        Column("member_name", Text, nullable=False),
        Column("item_key", Text, nullable=False),
        Column("at", Instant, nullable=False),
        PrimaryKeyConstraint("channel", "week", "rank", "member_id", name="pk_card_requests"),
    )
    op.create_index("ix_card_requests_item_key", "card_requests", ["item_key"])
    op.create_table(
        "tastes",
        Column("channel", Text, nullable=False),
        Column("item_key", Text, nullable=False),
        Column("content", Text, nullable=False),
        PrimaryKeyConstraint("channel", "item_key", name="pk_tastes"),
    )
    op.create_table(
        "member_wishes",
        Column("platform", Text, nullable=False),
        Column("member_id", Text, nullable=False),
        Column("content", Text, nullable=False),
        PrimaryKeyConstraint("platform", "member_id", name="pk_member_wishes"),
    )
