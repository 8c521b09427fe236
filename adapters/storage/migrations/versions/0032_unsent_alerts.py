"""Which channels have alerts that are not sent yet is asked twice a minute, of an index of these alone."""

from alembic import op
from sqlalchemy import column

revision = "0032_unsent_alerts"
down_revision = "0031_lost_tokens"


def upgrade() -> None:
    unsent = column("state").in_(["pending", "sending"])
    op.create_index(
        "ix_alerts_unsent", "alerts", ["channel", "state"], sqlite_where=unsent, postgresql_where=unsent
    )
