"""Where an export goes: a file that is whole or not there, and that only its owner may read."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from bot.errors import UsageError


def write_file(path: Path, text: str) -> None:
    """Write a text under a name in one step. Raises `UsageError` where that cannot be done; then what was there is as it was."""
    if path.is_dir():
        raise UsageError(f"{path} is a folder. Name a file in it.")
    try:
        handle, name = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}.", suffix=".partial")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
            Path(name).replace(path)
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from error
