"""
The triggers by which an SQLite file refuses every write once it is moved elsewhere.

Whoever opened the file before, a command that was stopped amid its work, say, is refused at its next write. Nobody else pays for that: a file that is not
moved has no triggers, and one that is has them in the same transaction as the note that says so.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection

_PREFIX: Final = "moved_"
_WRITES: Final = ("INSERT", "UPDATE", "DELETE")
_SAYS: Final = "BEGIN SELECT RAISE(ABORT, '"
_END: Final = "'); END"

NOT_COPIED: Final = ("alembic_version", "search_", "procrastinate_", "queue_")
"""How the tables are called that are not moved: the schemas' own, what is built from the others, and jobs, which follow from the rest."""


def refuse_writes(connection: Connection, said: str) -> None:
    """Have every table that is moved refuse writes, with a sentence's end that says why; instead of what was said before, if there was."""
    take_writes(connection)
    quoted = said.replace("'", "''")
    for (table,) in connection.exec_driver_sql(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    ).all():
        if not table.startswith(NOT_COPIED):
            for write in _WRITES:
                connection.exec_driver_sql(
                    f'CREATE TRIGGER "{_PREFIX}{table}_{write.lower()}" BEFORE {write} ON "{table}" '
                    f"{_SAYS}{quoted}{_END}"
                )


def take_writes(connection: Connection) -> None:
    """Have every table take writes again."""
    for trigger in _triggers(connection):
        connection.exec_driver_sql(f'DROP TRIGGER "{trigger}"')


def refusal(connection: Connection) -> str | None:
    """What whoever writes is told; None where the tables take writes."""
    for sql in _triggers(connection).values():
        return sql.split(_SAYS, 1)[1].removesuffix(_END).replace("''", "'")
    return None


def _triggers(connection: Connection) -> dict[str, str]:
    found = connection.exec_driver_sql(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'moved\\_%' ESCAPE '\\'"
    )
    return {str(trigger): str(sql) for trigger, sql in found.all()}
