"""Where an export goes: a file that is whole or not there, and that only its owner may read."""

from __future__ import annotations

from pathlib import Path

from adapters.unfinished import write_whole
from bot.errors import UsageError


def write_file(path: Path, text: str) -> None:
    """
    Write a text under a name in one step. What was there is as it was where that cannot be done.

    Raises `UsageError` for a name that cannot be one, `StorageError` where it cannot be written.
    """
    if path.is_dir():
        raise UsageError(f"{path} is a folder. Name a file in it.")
    if not path.absolute().parent.is_dir():
        raise UsageError(f"There is no directory {path.absolute().parent}. Make it, or name a file elsewhere.")
    write_whole(path, text)
