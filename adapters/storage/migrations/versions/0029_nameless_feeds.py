"""Addresses of feeds of somebody's summaries go where nothing is stored of whoever wrote them: they were made of a forgotten member's id."""

from hashlib import sha256

from alembic import op
from sqlalchemy import text

revision = "0029_nameless_feeds"
down_revision = "0028_undrawn"


def upgrade() -> None:
    connection = op.get_bind()
    known = connection.execute(text("SELECT platform, member_id FROM members UNION SELECT platform, member_id FROM summaries"))
    marks = {sha256(f"{row.platform} {row.member_id}".encode()).hexdigest() for row in known}
    about = connection.execute(text("SELECT DISTINCT about FROM page_feeds WHERE about <> ''")).scalars()
    for one in set(about) - marks:
        connection.execute(text("DELETE FROM page_feeds WHERE about = :about"), {"about": one})
