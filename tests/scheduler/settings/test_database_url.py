"""What the settings accept as a database, the storage understands."""

from __future__ import annotations

import pytest

from adapters.storage.database import create_engine
from bot.channel_fields import InvalidValue
from bot.errors import StorageError
from scheduler.settings.database_url import check_database

SCHEMES = "sqlite sqlite+aiosqlite sqlite+pysqlite postgresql postgres postgresql+psycopg postgresql+asyncpg Sqlite mysql http".split()
PLACES = (
    "", "/", "/:memory:", "/here.db", "host", "host/db", "me@host/db", "me@corp:p%40ss@host:5432/db?sslmode=require", "me:p@ss@host/db",
    "me:p/ss@host/db", "host:port/db", "[::1]:5432/db", "[::1/db",
)  # fmt: skip


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("place", PLACES)
def test_nothing_is_refused_later(scheme: str, place: str) -> None:
    """An address that is no fault of the settings is one that the storage can make an engine of."""
    address = f"{scheme}://{place}"
    try:
        check_database(address)
    except InvalidValue:
        return

    assert create_engine(address).url.get_backend_name() in {"sqlite", "postgresql"}


@pytest.mark.parametrize(
    "address",
    [
        "here.db",
        "sqlite:here.db",
        "mysql://host/db",
        "sqlite:///",
        "postgresql://host:x/db",
        "postgresql://me@host:5432",
        "postgres://me@host/",
        "postgresql:///",
    ],
)
def test_what_the_storage_refuses(address: str) -> None:
    """An address that the storage would refuse is a fault before it is asked."""
    with pytest.raises(StorageError):
        create_engine(address)

    with pytest.raises(InvalidValue):
        check_database(address)
