"""Names of sources as people read them, of those that are read no more as well: what they said is still found."""

from __future__ import annotations

from collections.abc import Iterable

from bot.model import SourceSpec
from bot.ports import UnitOfWork
from bot.usecases.suggest import NAME, SOURCE


async def names_of_sources(specs: Iterable[SourceSpec], uow: UnitOfWork) -> dict[str, str]:
    """
    Give the names of sources by id: those of `specs`, and of every other source the one under which it was last read.

    That is how a source that was removed is named, one that a file of settings names no more, and those of the sample week.
    """
    known = {spec.id: spec.name for spec in specs}
    records = await uow.sources.all()
    read = {one.id: one.report.name for one in records.values() if one.report and one.report.name}
    return read | known | {SOURCE: NAME}
