"""
What is indexed of a work: one document that everybody may find, one for each channel that said something of its own, and one for each
channel's own source that speaks of it. Pure.

A document holds all there is to find in it, so that two words may stand in the title and in a summary.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.dedupe import Row, fold
from bot.model import Entry, Item, Summary

PUBLIC: Final = ""
"""The scope of what sources said to all the world."""

VERSION: Final = "4"
"""Changes with what documents or tokens are: an index of another version is built again."""

INDEXED: Final = "search index"
"""Name of the note that says of which version the index is, and how far it is built."""

TEAM: Final = "team"
"""The source id of what members propose: each entry is for one channel alone (`bot.usecases.suggest`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchDocument:
    """
    What can be found of a work in one scope: `PUBLIC`, a channel's name, or an `own_scope`. Unique by (`item_key`, `scope`).

    `people` are authors and institutions, `said` what sources said of it and what it is called, `words` the channel's summaries.
    """

    item_key: str
    scope: str
    title: str
    people: tuple[str, ...] = ()
    abstract: str = ""
    said: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    has_code: bool = False


def proposed_for(entry: Entry) -> str | None:
    """Give the channel for which somebody proposed this; None for what a source said."""
    return entry.external_id.partition("/")[0] if entry.source_id == TEAM else None


def own_scope(source_id: str) -> str:
    """Give the scope of what a channel's own source said; no channel is called so."""
    return f"source/{source_id}"


def visible(rows: Iterable[Row], readable: Collection[str], hidden: Collection[str]) -> list[Row]:
    """Leave out what was proposed in other channels than these, and what the `hidden` sources said (`bot.channel_sources.hidden_from`)."""
    return [
        row
        for row in rows
        if row[1].entry.source_id not in hidden
        and ((channel := proposed_for(row[1].entry)) is None or channel in readable)
    ]


def documents(
    key: str, rows: Sequence[Row], picked: Mapping[str, Item], summaries: Iterable[Summary], own: Collection[str]
) -> list[SearchDocument]:
    """
    Give the documents of the work under this key.

    `rows` are its mentions, `picked` is how channels' digests froze it, by channel; that counts where no source speaks of it (any
    more). `summaries` are all that are not deleted, `own` are the ids of channels' own sources.
    """
    words: dict[str, list[str]] = defaultdict(list)
    for one in summaries:
        if one.text:
            words[one.channel].append(one.text)
    proposed = {channel for row in rows if (channel := proposed_for(row[1].entry)) is not None}
    public = _item(visible(rows, (), own))
    found = [_document(public, key, PUBLIC, [])] if public else []
    owned = {
        source: _item(visible(rows, (), set(own) - {source}))
        for source in sorted({row[1].entry.source_id for row in rows} & set(own))
    }
    found += [_document(item, key, own_scope(source), []) for source, item in owned.items() if item]
    for channel in sorted(proposed | words.keys() | (set() if public else picked.keys())):
        # Whoever wrote of a work that only an own source speaks of reads that source.
        item = _item(visible(rows, [channel], own)) or picked.get(channel) or _item(visible(rows, [channel], ()))
        if item:
            found.append(_document(item, key, channel, words[channel]))
    return found


def _says_who(tag: str) -> bool:
    """Whether a tag tells who proposed the work, or for whom: that is no word on the work."""
    return tag.startswith(("suggested by ", "for "))


def _item(rows: Sequence[Row]) -> Item | None:
    return next(iter(fold(rows)), None)


def _document(item: Item, key: str, scope: str, words: Sequence[str]) -> SearchDocument:
    quotes = dict.fromkeys(mention.quote for mention in item.mentions if mention.quote)
    called = dict.fromkeys(mention.title for mention in item.mentions if mention.title != item.title)
    return SearchDocument(
        item_key=key,
        scope=scope,
        title=item.title,
        people=(*item.authors, *item.institutions),
        abstract=item.abstract,
        said=(*quotes, *called, *filter(None, [item.brief]), *(tag for tag in item.tags if not _says_who(tag)), key),
        words=tuple(words),
        has_code=item.code_url is not None or key.startswith("code:"),
    )
