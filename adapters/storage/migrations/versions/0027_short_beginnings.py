"""
For the search: SQLite's full-text index knows beginnings of one and two letters as well, which it looked for in all of its words; and the
scope of a document is a word that no text holds (`s` found every work, by the scope of what is public).
"""

from alembic import op

revision = "0027_short_beginnings"
down_revision = "0026_items_in_channels"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        return
    # An index with other prefixes is another table. The words are at hand in the old one: a tenth of a millisecond a work.
    columns = "title, words, people, said, abstract"
    scope = "CASE scope WHEN 'S' THEN '' ELSE '·' || substr(scope, 2) END"
    for name in ("search_words", "search_team_words"):
        op.execute(f"ALTER TABLE {name} RENAME TO {name}_before")
        op.execute(f"CREATE VIRTUAL TABLE {name} USING fts5 (scope, {columns}, tokenize = 'ascii', prefix = '1 2 3')")
        op.execute(
            f"INSERT INTO {name} (rowid, scope, {columns}) SELECT rowid, {scope}, {columns} FROM {name}_before ORDER BY rowid"
        )
        op.execute(f"DROP TABLE {name}_before")
