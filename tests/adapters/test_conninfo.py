"""What connects beside SQLAlchemy's engine reaches the same database, in the same way."""

from __future__ import annotations

import pytest
from psycopg.conninfo import conninfo_to_dict

from adapters.bounded_connection import IN_UTF8, NOTICED_BY_TCP
from adapters.conninfo import conninfo_of


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("postgres://me:a%40b%2Fc@host:5433/papers", {"user": "me", "password": "a@b/c", "host": "host", "port": "5433"}),
        ("postgresql+psycopg://me@host/papers?sslmode=require", {"user": "me", "host": "host", "sslmode": "require"}),
        ("postgresql://me@/papers?host=/run/postgresql", {"user": "me", "host": "/run/postgresql"}),
        ("postgresql://me@host/papers?options=-c+search_path%3Dpapers", {"user": "me", "host": "host", "options": "-c search_path=papers"}),
        ("postgresql:///papers?host=one:1&host=two:2", {"host": "one,two", "port": "1,2"}),
    ],
)  # fmt: skip
def test_addresses(address: str, expected: dict[str, str]) -> None:
    """Every spelling that the engine takes is the same to libpq, whatever stands in its query."""
    assert conninfo_to_dict(conninfo_of(address)) == NOTICED_BY_TCP | IN_UTF8 | expected | {"dbname": "papers"}
