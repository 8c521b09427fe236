"""The suppression list: keyed hashes of members who asked to be forgotten."""

from alembic import op
from sqlalchemy import Column, PrimaryKeyConstraint, String

from adapters.storage.tables import Instant

revision = "0016_forgotten"
down_revision = "0015_page_access"


def upgrade() -> None:
    op.create_table(
        "forgotten_members",
        Column("hash", String(64), nullable=False),
        Column("at", Instant, nullable=False),
        PrimaryKeyConstraint("hash", name="pk_forgotten_members"),
    )
