"""Which sources a channel reads: those that all channels share, less what it switched off, and its own. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.model import Channel, SourceSpec


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


def shown_to(channel: Channel, specs: Iterable[SourceSpec]) -> tuple[SourceSpec, ...]:
    """Give the sources that a channel may know of: what another one, of another workspace perhaps, added for itself is none of its business."""
    own = {*channel.sources, *channel.sources_added}
    return tuple(spec for spec in specs if not spec.own or spec.id in own)


def others_read(source_id: str, channel: Channel, channels: Sequence[Channel], specs: Sequence[SourceSpec]) -> bool:
    """Tell whether a source is read by another channel, too."""
    return any(source_id in read_by(one, specs) for one in channels if one.name != channel.name)
