"""What a channel that waits for sources has seen of them, so that their answers wake only those for which they may change something."""

from alembic import op
from sqlalchemy import Column, Text

revision = "0037_waits_seen"
down_revision = "0036_clocks_set_back"


def upgrade() -> None:
    op.add_column("channels", Column("waits_seen", Text))
