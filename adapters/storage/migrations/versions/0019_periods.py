"""Room for the keys of other periods than weeks: days, months, extra digests."""

from alembic import op
from sqlalchemy import String

revision = "0019_periods"
down_revision = "0018_pick_roles"

TABLES = ("digests", "picks", "postings", "card_requests", "skips")


def upgrade() -> None:
    # SQLite enforces no length of a text.
    if op.get_bind().dialect.name == "postgresql":
        for table in TABLES:
            op.alter_column(table, "week", type_=String(16), existing_type=String(8), existing_nullable=False)
