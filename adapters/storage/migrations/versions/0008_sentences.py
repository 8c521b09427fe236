"""What a language model said of works, and what it cost."""

from alembic import op
from sqlalchemy import Column, Integer, PrimaryKeyConstraint, String, Text

from adapters.storage.tables import Instant

revision = "0008_sentences"
down_revision = "0007_cards_and_taste"


def upgrade() -> None:
    op.create_table(
        "sentences",
        Column("key", String(40), nullable=False),
        Column("text", Text, nullable=False),
        Column("tokens", Integer, nullable=False),
        Column("at", Instant, nullable=False),
        PrimaryKeyConstraint("key", name="pk_sentences"),
    )
    op.create_index("ix_sentences_at", "sentences", ["at"])
