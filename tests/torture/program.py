"""
`paperround` with shorter waits, so that what takes half an hour can be tried in ten seconds. Nothing else about it is changed.

A lease of 6 seconds is in the same relation to a post's bound of 4 as that of 180 to 120; the clock asks each second what there is to
be done and not twice a minute. `TORTURE_SABOTAGE` takes one safeguard away, to see whether the checker notices: only here is it known.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.torture.turns import tell_turns

SABOTAGE = "TORTURE_SABOTAGE"
CLOCK = "TORTURE_CLOCK"
"""A file that says by how many seconds the clock is wrong; as long as there is none, it is right."""


def hasten() -> None:
    """Shorten what the program waits for."""
    from adapters.queue import shared as queue  # noqa: PLC0415 - as below
    from adapters.slack import workspace as slack  # noqa: PLC0415 - a reading process of the program begins with this module, too
    from bot.usecases import deliver  # noqa: PLC0415
    from scheduler import backoff, jobs, kept_leases, listening, runner  # noqa: PLC0415
    from scheduler.jobs import reconciling, recurring  # noqa: PLC0415

    deliver.LEASE, deliver.POST_SECONDS = timedelta(seconds=6), 4
    backoff.FIRST, backoff.LONGEST = timedelta(seconds=0.5), timedelta(seconds=3)
    runner.JOBS = tuple(replace(job, every=timedelta(seconds=1)) if job.name == "tick" else job for job in jobs.JOBS)
    spans = {recurring.SELDOM: timedelta(seconds=20), recurring.OFTEN: timedelta(seconds=1)}
    recurring.RECURRING = tuple(replace(one, every=spans.get(one.every, one.every)) for one in recurring.RECURRING)
    reconciling.LOOK_SECONDS, listening.AGAIN_SECONDS, kept_leases.HELD = 0.5, 2.0, timedelta(seconds=6)
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


STOOD = "stood"
"""A file in the world's folder: the id of the process that stood still, where one was to."""

STANDS_AT = 3
"""Which message to Slack it is."""


def _stand_still() -> None:
    """Be stopped, as by the operating system; only the first one that comes here is."""
    with contextlib.suppress(FileExistsError), Path(STOOD).open("x", encoding="ascii") as told:
        told.write(str(os.getpid()))
        told.flush()
        os.kill(os.getpid(), signal.SIGSTOP)


def _stand_in_the_call() -> None:
    """Stand still when a message is put together, and its bytes are to be written next."""
    from aiohttp.client_reqrep import ClientRequest  # noqa: PLC0415 - as below

    send, seen = ClientRequest.send, count(1)

    async def send_and_stand(request: Any, connection: Any) -> Any:
        answer = await send(request, connection)
        if request.url.path.endswith("chat.postMessage") and next(seen) == STANDS_AT:
            _stand_still()
        return answer

    ClientRequest.send = send_and_stand  # type: ignore[method-assign]


def _stand_before_the_call() -> None:
    """Stand still while a message waits for its turn, and keep no time limit."""
    from adapters.slack.pacing import Pace  # noqa: PLC0415 - as below
    from bot.usecases import deliver  # noqa: PLC0415

    wait, seen = Pace.turn, count(1)

    async def stand_and_wait(pace: Pace, key: str) -> None:
        if next(seen) == STANDS_AT:
            _stand_still()
        await asyncio.sleep(0.01)  # some turns of the event loop, whether there is anything to wait for or not
        await wait(pace, key)

    Pace.turn = stand_and_wait  # type: ignore[method-assign]
    vars(deliver)["asyncio"] = SimpleNamespace(timeout=lambda _: contextlib.nullcontext())


def sabotage(what: str) -> None:
    """
    Take a safeguard away: `blind` sends again without looking, `forgetful` acknowledges events and stores none, `patient` stands still before
    it sends, and keeps no time limit. `stopped` has all of them, and stands still in the very call.
    """
    from bot.usecases import deliver, record  # noqa: PLC0415

    if what == "blind":
        deliver._Delivery._found = _finds_nothing
    elif what == "forgetful":
        record.Recorder.receive = _hears_and_forgets
    elif what == "patient":
        _stand_before_the_call()
    elif what == "stopped":
        _stand_in_the_call()
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
    tell_turns()
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
