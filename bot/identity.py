"""
Which work an entry of a source is, where its page alone does not tell. Pure.

A page is an entry's own only while no other entry of its source leads there: a podcast links every episode to its show, a
changelog has one page. What an entry was taken for once, it stays: a key is an identity for ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bot.item_keys import entry_address, item_key, may_be_shared
from bot.model import Entry, Mention, StoredEntry
from bot.ports import Batch
from bot.titles import is_same_title, normal_title

Speakers = Mapping[tuple[str, str], frozenset[str]]
"""Which entries speak directly of a work: (source id, item key) → external ids."""


def direct_key(entry: Entry) -> str | None:
    """Give the key of the work that an entry is about by its addresses; None where they lead nowhere."""
    return (item_key(entry.about) if entry.about else None) or item_key(entry.url)


def in_doubt(entries: Iterable[Entry]) -> set[tuple[str, str]]:
    """Give what must be asked of the store about a source's entries: (source id, item key) of pages that others may share."""
    asked = set()
    for entry in entries:
        own, page = entry_address(entry.source_id, entry.external_id), item_key(entry.url)
        keys = {direct_key(entry), own, page} if entry.about in {None, own} else {direct_key(entry)}
        if entry.published is None or any(key and may_be_shared(key) for key in keys):
            asked |= {(entry.source_id, key) for key in keys if key}
    return asked


def contested(batches: Iterable[Batch], speakers: Speakers) -> set[str]:
    """Give the keys whose present speakers must be read, since another entry of the same source now leads there, too."""
    return {
        mention.key
        for batch in batches
        for mention in batch.mentions
        if mention.direct and _others(mention, speakers) and mention.external_id not in _told(mention, speakers)
    }


def told_apart(batch: Batch, speakers: Speakers, known: Mapping[str, Sequence[StoredEntry]]) -> Batch:
    """
    Give each entry that leads to a page which is another entry's an identity of its own, unless it says the same.

    `speakers` answers `in_doubt`, `known` holds the present speakers of each `contested` key. An entry keeps what it was taken for.
    """
    entries = {stored.entry.external_id: stored.entry for stored in batch.entries}
    mentions, titles = [], dict(batch.titles)
    for mention in batch.mentions:
        entry = entries[mention.external_id]
        key = _key(mention, entry, speakers, known) if mention.direct else mention.key
        if key != mention.key:
            titles[key] = mention.title
        mentions.append(replace(mention, key=key))
    return replace(batch, mentions=tuple(mentions), titles=titles)


def _key(mention: Mention, entry: Entry, speakers: Speakers, known: Mapping[str, Sequence[StoredEntry]]) -> str:
    own = entry_address(entry.source_id, entry.external_id)
    if mention.key == own:
        page = item_key(entry.url)
        was = page is not None and entry.external_id in speakers.get((entry.source_id, page), ())
        return page if was and page else own
    if entry.about is not None or not may_be_shared(mention.key) or entry.external_id in _told(mention, speakers):
        return mention.key
    if entry.external_id in speakers.get((entry.source_id, own), ()):
        return own
    if not _others(mention, speakers):
        return mention.key
    same = any(_is_the_same(entry, other.entry, mention.key) for other in known.get(mention.key, ()))
    return mention.key if same else own


def _is_the_same(entry: Entry, other: Entry, key: str) -> bool:
    if says_the_same(entry, other):
        return True
    if entry.source_id != other.source_id or normal_title(entry.title) != normal_title(other.title):
        return False
    # A list that names a repository each day speaks of that repository; its changes have titles of their own.
    if key.startswith("code:"):
        return True
    # Without a guid, an entry was called by its address until its title and date became part of its name.
    return other.external_id == other.url and entry.published == other.published


def _told(mention: Mention, speakers: Speakers) -> frozenset[str]:
    return speakers.get((mention.source_id, mention.key), frozenset())


def _others(mention: Mention, speakers: Speakers) -> frozenset[str]:
    return _told(mention, speakers) - {mention.external_id} if may_be_shared(mention.key) else frozenset()


def says_the_same(one: Entry, other: Entry) -> bool:
    """
    Tell whether two entries of one source are one: published at the same instant, with the same text, under nearly the same title.

    So a corrected slug or headline is no second work. Titles that differ in a number, version or date are always two.
    """
    if one.source_id != other.source_id or one.published is None or one.published != other.published:
        return False
    if one.title == other.title:
        return one.abstract == other.abstract
    # Of a day many entries may say little: only a text of its own tells that it is the same.
    return bool(one.abstract) and one.abstract == other.abstract and is_same_title(one.title, other.title)
