"""The full-text index. It is empty at first: the program fills it when it runs (`bot.usecases.search.complete`)."""

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Integer, PrimaryKeyConstraint, String, Text, UniqueConstraint

revision = "0009_search"
down_revision = "0008_sentences"


def upgrade() -> None:
    op.create_table(
        "search_documents",
        Column("id", BigInteger().with_variant(Integer, "sqlite"), autoincrement=True, nullable=False),
        Column("item_key", Text, nullable=False),
        Column("scope", Text, nullable=False),
        Column("has_code", Boolean, nullable=False),
        Column("hash", String(64), nullable=False),
        PrimaryKeyConstraint("id", name="pk_search_documents"),
        UniqueConstraint("item_key", "scope", name="uq_search_documents_item_key_scope"),
    )
    # What everybody may find, and what channels said of their own: the second is small, and asked with the scopes one may read.
    for name in ("search_words", "search_team_words"):
        if op.get_bind().dialect.name == "postgresql":
            op.execute(
                f"CREATE TABLE {name} (id bigint PRIMARY KEY REFERENCES search_documents (id) ON DELETE CASCADE,"
                " vector tsvector NOT NULL)"
            )
            op.execute(f"CREATE INDEX ix_{name}_vector ON {name} USING gin (vector) WITH (fastupdate = off)")
        else:
            # Words come in as we cut them (`bot.search.tokens`); `ascii` takes every character beyond ASCII for a part of a word.
            op.execute(
                f"CREATE VIRTUAL TABLE {name} USING fts5 (scope, title, words, people, said, abstract, tokenize = 'ascii', prefix = '3')"
            )
