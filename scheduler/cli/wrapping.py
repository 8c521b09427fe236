"""Sentences on a terminal: wrapped between words, since a terminal breaks a long line wherever it ends."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import textwrap
from typing import Final, TextIO

_NARROWEST: Final = 20


def say(text: str = "", *, err: bool = False) -> None:
    """Print sentences on standard output, or standard error: wrapped on a terminal, as they are elsewhere."""
    stream = sys.stderr if err else sys.stdout
    stream.write(f"{for_terminal(text, stream)}\n")
    stream.flush()


def announce(text: str) -> None:
    """
    Print sentences of a service that does not end because nobody can read them: a log on a full disk, a reader that went away.

    What could not be written is written with the next sentence, where Python has kept it.
    """
    with contextlib.suppress(OSError):
        say(text)


def drop_unwritten() -> None:
    """Drop what could not be written on standard output and standard error: Python would end with code 120 for it."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


def for_terminal(text: str, stream: TextIO) -> str:
    """Give `text` wrapped to the width of the terminal behind `stream`; as it is where there is none."""
    if not stream.isatty():
        return text
    # Not typer's: a column set in the environment counts, too.
    return wrapped(text, shutil.get_terminal_size().columns)


def wrapped(text: str, width: int) -> str:
    """
    Give `text` in lines of at most `width` columns, each as far indented as the one it continues.

    No word is broken, an address or a path least of all: what is longer stands alone and longer.
    """
    return "\n".join(_line(line, max(width, _NARROWEST)) for line in text.split("\n"))


def _line(line: str, width: int) -> str:
    if len(line) <= width:
        return line
    indent = line[: len(line) - len(line.lstrip())]
    # Behind 'ok  ' and 'NO  ' the finding goes on under itself.
    hanging = indent or (" " * 4 if line.startswith(("ok  ", "NO  ")) else "")
    return textwrap.fill(
        line.strip(), width, initial_indent=indent, subsequent_indent=hanging, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
