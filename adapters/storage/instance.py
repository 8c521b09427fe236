"""
Single-instance lock on the SQLite file: SQLite has one writer, so a second server on the same file is a mistake
(docs/platform-facts.md#c8).

A lock of the operating system and not a row: the kernel releases it however the process ends, so nothing is ever left to clean
up. PostgreSQL takes any number of us; there leases do.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.disk import cannot_write, is_full
from bot.errors import StorageError
from bot.open_files import is_too_many


@contextlib.contextmanager
def alone_on(engine: AsyncEngine) -> Iterator[bool]:
    """
    Hold the lock of the database's file; gives whether there is a file, so that nobody else serves it as long as the context
    lasts.

    Raises `StorageError` where another process holds it.
    """
    url = engine.url
    if url.get_backend_name() != "sqlite" or url.database is None:
        yield False
        return
    with alone_at(url.database):
        yield True


@contextlib.contextmanager
def alone_at(file: str) -> Iterator[None]:
    """Hold the lock of a file; raises `StorageError` where another process holds it."""
    # Under the file's own name: a link to it is the same file.
    lock = FileLock(f"{os.path.realpath(file)}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise StorageError(
            f"Another Paper Round is serving {file} already. Stop it first, or give this one a DATABASE_URL of its own."
        ) from None
    except OSError as error:
        if is_full(error) or is_too_many(error):
            raise cannot_write(Path(f"{file}.lock"), error) from error
        raise StorageError(
            f"{file}.lock cannot be made ({error.strerror or error}), so nobody could tell that this database is in use. "
            "Let us write beside the database, and keep it on a disk of this machine."
        ) from error
    try:
        yield
    finally:
        lock.release()
