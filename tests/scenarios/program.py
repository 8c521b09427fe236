"""The program as its user runs it: a process, its page, its commands."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.waiting import PATIENCE

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
    """`paperround` in a folder of its own. `now` is where its clock starts."""

    folder: Path
    now: str = "2026-08-17T09:00:00+00:00"
    environment: dict[str, str] = field(default_factory=dict)
    running: subprocess.Popen[str] | None = None

    def configured(self, text: str) -> None:
        (self.folder / "paperround.toml").write_text(text, "utf-8")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one command to its end."""
        return subprocess.run(self._command(*arguments), **self._settings(), timeout=PATIENCE, check=False)

    def document(self, *arguments: str) -> dict:
        """Run one command that prints a JSON document and nothing else."""
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def up(self, *arguments: str) -> str:
        """Start the service; gives its address once the first work is done."""
        settings = self._settings() | {"stderr": subprocess.STDOUT}
        self.running = subprocess.Popen(self._command("up", "--port", "0", *arguments), **settings)
        self.said = []
        for line in self.running.stdout:
            self.said.append(line.strip())
            if line.startswith("Open http"):
                return line.split()[1]
        raise AssertionError("\n".join(self.said))

    def stop(self) -> int:
        """Ask the service to stop; gives its exit code."""
        process, self.running = self.running, None
        if process is None:
            return 0
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=PATIENCE)
        finally:
            process.kill()
        return process.returncode

    def _command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "scheduler", *arguments]

    def _settings(self) -> dict:
        checkout = str(Path(__file__).parents[2])
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("PAPERROUND_", "DATABASE_"))
        }
        environment = (
            inherited | {"PAPERROUND_NOW": self.now, "PYTHONPATH": checkout, "COLUMNS": "100"} | self.environment
        )
        return {
            "cwd": self.folder,
            "env": environment,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "text": True,
        }
