"""
Jobs that several processes share: what a worker does for each name, and what it puts into the queue in turn.

What is due is asked of the database by `tick`, as in the process that does everything (`scheduler.jobs.periodic`); the same functions then
serve a channel.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import Final

from bot.errors import QueueFull, StorageError
from bot.model import Channel, MessageRef
from bot.ports import JobQueue, JobRequest
from bot.usecases.search import complete
from scheduler.asked_cards import bring
from scheduler.jobs import reconciling
from scheduler.jobs.alerts import plan_alerts, send_alerts
from scheduler.jobs.collecting import (
    COLLECT,
    collect,
    collect_unless_fresh,
    is_collect_due,
    is_round_fresh,
    to_look_again,
)
from scheduler.jobs.delivering import Delivery, Waiting, in_turns, serve_channel
from scheduler.jobs.histories import backfill, due_backfills, look_up_tastes
from scheduler.jobs.left_to_others import left_to_others
from scheduler.jobs.pauses import tell_of_pauses
from scheduler.jobs.reminders import send_reminders
from scheduler.jobs.requests import (
    SOURCES,
    UPKEEP,
    alerts_job,
    backfill_job,
    collect_job,
    daily_job,
    digest_job,
    reconcile_channel_job,
    reconcile_job,
    review_job,
    tick_job,
)
from scheduler.jobs.reviews import review, to_show
from scheduler.jobs.ticks import note_tick
from scheduler.jobs.upkeep import daily, is_day_over, measure, renew_tokens
from scheduler.services import Services

logger = logging.getLogger(__name__)

TURN_AGAIN: Final = timedelta(seconds=5)
"""After how long a channel tries again to have a page of its past read, or to be looked over, whose workspace has as many under way as it may."""


async def have_looked_over(services: Services, platform: str) -> None:
    """
    Have every channel on a platform looked over, by whoever does what is in the queue: something may have been missed until now.

    Raises `StorageError` where that could not be noted, or not be put in.
    """
    await reconciling.begin_round(services, platform)
    await services.shared_queue().defer(reconcile_job(platform))


def at_start() -> Sequence[JobRequest]:
    """What a worker puts into the queue as it begins."""
    return (JobRequest(name="index", queue=UPKEEP), tick_job())


async def do(services: Services, job: JobRequest) -> None:
    """Do a job that this version `knows`, or leave it to a process that has the key of its workspace."""
    if await left_to_others(services, job):
        return
    await WORK[job.name].do(services, job)


def knows(job: JobRequest) -> bool:
    """Whether this version knows a job by its name, and all that it is told with it: another version may have put in another one."""
    work = WORK.get(job.name)
    return work is not None and work.needs <= job.arguments.keys() <= work.needs | work.takes


async def _tick(services: Services, _: JobRequest) -> None:
    """Put into the queue what is due, on whichever platform: a collect, each channel's digest, the daily upkeep."""
    queue, now = services.shared_queue(), services.clock()
    channels = await services.wake_ups.awake(now, partial(_is_not_paused, services))

    async def awake(_: Services) -> Sequence[Channel]:
        return channels

    wanted = await is_collect_due(services, awake)
    if wanted:
        await _defer_what_fits(queue, collect_job())
    elif again := await to_look_again(services):
        await _defer_what_fits(queue, *(JobRequest(name="collect", subject=spec.id, queue=SOURCES) for spec in again))
    # No digest is made of what the sources said before: it comes with the tick that follows the collect, whoever answered then.
    make = not wanted or await is_round_fresh(services)
    await _defer_what_fits(queue, *(digest_job(one, make=make) for one in in_turns(channels)))
    if await is_day_over(services):
        with contextlib.suppress(QueueFull):
            # The day counts as over until that is done, so that it comes with the next tick where there is no room for it.
            await queue.defer(daily_job())
    await note_tick(services, now)


async def _defer_what_fits(queue: JobQueue, *jobs: JobRequest) -> None:
    """Put in jobs which the next tick asks for again: one queue that is full, which is logged, keeps it from nothing else."""
    with contextlib.suppress(QueueFull):
        await queue.defer(*jobs)


def _is_not_paused(services: Services, channel: Channel) -> bool:
    """Whether a channel with a message still to be sent is looked at now. One whose platform just failed has a job that waits for its time."""
    state = services.channels.states.get(channel.name)
    return not (state and state.paused_because)


async def _collect(services: Services, job: JobRequest) -> None:
    pause, now = services.collecting, services.clock()
    if not pause.is_over(COLLECT, now):
        # What the sources said could not be stored: they are left alone until then, as in the process that does everything.
        await services.shared_queue().defer(job, wait=((pause.end(COLLECT) or now) - now) / services.speed)
        return
    if job.subject:
        specs = [spec for spec in await services.specs() if spec.id == job.subject and spec.enabled]
        await collect(services, specs=specs, respect_backoff=True)
        return
    # Where another process asks them, as `up` beside the roles, the tick that follows its round is the clock's.
    if await collect_unless_fresh(services):
        await services.shared_queue().defer(tick_job())


async def _digest(services: Services, job: JobRequest) -> None:
    workspace = job.arguments.get("workspace")
    if isinstance(workspace, str) and not _has_room(services, job, workspace):
        await _wait_for_turn(services, job, workspace)
        return
    channel = await _channel(services, job.subject)
    if channel is None:
        return
    began = services.clock()
    # Whose turn it is says the queue; what this process remembers of its own tries may be older.
    services.backoff.recall(channel.name, _number(job, "failures"))
    states = services.channels.states
    # One that was put in before a collect, and has waited since, stands for the one that the tick after the collect could not put in.
    make = bool(job.arguments.get("make", True)) or await is_round_fresh(services)
    work = partial(serve_channel, services, channel, states.get(channel.name), None, make=make)
    there_is_room = _has_room(services, job, channel.workspace)
    served = services.deliveries[job.queue].submit(channel.name, channel.workspace, work) if there_is_room else None
    if served is None:
        await _wait_for_turn(services, job, channel.workspace)
        return
    try:
        # Who is cancelled here, since the database was away for long, leaves it running; the job is put back, and waits for it again.
        outcome = await asyncio.shield(served)
    finally:
        if served.done():
            await _fill_place(services, job.queue, channel.workspace)
    if not isinstance(outcome, Delivery):
        waiting = {channel.name: outcome.wait} if isinstance(outcome, Waiting) else {}
        await services.wake_ups.note([channel], began, services.backoff.end, waiting)
    if services.backoff.is_failing(channel.name) and channel.name not in services.refused:
        wait = (services.backoff.end(channel.name) or began) - services.clock()
        again = digest_job(channel, failures=services.backoff.failures(channel.name))
        await services.shared_queue().defer(again, wait=max(wait, timedelta(0)) / services.speed)


def _has_room(services: Services, job: JobRequest, workspace: str) -> bool:
    """
    Whether a channel of a workspace is served already, or would be at once. Who waited here for its workspace's turn would keep a place of the queue from
    other workspaces.
    """
    pool = services.deliveries[job.queue]
    return pool.holds(job.subject) or pool.room(workspace) > 0


async def _wait_for_turn(services: Services, job: JobRequest, workspace: str) -> None:
    """Have a channel try again, whose workspace has as many being served as it may."""
    waiting = replace(job, arguments={**job.arguments, **_turn(workspace)})
    wait = services.turns.wait((job.queue, workspace))
    await services.shared_queue().defer(waiting, wait=wait / services.speed)


def _turn(workspace: str) -> Mapping[str, object]:
    """What a job is told beside that waits for its workspace's turn, and for nothing else."""
    return {"workspace": workspace, "turn": True}


async def _fill_place(services: Services, platform: str, workspace: str) -> None:
    """
    Let one channel of a workspace try now, the one that waits the longest, where one of it has just been served. One for one: those that were told to
    before, and have not come yet, are to find their places.
    """
    lane = platform, workspace
    if not services.turns.is_waited_for(lane) or not services.deliveries[platform].room(workspace):
        return
    with contextlib.suppress(StorageError):  # then they come at their time
        if not await services.shared_queue().bring_forward(platform, _turn(workspace)):
            services.turns.nobody_waits(lane)


async def _histories(services: Services, _: JobRequest) -> None:
    """Put into the queue each channel of whose past another page is to be read."""
    await _defer_what_fits(services.shared_queue(), *map(backfill_job, await due_backfills(services)))


async def _backfill(services: Services, job: JobRequest) -> None:
    channel = await _channel(services, job.subject)
    if channel is not None and not await backfill(services, channel):
        await services.shared_queue().defer(job, wait=TURN_AGAIN / services.speed)


async def _reconcile(services: Services, job: JobRequest) -> None:
    """Put into the queue the channels on a platform that are looked over next; those that follow are put in by the same job, some seconds later."""
    platform = job.subject
    number = await reconciling.open_round(services, platform)
    if number is None:
        return
    found = await reconciling.next_channels(services, platform, number, reconciling.IN_QUEUE)
    await _defer_what_fits(services.shared_queue(), *(reconcile_channel_job(platform, one.channel) for one in found))
    await services.shared_queue().defer(job, wait=reconciling.pause(services))


async def _reconcile_channel(services: Services, job: JobRequest) -> None:
    if not await reconciling.look_at(services, str(job.arguments["platform"]), str(job.arguments["channel"])):
        await services.shared_queue().defer(job, wait=TURN_AGAIN / services.speed)


async def _alerts(services: Services, _: JobRequest) -> None:
    """Plan what channels are to be told of at once, and put into the queue each platform on which that is to be sent."""
    await _defer_what_fits(services.shared_queue(), *map(alerts_job, sorted(await plan_alerts(services))))


async def _reminders(services: Services, job: JobRequest) -> None:
    # One that a clock of an earlier version put in names no platform.
    for platform in [job.subject] if job.subject else services.platforms:
        await send_reminders(services, platform)


async def _cards(services: Services, job: JobRequest) -> None:
    channel = await _channel(services, str(job.arguments["channel"]))
    if channel is not None:
        await bring(services, channel, str(job.arguments["week"]))


async def _redraw(services: Services, job: JobRequest) -> None:
    where = job.arguments
    ref = MessageRef(
        platform=str(where["platform"]), channel_id=str(where["channel"]), message_id=str(where["message"])
    )
    if services.draw is not None:
        await services.draw(ref)


async def _reviews(services: Services, _: JobRequest) -> None:
    """Put into the queue the reviews that it is time for: a job a channel on its platform's queue, so that one that hangs keeps its own waiting."""
    await _defer_what_fits(services.shared_queue(), *map(review_job, await to_show(services)))


async def _review(services: Services, job: JobRequest) -> None:
    channel = await _channel(services, job.subject)
    if channel is not None and channel.review:
        await review(services, channel)


async def _inbox(services: Services, _: JobRequest) -> None:
    await services.recorder.apply_waiting()


async def _index(services: Services, _: JobRequest) -> None:
    await complete(services.unit_of_work)


async def _channel(services: Services, name: str) -> Channel | None:
    """The channel of a job; None for one that was stopped since."""
    return next((one for one in await services.current_channels() if one.name == name), None)


def _number(job: JobRequest, name: str) -> int:
    found = job.arguments.get(name, 0)
    return found if isinstance(found, int) else 0


def _plainly(work: Callable[[Services], Awaitable[None]]) -> Callable[[Services, JobRequest], Awaitable[None]]:
    """A job without a subject."""

    async def done(services: Services, _: JobRequest) -> None:
        await work(services)

    return done


def _on_platform(work: Callable[[Services, str], Awaitable[None]]) -> Callable[[Services, JobRequest], Awaitable[None]]:
    """A job about a platform."""

    async def done(services: Services, job: JobRequest) -> None:
        await work(services, job.subject)

    return done


@dataclass(frozen=True, slots=True)
class Work:
    """What is done for a job: the arguments that it `needs`, and those that it `takes` beside them. A version that changes them knows others."""

    do: Callable[[Services, JobRequest], Awaitable[None]]
    needs: frozenset[str] = frozenset()
    takes: frozenset[str] = frozenset()


WORK: Final[Mapping[str, Work]] = {
    "alerts": Work(_alerts),
    "backfill": Work(_backfill),
    "cards": Work(_cards, needs=frozenset({"channel", "week"})),
    "collect": Work(_collect),
    "daily": Work(_plainly(daily)),
    "digest": Work(_digest, takes=frozenset({"make", "failures", "workspace", "turn"})),
    "histories": Work(_histories),
    "inbox": Work(_inbox),
    "index": Work(_index),
    "pauses": Work(_on_platform(tell_of_pauses)),
    "quality": Work(_plainly(measure)),
    "reconcile": Work(_reconcile),
    "reconcile_channel": Work(_reconcile_channel, needs=frozenset({"platform", "channel"})),
    "redraw": Work(_redraw, needs=frozenset({"platform", "channel", "message"})),
    "reminders": Work(_reminders),
    "review": Work(_review),
    "reviews": Work(_reviews),
    "send_alerts": Work(_on_platform(send_alerts)),
    "taste": Work(_plainly(look_up_tastes)),
    "tick": Work(_tick),
    "tokens": Work(_on_platform(renew_tokens)),
}
"""What is done for each name of a job."""
