"""The messages on which something was decided that they may not show yet, since who recorded it died before it had them drawn."""

from alembic import op
from sqlalchemy import Column, Text

from adapters.storage.tables import Instant

revision = "0028_undrawn"
down_revision = "0027_short_beginnings"


def upgrade() -> None:
    op.create_table(
        "undrawn",
        Column("platform", Text, primary_key=True),
        Column("channel_id", Text, primary_key=True),
        Column("message_id", Text, primary_key=True),
        Column("event_id", Text, nullable=False),
        Column("at", Instant, nullable=False),
    )
    op.create_index("ix_undrawn_at", "undrawn", ["at"])
