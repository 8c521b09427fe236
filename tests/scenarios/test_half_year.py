"""The simulated half year that pages, search and exports are looked at with."""

from __future__ import annotations

from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from adapters.web.channel.store import BoardStore
from bot.usecases.recall import remember
from tests.databases import migrated_sqlite, opened
from tests.half_year import CHANNEL, half_year


async def test_what_people_did_is_recorded(tmp_path, tmp_path_factory):
    """Some weeks of eight members are all in the database as they happened."""
    address = await migrated_sqlite(tmp_path_factory.getbasetemp(), tmp_path)
    async with opened(address) as engine:
        units = SqlUnitOfWorkFactory(engine)
        year = await half_year(units, BoardStore(engine), weeks=3, per_week=20)
        known = await remember([CHANNEL], units)

    decided = sum(len(one.decisions) for one in known)
    assert ["2026-W07", "2026-W08", "2026-W09"] == [digest.week for digest in year.digests]
    assert decided == sum(year.counts.get(emoji, 0) for emoji in "⭐👀✅👎")
    assert year.counts["summaries"] == sum(len(one.summaries) for one in known) > 0
