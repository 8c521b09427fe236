"""One server to a file."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.storage.database import create_engine
from adapters.storage.instance import alone_on
from bot.errors import StorageError


def test_second_is_refused(tmp_path: Path) -> None:
    """While one serves a file another one is refused, with what to do; afterwards it may."""
    engine = create_engine(f"sqlite:///{tmp_path / 'p.db'}")
    with alone_on(engine) as certain:
        assert certain
        with (
            pytest.raises(StorageError, match=r"Another Paper Round is serving .*p\.db already\. Stop it first"),
            alone_on(engine),
        ):
            pass
        with alone_on(create_engine(f"sqlite:///{tmp_path / 'q.db'}")):
            pass
    with alone_on(engine):
        pass


def test_a_link_is_the_same_file(tmp_path: Path) -> None:
    """Who comes to the file by a link, to it or to its directory, is refused, too."""
    (tmp_path / "data").mkdir()
    (tmp_path / "elsewhere").symlink_to(tmp_path / "data")
    (tmp_path / "link.db").symlink_to(tmp_path / "data" / "p.db")
    with alone_on(create_engine(f"sqlite:///{tmp_path / 'data' / 'p.db'}")):
        for name in ("elsewhere/p.db", "link.db"):
            with (
                pytest.raises(StorageError, match="Another Paper Round"),
                alone_on(create_engine(f"sqlite:///{tmp_path / name}")),
            ):
                pass


def test_postgresql_is_served_by_many() -> None:
    """On a server there is no such file, and nobody can be certain."""
    engine = create_async_engine("postgresql+psycopg://reader@localhost/papers")
    with alone_on(engine) as certain, alone_on(engine):
        assert not certain


def test_no_place_for_the_lock(tmp_path: Path) -> None:
    """Where the lock cannot be made, the error says so."""
    (tmp_path / "p.db.lock").mkdir()
    engine = create_engine(f"sqlite:///{tmp_path / 'p.db'}")
    with pytest.raises(StorageError, match=r"p\.db\.lock cannot be made"), alone_on(engine):
        pass


def test_too_many_open_files(tmp_path: Path) -> None:
    """Where the lock cannot be opened for too many other files are, the error says that, and how to let us open more."""
    engine = create_engine(f"sqlite:///{tmp_path / 'p.db'}")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, before[1]))
    try:
        with (
            pytest.raises(StorageError, match=r"p\.db\.lock cannot be opened: too many files are open\. Let us"),
            alone_on(engine),
        ):
            pass
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
