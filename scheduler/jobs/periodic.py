"""The table of periodic jobs, and the tick: what is asked every half minute. The schedule itself is in the database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from bot.ports import JobRequest
from scheduler.clock_check import warn_of_disagreement
from scheduler.jobs.alerts import alert
from scheduler.jobs.collecting import COLLECT, collect, collect_unless_fresh, is_collect_due, to_look_again
from scheduler.jobs.delivering import PATIENCE, deliver_due
from scheduler.jobs.due_channels import Choice, awake
from scheduler.jobs.histories import learn_from_histories, look_up_tastes
from scheduler.jobs.pauses import tell_of_pauses
from scheduler.jobs.reconciling import reconcile
from scheduler.jobs.recurring import HOURLY, RECURRING, SELDOM
from scheduler.jobs.reminders import send_reminders
from scheduler.jobs.reviews import announce_reviews
from scheduler.jobs.upkeep import keep_up, measure, renew_tokens, tidy
from scheduler.services import Services


@dataclass(frozen=True, slots=True)
class Job:
    """
    A piece of periodic work: its name, how often, and what it does. What is done for `each_platform` by itself is given the platform's name, too:
    each is a job with a key of its own, so that one that hangs keeps no other waiting.
    """

    name: str
    every: timedelta
    run: Callable[..., Awaitable[None]]
    each_platform: bool = False

    def requests(self, services: Services) -> Sequence[JobRequest]:
        """Give what to put into the queue."""
        subjects = list(services.platforms) if self.each_platform else [""]
        return [JobRequest(name=self.name, subject=subject) for subject in subjects]

    async def do(self, services: Services, request: JobRequest) -> None:
        """Do what was asked for by one of the requests."""
        await (self.run(services, request.subject) if self.each_platform else self.run(services))


async def tick(services: Services, choose: Choice = awake) -> None:
    """
    Collect if it is time, deliver what is due, then tell editors and channels of what they want to know; apply what waits in the inbox, give back leases
    that could not be. `choose` gives the channels that are looked at.
    """
    await services.unreleased.release(services.unit_of_work)
    await services.recorder.apply_waiting()
    if services.trying:
        return
    if services.collecting.is_failing(COLLECT) and not services.collecting.is_over(COLLECT, services.clock()):
        # What the sources said is not stored: no digest is made without it, and nobody is asked again at every tick.
        await deliver_due(services, make=False, choose=choose, patience=PATIENCE)
        return
    asked = True
    if services.collecting.is_failing(COLLECT) or await is_collect_due(services, choose):
        async with services.collect_turn:  # somebody who set a channel up may just have had them asked
            asked = await collect_unless_fresh(services)
    elif again := await to_look_again(services):
        await collect(services, specs=again, respect_backoff=True)
    # While another process asks the sources no digest is made without what they say; it comes with a later tick.
    await deliver_due(services, make=asked, choose=choose, patience=PATIENCE)
    await announce_reviews(services)
    await alert(services)


_DONE: Final[Mapping[str, Callable[..., Awaitable[None]]]] = {
    "tick": tick,
    "reconcile": reconcile,
    "tokens": renew_tokens,
    "pauses": tell_of_pauses,
    "histories": learn_from_histories,
    "reminders": send_reminders,
    "taste": look_up_tastes,
    "quality": measure,
}
"""What is done in this process for each of the recurring jobs."""

JOBS: Final = (
    *(Job(one.name, one.every, _DONE[one.name], one.on_platforms) for one in RECURRING if not one.part_of_tick),
    # Each process tidies for itself and looks at its own clock; the others are told by the tick that the day is over.
    Job("daily", HOURLY, keep_up),
    Job("tidy", SELDOM, tidy),
    Job("clock check", SELDOM, warn_of_disagreement),
)
