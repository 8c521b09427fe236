"""What a question to a language model may cost is reserved before it is asked, so that it counts even where no answer ever comes."""

from alembic import op
from sqlalchemy import Boolean, Column, Integer, true

revision = "0030_reserved_tokens"
down_revision = "0029_nameless_feeds"


def upgrade() -> None:
    op.add_column("sentences", Column("reserved", Integer, nullable=False, server_default="0"))
    op.add_column("sentences", Column("answered", Boolean, nullable=False, server_default=true()))
