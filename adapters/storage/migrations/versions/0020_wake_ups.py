"""When each channel is to be looked at next, and what a digest covers in columns of its own, so that no tick reads them all."""

import json
from datetime import datetime

from alembic import op
from sqlalchemy import Column, Integer, String, Text, bindparam, column, select, table, update

from adapters.storage.tables import Instant

revision = "0020_wake_ups"
down_revision = "0019_periods"

_AT_ONCE = 500


def upgrade() -> None:
    op.add_column("channels", Column("version", Integer, nullable=False, server_default="1"))
    op.add_column("channels", Column("wake_at", Instant))
    op.add_column("channels", Column("wake_noted_at", Instant))
    for name in ("version", "wake_at", "wake_noted_at"):
        op.create_index(f"ix_channels_{name}", "channels", [name])
    for name in ("window_start", "window_end", "newest_at"):
        op.add_column("digests", Column(name, Instant))
    op.create_index("ix_digests_window_end", "digests", ["window_end"])
    unfinished = column("state", String).in_(("pending", "sending"))
    op.create_index(
        "ix_postings_unfinished",
        "postings",
        ["channel", "week", "state"],
        sqlite_where=unfinished,
        postgresql_where=unfinished,
    )
    _fill()


def _fill() -> None:
    """Read what each digest covers out of its document, some hundreds at a time."""
    digests = table(
        "digests",
        column("channel", Text),
        column("week", String),
        column("content", Text),
        column("window_start", Instant),
        column("window_end", Instant),
        column("newest_at", Instant),
    )
    connection = op.get_bind()
    filling = (
        update(digests)
        .where(digests.c.channel == bindparam("of_channel"), digests.c.week == bindparam("of_week"))
        .values(window_start=bindparam("start"), window_end=bindparam("end"), newest_at=bindparam("newest"))
    )
    bare = select(digests.c.channel, digests.c.week, digests.c.content).where(digests.c.window_end.is_(None))
    while rows := connection.execute(bare.limit(_AT_ONCE)).all():
        connection.execute(filling, [_span(row.channel, row.week, json.loads(row.content)) for row in rows])


def _span(channel: str, week: str, digest: dict[str, object]) -> dict[str, object]:
    window, sources = digest["window"], digest.get("sources") or []
    assert isinstance(window, dict)
    assert isinstance(sources, list)
    spoken = [datetime.fromisoformat(one["newest"]) for one in sources if one.get("newest")]
    return {
        "of_channel": channel,
        "of_week": week,
        "start": datetime.fromisoformat(window["start"]),
        "end": datetime.fromisoformat(window["end"]),
        "newest": max(spoken, default=None),
    }
