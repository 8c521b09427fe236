"""
Where the program's processes are born: an interpreter that has loaded what the program loads, and forks for each life.

A life is a process like any other, with a memory, a log and a death of its own; it only need not read the same modules again, which takes
a second each time and is none of what is tried here. `python -m tests.torture.nursery` reads orders from standard input, and tells
births and deaths on standard output, a JSON document a line.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PRELOADED = (
    "aiosqlite psycopg apscheduler.schedulers.asyncio apscheduler.triggers.interval scheduler.__main__ scheduler.bootstrap "
    "scheduler.runner scheduler.jobs scheduler.logs adapters.discord.platform adapters.slack.platform adapters.web.app "
    "adapters.web.http.server adapters.web.channel.chat adapters.storage.migrations adapters.storage.unit_of_work "
    "adapters.storage.instance adapters.sources.build adapters.queue.shared adapters.queue.schema adapters.web.channel.relay "
    "scheduler.roles.web scheduler.roles.worker scheduler.roles.clock scheduler.roles.gateway"
).split()
KILLED = -signal.SIGKILL


class Child:
    """A process from the nursery, as `subprocess.Popen` would give it."""

    def __init__(self, pid: int, deaths: Mapping[int, int]) -> None:
        self.pid = pid
        self._deaths = deaths

    @property
    def returncode(self) -> int | None:
        return self._deaths.get(self.pid)

    def poll(self) -> int | None:
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
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


class Nursery:
    """Begins with its first child, and ends with `close`."""

    def __init__(self, checkout: Path) -> None:
        self._checkout = checkout
        self._process: subprocess.Popen[str] | None = None
        self._births: queue.Queue[int] = queue.Queue()
        self._deaths: dict[int, int] = {}

    def bear(self, arguments: Sequence[str], cwd: Path, env: Mapping[str, str], log: Path) -> Child:
        """Let `paperround` live with these arguments, in this folder and environment, and write into this file."""
        process = self._process or self._open()
        assert process.stdin
        order = {"arguments": list(arguments), "cwd": str(cwd), "env": dict(env), "log": str(log)}
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
        return Child(self._births.get(timeout=60), self._deaths)

    def close(self) -> None:
        """Let it go; its children are to be dead by then."""
        if self._process:
            with self._process as process:
                process.kill()
            self._process = None

    def _open(self) -> subprocess.Popen[str]:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.torture.nursery"],
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
                self._births.put(pid)
            else:
                self._deaths[pid] = code


def _tell(pid: int, code: int | None) -> None:
    os.write(1, f"{json.dumps([pid, code])}\n".encode())


def _bury(*_: object) -> None:
    """Tell of everybody who has died."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        _tell(pid, os.waitstatus_to_exitcode(status))


def _live(order: Mapping[str, Any]) -> None:
    """Be the program from here on."""
    from tests.torture.program import live  # noqa: PLC0415 - a reading process of the program begins with this module, too

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for old, new in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(old, new)
    os.closerange(3, 256)
    os.environ.clear()
    os.environ.update(order["env"])
    os.chdir(order["cwd"])
    sys.argv = ["paperround", *order["arguments"]]
    sys.stdout = os.fdopen(1, "w", buffering=1)
    live()


def main() -> None:
    from importlib import import_module  # noqa: PLC0415 - as above

    for name in PRELOADED:
        import_module(name)
    signal.signal(signal.SIGCHLD, _bury)
    while line := sys.stdin.buffer.raw.readline():
        # A death is told after the birth, also where it follows at once.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
        pid = os.fork()
        if not pid:
            _live(json.loads(line))
            return
        _tell(pid, None)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})


if __name__ == "__main__":
    main()
