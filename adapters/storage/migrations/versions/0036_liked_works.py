"""Whether a work is in a channel's taste is asked for each entry that may be trimmed, of an index."""

from alembic import op

revision = "0036_liked_works"
down_revision = "0035_digest_ends"


def upgrade() -> None:
    op.create_index("ix_tastes_item_key", "tastes", ["item_key"])
