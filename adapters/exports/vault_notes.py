"""A note of a vault as a file: its front matter, our part, the marked line, and what is a person's, which stays as it is written."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from adapters.unfinished import written_beside

MARK: Final = "%% Yours from here on: Paper Round keeps what stands below this line. %%"

OURS: Final = (
    "paperround", "aliases", "title", "authors", "published", "venue", "doi", "url", "code", "kind", "channels", "weeks", "decisions",
    "summaries",
)  # fmt: skip
"""The front-matter keys that we write; every other one is its owner's."""

FOLDERS: Final = ("Works", "Weeks", "Members")

_KEY: Final = re.compile(r"([^\s#:][^:\n]*):(?:\s|$)")


@dataclass(slots=True)
class VaultResult:
    """What writing a vault did: notes written, as they should be, removed with what they told of; those left alone with the reason."""

    written: int = 0
    same: int = 0
    removed: int = 0
    left_alone: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Note:
    """A note of ours: its path below the vault, its front matter, its text. `paperround` in the front matter says what it tells of."""

    path: str
    front: Mapping[str, object]
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """
    A note as it lies in the vault: `of` is what it tells of, None where it is not ours; our text; and what is a person's.

    `below` is what stands below the marked line, None where that line is gone; `foreign` are the lines of each key that is not ours.
    """

    of: str | None
    ours: str
    foreign: Sequence[str]
    below: str | None


def read(path: Path) -> Found | None:
    """Read a note; None if there is none. Raises `UnicodeDecodeError` where it is no text."""
    if not path.exists():
        return None
    front, body = _split(path.read_text("utf-8"))
    of = next((_value(lines) for key, lines in front if key == "paperround"), None)
    ours, mark, below = body.partition(MARK)
    return Found(of, ours, [lines for key, lines in front if key not in OURS], below if mark else None)


def put(note: Note, path: Path, found: Found | None) -> bool:
    """Write a note, with what is a person's in the one that was found there; give whether that changed anything."""
    front = "".join(f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in note.front.items())
    foreign, below = ("".join(found.foreign), found.below) if found else ("", "\n")
    text = f"---\n{front}{foreign}---\n{note.text}\n{MARK}{below}"
    if found and path.read_text("utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_beside(path) as partial:
        partial.write_text(text, encoding="utf-8", newline="")
        partial.replace(path)
    return True


def _value(lines: str) -> str:
    """The value of a key of ours, also where somebody's editor wrote it without quotation marks."""
    written = lines.partition(":")[2].strip()
    try:
        return str(json.loads(written))
    except ValueError:
        return written.strip("'\"")


def _split(text: str) -> tuple[list[tuple[str, str]], str]:
    """Split a note into its front matter, key by key with the lines as they stand, and the rest."""
    if not text.startswith("---\n"):
        return [], text
    head, found, body = text[4:].partition("\n---\n")
    if not found:
        return [], text
    blocks: list[tuple[str, str]] = []
    for line in head.split("\n"):
        if key := _KEY.match(line):
            blocks.append((key[1].strip().strip("\"'"), f"{line}\n"))
        elif blocks:
            blocks[-1] = blocks[-1][0], f"{blocks[-1][1]}{line}\n"
        else:
            blocks.append(("", f"{line}\n"))
    return blocks, body
