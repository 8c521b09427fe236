"""
Cache of works' features in a SQLite file, so that a text is tokenised once and not every week.

It is a cache: whoever deletes the file loses seconds, no facts. A row is known by what its text says and by the features'
version.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from bot.ranking.question import Text
from bot.ranking.terms import VERSION, Terms, Tokenizer

KEPT: Final = timedelta(weeks=26)
"""Expiry of features that nobody asked for."""

_CHUNK: Final = 500
"""Rows that are asked for at once; SQLite takes at most 999 parameters in its oldest builds (sqlite.org/limits.html)."""

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS features (
    digest BLOB NOT NULL, version INTEGER NOT NULL, key TEXT NOT NULL, terms BLOB NOT NULL, used TEXT NOT NULL,
    PRIMARY KEY (digest, version)
) WITHOUT ROWID
"""


class FeatureStore:
    """
    Cache of works' features, read through. Without a file, or with an unusable one, it computes them all.

    One process at a time writes; two at once are harmless.
    """

    def __init__(self, file: Path | None, today: date) -> None:
        self._file = file
        self._today = today
        self.made = 0
        """Texts that had to be taken apart since the store was opened."""

    def features(self, texts: Sequence[Text], tokenizer: Tokenizer) -> list[Terms]:
        """Give the features of texts, in their order."""
        digests = [text.digest() for text in texts]
        with self._opened() as database:
            known, stale = self._read(database, digests) if database else ({}, [])
            fresh = {digest: text for digest, text in zip(digests, texts, strict=True) if digest not in known}
            terms = tokenizer.terms_of([(text.title, text.abstract, text.authors) for text in fresh.values()])
            made = dict(zip(fresh, terms, strict=True))
            self.made += len(made)
            if database:
                self._write(database, [(digest, fresh[digest].key, terms) for digest, terms in sorted(made.items())])
                self._used(database, stale)
        known |= made
        return [known[digest] for digest in digests]

    @contextlib.contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection | None]:
        database = None
        if self._file:
            try:
                database = sqlite3.connect(self._file, timeout=5)
                database.execute("PRAGMA journal_mode=WAL")
                database.execute("PRAGMA synchronous=OFF")  # a cache: what a power cut takes is made again
                database.execute(_SCHEMA)
            except sqlite3.Error:
                self._unusable(database)
                database = None
        try:
            yield database
        finally:
            if database:
                with contextlib.suppress(sqlite3.Error):
                    database.commit()
                database.close()

    def _unusable(self, database: sqlite3.Connection | None) -> None:
        """Remove a file that is no database of ours, so that the next time there is a good one."""
        if database:
            database.close()
        if self._file:
            with contextlib.suppress(OSError):
                self._file.unlink()

    def _read(self, database: sqlite3.Connection, digests: Sequence[bytes]) -> tuple[dict[bytes, Terms], list[bytes]]:
        """Give what is stored of these; with it, which of them were asked for last more than a week ago."""
        found, stale, week = {}, [], self._week_ago()
        # In the order in which they are stored, as they are written: the pages are passed once.
        wanted = sorted(set(digests))
        for start in range(0, len(wanted), _CHUNK):
            chunk = wanted[start : start + _CHUNK]
            marks = ",".join("?" * len(chunk))
            query = f"SELECT digest, terms, used FROM features WHERE version = ? AND digest IN ({marks})"  # noqa: S608 - marks only
            try:
                for digest, data, used in database.execute(query, (VERSION, *chunk)):
                    found[digest] = Terms.from_bytes(data)
                    if used < week:
                        stale.append(digest)
            except (sqlite3.Error, ValueError):
                self._unusable(None)
                return {}, []
        return found, stale

    def _week_ago(self) -> str:
        return (self._today - timedelta(days=7)).isoformat()

    def _write(self, database: sqlite3.Connection, rows: Sequence[tuple[bytes, str, Terms]]) -> None:
        day = self._today.isoformat()
        with contextlib.suppress(sqlite3.Error):  # a full disk, say: then they are made again next time
            database.executemany(
                "INSERT OR REPLACE INTO features VALUES (?, ?, ?, ?, ?)",
                [(digest, VERSION, key, terms.to_bytes(), day) for digest, key, terms in rows],
            )

    def _used(self, database: sqlite3.Connection, digests: Sequence[bytes]) -> None:
        """Note that these were asked for, and drop what was not for half a year."""
        day = self._today.isoformat()
        with contextlib.suppress(sqlite3.Error):
            database.executemany(
                "UPDATE features SET used = ? WHERE digest = ? AND version = ?",
                [(day, digest, VERSION) for digest in digests],
            )
            database.execute(
                "DELETE FROM features WHERE version <> ? OR used < ?",
                (VERSION, (self._today - KEPT).isoformat()),
            )
