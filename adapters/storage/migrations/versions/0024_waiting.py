"""Which channels' digests wait for sources that fail, so that they are compiled again when one answers, and not at every tick."""

from alembic import op
from sqlalchemy import Boolean, Column, column, false

revision = "0024_waiting"
down_revision = "0023_rate_limits"


def upgrade() -> None:
    op.add_column("channels", Column("waits", Boolean, nullable=False, server_default=false()))
    waiting = column("waits", Boolean)
    op.create_index("ix_channels_waiting", "channels", ["name"], sqlite_where=waiting, postgresql_where=waiting)
