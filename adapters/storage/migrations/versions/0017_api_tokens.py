"""Tokens by which programs read, by their hashes."""

from alembic import op
from sqlalchemy import Column, PrimaryKeyConstraint, String, Text, UniqueConstraint

from adapters.storage.tables import Instant

revision = "0017_api_tokens"
down_revision = "0016_forgotten"


def upgrade() -> None:
    op.create_table(
        "api_tokens",
        Column("name", Text, nullable=False),
        Column("hash", String(64), nullable=False),
        Column("platform", Text, nullable=False),
        Column("member_id", Text, nullable=False),
        Column("channels", Text, nullable=False),
        Column("made", Instant, nullable=False),
        Column("used", Instant),
        PrimaryKeyConstraint("name", name="pk_api_tokens"),
        UniqueConstraint("hash", name="uq_api_tokens_hash"),
    )
