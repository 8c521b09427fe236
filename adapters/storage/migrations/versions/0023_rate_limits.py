"""When each bucket of the platforms' rate limits gives its next turn, for processes that share them."""

from alembic import op
from sqlalchemy import Column, Double, Integer, Text

revision = "0023_rate_limits"
down_revision = "0022_title_words"


def upgrade() -> None:
    # What a crash of the server would lose is worth nothing a minute later, so no write of it waits for the disk.
    unlogged = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "rate_limits",
        Column("bucket", Text, primary_key=True),
        Column("turn_interval", Double, nullable=False),
        Column("burst", Integer, nullable=False),
        Column("granted", Integer, nullable=False),
        Column("idle_at", Double, nullable=False),
        Column("open_at", Double, nullable=False),
        prefixes=["UNLOGGED"] if unlogged else [],
    )
