"""How far reconciling has come with each channel, and an index by which a channel's messages of the last weeks are found."""

from alembic import op
from sqlalchemy import Column, Integer, Text

from adapters.storage.tables import Instant

revision = "0034_reconciled_channels"
down_revision = "0033_withdrawn"


def upgrade() -> None:
    op.create_table(
        "reconciled_channels",
        Column("platform", Text, primary_key=True),
        Column("channel", Text, primary_key=True),
        Column("round", Integer, nullable=False),
        Column("at", Instant),
        Column("trying", Integer, nullable=False),
        Column("tries", Integer, nullable=False),
        Column("again", Instant),
    )
    op.create_index("ix_postings_of_channel", "postings", ["channel", "attempted_at"])
