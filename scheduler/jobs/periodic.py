"""The table of periodic jobs, and the tick: what is asked every half minute. The schedule itself is in the database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from scheduler.jobs.alerts import alert
from scheduler.jobs.collecting import COLLECT, collect, collect_unless_fresh, is_collect_due, to_look_again
from scheduler.jobs.delivering import PATIENCE, deliver_due
from scheduler.jobs.due_channels import Choice, awake
from scheduler.jobs.histories import learn_from_histories
from scheduler.jobs.reminders import send_reminders
from scheduler.jobs.reviews import announce_reviews
from scheduler.jobs.upkeep import daily, measure, renew_tokens, tidy
from scheduler.services import Services


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of periodic work: its name, how often, and what it does."""

    name: str
    every: timedelta
    run: Callable[[Services], Awaitable[None]]


async def tick(services: Services, choose: Choice = awake) -> None:
    """Collect if it is time, deliver what is due, apply what waits in the inbox. `choose` gives the channels that are looked at."""
    await services.recorder.apply_waiting()
    if services.trying:
        return
    if services.collecting.is_failing(COLLECT) and not services.collecting.is_over(COLLECT, services.clock()):
        # What the sources said is not stored: no digest is made without it, and nobody is asked again at every tick.
        await deliver_due(services, make=False, choose=choose, patience=PATIENCE)
        return
    if services.collecting.is_failing(COLLECT) or await is_collect_due(services, choose):
        async with services.collect_turn:  # somebody who set a channel up may just have had them asked
            await collect_unless_fresh(services)
    elif again := await to_look_again(services):
        await collect(services, specs=again, respect_backoff=True)
    await announce_reviews(services)
    await deliver_due(services, choose=choose, patience=PATIENCE)
    await alert(services)
    await learn_from_histories(services)
    await send_reminders(services)


JOBS: Final = (
    Job("tick", timedelta(seconds=30), tick),
    Job("reconcile", timedelta(days=1), daily),
    Job("tokens", timedelta(minutes=10), renew_tokens),
    Job("tidy", timedelta(minutes=10), tidy),
    Job("quality", timedelta(hours=1), measure),
)
