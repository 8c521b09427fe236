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
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TABLE search_words (id bigint PRIMARY KEY REFERENCES search_documents (id) ON DELETE CASCADE,"
            " vector tsvector NOT NULL)"
        )
        op.execute("CREATE INDEX ix_search_words_vector ON search_words USING gin (vector) WITH (fastupdate = off)")
        # The planner learns from a sample how common a word is: one of a hundred values would hardly tell of any.
        op.execute("ALTER TABLE search_words ALTER COLUMN vector SET STATISTICS 1000")
    else:
        # Words come in as we cut them (`bot.search.tokens`); `ascii` takes every character beyond ASCII for a part of a word.
        op.execute(
            "CREATE VIRTUAL TABLE search_words USING fts5"
            "(scope, title, words, people, said, abstract, tokenize = 'ascii', prefix = '2 3')"
        )
