"""The disk that a file is on: whether there is room on it, and for one more open file, and what to call it in a sentence."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from pathlib import Path
from typing import Final

from bot.errors import StorageError, StorageFull
from bot.open_files import is_too_many

ROOM: Final = 1 << 20
"""Bytes that must fit for a disk to count as having room: a batch of entries takes some hundred kilobytes."""

SQLITE_FILES: Final = 4
"""The database, its log, the log's index, and a file for sorting (https://www.sqlite.org/tempfiles.html)."""

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


def fault(folder: Path) -> OSError | None:
    """
    Try to write a file of `ROOM` bytes in a directory, which leaves nothing; give what was in the way.

    Written, and not calculated from what the file system says is free: only so are quotas, reserves and read-only disks noticed.
    """
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(ROOM))
            file.flush()
    except OSError as error:
        return error
    return None


def is_full(error: OSError | None) -> bool:
    """Whether an error says that there is no room: a full disk, or a quota that is used up."""
    return error is not None and error.errno in _FULL


def no_descriptors() -> bool:
    """Whether this process, or the whole machine, may open too few files for SQLite to open a database."""
    with contextlib.ExitStack() as stack:
        try:
            for _ in range(SQLITE_FILES):
                stack.callback(os.close, os.open(os.devnull, os.O_RDONLY))
        except OSError as error:
            return is_too_many(error)
    return False


def too_many(what: str) -> StorageError:
    """Make the error for something (a file or a database, as a sentence names it) that too many open files keep from being opened."""
    return StorageError(
        f"{what} cannot be opened: too many files are open. Let us open more (`ulimit -n 1024`, LimitNOFILE= in a systemd unit)."
    )


def full(what: str, file: Path) -> StorageFull:
    """Make the error for something (a file or a database, as a sentence names it) whose disk is full."""
    return StorageFull(f"{what} cannot grow: the disk at {_mounted_at(file)} is full. Make room there, then try again.")


def cannot_write(file: Path, error: OSError) -> StorageError:
    """Make the error for a file that cannot be written."""
    if is_full(error):
        return full(str(file), file)
    if is_too_many(error):
        return too_many(str(file))
    return StorageError(f"{file} cannot be written ({error.strerror or error}).")


def _mounted_at(file: Path) -> Path:
    folder = Path(os.path.realpath(file)).parent
    return next((one for one in (folder, *folder.parents) if one.is_mount()), folder)
