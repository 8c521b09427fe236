"""What people set for channels, and why nothing is posted in one."""

from alembic import op
from sqlalchemy import Column, PrimaryKeyConstraint, Text

revision = "0004_channel_states"
down_revision = "0003_source_settings"


def upgrade() -> None:
    op.create_table(
        "channel_states",
        Column("name", Text, nullable=False),
        Column("content", Text, nullable=False),
        PrimaryKeyConstraint("name", name="pk_channel_states"),
    )
