"""
`paperround` with shorter waits, so that what takes half an hour can be tried in ten seconds. Nothing else about it is changed.

A lease of 6 seconds is in the same relation to a post's bound of 4 as that of 180 to 120; the clock asks each second what there is to
be done and not twice a minute. `TORTURE_SABOTAGE` takes one safeguard away, to see whether the checker notices: only here is it known.
"""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import replace
from datetime import timedelta
from typing import Any

SABOTAGE = "TORTURE_SABOTAGE"
CLOCK = "TORTURE_CLOCK"
"""A file that says by how many seconds the clock is wrong; as long as there is none, it is right."""


def hasten() -> None:
    """Shorten what the program waits for."""
    from adapters.queue import shared as queue  # noqa: PLC0415 - as below
    from adapters.slack import workspace as slack  # noqa: PLC0415 - a reading process of the program begins with this module, too
    from bot.usecases import deliver  # noqa: PLC0415
    from scheduler import backoff, jobs, kept_leases, listening, runner  # noqa: PLC0415
    from scheduler.jobs import reconciling, shared  # noqa: PLC0415

    deliver.LEASE, deliver.POST_SECONDS = timedelta(seconds=6), 4
    backoff.FIRST, backoff.LONGEST = timedelta(seconds=0.5), timedelta(seconds=3)
    runner.JOBS = tuple(replace(job, every=timedelta(seconds=1)) if job.name == "tick" else job for job in jobs.JOBS)
    shared.SELDOM, reconciling.LOOK_SECONDS = timedelta(seconds=20), 0.5
    shared.OFTEN, listening.AGAIN_SECONDS, kept_leases.HELD = timedelta(seconds=1), 2.0, timedelta(seconds=6)
    queue.BEAT_SECONDS, queue.LEASE_SECONDS, queue.POLL_SECONDS, queue.AGAIN_SECONDS = 1.0, 4.0, 0.5, 1.0
    slack.SlackTiming.__init__.__kwdefaults__["message_interval"] = 0.1


def move_clock(file: str) -> None:
    """Let the clock be moved while the program lives, as an operator or a time server moves a host's."""
    from scheduler import bootstrap  # noqa: PLC0415 - a reading process of the program begins with this module, too

    running = bootstrap.running_clock

    def moved(*given: Any) -> Any:
        clock = running(*given)
        return lambda: clock() + timedelta(seconds=_wrong_by(file))

    bootstrap.running_clock = moved


def _wrong_by(file: str) -> float:
    try:
        with open(file, encoding="ascii") as told:  # noqa: PTH123 - asked at every look at the clock
            return float(told.read() or 0)
    except OSError:
        return 0.0


async def _finds_nothing(*_: Any) -> None:
    return None


async def _hears_and_forgets(*_: Any) -> None:
    return None


def sabotage(what: str) -> None:
    """Take a safeguard away: `blind` sends again without looking, `forgetful` acknowledges events and stores none."""
    from bot.usecases import deliver, record  # noqa: PLC0415

    if what == "blind":
        deliver._Delivery._found = _finds_nothing
    elif what == "forgetful":
        record.Recorder.receive = _hears_and_forgets
    else:
        raise ValueError(what)


async def refresh_tokens() -> None:
    """Refresh the Slack tokens that are due, as the service does every ten minutes."""
    from scheduler import bootstrap, jobs  # noqa: PLC0415 - as above

    async with bootstrap.open_services(bootstrap.configuration()) as services:
        for platform in services.platforms:
            await jobs.renew_tokens(services, platform)


def live() -> None:
    """Be the program, with `sys.argv` and the environment as they are."""
    from scheduler.__main__ import main  # noqa: PLC0415 - as above

    hasten()
    if os.environ.get(CLOCK):
        move_clock(os.environ[CLOCK])
    if os.environ.get(SABOTAGE):
        sabotage(os.environ[SABOTAGE])
    if sys.argv[1:] == ["refresh-tokens"]:
        asyncio.run(refresh_tokens())
        return
    main()


if __name__ == "__main__":
    live()
