"""
A fork server for the program: an interpreter that has loaded what the program loads, and forks for each start.

Each process that it starts has a memory, files and an end of its own; it only need not read the same modules again, which takes about a
second of a processor each time. That a start from the disk works is tested by what starts the program itself, as `architecture/test_start.py`.

`python -m tests.fork_server` reads requests from standard input, and tells on standard output, a JSON document a line, what it
started and what has ended.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

PRELOADED = (
    "aiosqlite psycopg pebble alembic.command alembic.config apscheduler.schedulers.asyncio apscheduler.triggers.interval typer._adapters "
    "scheduler.__main__ scheduler.bootstrap scheduler.bootstrap.documents scheduler.cli scheduler.doctor scheduler.runner scheduler.jobs "
    "scheduler.logs scheduler.full_queues scheduler.unheard scheduler.untaken_jobs scheduler.roles.web scheduler.roles.worker "
    "scheduler.roles.clock scheduler.roles.gateway adapters.discord.platform adapters.slack.platform adapters.web.platform adapters.web.app "
    "adapters.web.http.server adapters.web.channel.chat adapters.web.channel.relay adapters.storage.migrations adapters.storage.unit_of_work "
    "adapters.storage.instance adapters.storage.backup adapters.storage.compaction adapters.storage.health adapters.storage.move "
    "adapters.sources.build adapters.sources.catalog adapters.sources.nearest adapters.queue.shared adapters.queue.schema "
    "adapters.ranking.process adapters.ranking.backtester adapters.exports.forms adapters.exports.place"
).split()
READ_LATER = frozenset({"PYTHONPATH", "PYTHONUNBUFFERED", "PYTHONASYNCIODEBUG"})
"""What of Python's own variables holds for a process that is forked, too; the others are read by an interpreter that starts."""

PROGRAM = "scheduler.__main__:main"
KILLED = -signal.SIGKILL
TOO_LATE = "The fork server did not start a process within"
"""What `StartsLateError` begins with, for whoever reads it from another process."""

STARTS = 60.0
"""Seconds after which a process that was asked for will not begin."""


class Forked:
    """A process that the server started, as `subprocess.Popen` would give it."""

    def __init__(self, pid: int, ended: Mapping[int, int]) -> None:
        self.pid = pid
        self._ended = ended

    @property
    def returncode(self) -> int | None:
        return self._ended.get(self.pid)

    def poll(self) -> int | None:
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):  # it ended just now, and we are about to be told
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float = 10.0) -> int:
        ends = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > ends:
                raise subprocess.TimeoutExpired("paperround", timeout)
            time.sleep(0.005)
        return code


class StartsLateError(Exception):
    """The fork server was not there in time. It says nothing of the program."""


class ForkServer:
    """Begins with the first process that it is asked for, and ends with `close`."""

    def __init__(self, checkout: Path) -> None:
        self._checkout = checkout
        self._process: subprocess.Popen[str] | None = None
        self._started: queue.Queue[int] = queue.Queue()
        self._ended: dict[int, int] = {}
        self._asking = threading.Lock()

    def start(
        self,
        arguments: Sequence[str],
        cwd: Path,
        env: Mapping[str, str],
        output: Path,
        errors: Path | None = None,
        runs: str = PROGRAM,
    ) -> Forked:
        """
        Run `paperround` with these arguments, in this folder and environment; what it says is added to `output`, and to `errors` if given.

        `runs` is the function that is called, as `module:function`: the program's own, or one that changes something and calls it.
        """
        request = {
            "runs": runs,
            "arguments": list(arguments),
            "cwd": str(cwd),
            "env": dict(env),
            "output": str(output),
            "errors": str(errors or output),
        }
        early = {name for name in env if name.startswith("PYTHON") and env[name] != os.environ.get(name)} - READ_LATER
        assert not early, f"Python reads {early} when it starts, so the program is to be started from the disk"
        # For `conftest.py`, which watches the tests that start processes.
        sys.audit("subprocess.Popen", "paperround", arguments, cwd, env)
        with self._asking:
            process = self._process or self._open()
            assert process.stdin
            process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
            try:
                pid = self._started.get(timeout=STARTS)
            except queue.Empty:
                raise StartsLateError(f"{TOO_LATE} {STARTS:g} seconds: this machine is too busy") from None
        assert pid, "the fork server has ended"
        return Forked(pid, self._ended)

    def run(
        self, arguments: Sequence[str], cwd: Path, env: Mapping[str, str], timeout: float, runs: str = PROGRAM
    ) -> subprocess.CompletedProcess[str]:
        """Run one command to its end, as `subprocess.run` does."""
        with tempfile.TemporaryDirectory(prefix="paperround-said-") as said:
            output, errors = Path(said) / "output", Path(said) / "errors"
            process = self.start(arguments, cwd, env, output, errors, runs)
            try:
                code = process.wait(timeout)
            finally:
                process.kill()
            return subprocess.CompletedProcess(
                list(arguments), code, output.read_text("utf-8"), errors.read_text("utf-8")
            )

    def close(self) -> None:
        """End the server; what it started is to have ended by then."""
        if self._process:
            with self._process as process:
                process.kill()
            self._process = None

    def _open(self) -> subprocess.Popen[str]:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fork_server"],
            cwd=self._checkout,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        threading.Thread(target=self._listen, args=(self._process.stdout,), daemon=True).start()
        return self._process

    def _listen(self, told: Any) -> None:
        for line in told:
            pid, code = json.loads(line)
            if code is None:
                self._ended.pop(pid, None)  # a number that another process had before
                self._started.put(pid)
            else:
                self._ended[pid] = code
        self._started.put(0)


@cache
def program_server() -> ForkServer:
    """The one of this process's tests; the end of the session closes it."""
    return ForkServer(Path(__file__).parents[1])


def _tell(pid: int, code: int | None) -> None:
    os.write(1, f"{json.dumps([pid, code])}\n".encode())


def _tell_ended(*_: object) -> None:
    """Tell of everything that has ended."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        _tell(pid, os.waitstatus_to_exitcode(status))


def _become(request: Mapping[str, Any]) -> None:
    """Be the program from here on."""
    # As at a terminal: whoever runs the tests under `nohup` has a hangup ignored, in all that is started from there, too.
    for number in (signal.SIGCHLD, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    writing = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    output, errors = os.open(request["output"], writing), os.open(request["errors"], writing)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for old, new in ((nothing, 0), (output, 1), (errors, 2)):
        os.dup2(old, new)
    os.closerange(3, 256)
    os.environ.clear()
    os.environ.update(request["env"])
    time.tzset()
    os.chdir(request["cwd"])
    sys.argv = ["paperround", *request["arguments"]]
    # As Python itself does it where nobody is at a terminal.
    raw, unbuffered = io.FileIO(1, "w", closefd=False), bool(os.environ.get("PYTHONUNBUFFERED"))
    sys.stdout = io.TextIOWrapper(raw if unbuffered else io.BufferedWriter(raw), "utf-8", write_through=unbuffered)
    module, _, function = request["runs"].partition(":")
    getattr(import_module(module), function)()


def main() -> None:
    for name in PRELOADED:
        import_module(name)
    # A collection of garbage writes to each object that it looks at, and so would copy all that has been loaded for each process.
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, _tell_ended)
    while line := sys.stdin.buffer.raw.readline():
        # An end is told after the start, also where it follows at once.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        pid = os.fork()
        if not pid:
            _become(json.loads(line))
            return
        _tell(pid, None)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})


if __name__ == "__main__":
    main()
