"""
The process: start chats, page and clock together, keep them running, and shut down in order within a bounded time.

APScheduler only wakes the jobs (`timer`): the schedule is in the database. Its own stores lose weeks (docs/platform-facts.md#c1), and it
shuts down by cancelling what runs; so a tick of it only puts a job into our queue.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import logging
import socket
import sys
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from bot.errors import Fault, SettingsError, StorageError, UsageError
from bot.open_files import is_too_many
from bot.ports import MAIN, JobRequest
from bot.usecases.search import complete
from scheduler.bootstrap.pages import page_server
from scheduler.clock_check import warn_of_disagreement
from scheduler.configuration_check import configuration_watched
from scheduler.configuration_precedence import Precedence
from scheduler.health import Health
from scheduler.idle import is_shared, note_work
from scheduler.jobs import JOBS, Job, begin_round
from scheduler.listening import Listening
from scheduler.queue import CANCEL_SECONDS, FINISH_SECONDS, InProcessQueue
from scheduler.running import Running, note_running, running_noted
from scheduler.schema_watch import watch_schema
from scheduler.services import Services
from scheduler.stopping import StopSignals
from scheduler.timer import JobTimer
from scheduler.token_check import tokens_watched

if TYPE_CHECKING:
    from adapters.web.http.server import PageServer

logger = logging.getLogger(__name__)

MAX_PORT: Final = 65535

RECONCILE: Final = "reconcile"
"""Name of the reconcile job in the table of periodic jobs; at the start, the first of each platform is waited for."""

TICK: Final = "tick"
"""Name of the job that sends what is due."""

INDEX: Final = "search index"
"""Name of the job that brings the search index up to date at the start."""

HEAR_SECONDS: Final = 10
"""Longest wait of the first work for the platforms to connect. They go on trying meanwhile."""

RECONCILE_SECONDS: Final = 20
"""Longest wait of the first work for the reconcile after a time away. It goes on meanwhile."""

# The budget of a shutdown, which together with what `open_house` takes (at most four seconds) stays below 25 seconds.

BACKLOG: Final = 2048
"""How many connections may wait until the page takes them, as uvicorn has it."""

PAGE_SECONDS: Final = 3
"""How long the page may take to end its live streams."""

LAST_SECONDS: Final = 22
"""After this the process exits, whatever still hangs: a thread that waits for a name server, a library that ignores cancellation."""


class Runner:
    """One running service. Use `serve` once. `say` prints what a person who waits should know."""

    def __init__(self, services: Services, host: str, port: int, say: Callable[[str], None] = lambda _: None) -> None:
        self._services = services
        self._say = say
        self._queue = InProcessQueue()
        self._reconciled = asyncio.Event()
        self._to_reconcile = set(services.platforms)
        # Platforms that were not listened to until lately, of which nobody has noted that yet.
        self._gaps = set(services.platforms)
        self._signals = StopSignals()
        self._stop = self._signals.wanted
        self._timer: JobTimer | None = None
        self._vitals = Health(services, services.metrics, queue=self._queue)
        self._listening = Listening(services, sorted(services.chats), self._vitals, self._reconcile_after_gap, say)
        self._precedence = Precedence(services)
        self._reconciles_at_once = False
        # Built first: an open address without a password is refused before anything is listened on.
        self._server: PageServer = page_server(services, host, port, self._vitals)
        self._socket = listening_socket(host, port)
        self.address = address_of(self._socket, host)
        self._running = Running(command="up", address=self.address, host=host, port=self._socket.getsockname()[1])

    async def serve(self, first: Callable[[], Any]) -> None:
        """
        Run until a signal comes (`StopSignals`). `first` is awaited once, when the page is up and before the clock starts.

        A second signal ends the process at once.
        """
        self._signals.catch(LAST_SECONDS)
        # A server that takes no writes now, as it only follows another, is the roles' too, and all of them wait until it does; a file is for a person to mend.
        with contextlib.suppress(*([StorageError] if is_shared(self._services) else [])):
            await note_running(self._services, self._running)
            await note_work(self._services)
        await warn_of_disagreement(self._services)
        with contextlib.suppress(StorageError):
            await self._precedence.look()
        page = asyncio.create_task(self._server.serve(sockets=[self._socket]), name="page")
        page.add_done_callback(lambda _: self._stop.set())
        doing = asyncio.create_task(self._queue.work(self._do, {MAIN: self._queue.bound}), name="jobs")
        listening = asyncio.create_task(self._listening.run(), name="listening")
        work = asyncio.create_task(self._work(first), name="work")
        watching = asyncio.create_task(self._watch_schema(), name="schema")
        for task in (listening, work, watching):
            task.add_done_callback(self._stop_on_error)
        feeling = asyncio.create_task(self._vitals.feel(), name="event-loop lag")
        comparing = asyncio.create_task(configuration_watched(self._services), name="comparison of configuration files")
        beside = asyncio.create_task(tokens_watched(self._services), name="comparison of tokens")
        noting = asyncio.create_task(running_noted(self._services, self._running), name="note of its address")
        preceding = asyncio.create_task(self._precedence.watch(), name="precedence of configuration files")
        await self._stop.wait()
        for aside in (feeling, comparing, beside, noting, preceding):
            aside.cancel()
        watching.cancel()
        await self._wind_down(page, work, listening)
        doing.cancel()
        self._services.metrics.stop()
        if watching.done() and not watching.cancelled():
            watching.result()

    async def _watch_schema(self) -> None:
        # An SQLite file that is served here is migrated by nobody else.
        if is_shared(self._services):
            await watch_schema(self._services)

    def _stop_on_error(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception():
            self._stop.set()

    async def _work(self, first: Callable[[], Any]) -> None:
        services = self._services
        await self._at_most(self._listening.begun(), HEAR_SECONDS)
        began = services.clock()
        try:
            await self._begin(first)
        except (SettingsError, UsageError):
            raise  # what a person has to mend
        except StorageError as error:
            # A full disk, a database that restarts: the ticks do the same work, once it can be done.
            logger.error("The first work waits: %s", error, extra={"action": "job_failed", "job": "first"})  # noqa: TRY400 - it says why
        except Exception:
            # The edge, as for every job: no descriptors are left, or a fault of ours. The ticks try again.
            logger.exception("The first work failed", extra={"action": "job_failed", "job": "first"})
        if self._stop.is_set():
            return
        await self._queue.defer(JobRequest(name=INDEX))
        self._timer = JobTimer(JOBS, self._wake, services.speed)
        self._vitals.woke(TICK)
        self._tick_at_end_of_pause(since=began)
        try:
            await self._stop.wait()
        finally:
            self._timer.stop()

    async def _begin(self, first: Callable[[], Any]) -> None:
        await self._services.recorder.apply_waiting()
        # As jobs, so that the daily ones do not begin beside them; the digest that is due reads what they find, if that is soon.
        self._reconciles_at_once = True
        await self._queue.defer(*self._job(RECONCILE).requests(self._services))
        if self._to_reconcile:
            await self._at_most(self._reconciled.wait(), RECONCILE_SECONDS)
        if self._precedence.stands_by:
            self._say(
                "Another process works with a configuration file that was changed later: what is due is left to it."
            )
        elif not self._stop.is_set():
            await first()

    def _job(self, name: str) -> Job:
        return next(one for one in JOBS if one.name == name)

    def _note_reconciled(self, platform: str) -> None:
        """Note that a platform was reconciled: once all were, the first work goes on."""
        self._to_reconcile.discard(platform)
        if not self._to_reconcile:
            self._reconciled.set()

    async def _at_most(self, what: Coroutine[Any, Any, object], seconds: float) -> None:
        """Wait for something, for `seconds` at most, and not once we are told to stop."""
        waiting = {asyncio.create_task(what), asyncio.create_task(self._stop.wait())}
        _, left = await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for one in left:
            one.cancel()

    async def _reconcile_after_gap(self, platform: str) -> None:
        """Look for what happened on a platform before it was listened to. What is heard before the first work is looked over with that."""
        if self._reconciles_at_once:
            self._gaps.add(platform)
            await self._queue.defer(JobRequest(name=RECONCILE, subject=platform))

    async def _wake(self, job: Job) -> None:
        self._vitals.woke(job.name)
        await self._queue.defer(*job.requests(self._services))

    async def _do(self, request: JobRequest) -> None:
        """Do a job of the queue, by its name."""
        if request.name == INDEX:
            await complete(self._services.unit_of_work)
            return
        began = self._services.clock()
        try:
            if self._precedence.stands_by:
                return
            if request.name == TICK:
                self._vitals.began(TICK)
                await note_work(self._services)
            elif request.name == RECONCILE:
                await self._note_gap(request.subject)
            await self._job(request.name).do(self._services, request)
        finally:
            if request.name == TICK:
                self._vitals.ended(TICK)
                self._tick_at_end_of_pause(since=began)
            elif request.name == RECONCILE:
                self._note_reconciled(request.subject)

    async def _note_gap(self, platform: str) -> None:
        """Note in the database that a platform was not listened to until lately, so that each of its channels is looked at."""
        if platform not in self._gaps:
            return
        self._gaps.discard(platform)  # before that is awaited: it may be missed once more meanwhile
        try:
            await begin_round(self._services, platform)
        except BaseException:
            self._gaps.add(platform)
            raise

    def _tick_at_end_of_pause(self, since: datetime) -> None:
        """Bring the next tick forward to where the first pause is over that ends after `since`: a retry is not to wait for its turn."""
        services = self._services
        ends = [end for one in (services.backoff, services.collecting) if (end := one.next_end(since))]
        if self._timer is not None and ends:
            self._timer.bring_forward(TICK, min(ends) - services.clock())

    async def _wind_down(
        self, page: asyncio.Task[None], work: asyncio.Task[None], listening: asyncio.Task[None]
    ) -> None:
        """Stop taking work, let running work finish, then close the page. Errors of the work, of the page and of the listening are raised here."""
        for asking in tuple(self._services.asking):
            asking.cancel()  # a source may take minutes, and nothing is lost with its answer
        done, _ = await asyncio.wait({work}, timeout=0.5)
        if not done:
            self._say("Stopping: what is under way comes to its end first, for a few seconds. Once more stops at once.")
        finishing = asyncio.gather(
            self._queue.settle(FINISH_SECONDS, CANCEL_SECONDS),
            *(pool.close(FINISH_SECONDS, CANCEL_SECONDS) for pool in self._services.pools()),
        )
        done, _ = await asyncio.wait({work}, timeout=FINISH_SECONDS)
        for task in (listening, *(() if done else (work,))):
            task.cancel()
        await finishing
        self._server.should_exit = True
        await asyncio.wait({page, work, listening}, timeout=PAGE_SECONDS)
        for task in (work, page, listening):
            if task.done() and not task.cancelled():
                task.result()


def listening_socket(host: str, port: int, command: str = "up") -> socket.socket:
    """Bind an address for a `command` that serves there; raises `SettingsError` with the remedy where that is refused, `OSError` where no more files may be open."""
    found: socket.socket | None = None
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        found = socket.socket(family, socket.SOCK_STREAM)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)
        # With SO_REUSEADDR two that begin at one instant may both bind; only one can listen.
        found.listen(BACKLOG)
    except OSError as error:
        if found is not None:
            found.close()
        if is_too_many(error):
            raise  # no fault of the address: the edge of the program says what it is, and a supervisor may start us again
        raise SettingsError((_no_listening(host, port, error, command),)) from error
    return found


def _no_listening(host: str, port: int, error: OSError, command: str) -> Fault:
    where = f"{host}:{port} cannot be listened on"
    # The other commands serve an address where one is given to them, and nowhere else.
    table = "web." if command in {"up", "web"} else "--"
    match error.errno:
        case errno.EADDRINUSE:
            other = port + 1 if port < MAX_PORT else port - 1
            remedy = (
                "Another program, or another Paper Round, is there. Stop it, or choose another port: "
                f"{f'make up PORT={other}, or ' if command == 'up' else ''}paperround {command} --port {other}"
            )
            return Fault(f"{table}port", f"{where} (it is taken)", remedy)
        case errno.EACCES:
            return Fault(f"{table}port", f"{where} (it takes more rights)", "Choose one from 1024 upwards with --port")
        case _ if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
            remedy = "Name an address of it with --host, like 127.0.0.1, or 0.0.0.0 for all of them"
            return Fault(f"{table}host", f"{where} (this machine has no such address)", remedy)
    return Fault(
        f"{table}port", f"{where} ({error.strerror or error})", "Choose another address with --host and --port"
    )


def address_of(bound: socket.socket, host: str) -> str:
    """Give the address to type into a browser."""
    shown = "127.0.0.1" if host in {"0.0.0.0", "::", ""} else host  # noqa: S104 - compared, not bound
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{bound.getsockname()[1]}"


SWITCH_SECONDS: Final = 0.0005
"""
The interpreter's switch interval: how long a thread that computes keeps the GIL while another one waits for it, instead of five
milliseconds.

An event is stored and acknowledged in many steps, each of which releases the GIL and asks for it again.
"""


YOUNG_OBJECTS: Final = 10_000
"""
The garbage collector's first threshold: how many more objects than were freed are made before it looks at the young ones, instead of 700.

A digest makes some ten thousand and frees them all at its end, by their counts of references; looking through them twenty times meanwhile was a
tenth of what it costs to compile. Ten thousand small objects are a megabyte or two.
"""


def tune_interpreter() -> None:
    """
    Shorten the interpreter's switch interval; freeze start-up objects out of full garbage collections; let young objects be looked at less often.

    A full collection over all that was imported takes some 45 ms, during which no event is handled; building a digest sets off
    one or two.
    """
    gc.set_threshold(YOUNG_OBJECTS, *gc.get_threshold()[1:])
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()
