"""
What is left in a vault of what is no longer known: it goes, and what a person wrote beside it stays, alone.

A forgotten member's note goes whatever is exported: the suppression list tells whose it is. Any other note goes where everything was
exported and is not in it, since a selection leaves out what is known nevertheless. Of a note in which a person wrote nothing the file is
removed; of any other our part and our keys, and a member's note gets a name that tells nobody's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from adapters.exports.vault_notes import FOLDERS, Found, Note, VaultResult, put, read
from adapters.unfinished import write_whole
from bot.exporting import Export

_STATE: Final = ".paperround.json"
"""In the vault's folder: which Paper Round writes it, and which channels are in it. Obsidian does not show it."""

_GONE: Final = "gone"
"""What a note tells of in which only a person's own words are left."""

_NAMELESS: Final = "No longer kept"
"""The name of such a note of a member, with a number: the one it had was the member's."""

_MEMBER: Final = "member/"

_EMPTY: Final = "# No longer kept\n\nPaper Round keeps nothing of this any more. What is yours stays below.\n"


def remove_remains(
    export: Export,
    notes: Sequence[Note],
    folder: Path,
    *,
    whole: bool,
    is_forgotten: Callable[[str], bool],
    result: VaultResult,
) -> None:
    """
    Remove what is no longer known, before the notes of the export are written: another one's may get the name of one that goes.

    `whole`: everything was exported. `is_forgotten` tells it of a member's id. Raises `OSError`.
    """
    whole = _holds_all(export, folder) and whole
    current = {str(note.front["paperround"]): note.path for note in notes}
    places = {path.casefold() for path in current.values()}
    forgotten: list[str] = []
    naming: list[tuple[str, Found]] = []
    for path in (path for kind in FOLDERS for path in sorted((folder / kind).rglob("*.md"))):
        place = path.relative_to(folder).as_posix()
        try:
            found = read(path)
        except UnicodeDecodeError:
            continue
        if found is None or found.of is None:
            continue
        member = found.of.removeprefix(_MEMBER) if found.of.startswith(_MEMBER) else None
        if member is not None and member not in {_GONE, ""} and is_forgotten(member):
            forgotten.append(path.stem)
        elif found.of in current:
            _follow(path, folder / current[found.of])
            continue
        elif not whole or (member is None and place.casefold() in places):
            naming += [(place, found)] if place.casefold() not in places else []
            continue
        if found.below is None:
            result.left_alone.append(
                f"{place}: what it tells of is no longer kept, but its marked line is gone; remove it"
            )
            continue
        result.removed += _remove(path, found, found.below, nameless=member is not None)
    for place, found in naming:
        if any(f"[[Members/{name}]]" in found.ours for name in forgotten):
            result.left_alone.append(f"{place}: it names somebody who is forgotten; export everything into this folder")


def _holds_all(export: Export, folder: Path) -> bool:
    """
    Whether an export has all that could be in the vault, as far as that is known; and note what is in it.

    A channel that is no channel any more is in the database still, and one of another Paper Round was never in it.
    """
    state, known = folder / _STATE, {"instance": export.instance, "channels": list[str]()}
    with suppress(FileNotFoundError, ValueError):
        known |= json.loads(state.read_text("utf-8"))
    if known["instance"] != export.instance:
        return False
    channels = {*known["channels"]}
    if not channels >= export.channels.keys() or not state.exists():
        folder.mkdir(parents=True, exist_ok=True)
        known["channels"] = sorted(channels | export.channels.keys())
        write_whole(state, json.dumps(known, ensure_ascii=False) + "\n")
    return channels <= export.channels.keys()


def _follow(path: Path, new: Path) -> None:
    """Let a note go by the new name of what it tells of, with all that is a person's in it."""
    if path.name != new.name and path.parent == new.parent and not new.exists():
        path.rename(new)


def _remove(path: Path, found: Found, below: str, *, nameless: bool) -> bool:
    """Remove what is ours of a note; give whether there was anything."""
    if not below.strip() and not found.foreign:
        path.unlink()
        return True
    kept = f"{_MEMBER}{_GONE}" if nameless else _GONE
    changed = found.of != kept and put(Note(path.name, {"paperround": kept}, _EMPTY), path, found)
    # The name last: where a crash comes between, the next time finds what is left to do.
    if nameless and not path.stem.startswith(_NAMELESS):
        path.rename(_free(path.parent))
    return changed


def _free(folder: Path) -> Path:
    number = 1
    while (path := folder / f"{_NAMELESS} {number}.md").exists():
        number += 1
    return path
