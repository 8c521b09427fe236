"""A small disk that a test can fill: a file system in memory, which takes the right to mount one."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


class SmallDisk:
    """A disk of some megabytes at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ballast = path / "ballast"

    def fill(self, *, leaving: int = 0) -> None:
        """Fill it to the last byte, or leave so many."""
        with self._ballast.open("ab", buffering=0) as ballast:
            free = os.statvfs(self.path)
            ballast.write(bytes(max(0, free.f_bavail * free.f_frsize - leaving)))
            with suppress(OSError):
                while not leaving:
                    ballast.write(bytes(4096))

    def free(self) -> None:
        """Make room again."""
        self._ballast.unlink(missing_ok=True)


class NotPermittedError(Exception):
    """No disk can be mounted here."""


@contextmanager
def mounted_disk(megabytes: int = 24) -> Iterator[SmallDisk]:
    """Mount a small disk somewhere; raises `NotPermittedError` where that is not permitted."""
    # Not pytest's own directory: PostgreSQL runs as another user where tests run as root.
    path = Path(tempfile.mkdtemp(prefix="paperround-disk-"))
    path.chmod(0o755)
    try:
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "paperround-test", str(path)],
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise NotPermittedError(f"a disk cannot be mounted here, so none can be filled: {done.stderr.strip()}")
        yield SmallDisk(path)
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=False, capture_output=True)
        path.rmdir()


@contextmanager
def small_disk(megabytes: int = 24) -> Iterator[SmallDisk]:
    """Mount a small disk somewhere; the test is skipped where that is not permitted."""
    try:
        with mounted_disk(megabytes) as disk:
            yield disk
    except NotPermittedError as error:
        pytest.skip(str(error))
