"""
For the search: in PostgreSQL's full-text index pairs of words that follow one another, for phrases; indexes of the documents with code, and of
the emoji that people react with.
"""

from alembic import op
from sqlalchemy import text

revision = "0025_word_pairs"
down_revision = "0024_waiting"


def upgrade() -> None:
    where = text("has_code")
    op.create_index(
        "ix_search_documents_code", "search_documents", ["id"], postgresql_where=where, sqlite_where=where
    )
    op.create_index("ix_reactions_emoji", "reactions", ["emoji"])
    if op.get_bind().dialect.name != "postgresql":
        return
    # Empty at first: the program fills it when it runs, and asks for no pair until then (`bot.usecases.search.complete`).
    for name in ("search_words", "search_team_words"):
        op.execute(f"ALTER TABLE {name} ADD COLUMN pairs int[] NOT NULL DEFAULT '{{}}'")
        op.execute(f"ALTER TABLE {name} ALTER COLUMN pairs SET STORAGE MAIN")
        op.execute(f"DROP INDEX ix_{name}_vector")
        op.execute(f"CREATE INDEX ix_{name}_vector ON {name} USING gin (vector, pairs) WITH (fastupdate = off)")
