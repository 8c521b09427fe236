"""What a pick was chosen for (taste, exploration, a classic), beside its key, so that nobody reads whole digests to know it."""

import json

from alembic import op
from sqlalchemy import Column, String, text

revision = "0018_pick_roles"
down_revision = "0017_api_tokens"


def upgrade() -> None:
    op.add_column("picks", Column("role", String(16), nullable=False, server_default="taste"))
    connection = op.get_bind()
    read = text("SELECT content FROM digests WHERE channel = :channel AND week = :week")
    mark = text("UPDATE picks SET role = :role WHERE channel = :channel AND week = :week AND rank = :rank")
    for channel, week in connection.execute(text("SELECT channel, week FROM digests")).all():
        place = {"channel": channel, "week": week}
        picks = json.loads(connection.scalar(read, place))["picks"]
        rows = [
            {**place, "rank": pick["rank"], "role": "explored" if pick.get("explore") else "classic"}
            for pick in picks
            if pick.get("explore") or pick.get("classic")
        ]
        if rows:
            connection.execute(mark, rows)
