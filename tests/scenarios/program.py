"""The program as its user runs it: a process, its page, its commands."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.fork_server import PROGRAM, Forked, program_server
from tests.waiting import PATIENCE

CHECKOUT = Path(__file__).parents[2]

SIDE = (
    "import-ai",
    "the-batch",
    "alignment-newsletter",
    "chinai",
    "openai",
    "deepmind",
    "google-research",
    "google-ai",
    "distill",
    "the-gradient",
)


def replay_config(address: str) -> str:
    """A configuration that asks the captured week instead of the web, without arXiv's three seconds between requests."""
    urls = {
        "arxiv": f"{address}/arxiv/api/query",
        "huggingface": f"{address}/huggingface/api/daily_papers",
        "reddit-machinelearning": f"{address}/reddit/r/MachineLearning/top/.rss?t=week",
        "x-list": f"{address}/x/2/lists/1217249059016204288/tweets",
        **{source_id: f"{address}/feeds/{source_id}" for source_id in SIDE},
    }
    tables = [f'[sources.{source_id}]\nurl = "{url}"' for source_id, url in urls.items()]
    return "\n".join(
        ["[fetch]\nallow_private = true", *tables, "[sources.arxiv.options]\ninterval = 0\npatience = 0\n"]
    )


@dataclass
class Program:
    """
    `paperround` in a folder of its own. `now` is where its clock starts.

    The fork server starts it; `FromDisk` is started as a user does it.
    """

    folder: Path
    now: str = "2026-08-17T09:00:00+00:00"
    environment: dict[str, str] = field(default_factory=dict)
    running: Forked | subprocess.Popen[bytes] | None = None
    runs: str = PROGRAM
    """What the fork server is to call."""
    logs: Path | None = None
    starts: int = 0

    def configured(self, text: str) -> None:
        (self.folder / "paperround.toml").write_text(text, "utf-8")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        return program_server().run(arguments, self.folder, self.environ(), PATIENCE, self.runs)

    def document(self, *arguments: str) -> dict:
        """Run one command that prints a JSON document and nothing else."""
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def begin(self, *arguments: str) -> None:
        """Start the service, and wait for nothing."""
        self.starts += 1
        self._log.parent.mkdir(exist_ok=True)
        self._log.touch()
        self.running = self._start("up", "--port", "0", *arguments)

    @property
    def said(self) -> list[str]:
        """The lines that the service has said since it was started last."""
        return [line.strip() for line in self._log.read_text("utf-8", "replace").splitlines()]

    def up(self, *arguments: str) -> str:
        """Start the service; gives its address once the first work is done."""
        self.begin(*arguments)
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            ended = self.running.poll() is not None
            if address := next((line.split()[1] for line in self.said if line.startswith("Open http")), ""):
                return address
            if ended:
                break
            time.sleep(0.02)
        raise AssertionError("\n".join(self.said))

    def stop(self) -> int:
        """Ask the service to stop; gives its exit code."""
        process, self.running = self.running, None
        if process is None:
            return 0
        process.terminate()
        try:
            return process.wait(PATIENCE)
        finally:
            process.kill()

    def command(self, *arguments: str) -> list[str]:
        """What starts it from the disk."""
        return [sys.executable, "-m", "scheduler", *arguments]

    def environ(self) -> dict[str, str]:
        """The environment that it is started in."""
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("PAPERROUND_", "DATABASE_"))
        }
        own = {"PAPERROUND_NOW": self.now, "PYTHONPATH": str(CHECKOUT), "COLUMNS": "100"}
        return inherited | own | self.environment

    def _start(self, *arguments: str) -> Forked | subprocess.Popen[bytes]:
        return program_server().start(arguments, self.folder, self.environ(), self._log, runs=self.runs)

    @property
    def _log(self) -> Path:
        """What the service says: in `logs`, or beside its folder, which some tests look through."""
        return (self.logs or self.folder.with_name(f"{self.folder.name}-said")) / f"{self.starts}.log"


class FromDisk(Program):
    """The program as `command` starts it, which reads all of its modules from the disk."""

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        given = {"cwd": self.folder, "env": self.environ(), "timeout": PATIENCE}
        return subprocess.run(self.command(*arguments), **given, capture_output=True, text=True, check=False)

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        with self._log.open("wb") as log:
            return subprocess.Popen(
                self.command(*arguments), cwd=self.folder, env=self.environ(), stdout=log, stderr=subprocess.STDOUT
            )


@asynccontextmanager
async def serving(program: Program, *arguments: str) -> AsyncIterator[str]:
    """The service, from the end of its first work on; gives its address."""
    try:
        yield await asyncio.to_thread(program.up, *arguments)
    finally:
        await asyncio.to_thread(program.stop)
