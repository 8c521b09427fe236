"""Which Slack workspaces installed us, sealed, and which installs are under way."""

from alembic import op
from sqlalchemy import Column, Double, PrimaryKeyConstraint, String, Text

revision = "0006_slack_installations"
down_revision = "0005_leases"


def upgrade() -> None:
    op.create_table(
        "slack_installations",
        Column("team_id", Text, nullable=False),
        Column("enterprise_id", Text),
        Column("content", Text, nullable=False),
        PrimaryKeyConstraint("team_id", name="pk_slack_installations"),
    )
    op.create_table(
        "slack_states",
        Column("hash", String(64), nullable=False),
        Column("expires", Double, nullable=False),
        PrimaryKeyConstraint("hash", name="pk_slack_states"),
    )
    op.create_index("ix_slack_states_expires", "slack_states", ["expires"])
