"""
Validation of `DATABASE_URL`, reported at load with all other faults.

Nothing is opened. No more of an address is ever shown than its scheme and, for SQLite, its file: there may be a password in it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final
from urllib.parse import unquote, unquote_plus

from bot.channel_fields import InvalidValue

_EXAMPLES: Final = "Write sqlite:///paperround.db, or postgresql://user:password@host/name"
_SCHEMES: Final = ("sqlite", "sqlite+aiosqlite", "postgresql", "postgres", "postgresql+psycopg")
# As SQLAlchemy takes an address apart (sqlalchemy.engine.url), but stricter: no @ in a host, since it is the end of a password
# that should have been written with %40 (what follows a / or a ? is looked at by `_has_rest_of_password`), no bracket without its fellow, and digits
# alone for a port.
_ADDRESS: Final = re.compile(
    r"(?P<scheme>[A-Za-z0-9+]+)://(?P<login>[^:/]*(?::(?P<password>[^@]*))?@)?+(?P<host>\[[^/?@\[\]]+\]|[^/:?@\[\]]+)?"
    r"(?::(?:\d{1,5})?)?(?:/(?P<name>[^?]*))?(?:\?(?P<query>.*))?",
    re.ASCII | re.DOTALL,
)
# Those in the query of which an @ is no end of a password: https://www.postgresql.org/docs/current/libpq-connect.html. Each tells for whom, or with
# what, we connect; a socket's name may begin with one.
_MAY_HOLD_AT: Final = frozenset(
    "user password passfile host hostaddr options service application_name fallback_application_name krbsrvname "
    "sslcert sslkey sslpassword sslrootcert sslcrl oauth_client_id oauth_client_secret oauth_scope".split()
)
_MAY_FOLLOW: Final = _MAY_HOLD_AT | frozenset(
    "port dbname require_auth channel_binding connect_timeout client_encoding keepalives keepalives_idle keepalives_interval keepalives_count "
    "tcp_user_timeout gssencmode sslmode sslcompression sslcertmode sslsni sslnegotiation sslcrldir ssl_min_protocol_version ssl_max_protocol_version "
    "requirepeer min_protocol_version max_protocol_version gsslib gssdelegation target_session_attrs load_balance_hosts sslkeylogfile "
    "oauth_issuer".split()
)
_PASSWORDS: Final = frozenset({"password", "sslpassword", "oauth_client_secret"})

_PASSWORD_IN_QUERY: Final = re.compile(rf"[?&](?:{'|'.join(sorted(_PASSWORDS))})=")


def check_database(address: str) -> None:
    """Raise `InvalidValue` for an address that cannot be one of a database of ours."""
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise InvalidValue("no address of a database", f"{_EXAMPLES}; an @ in a password is written %40")
    if found["scheme"] not in _SCHEMES:
        raise InvalidValue(f"begins with {found['scheme'][:20]!r}, which is unknown here", _EXAMPLES)
    if found["scheme"].startswith("sqlite"):
        _check_file(found["login"] or found["host"], unquote(found["name"] or ""), unquote(found["query"] or ""))
    elif _has_rest_of_password(found["login"], found["name"] or "", found["query"] or ""):
        # Not said is what was taken for the host, the database or a parameter: it may be of the password.
        remedy = f"{_EXAMPLES}; in a password an @ is written %40, a / %2F, an & %26 and a % %25"
        raise InvalidValue("no address of a database", remedy)
    elif not found["name"]:
        raise InvalidValue("names no database on its server", _EXAMPLES)


def passwords_of(address: str) -> frozenset[str]:
    """Give the passwords in an address, before its host or in its query, as written and as meant."""
    found = _ADDRESS.fullmatch(address)
    if found is None:
        return frozenset()
    login, query = found["password"] or "", _parameters(found["query"] or "")
    written = {login, *(value for key, value in query if key in _PASSWORDS)}
    return frozenset({*written, unquote(login), *map(unquote_plus, written - {login})}) - {""}


def _has_rest_of_password(login: str | None, name: str, query: str) -> bool:
    """
    Whether part of a password may have been taken for something else, since a character of it was not escaped.

    Behind an unescaped @ comes another one sooner or later, which is the one that was meant to end the password. A login without a colon
    ends no password, so there it may be in the query, in a value where it makes sense. In the query a password ends at an &.
    """
    parameters = _parameters(query)
    if "@" in name or any("@" in key or ("@" in value and key not in _MAY_HOLD_AT) for key, value in parameters):
        return True
    if login and ":" in login and ("@" in query or _PASSWORD_IN_QUERY.search(login)):
        return True
    first = next((place for place, (key, _) in enumerate(parameters) if key in _PASSWORDS), len(parameters))
    return any(key not in _MAY_FOLLOW for key, _ in parameters[first:])


def _parameters(query: str) -> list[tuple[str, str]]:
    """The parameters of a query, as written."""
    parts = (part.partition("=") for part in query.split("&") if part)
    return [(unquote_plus(key), value) for key, _, value in parts]


def _check_file(server: str | None, name: str, query: str) -> None:
    if server:
        raise InvalidValue(
            "names a server, and SQLite has none", "Write three slashes before the file: sqlite:///paperround.db"
        )
    if name in {"", ":memory:"}:
        raise InvalidValue("names no file, and what is kept in memory is soon lost", _EXAMPLES)
    if name.startswith("file:"):  # an address in the address (https://www.sqlite.org/uri.html): SQLite will tell
        return
    # An address of PostgreSQL with SQLite's beginning: there may be a password in what would be said of it.
    if re.search(":.*@", f"{name}?{query}", re.DOTALL) and not (
        name.startswith("/") and "@" not in query and _is_directory(Path(name).parent)
    ):
        raise InvalidValue("names a user and a server, and SQLite has none", _EXAMPLES)
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
