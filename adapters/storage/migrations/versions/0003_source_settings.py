"""What people set for sources while the program runs."""

from alembic import op
from sqlalchemy import Column, PrimaryKeyConstraint, Text

revision = "0003_source_settings"
down_revision = "0002_board"


def upgrade() -> None:
    op.create_table(
        "source_settings",
        Column("id", Text, nullable=False),
        Column("content", Text, nullable=False),
        PrimaryKeyConstraint("id", name="pk_source_settings"),
    )
