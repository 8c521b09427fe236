"""Members' acts are found by their age, so that dropping those of years takes as long for the last of them as for the first."""

from alembic import op

revision = "0038_acts_by_time"
down_revision = "0037_waits_seen"


def upgrade() -> None:
    for name in ("reactions", "presses", "summaries"):
        op.create_index(f"ix_{name}_at", name, ["at"])
