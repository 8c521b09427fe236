"""Citation keys, which never change once they are given out."""

from alembic import op
from sqlalchemy import Column, PrimaryKeyConstraint, Text, UniqueConstraint

revision = "0014_citation_keys"
down_revision = "0013_reminders"


def upgrade() -> None:
    op.create_table(
        "citation_keys",
        Column("citation_key", Text, nullable=False),
        Column("item_key", Text, nullable=False),
        PrimaryKeyConstraint("citation_key", name="pk_citation_keys"),
        UniqueConstraint("item_key", name="uq_citation_keys_item_key"),
    )
