"""Writing of `.env`: some variables are set, every other line stays as it is, and only its owner can read it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from adapters.unfinished import write_whole

_LINE: Final = re.compile(r"^\s*(?:export\s+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*=")


def set_variables(path: Path, values: Mapping[str, str]) -> None:
    """
    Set variables in an env file, which is made where there is none; with mode 0600 in either case.

    It is written beside and put in place at once: a crash leaves the old file or the new one. Raises `ValueError` for a value with a line
    break, `OSError` where the file cannot be read, `StorageError` where it cannot be written.
    """
    if broken := next((name for name, value in values.items() if not value.isprintable()), None):
        raise ValueError(f"the value of {broken} has a character that no token has")
    try:
        before = path.read_text("utf-8").splitlines()
    except FileNotFoundError:
        before = []
    left, lines = dict(values), []
    for line in before:
        found = _LINE.match(line)
        name = found["name"] if found else ""
        if name in values:
            if name in left:
                lines.append(f"{name}={left.pop(name)}")
        else:
            lines.append(line)
    lines += [f"{name}={value}" for name, value in left.items()]
    write_whole(path.resolve(), "\n".join(lines) + "\n")
