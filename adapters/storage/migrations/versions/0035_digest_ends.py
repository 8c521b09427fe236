"""When a channel's last digest ended is asked before each collect, of an index that has it without the digests themselves."""

from alembic import op

revision = "0035_digest_ends"
down_revision = "0034_reconciled_channels"


def upgrade() -> None:
    op.create_index("ix_digests_ends", "digests", ["channel", "window_end", "compiled_at", "week"])
