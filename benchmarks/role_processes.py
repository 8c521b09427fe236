"""
Processes of the service in their roles, as an operator runs them: `paperround web`, twice, and what else is asked for.

Their Slack is a fake on loopback, their database an own PostgreSQL with its defaults, `fsync` among them. No source is asked.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bot.model import Channel
from tests.fake_slack import SECRET, TOKEN

CHECKOUT: Final = Path(__file__).resolve().parents[1]
STARTS: Final = 90.0
"""Seconds for which a start is waited for."""


class RoleProcess:
    """One process, which writes into a log. `port` is where it serves."""

    def __init__(self, folder: Path, name: str, environment: dict[str, str], *arguments: str) -> None:
        self._log = folder / f"{name}.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "scheduler", *arguments],
                cwd=folder,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.pid = self._process.pid
        said = self._said("(Ctrl-C stops it)")
        found = re.search(r"http://[^ ]*:(\d+)", said)
        self.port = int(found[1]) if found else 0

    def _said(self, words: str) -> str:
        ends = time.monotonic() + STARTS
        while words not in (said := self._log.read_text("utf-8", "replace")):
            if self._process.poll() is not None or time.monotonic() > ends:
                raise RuntimeError(f"It did not start: {said}")
            time.sleep(0.1)
        return said

    def stop(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()


@contextlib.contextmanager
def roles(
    folder: Path, database: str, slack_url: str, channel: Channel, **commands: tuple[str, ...]
) -> Iterator[dict[str, RoleProcess]]:
    """Run processes by name, with one channel on the fake Slack, until the context ends."""
    (folder / "paperround.toml").write_text(_document(channel), "utf-8")
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PAPERROUND_", "DATABASE_", "SLACK_", "DISCORD_"))
    } | {
        "PYTHONPATH": str(CHECKOUT),
        "PYTHONUNBUFFERED": "1",
        "DATABASE_URL": database,
        "SLACK_BOT_TOKEN": TOKEN,
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_API_URL": f"{slack_url}api/",
    }
    with contextlib.ExitStack() as stack:
        found = {}
        for name, arguments in commands.items():
            found[name] = RoleProcess(folder, name, environment, *arguments)
            stack.callback(found[name].stop)
        yield found


def _document(channel: Channel) -> str:
    catalogue = tomllib.loads((CHECKOUT / "adapters/sources/catalog.toml").read_text("utf-8"))
    off = [f"[sources.{name}]\nenabled = false" for name, one in catalogue.items() if isinstance(one, dict)]
    mine = f'[[channels]]\nname = "{channel.name}"\nplatform = "{channel.platform}"\nid = "{channel.id}"\nzone = "UTC"'
    return "\n".join([mine, *off]) + "\n"
