"""
Which sources a channel reads: those that all channels share, less what it switched off, and its own; and who may know of its own. Pure.

What a channel's own source said is for those who may read a channel that reads it: what another one, of another workspace perhaps, added
for itself is none of their business. Pages, search, API, commands and the digest all ask here.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from bot.model import Channel, SourceSetting, SourceSpec

OWN: Final = "own"
"""Key of a setting that is no key of a table: the source was added in chat, for the channels that did."""

OWN_BEFORE: Final = "own sources of before"
"""Name of the note with the ids of channels' own sources that were removed: what they said is still stored, and still nobody else's."""


def read_by(channel: Channel, specs: Iterable[SourceSpec]) -> frozenset[str]:
    """
    Give the ids of the sources that a channel reads, whether they are on or off for everybody.

    Where it names none, it reads all that are nobody's own; a source that another channel added in chat is not among them.
    """
    shared = set(channel.sources) or {spec.id for spec in specs if not spec.own}
    return frozenset((shared | set(channel.sources_added)) - set(channel.sources_off))


def reads_all(channel: Channel) -> bool:
    """Tell whether a channel reads whatever all channels share, what comes to be shared later, too."""
    return not channel.sources and not channel.sources_off


def shown_to(channels: Iterable[Channel], specs: Iterable[SourceSpec]) -> tuple[SourceSpec, ...]:
    """Give the sources that one may know of who reads these channels."""
    theirs = _named_by(channels)
    return tuple(spec for spec in specs if not spec.own or spec.id in theirs)


def own_sources(settings: Iterable[SourceSetting], before: str | None) -> frozenset[str]:
    """Give the ids of all channels' own sources; `before` is the note `OWN_BEFORE`."""
    return frozenset({one.id for one in settings if one.values.get(OWN)} | set(json.loads(before or "[]")))


def with_one_more(before: str | None, source_id: str) -> str:
    """Give the note `OWN_BEFORE` with the id of a source that is removed."""
    return json.dumps(sorted({*json.loads(before or "[]"), source_id}))


def hidden_from(channels: Iterable[Channel], own: Collection[str]) -> frozenset[str]:
    """Give those of all channels' own sources of which nothing may be shown to who reads these channels."""
    return frozenset(own) - _named_by(channels)


def _named_by(channels: Iterable[Channel]) -> set[str]:
    return {source_id for channel in channels for source_id in (*channel.sources, *channel.sources_added)}


def others_read(source_id: str, channel: Channel, channels: Sequence[Channel], specs: Sequence[SourceSpec]) -> bool:
    """Tell whether a source is read by another channel, too."""
    return any(source_id in read_by(one, specs) for one in channels if one.name != channel.name)
