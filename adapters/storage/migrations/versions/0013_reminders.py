"""Members' wishes for a weekly message to them alone."""

from alembic import op
from sqlalchemy import Column, PrimaryKeyConstraint, Text

from adapters.storage.tables import Instant

revision = "0013_reminders"
down_revision = "0012_presses"


def upgrade() -> None:
    op.create_table(
        "reminders",
        Column("platform", Text, nullable=False),
        Column("member_id", Text, nullable=False),
        Column("next_at", Instant, nullable=False),
        Column("content", Text, nullable=False),
        PrimaryKeyConstraint("platform", "member_id", name="pk_reminders"),
    )
    op.create_index("ix_reminders_next_at", "reminders", ["next_at"])
