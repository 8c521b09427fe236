"""
Validation of `DATABASE_URL`, reported at load with all other faults.

Nothing is opened. No more of an address is ever shown than its scheme and, for SQLite, its file: there may be a password in it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from bot.channel_fields import InvalidValue

_EXAMPLES: Final = "Write sqlite:///paperround.db, or postgresql://user:password@host/name"
_SCHEMES: Final = ("sqlite", "sqlite+aiosqlite", "postgresql", "postgres", "postgresql+psycopg")
# As SQLAlchemy takes an address apart (sqlalchemy.engine.url), but stricter: no @ in a host, since it is the end of a password
# that should have been written with %40, no bracket without its fellow, and digits alone for a port.
_ADDRESS: Final = re.compile(
    r"(?P<scheme>[A-Za-z0-9+]+)://(?P<login>[^:/]*(?::(?P<password>[^@]*))?@)?(?P<host>\[[^/?@\[\]]+\]|[^/:?@\[\]]+)?"
    r"(?::(?:\d{1,5})?)?(?:/(?P<name>[^?]*))?(?:\?.*)?",
    re.ASCII | re.DOTALL,
)


def check_database(address: str) -> None:
    """Raise `InvalidValue` for an address that cannot be one of a database of ours."""
    found = _ADDRESS.fullmatch(address)
    if found is None:
        remedy = f"{_EXAMPLES}; an @ in a password is written %40"
        raise InvalidValue("no address of a database", remedy)
    if found["scheme"] not in _SCHEMES:
        raise InvalidValue(f"begins with {found['scheme'][:20]!r}, which is unknown here", _EXAMPLES)
    if found["scheme"].startswith("sqlite"):
        _check_file(found["login"] or found["host"], unquote(found["name"] or ""))
    elif not found["name"]:
        raise InvalidValue("names no database on its server", _EXAMPLES)


def password_of(address: str) -> str:
    """Give the password in an address, as written; empty if there is none."""
    found = _ADDRESS.fullmatch(address)
    return (found and found["password"]) or ""


def _check_file(server: str | None, name: str) -> None:
    if server:
        raise InvalidValue(
            "names a server, and SQLite has none", "Write three slashes before the file: sqlite:///paperround.db"
        )
    if name in {"", ":memory:"}:
        raise InvalidValue("names no file, and what is kept in memory is soon lost", _EXAMPLES)
    if name.startswith("file:"):  # an address in the address (https://www.sqlite.org/uri.html): SQLite will tell
        return
    if _is_directory(Path(name)):
        raise InvalidValue(
            f"{name} is a directory", f"Name a file in it, like sqlite:///{name.rstrip('/')}/paperround.db"
        )
    directory = Path(name).absolute().parent
    if not _is_directory(directory):
        raise InvalidValue(
            f"there is no directory {directory}", "Make it, or name a file elsewhere, like sqlite:///paperround.db"
        )


def _is_directory(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # too long for a name, or behind a directory that is closed to us
        return False
