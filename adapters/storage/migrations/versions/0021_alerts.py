"""Works that a channel was told of at once, since somebody or something it follows is in them."""

from alembic import op
from sqlalchemy import Column, PrimaryKeyConstraint, String, Text

revision = "0021_alerts"
down_revision = "0020_wake_ups"


def upgrade() -> None:
    op.create_table(
        "alerts",
        Column("channel", Text, nullable=False),
        Column("item_key", Text, nullable=False),
        Column("day", String(10), nullable=False),
        Column("state", String(16), nullable=False),
        Column("content", Text, nullable=False),
        PrimaryKeyConstraint("channel", "item_key", name="pk_alerts"),
    )
