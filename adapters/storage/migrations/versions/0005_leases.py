"""Who is sending a digest, which weeks have none and why, and short notes of our own."""

from alembic import op
from sqlalchemy import TIMESTAMP, Column, Integer, PrimaryKeyConstraint, String, Text

revision = "0005_leases"
down_revision = "0004_channel_states"

INSTANT = String(27).with_variant(TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "skips",
        Column("channel", Text, nullable=False),
        Column("week", String(8), nullable=False),
        Column("because", Text, nullable=False),
        Column("at", INSTANT, nullable=False),
        PrimaryKeyConstraint("channel", "week", name="pk_skips"),
    )
    op.create_table(
        "leases",
        Column("name", Text, nullable=False),
        Column("owner", Text, nullable=False),
        Column("token", Integer, nullable=False),
        Column("until", INSTANT, nullable=False),
        PrimaryKeyConstraint("name", name="pk_leases"),
    )
    op.create_table(
        "notes",
        Column("name", Text, nullable=False),
        Column("text", Text, nullable=False),
        PrimaryKeyConstraint("name", name="pk_notes"),
    )
