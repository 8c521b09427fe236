"""Own sources: those that channels added for themselves, as they are stored; who may know of them says `bot.channel_sources`."""

from __future__ import annotations

from bot.channel_sources import OWN_BEFORE, own_sources
from bot.ports import UnitOfWork


async def own_sources_of(uow: UnitOfWork) -> frozenset[str]:
    """Give the ids of all channels' own sources, also of those that were removed."""
    settings = await uow.source_settings.all()
    return own_sources(settings.values(), await uow.notes.get(OWN_BEFORE))
