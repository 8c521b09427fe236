"""The classics that channels chose for themselves."""

from alembic import op
from sqlalchemy import Column, PrimaryKeyConstraint, Text

from adapters.storage.tables import Instant

revision = "0011_own_classics"
down_revision = "0010_channels"


def upgrade() -> None:
    op.create_table(
        "own_classics",
        Column("channel", Text, nullable=False),
        Column("item_key", Text, nullable=False),
        Column("added_at", Instant, nullable=False),
        Column("content", Text, nullable=False),
        PrimaryKeyConstraint("channel", "item_key", name="pk_own_classics"),
    )
