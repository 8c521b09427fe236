"""The job that asks the sources: all of them twice a day and before a digest, one again after a failure."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.errors import StorageError
from bot.model import SourceRecord, SourceReport, SourceSpec
from bot.source_state import wants_another_look, wants_full_read
from bot.usecases import collect as collecting
from bot.usecases.compile import source_reports
from bot.usecases.due_windows import earliest_start
from bot.usecases.join import join_by_title
from bot.usecases.suggest import complete
from bot.usecases.withdrawals import tell_withdrawn
from scheduler.jobs.collect_round import round_in_turn, round_unless_taken
from scheduler.jobs.due_channels import Choice, is_any_due
from scheduler.kept_leases import LeaseLost
from scheduler.services import Services

logger = logging.getLogger(__name__)

FRESH: Final = timedelta(hours=1)
"""A collect younger than this is recent enough for a digest; nobody asks a source more often than hourly."""

COLLECT_EVERY: Final = timedelta(hours=12)
"""arXiv's and Reddit's feeds forget within days, so a weekly bot looks in twice a day."""

SINCE: Final = timedelta(days=7)

ROUND: Final = "collected"
"""The note that says when all sources were asked last, UTC."""

ROUND_DONE: Final = "collected whole"
"""The note that repeats that instant once everybody was asked and all of it stored; another one is there where a round was broken off."""

COLLECT: Final = "collect"
"""The name of the collect among what is paused after failures."""

_DEADLINES: Final = 3
"""The bound on asking one source, in deadlines of a question: some take several, and all wait for their turn at a host."""


async def collect(
    services: Services,
    *,
    since: datetime | None = None,
    specs: Sequence[SourceSpec] | None = None,
    respect_backoff: bool = False,
    full: bool = False,
    progress: collecting.Progress | None = None,
) -> tuple[SourceReport, ...]:
    """
    Ask all sources (or `specs`) for the last seven days (or since `since`), store what they say, and join it.

    Those that have not been for a week, with `full` all, are asked for everything and not only for what has changed. Where another process is
    asking all of them, its answers are waited for and given, unless more is wanted than it asked for. Raises
    `StorageError` where the database does not take what they say; the ticks collect again after a pause.
    """
    with _failure_noted(services):
        known = await services.specs()
        specs = known if specs is None else specs
        if not {spec.id for spec in known} <= {spec.id for spec in specs}:
            in_full = {spec.id for spec in specs} if full else await _in_full(services, specs)
            return await _asked(services, specs, in_full, since, progress, respect_backoff=respect_backoff)
        while True:
            try:
                async with round_in_turn(services) as waited:
                    if waited and not full and since is None and await is_round_fresh(services):
                        return tuple(await reports(services))
                    return await _collect_all(
                        services, since, specs, progress, respect_backoff=respect_backoff, full=full
                    )
            except LeaseLost as error:
                _tell_lost(error)


@contextlib.contextmanager
def _failure_noted(services: Services) -> Iterator[None]:
    """Work whose failure for the database's sake pauses the collect."""
    try:
        yield
    except StorageError:
        services.collecting.failed(COLLECT, services.clock())
        raise


async def _collect_all(
    services: Services,
    since: datetime | None,
    specs: Sequence[SourceSpec],
    progress: collecting.Progress | None = None,
    *,
    respect_backoff: bool,
    full: bool = False,
) -> tuple[SourceReport, ...]:
    """Do a round, for whoever has it."""
    in_full = {spec.id for spec in specs} if full else await _in_full(services, specs)
    began = services.clock()
    await _note_round(services, began)
    try:
        reports = await _asked(
            services, specs, in_full, since, progress, respect_backoff=respect_backoff, whole_round=True
        )
    except StorageError:
        raise
    except Exception:
        # A fault of ours, which the next round would meet as well: the sources are not asked again at each tick for it.
        await _note_end_of_round(services, began)
        raise
    await _note_end_of_round(services, began)
    services.collecting.well(COLLECT)
    return reports


async def _asked(
    services: Services,
    specs: Sequence[SourceSpec],
    in_full: set[str],
    since: datetime | None,
    progress: collecting.Progress | None,
    *,
    respect_backoff: bool,
    whole_round: bool = False,
) -> tuple[SourceReport, ...]:
    """Ask sources, store what they say, and join it."""
    async with services.open_sources(specs, in_full) as sources:
        reports = await collecting.collect(
            specs,
            sources,
            services.unit_of_work,
            services.clock,
            since=since or await _since(services, specs, whole_round=whole_round),
            read_until=await _read_until(services),
            at_once=services.settings.fetch.at_once,
            seconds=_DEADLINES * services.settings.fetch.deadline_seconds,
            respect_backoff=respect_backoff,
            full=in_full,
            progress=progress,
        )
    if whole_round:
        await complete(services.unit_of_work, services.clock, services.open_works)
    await join_by_title(services.unit_of_work, services.clock(), reading=services.reading)
    await tell_withdrawn(services.unit_of_work, services.clock(), services.recorder.redraw, reading=services.reading)
    return reports


async def _in_full(services: Services, specs: Sequence[SourceSpec]) -> set[str]:
    """Give the sources that are to be asked for everything."""
    now = services.clock()
    async with services.unit_of_work() as uow:
        records = await uow.sources.all()
    return {spec.id for spec in specs if wants_full_read(records.get(spec.id) or SourceRecord(id=spec.id), now)}


async def _note_round(services: Services, began: datetime) -> None:
    """Note that all sources are asked now: what one of them is asked in between does not count as that."""
    async with services.unit_of_work() as uow:
        if await uow.notes.get(ROUND_DONE) is None:
            await uow.notes.put(ROUND_DONE, "")
        await uow.notes.put(ROUND, began.isoformat())
        await uow.commit()


async def _note_end_of_round(services: Services, began: datetime) -> None:
    async with services.unit_of_work() as uow:
        await uow.notes.put(ROUND_DONE, began.isoformat())
        await uow.commit()


async def _since(services: Services, specs: Sequence[SourceSpec], *, whole_round: bool) -> datetime:
    """
    How far back to ask: seven days, or as far as the digests reach that are due. Sources that are asked again one by one, and that answered before, were
    asked that far when the digests fell due, and are asked from their last answer on (`asked_since`).
    """
    now = services.clock()
    if not whole_round:
        async with services.reading() as uow:
            records = await uow.sources.all()
        if all((record := records.get(spec.id)) and record.last_success for spec in specs):
            return now - SINCE
    channels = await services.wake_ups.may_be_due(now)
    start = await earliest_start(channels, services.channels.states, services.reading, now)
    return min(now - SINCE, start) if start else now - SINCE


async def _read_until(services: Services) -> datetime | None:
    """End of the last window that a digest was made of."""
    async with services.reading() as uow:
        return await uow.digests.last_end()


async def is_collect_due(services: Services, choose: Choice) -> bool:
    """
    Whether all sources are to be asked: twice a day, and before a digest that is due or waits for them. `choose` gives the channels in which
    one may be due; it is asked only where that decides. Not within an hour of a round, whoever answered in that.
    """
    if await is_round_fresh(services):
        return False
    age = await collect_age(services)
    if age < FRESH or age >= COLLECT_EVERY:
        return age >= COLLECT_EVERY
    return bool(await services.wake_ups.waiting()) or await is_any_due(services, await choose(services))


async def collect_unless_fresh(services: Services) -> bool:
    """
    Ask all sources, unless somebody else has just done it; gives False, at once, where another process is doing it, or may do so since this one lost the
    round. Raises as `collect` does.
    """
    with _failure_noted(services):
        try:
            async with round_unless_taken(services) as ours:
                if not ours:
                    return False
                fresh = await is_round_fresh(services) or await collect_age(services) < FRESH
                if services.collecting.is_failing(COLLECT) or not fresh:
                    await _collect_all(services, None, await services.specs(), respect_backoff=True)
        except LeaseLost as error:
            _tell_lost(error)
            return False
    return True


def _tell_lost(error: LeaseLost) -> None:
    logger.warning("The sources are asked again, by whoever is first: %s", error, extra={"action": "collect_lost"})


async def is_long_ago(services: Services) -> bool:
    """Whether nothing the sources said is younger than `COLLECT_EVERY`, and they may be asked: nobody was in the last hour."""
    return await collect_age(services) >= COLLECT_EVERY and not await is_round_fresh(services)


async def collect_age(services: Services) -> timedelta:
    """How long ago all sources were last asked; very long if they never were, or are being asked, or that was broken off."""
    last = await last_collect(services)
    if last is None:
        return timedelta.max
    async with services.unit_of_work() as uow:
        noted, done = await uow.notes.get(ROUND), await uow.notes.get(ROUND_DONE)
    if done is not None and done != noted:
        return timedelta.max
    rounds = datetime.fromisoformat(noted) if noted else last
    # Earlier than the last answer, if one source was asked in between; not before it, if nobody answered in that round.
    return services.clock() - min(last, rounds)


async def round_age(services: Services) -> timedelta:
    """How long ago all sources were asked last, whoever answered; very long if they never were, are being asked, or that was broken off."""
    async with services.reading() as uow:
        noted, done = await uow.notes.get(ROUND), await uow.notes.get(ROUND_DONE)
    whole = noted is not None and done in {None, noted}
    return services.clock() - datetime.fromisoformat(noted) if noted and whole else timedelta.max


async def is_round_fresh(services: Services) -> bool:
    """Whether all sources were asked so lately that a digest may be made of what they said, or of their silence."""
    return timedelta(0) <= await round_age(services) < FRESH


async def last_collect(services: Services) -> datetime | None:
    """
    Give the instant of the last successful answer of any configured source.

    One that lies ahead was noted by a clock that has been put right since; it says nothing. By less than an hour it is that of a
    command which began later at the same `PAPERROUND_NOW`: then it was just now.
    """
    now = services.clock()
    async with services.unit_of_work() as uow:
        records = await uow.sources.all()
    wanted = {spec.id for spec in await services.specs()}
    answered = (r.last_success for r in records.values() if r.last_success and r.id in wanted)
    return max((min(at, now) for at in answered if at <= now + FRESH), default=None)


async def to_look_again(services: Services) -> list[SourceSpec]:
    """Sources that do not wait for the next collect of all: their backoff after a failure is over, or they lose entries."""
    now = services.clock()
    async with services.unit_of_work() as uow:
        records = await uow.sources.all()
    wanted = {one.id for one in records.values() if wants_another_look(one, now)}
    return [spec for spec in await services.specs() if spec.enabled and spec.id in wanted]


async def reports(services: Services) -> list[SourceReport]:
    """Every source's last report."""
    async with services.unit_of_work() as uow:
        records = await uow.sources.all()
    return source_reports(await services.specs(), records)
