"""What was decided by button."""

from alembic import op
from sqlalchemy import Boolean, Column, PrimaryKeyConstraint, String, Text

from adapters.storage.tables import Instant

revision = "0012_presses"
down_revision = "0011_own_classics"


def upgrade() -> None:
    op.create_table(
        "presses",
        Column("event_id", Text, nullable=False),
        Column("channel", Text, nullable=False),
        Column("item_key", Text, nullable=False),
        Column("platform", Text, nullable=False),
        Column("channel_id", Text, nullable=False),
        Column("message_id", Text, nullable=False),
        Column("member_id", Text, nullable=False),
        Column("member_name", Text, nullable=False),
        Column("meaning", String(16), nullable=False),
        Column("present", Boolean, nullable=False),
        Column("at", Instant, nullable=False),
        PrimaryKeyConstraint("event_id", name="pk_presses"),
    )
    op.create_index("ix_presses_item_key", "presses", ["item_key"])
    op.create_index("ix_presses_of_item", "presses", ["channel", "item_key"])
