"""
The process: start chat, page and clock together, keep them running, and stop them in order within a bounded time.

APScheduler only wakes the jobs (interval triggers, memory store): the schedule is in the database. Its own stores lose weeks
(platform_facts C1), and it shuts down by cancelling what runs; so a tick of it only defers a job to our queue.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from bot.errors import ChatError, Fault, SettingsError
from bot.usecases.reconcile import reconcile
from scheduler.bootstrap import House, page_server
from scheduler.jobs import JOBS, Job
from scheduler.queue import InProcessQueue

if TYPE_CHECKING:
    from adapters.web.server import PageServer

logger = logging.getLogger(__name__)

LISTEN_AGAIN: Final = timedelta(minutes=1)

SHUTDOWN_SECONDS: Final = 20
"""How long a running job may take to come to its end after SIGTERM; the process is gone within 25 seconds."""


class Runner:
    """One running Paper Round. Use `serve` once."""

    def __init__(self, house: House, host: str, port: int) -> None:
        self._house = house
        self._queue = InProcessQueue()
        self._stop = asyncio.Event()
        self._heard: set[str] = set()
        # Built first: an open address without a password is refused before anything is listened on.
        self._server: PageServer = page_server(house, host, port)
        self._socket = listening_socket(host, port)
        self.address = address_of(self._socket, host)

    async def serve(self, first: Callable[[], Any]) -> None:
        """
        Run until SIGTERM or SIGINT. `first` is awaited once, when the page is up and before the clock starts.

        A second signal ends the process at once.
        """
        self._catch_signals()
        page = asyncio.create_task(self._server.serve(sockets=[self._socket]), name="page")
        page.add_done_callback(lambda _: self._stop.set())
        work = asyncio.create_task(self._work(first), name="work")
        work.add_done_callback(self._stop_on_error)
        await self._stop.wait()
        await self._wind_down(page, work)

    def _stop_on_error(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception():
            self._stop.set()

    async def _work(self, first: Callable[[], Any]) -> None:
        house = self._house
        await self._listen(house)
        await house.recorder.apply_waiting()
        await reconcile(house.chats, house.unit_of_work, house.recorder.receive, house.clock)
        await first()
        scheduler = start_clock((*JOBS, Job("listen", LISTEN_AGAIN, self._listen)), self._wake)
        try:
            await self._stop.wait()
        finally:
            scheduler.shutdown(wait=False)

    async def _listen(self, house: House) -> None:
        """Listen on every platform that we do not listen on yet. One that fails stops no other, and is tried again."""
        for platform in sorted(house.chats.keys() - self._heard):
            try:
                # The page shows an act once it is recorded; the others tell many at once, and want to hear that it is kept.
                sink = house.recorder.receive if platform == "web" else house.taker.take
                await house.chats[platform].listen(sink)
            except ChatError as error:
                logger.error("Nothing is heard on %s: %s", platform, error, extra={"action": "listen_failed"})  # noqa: TRY400 - it says why
            else:
                self._heard.add(platform)

    async def _wake(self, job: Job) -> None:
        await self._queue.defer(lambda: job.run(self._house), job.name)

    async def _wind_down(self, page: asyncio.Task[None], work: asyncio.Task[None]) -> None:
        """Stop taking work, let what runs finish, then close the page. Errors of the work come out here."""
        done, _ = await asyncio.wait({work}, timeout=SHUTDOWN_SECONDS if work.done() else 0.5)
        if not done:
            work.cancel()
        await self._queue.settle(SHUTDOWN_SECONDS)
        self._server.should_exit = True
        await asyncio.wait({page, work}, timeout=5)
        with contextlib.suppress(asyncio.CancelledError):
            if work.done():
                work.result()

    def _catch_signals(self) -> None:
        loop = asyncio.get_running_loop()

        def stop(number: int) -> None:
            if self._stop.is_set():
                os._exit(128 + number)
            self._stop.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop, number)


def start_clock(jobs: tuple[Job, ...], wake: Callable[[Job], Any]) -> Any:
    """Start APScheduler with one interval trigger a job. Missed wakings fold into one; a late one still counts."""
    from apscheduler.schedulers.asyncio import AsyncIOScheduler  # noqa: PLC0415 - only a service needs it
    from apscheduler.triggers.interval import IntervalTrigger  # noqa: PLC0415

    scheduler = AsyncIOScheduler(
        timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    for job in jobs:
        scheduler.add_job(wake, IntervalTrigger(seconds=int(job.every / timedelta(seconds=1))), args=[job], id=job.name)
    scheduler.start()
    return scheduler


def listening_socket(host: str, port: int) -> socket.socket:
    """Bind the page's address; raises `SettingsError` with the remedy where that is refused."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        found = socket.socket(family, socket.SOCK_STREAM)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)
    except OSError as error:
        problem = f"{host}:{port} cannot be listened on ({error.strerror or error})"
        remedy = "Another program, or another Paper Round, may be there. Stop it, or choose a free port with --port"
        raise SettingsError((Fault("web.port", problem, remedy),)) from error
    return found


def address_of(bound: socket.socket, host: str) -> str:
    """Give the address to type into a browser."""
    shown = "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host  # noqa: S104 - compared, not bound
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{bound.getsockname()[1]}"
