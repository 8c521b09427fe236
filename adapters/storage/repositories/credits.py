"""
Credits in stored documents: where sentences of ours name members (`bot.credit`), and how names and ids are taken out of them.

A proposal names who made it, a channel who paused it, a skipped week repeats that, a source who added it. None of these has a row of a
member's own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Table, or_, select, true, update

from adapters.storage.codec import content_hash
from adapters.storage.tables import channels, digests, entries, notes, skips, source_settings
from bot.credit import SOMEBODY, credited, without_credit
from bot.forgetting import KEY
from bot.search_documents import TEAM

_PROPOSALS: Final = entries.c.source_id == TEAM
_CREDITING: Final = or_(*(digests.c.content.contains(one) for one in ("suggested by ", " paused it", " ended it")))


class SqlCredits:
    """The credits in a database, read and rewritten in the transaction of whoever asks."""

    def __init__(self, connection: Connection) -> None:
        self._run = connection.execute

    def names(self) -> set[str]:
        """Every name in a credit, as it stands there."""
        named = {one for text in self._texts() for one in credited(text)}
        added = self._run(select(source_settings.c.content)).scalars()
        return named | {by for one in added if (by := json.loads(one).get("by")) and by != SOMEBODY}

    def scrub(self, names: Collection[str], ids: Collection[str]) -> set[tuple[str, str]]:
        """Take names and ids out; give the digests, by channel and week, that named them."""

        def uncredited(text: str) -> str:
            return without_credit(text, names)

        self._rewrite(entries, "content", uncredited, _PROPOSALS)
        self._rewrite(channels, "content", uncredited)
        self._rewrite(source_settings, "content", lambda text: SOMEBODY if text in names or text in ids else text)
        for row in self._run(select(skips)).all():
            if (because := uncredited(row.because)) != row.because:
                self._put(skips, row, {"because": because})
        self._scrub_notes(names, ids)
        changed = self._rewrite(digests, "content", uncredited, _CREDITING)
        return {(row.channel, row.week) for row in changed}

    def _texts(self) -> Iterable[str]:
        for table, where in ((entries, _PROPOSALS), (channels, true()), (digests, _CREDITING)):
            for content in self._run(select(table.c.content).where(where)).scalars():
                yield from _strings(json.loads(content))
        yield from self._run(select(skips.c.because)).scalars()

    def _scrub_notes(self, names: Iterable[str], ids: Iterable[str]) -> None:
        """Notes have many forms; in each of them a name or an id stands alone between quotation marks, as it is or with letters escaped."""
        instead = dict.fromkeys(names, SOMEBODY) | dict.fromkeys(ids, "")
        wanted = {
            json.dumps(one, ensure_ascii=escaped): json.dumps(other)
            for one, other in instead.items()
            for escaped in (False, True)
        }
        for row in self._run(select(notes).where(notes.c.name != KEY)).all():
            text = row.text
            for one, other in wanted.items():
                text = text.replace(one, other)
            if text != row.text:
                self._put(notes, row, {"text": text})

    def _rewrite(
        self, table: Table, column: str, change: Callable[[str], str], where: ColumnElement[bool] | None = None
    ) -> list[Row[Any]]:
        """Change the texts in documents; give the rows that were changed, as they were."""
        changed = []
        for row in self._run(select(table).where(true() if where is None else where)).all():
            before = json.loads(getattr(row, column))
            after = _mapped(before, change)
            if after == before:
                continue
            document = json.dumps(after, ensure_ascii=False, separators=(",", ":"))
            values: dict[str, Any] = {column: document}
            if "hash" in table.c:
                values["hash"] = content_hash(document)
            if "version" in table.c:
                values["version"] = table.c.version + 1
            self._put(table, row, values)
            changed.append(row)
        return changed

    def _put(self, table: Table, row: Row[Any], values: Mapping[str, Any]) -> None:
        here = [key == getattr(row, key.name) for key in table.primary_key]
        self._run(update(table).where(*here).values(values))


def _strings(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)
    elif isinstance(value, dict):
        for one in value.values():
            yield from _strings(one)


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_mapped(one, change) for one in value]
    if isinstance(value, dict):
        return {name: _mapped(one, change) for name, one in value.items()}
    return value
