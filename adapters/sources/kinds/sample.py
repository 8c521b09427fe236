"""
The sample week: invented entries that ship with the project, for a first look on a machine that reaches no source.

Its addresses are on example.org, which is reserved for documents (RFC 2606): nobody is sent to a page that is not meant.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any, Final

from bot.model import Attention, Entry, FetchResult, ItemKind, Link, Section, SourceSpec
from bot.ports import Clock

KIND: Final = "sample"
_HOME: Final = "https://example.org/sample/"


def specs() -> tuple[SourceSpec, ...]:
    """Give the sources of the sample week."""
    return tuple(
        SourceSpec(
            id=source_id,
            kind=KIND,
            name=said["name"],
            url=_HOME + source_id,
            section=Section(said["section"]),
            item_kind=ItemKind(said["kind"]),
        )
        for source_id, said in _document()["sources"].items()
    )


class SampleSource:
    """One source of the sample week. Its entries are dated back from now, so that the week is always the last one."""

    def __init__(self, spec: SourceSpec, clock: Clock) -> None:
        self._spec = spec
        self._clock = clock

    async def fetch(self, since: datetime, state: Mapping[str, object]) -> FetchResult:  # noqa: ARG002 - a sample has no past
        now = self._clock().replace(minute=0, second=0, microsecond=0)
        mine = [said for said in _document()["entries"] if said["source"] == self._spec.id]
        return FetchResult(entries=tuple(self._entry(said, now) for said in mine))

    def _entry(self, said: Mapping[str, Any], now: datetime) -> Entry:
        page = _HOME + said.get("thread", said["work"])
        return Entry(
            source_id=self._spec.id,
            external_id=page,
            kind=self._spec.item_kind,
            section=self._spec.section,
            title=said["title"],
            url=page,
            about=_HOME + said["work"] if "thread" in said else None,
            authors=tuple(said.get("authors", ())),
            abstract=said.get("abstract", ""),
            published=now - timedelta(days=said["day"]) + timedelta(hours=12),
            attention=Attention(votes=said.get("votes"), comments=said.get("comments")),
            words=said.get("words"),
            code_url=said.get("code"),
            code_stars=said.get("stars"),
            links=tuple(
                Link(url=_HOME + to["work"], text=to["text"], quote=to["quote"]) for to in said.get("links", ())
            ),
        )


def _document() -> dict[str, Any]:
    return tomllib.loads(files("adapters.sources").joinpath("sample.toml").read_text("utf-8"))
