"""What lasts by the database's clock says when it was written, or for how long it was to last, so that a clock that is set back does not prolong it."""

from alembic import op
from sqlalchemy import Column, Double

from adapters.storage.tables import Instant

revision = "0036_clocks_set_back"
down_revision = "0035_digest_ends"


def upgrade() -> None:
    op.add_column("leases", Column("written_at", Instant, nullable=False, server_default="1970-01-01T00:00:00.000000Z"))
    op.add_column("rate_limits", Column("blocked_for", Double, nullable=False, server_default="0"))
    # For how long they were blocked is not known: they stay so until then.
    op.execute("UPDATE rate_limits SET blocked_for = open_at")
