"""
Markdown as an Obsidian vault: a note for each work, week and member, linked with one another.

Writing it again changes only what has changed. What a person wrote below the marked line stays, and so does every key of the front
matter that is not ours, as it is written there. A note that is not ours, or whose marked line is gone, is left alone and told. What is
no longer known goes (`vault_remains`).
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from adapters.disk import cannot_write
from adapters.exports.notes import counts
from adapters.exports.vault_notes import FOLDERS, Note, VaultResult, put, read
from adapters.exports.vault_remains import remove_remains
from adapters.unfinished import remove_abandoned
from bot.exporting import NOBODY, Export, Work, doi_of, venue_of
from bot.model import Member
from bot.text import counted

_UNSAFE_IN_NAME: Final = re.compile(r"[\\/:*?\"<>|#^\[\]\x00-\x1f\x7f]+")
_MARKUP: Final = re.compile(r"[\\`*_\[\]<>|~=$]|%(?=%)|&(?=#?\w+;)|^(?=[#>+\-])|^(?=\d+[.)]\s)", re.MULTILINE)
_LINE_BREAK: Final = re.compile(r"\r\n?")
_LONGEST_NAME: Final = 80
_MOST_BYTES: Final = 180
"""Of a file name, in UTF-8: most file systems take 255 with all that is added; eighty emoji are 320."""


def write_vault(
    export: Export, folder: Path, *, whole: bool = False, is_forgotten: Callable[[str], bool] = lambda _: False
) -> VaultResult:
    """
    Write an export into a folder, which is made if it is not there, and remove there what is no longer known.

    `whole`: everything was exported, and no selection. `is_forgotten` tells of a member's id whether it is on the suppression list.
    Raises `StorageError` where it cannot be written.
    """
    result = VaultResult()
    for kind in FOLDERS:
        remove_abandoned(folder / kind)
    notes = list(_notes(export))
    path = folder
    try:
        remove_remains(export, notes, folder, whole=whole, is_forgotten=is_forgotten, result=result)
        for note in notes:
            path = folder / note.path
            _write(note, path, result)
    except OSError as error:
        raise cannot_write(path, error) from error
    return result


def _write(note: Note, path: Path, result: VaultResult) -> None:
    try:
        found = read(path)
    except UnicodeDecodeError:
        result.left_alone.append(f"{note.path}: it is no text in UTF-8")
        return
    if found and found.of is None:
        result.left_alone.append(f"{note.path}: a note of that name is not ours")
    elif found and found.below is None:
        result.left_alone.append(f"{note.path}: its marked line is gone, so what is yours cannot be told")
    elif put(note, path, found):
        result.written += 1
    else:
        result.same += 1


def _notes(export: Export) -> Iterable[Note]:
    names = _member_names(export)
    yield from (_work(work, names) for work in export.works)
    yield from _weeks(export)
    yield from _members(export, names)


def _work(work: Work, names: Mapping[str, str]) -> Note:
    item = work.item
    about = " · ".join(filter(None, [", ".join(item.authors), venue_of(item), f"{work.dated:%Y-%m-%d}"]))
    lines = [f"# {_escaped(item.title)}", "", _escaped(about), "", f"<{item.url}>"]
    if item.code_url:
        lines += ["", f"Code: <{item.code_url}>"]
    for place in work.places:
        weeks = ", ".join(f"[[Weeks/{_week_name(place.channel, week)}|{week}]]" for week in place.weeks)
        lines += ["", f"In #{_escaped(place.channel)}: {weeks}"]
        lines += [
            f"- [[Members/{names[one.member.id]}]]: {one.meaning.value}"
            for one in place.decisions
            if one.member != NOBODY
        ]
        lines += [f"- {said}" for said in counts(place)]
    if work.summaries:
        lines += ["", "## In our words"]
    for one in work.summaries:
        quoted = [f"> {line}" for line in _escaped(one.text).split("\n")]
        lines += ["", f"[[Members/{names[one.member.id]}]], {one.at:%Y-%m-%d}:", "", *quoted]
    if item.abstract:
        lines += ["", "## Abstract", "", _escaped(item.abstract)]
    front = {
        "paperround": work.key,
        "aliases": [item.title],
        "title": item.title,
        "authors": list(item.authors),
        "published": f"{work.dated:%Y-%m-%d}",
        "venue": venue_of(item),
        "doi": doi_of(item),
        "url": item.url,
        "code": item.code_url,
        "kind": item.kind.value,
        "channels": [place.channel for place in work.places],
        "weeks": list(dict.fromkeys(week for place in work.places for week in place.weeks)),
        "decisions": list(dict.fromkeys(one.meaning.value for one in work.decisions)),
        "summaries": len(work.summaries),
    }
    return Note(
        f"Works/{work.citation_key}.md", {k: v for k, v in front.items() if v is not None}, "\n".join(lines) + "\n"
    )


def _weeks(export: Export) -> Iterable[Note]:
    works: dict[tuple[str, str], list[Work]] = defaultdict(list)
    for work in export.works:
        for place in work.places:
            for week in place.weeks:
                works[place.channel, week].append(work)
    for (channel, week), found in works.items():
        lines = [f"# {_escaped(channel)}, {week}", "", *(f"- {_link(work)}" for work in found)]
        front = {"paperround": f"week/{channel}/{week}", "channels": [channel], "weeks": [week]}
        yield Note(f"Weeks/{_week_name(channel, week)}.md", front, "\n".join(lines) + "\n")


def _members(export: Export, names: Mapping[str, str]) -> Iterable[Note]:
    for member_id, name in names.items():
        lines = [f"# {_escaped(name)}"]
        for work in export.works:
            meanings = [one.meaning.value for one in work.decisions if one.member.id == member_id]
            wrote = any(one.member.id == member_id for one in work.summaries)
            if said := [*dict.fromkeys(meanings), *(["wrote about it"] if wrote else [])]:
                lines += ([""] if len(lines) == 1 else []) + [f"- {_link(work)}: {', '.join(said)}"]
        yield Note(f"Members/{name}.md", {"paperround": f"member/{member_id}"}, "\n".join(lines) + "\n")


def _member_names(export: Export) -> dict[str, str]:
    """A file name for each member, by id; those who are called alike are told apart by their ids."""
    known: dict[str, Member] = {}
    for work in export.works:
        for member in (*(one.member for one in work.decisions), *(one.member for one in work.summaries)):
            if member != NOBODY:
                known[member.id] = member
    names = {id_: _file_name(member.name or id_) for id_, member in known.items()}
    alike: dict[str, list[str]] = defaultdict(list)
    for id_, name in names.items():
        # Many file systems do not tell upper from lower case.
        alike[name.casefold()].append(id_)
    return {
        id_: name if len(alike[name.casefold()]) == 1 else f"{name} {_file_name(id_, 60)}"
        for id_, name in names.items()
    }


def _link(work: Work) -> str:
    title = _UNSAFE_IN_NAME.sub(" ", work.item.title)
    return f"[[Works/{work.citation_key}|{' '.join(title.split())}]]"


def _week_name(channel: str, week: str) -> str:
    return f"{_file_name(channel)} {week}"


def _file_name(name: str, most: int = _MOST_BYTES) -> str:
    """A name that is one on every system, whatever people call themselves."""
    plain = " ".join(_UNSAFE_IN_NAME.sub(" ", unicodedata.normalize("NFC", name)).split())
    short = plain.strip(". ")[:_LONGEST_NAME].encode()[:most].decode(errors="ignore")
    return short.strip(". ") or "unnamed"


def _escaped(text: str) -> str:
    """Foreign text as Markdown that shows it: no embed, no link, no HTML, no formula, no comment comes of it; a line ends in one way."""
    return _MARKUP.sub(lambda found: f"\\{found[0]}", _LINE_BREAK.sub("\n", text))


def told(result: VaultResult) -> Sequence[str]:
    """Say in sentences what was done."""
    lines = [f"{counted(result.written, 'note')} written, {result.same} as they were."]
    if result.removed:
        lines.append(f"{counted(result.removed, 'note')} removed: what they told of is no longer kept.")
    return [*lines, *(f"Left alone: {one}." for one in result.left_alone)]
