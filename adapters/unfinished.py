"""
Unfinished files: temporary files beside the place of what is being written, each locked by the process that writes it.

They hold people's words (a copy of the database, an export) or secrets (`.env`), so nobody else may read them; and a process that is
killed cannot remove its own, so whoever writes there next removes those that nobody holds any more.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from adapters.disk import cannot_write, is_full
from bot.errors import StorageError
from bot.text import counted

logger = logging.getLogger(__name__)

_OWNER: Final = ".owner"
"""
Suffix of the lock that a process holds while it writes such a file. A lock of the operating system: the kernel releases it however
the process ends. Not `.lock`, which `alone_at` takes for a database that is served.
"""

_NAME: Final = re.compile(r"\..+\.[a-z0-9_]{8}\.partial")

_BESIDE: Final = ("-journal", "-wal", "-shm", ".lock", "")
"""What may belong to such a file. The file itself is the last: as long as it is there, the others are found."""

_NOT_OURS: Final = 3600.0
"""Seconds after which a file without a lock, as versions before wrote it, counts as abandoned."""

_BRIEFLY: Final = 5.0
"""Seconds to wait for the lock of a new file: `remove_abandoned` may hold it for a moment."""

_SQLITE: Final = b"SQLite format 3\0"

_LONGEST: Final = 200
"""Bytes of the file's own name in that of the temporary one: file systems take 255, and ours is longer by up to 26."""


@contextlib.contextmanager
def written_beside(file: Path) -> Iterator[Path]:
    """
    Give an empty file beside `file`, for us alone; whatever happens, nothing is left of it but what was given another name.

    Where we are killed, the next `remove_abandoned` of that directory removes it.
    """
    folder = file.absolute().parent
    name = file.name.encode()[:_LONGEST].decode(errors="ignore")
    partial = folder / f".{name}.{secrets.token_hex(4)}.partial"
    owner = FileLock(f"{partial}{_OWNER}", mode=0o600)
    try:
        owner.acquire(timeout=_BRIEFLY)
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except Timeout as error:
        raise StorageError(
            f"{file} cannot be written: nothing can be locked in {folder}. Name a place on a local disk that we may write to."
        ) from error
    except OSError as error:
        _remove(partial)
        owner.release()
        raise cannot_write(file if is_full(error) else folder, error) from error
    try:
        yield partial
    finally:
        _remove(partial)
        owner.release()


def write_whole(file: Path, text: str) -> None:
    """
    Give a file a text in one step, and to its owner alone: a crash leaves what was there, or the new one.

    What others began there and left is removed. Raises `StorageError` where it cannot be written; then what was there is as it was.
    """
    remove_abandoned(file.absolute().parent)
    with written_beside(file) as partial:
        try:
            # Line ends as they are: RIS and CSV have their own.
            partial.write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            raise cannot_write(file, error) from error
        give_name(partial, file)


def give_name(partial: Path, file: Path) -> None:
    """Make a file durable, and give it its name in one step. Raises `StorageError` where that cannot be done."""
    try:
        _sync(partial)
        partial.replace(file)
        _sync(file.absolute().parent)
    except OSError as error:
        raise cannot_write(file, error) from error


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_abandoned(folder: Path) -> int:
    """
    Remove the unfinished files in a directory that no process is writing any more; give how many there were.

    What cannot be removed stays for the next time.
    """
    removed = size = 0
    for partial in _unfinished(folder):
        with contextlib.suppress(OSError, Timeout):
            locked = Path(f"{partial}{_OWNER}").exists()
            if not locked and not _is_abandoned(partial):
                continue
            with FileLock(f"{partial}{_OWNER}", mode=0o600).acquire(timeout=0):
                size += partial.stat().st_size if partial.exists() else 0
                _remove(partial)
                removed += 1
    if removed:
        logger.warning(
            "Removed %s from %s (%.1f MB): the command that wrote there was killed",
            counted(removed, "unfinished file"),
            folder,
            size / 1_000_000,
            extra={"action": "unfinished_removed"},
        )
    return removed


def _unfinished(folder: Path) -> list[Path]:
    """Give the unfinished files in a directory, also one of which only the lock is there."""
    try:
        names = {name.removesuffix(_OWNER) for name in os.listdir(folder)}  # noqa: PTH208 - names are what is looked at
    except OSError:
        return []
    return [folder / name for name in sorted(names) if _NAME.fullmatch(name)]


def _is_abandoned(partial: Path) -> bool:
    """Whether a file that was never locked is a copy that an older version began, and has not touched for an hour."""
    if time.time() - partial.stat().st_mtime < _NOT_OURS:
        return False
    with partial.open("rb") as file:
        return file.read(len(_SQLITE)) in {b"", _SQLITE}


def _remove(partial: Path) -> None:
    for suffix in (*_BESIDE, _OWNER):
        Path(f"{partial}{suffix}").unlink(missing_ok=True)
