"""Channels with the place they are in and who subscribed them: those of the file and those set up in chat, a row each."""

import json

from alembic import op
from sqlalchemy import Column, PrimaryKeyConstraint, String, Text, UniqueConstraint, column, select, table

from adapters.storage.tables import Instant

revision = "0010_channels"
down_revision = "0009_search"


def upgrade() -> None:
    # They are few: a column that may be empty now, and the two tables as one, are simpler made anew than altered.
    before = table("channels", column("name", Text), column("started_at", Instant))
    states = table("channel_states", column("name", Text), column("content", Text))
    began = {row.name: row.started_at for row in op.get_bind().execute(select(before))}
    contents = {row.name: row.content for row in op.get_bind().execute(select(states))}
    op.drop_table("channels")
    op.drop_table("channel_states")
    fresh = op.create_table(
        "channels",
        Column("name", Text, nullable=False),
        Column("platform", Text),
        Column("place", Text),
        Column("team", Text, nullable=False),
        Column("origin", String(8), nullable=False),
        Column("started_at", Instant),
        Column("stopped_at", Instant),
        Column("content", Text, nullable=False),
        PrimaryKeyConstraint("name", name="pk_channels"),
        UniqueConstraint("platform", "place", name="uq_channels_platform_place"),
    )
    op.bulk_insert(
        fresh,
        [
            {
                "name": name,
                "team": "",
                "origin": "file",
                "started_at": began.get(name),
                "content": contents.get(name) or json.dumps({"name": name}, ensure_ascii=False),
            }
            for name in sorted(began.keys() | contents.keys())
        ],
    )
