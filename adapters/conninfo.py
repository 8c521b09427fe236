"""Address of a PostgreSQL database as libpq takes it, for what connects beside SQLAlchemy's engine: the job queue and live updates."""

from __future__ import annotations

from typing import Any

from psycopg.conninfo import make_conninfo
from sqlalchemy import make_url
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from adapters.bounded_connection import IN_UTF8, NOTICED_BY_TCP


def conninfo_of(address: str) -> str:
    """
    Give libpq's connection string for an address as `DATABASE_URL` has it, with its password, with `NOTICED_BY_TCP` where it says nothing of that, and
    `IN_UTF8`.

    SQLAlchemy takes the address apart, as for its own connections: libpq reads one differently, say a plus in its query, which is no space there.
    """
    dialect: Any = PGDialect_psycopg  # SQLAlchemy has no types for it
    _, arguments = dialect().create_connect_args(make_url(address))
    arguments.pop("context", None)
    return make_conninfo(**{**NOTICED_BY_TCP, **arguments, **IN_UTF8})
