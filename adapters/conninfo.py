"""Address of a PostgreSQL database as libpq takes it, for what connects beside SQLAlchemy's engine: the job queue, live updates, PostgreSQL's own programs."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import make_url
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

_SECRET: Final = frozenset({"password", "sslpassword", "oauth_client_secret"})


def conninfo_of(address: str) -> str:
    """
    Give libpq's connection string for an address as `DATABASE_URL` has it, with its password, with `NOTICED_BY_TCP` where it says nothing of that, and
    `IN_UTF8`.

    SQLAlchemy takes the address apart, as for its own connections: libpq reads one differently, say a plus in its query, which is no space there.
    """
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415 - not everybody has the driver

    from adapters.bounded_connection import IN_UTF8, NOTICED_BY_TCP  # noqa: PLC0415 - as above

    return make_conninfo(**{**NOTICED_BY_TCP, **_arguments(address), **IN_UTF8})


def conninfo_to_show(address: str) -> str:
    """
    Give the connection string of an address for PostgreSQL's own programs, to be read by people: no password is in it. It needs no driver.

    >>> conninfo_to_show("postgresql://ada:secret@/my%20db?host=one:5432&host=two:5433")
    "dbname='my db' user=ada host=one,two port=5432,5433"
    """
    shown = {name: str(value) for name, value in _arguments(address).items() if name not in _SECRET}
    return " ".join(f"{name}={_quoted(value)}" for name, value in shown.items())


def _quoted(value: str) -> str:
    """A value as libpq reads it: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-KEYWORD-VALUE."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'" if not value or escaped != value or any(map(str.isspace, value)) else value


def _arguments(address: str) -> dict[str, Any]:
    dialect: Any = PGDialect_psycopg  # SQLAlchemy has no types for it
    _, arguments = dialect().create_connect_args(make_url(address))
    arguments.pop("context", None)
    return dict(arguments)
