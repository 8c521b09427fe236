"""What opens the page: sessions, links that are good once, devices of local members, addresses of feeds."""

from alembic import op
from sqlalchemy import Column, DateTime, PrimaryKeyConstraint, String, Text

revision = "0015_page_access"
down_revision = "0014_citation_keys"

INSTANT = DateTime(timezone=True)


def upgrade() -> None:
    for table in ("page_sessions", "page_links"):
        op.create_table(
            table,
            Column("secret", String(64), nullable=False),
            Column("platform", Text, nullable=False),
            Column("member_id", Text, nullable=False),
            Column("member_name", Text, nullable=False),
            Column("expires", INSTANT, nullable=False),
            PrimaryKeyConstraint("secret", name=f"pk_{table}"),
        )
    op.create_table(
        "page_devices",
        Column("secret", String(64), nullable=False),
        Column("member_id", String(64), nullable=False),
        PrimaryKeyConstraint("secret", name="pk_page_devices"),
    )
    op.create_index("ix_page_devices_member_id", "page_devices", ["member_id"])
    op.create_table(
        "page_feeds",
        Column("secret", String(64), nullable=False),
        Column("platform", Text, nullable=False),
        Column("member_id", Text, nullable=False),
        Column("kind", String(16), nullable=False),
        Column("channel", Text, nullable=False),
        Column("about", Text, nullable=False),
        Column("made", INSTANT, nullable=False),
        PrimaryKeyConstraint("secret", name="pk_page_feeds"),
    )
    op.create_index("ix_page_feeds_platform_member_id", "page_feeds", ["platform", "member_id"])
