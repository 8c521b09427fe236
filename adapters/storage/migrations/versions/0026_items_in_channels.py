"""An index of what is asked for each digest that is sent: the messages about its works in the channels that may be shown there."""

from alembic import op

revision = "0026_items_in_channels"
down_revision = "0025_word_pairs"


def upgrade() -> None:
    op.create_index("ix_postings_of_item", "postings", ["item_key", "channel"])
    op.drop_index("ix_postings_item_key", "postings")
