"""Which works were withdrawn since they were sent is asked after each collect, of an index of the entries that say so."""

from alembic import op
from sqlalchemy import column, literal_column

revision = "0033_withdrawn"
down_revision = "0032_unsent_alerts"


def upgrade() -> None:
    says_so = column("content").like(literal_column("""'%"withdrawn"%'"""))
    op.create_index(
        "ix_entries_withdrawn",
        "entries",
        ["source_id", "external_id"],
        sqlite_where=says_so,
        postgresql_where=says_so,
    )
