"""What one member wrote is found without reading what others did."""

from alembic import op

revision = "0039_summaries_by_member"
down_revision = "0038_acts_by_time"


def upgrade() -> None:
    op.create_index("ix_summaries_member", "summaries", ["platform", "member_id"])
