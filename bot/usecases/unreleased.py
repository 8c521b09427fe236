"""Unreleased leases: those that a process is done with and could not give back, since the database failed in that moment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bot.model import Lease
from bot.ports import UnitOfWorkFactory


class UnreleasedLeases:
    """
    Leases that are to be given back once the database answers again. Else whoever wants one would wait until it has run out, though its owner lives
    and does nothing under it any more.
    """

    def __init__(self) -> None:
        self._leases: set[Lease] = set()

    def add(self, lease: Lease) -> None:
        """Note a lease under which nothing is done any more. One that its owner has claimed again since has another token, and is not touched."""
        self._leases.add(lease)

    async def release(self, unit_of_work: UnitOfWorkFactory) -> int:
        """Give back all that were noted; give how many. Raises `StorageError` where the database still fails: then they stay noted."""
        leases = tuple(self._leases)
        if not leases:
            return 0
        async with unit_of_work() as uow:
            for lease in leases:
                await uow.leases.release(lease)
            await uow.commit()
        self._leases.difference_update(leases)
        return len(leases)


@contextmanager
def noted_on_failure(unreleased: UnreleasedLeases | None, *leases: Lease) -> Iterator[list[Lease]]:
    """
    Claiming or giving back of `leases`, and of those that the block adds to the list: where it fails, they are noted. The commit may have been made,
    and its answer lost.
    """
    held = list(leases)
    try:
        yield held
    except BaseException:
        if unreleased is not None:
            for lease in held:
                unreleased.add(lease)
        raise


async def release(lease: Lease, unit_of_work: UnitOfWorkFactory, unreleased: UnreleasedLeases | None) -> None:
    """Give a lease back under which nothing is done any more. Raises `StorageError` where the database fails; then it is noted."""
    with noted_on_failure(unreleased, lease):
        async with unit_of_work() as uow:
            await uow.leases.release(lease)
            await uow.commit()
