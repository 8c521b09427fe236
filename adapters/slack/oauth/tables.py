"""
Tables of OAuth installs, beside the core's in the same database: installations, encrypted, and states that were used.

Nothing in the core reads them. The schema is made by `adapters/storage/migrations`; a test compares the two.
"""

from __future__ import annotations

from sqlalchemy import Column, Double, MetaData, String, Table, Text

metadata = MetaData(naming_convention={"pk": "pk_%(table_name)s", "ix": "ix_%(table_name)s_%(column_0_N_name)s"})

# One row an installation, for ever replaced and never appended to: the SDK's own table keeps every token there was (docs/platform-facts.md#a18).
installations = Table(
    "slack_installations",
    metadata,
    Column("team_id", Text, primary_key=True),
    Column("enterprise_id", Text),
    Column("content", Text, nullable=False),
)

# A state that was used, by its hash, until it would have run out anyway. `expires` is in epoch seconds.
states = Table(
    "slack_states",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("expires", Double, nullable=False, index=True),
)
