"""Processes of Paper Round that share a database, each with a log."""

from __future__ import annotations

import os
import signal
import time
import tomllib
from pathlib import Path

from tests.fork_server import PROGRAM, Forked, program_server
from tests.waiting import PATIENCE

ROOT = Path(__file__).parents[2]
LONG = PATIENCE
"""Seconds for which anything is waited for, on a busy machine."""

DOCUMENT = """
[[channels]]
name = "local"
zone = "UTC"
time = "09:00"
"""


class Site:
    """Processes in one folder with one environment, each of which writes into a log."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder = folder
        self.configure(DOCUMENT)
        inherited = {
            k: v for k, v in os.environ.items() if not k.startswith(("PAPERROUND_", "DATABASE_", "SLACK_", "DISCORD_"))
        }
        self.env = inherited | {
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "DATABASE_URL": database,
            "PAPERROUND_NOW": "2026-08-17T09:00:05+00:00",
        }
        self.processes: dict[str, Forked] = {}

    def configure(self, document: str) -> None:
        """Give the configuration of those that are started from now on; no source is asked."""
        (self.folder / "paperround.toml").write_text(document + _sources_off(), "utf-8")

    def start(self, name: str, *arguments: str, runs: str = PROGRAM) -> None:
        """Start a process; `runs` as for the fork server."""
        log = self.folder / f"{name}.log"
        log.write_bytes(b"")
        self.processes[name] = program_server().start(arguments, self.folder, self.env, log, runs=runs)

    def told(self, *arguments: str, code: int = 0) -> str:
        """What a command says, on one line."""
        done = program_server().run(arguments, self.folder, self.env, LONG)
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout if "--json" in arguments else " ".join(done.stdout.split())

    def said(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text("utf-8")

    def until_said(self, name: str, words: str) -> str:
        ends = time.monotonic() + LONG
        while words not in self.said(name):
            assert self.processes[name].poll() is None, self.said(name)
            assert time.monotonic() < ends, self.said(name)
            time.sleep(0.1)
        return next(line for line in self.said(name).splitlines() if words in line)

    def stop(self, name: str) -> int:
        self.processes[name].send_signal(signal.SIGTERM)
        return self.processes[name].wait(30)


def _sources_off() -> str:
    catalogue = tomllib.loads((ROOT / "adapters/sources/catalog.toml").read_text("utf-8"))
    return "\n".join(f"[sources.{name}]\nenabled = false" for name, one in catalogue.items() if isinstance(one, dict))
