"""
local-slack as a process: a Slack that others wrote, with people whom we make act over its control API.

It binds every interface unless its `Bun.serve` is told otherwise, so it starts with a preload that does.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import re
import shutil
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.waiting import PATIENCE

FOLDER = Path(__file__).parent / "adapters" / "slack"
BINARY = FOLDER / "node_modules" / "local-slack-linux-x64" / "bin" / "local-slack"
REQUIRED = os.environ.get("PAPERROUND_REQUIRE_SLACK") == "1"
BOT_TOKEN, APP_TOKEN, SECRET = "xoxb-local", "xapp-local", "local signing secret"
CHANNEL_ID, ADA, BEN = "C01READING", "U01ADA", "U02BEN"
_PRELOAD = (
    'const serve = Bun.serve;\nBun.serve = (options) => serve.call(Bun, { ...options, hostname: "127.0.0.1" });\n'
)


def missing() -> str | None:
    """Say why there is no local-slack here; None where there is one, or where it must be."""
    if REQUIRED or BINARY.exists():
        return None
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        return "there is no local-slack for this platform"
    return f"local-slack is not installed: {FOLDER.name}/install-local-slack.sh does it"


def config(request_url: str | None, more: Iterable[str] = ()) -> dict[str, Any]:
    """A workspace with a channel, and those called as in `more`, and two people; events go to `request_url`, over a socket without one."""
    way = {"mode": "events", "requestUrl": request_url} if request_url else {"mode": "socket"}
    app = {"appId": "A01", "botUserId": "U0BOT", "botName": "paperround", "botToken": BOT_TOKEN, "appToken": APP_TOKEN}
    return {
        "workspace": {"name": "Lab", "domain": "lab", "teamId": "T01LAB"},
        "app": {**app, "signingSecret": SECRET, **way},
        "users": [
            {"id": ADA, "name": "ada", "real_name": "Ada", "tz": "Europe/Berlin"},
            {"id": BEN, "name": "ben", "real_name": "Ben", "tz": "Europe/Berlin"},
        ],
        "channels": [
            {"id": channel_id, "name": name, "members": [ADA, BEN, "U0BOT"]}
            for channel_id, name in [(CHANNEL_ID, "reading"), *((f"C01{name.upper()}", name) for name in more)]
        ],
    }


@dataclass
class LocalSlack:
    """A running one, at `url`. `folder` holds its configuration; started again on the same port it has forgotten everything."""

    folder: Path
    url: str
    process: asyncio.subprocess.Process

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/"

    async def act(self, verb: str, **what: Any) -> dict[str, Any]:
        """Let somebody act, over the control API."""
        async with httpx.AsyncClient() as client:
            answer = await client.post(f"{self.url}/_control/{verb}", json=what, timeout=10)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    async def react(self, user: str, ts: str, name: str, *, present: bool = True) -> None:
        await self.act("reaction", channel=CHANNEL_ID, ts=ts, user=user, name=name, present=present)

    async def say(self, user: str, text: str, thread: str | None = None) -> str:
        more = {"thread_ts": thread} if thread else {}
        answer = await self.act("message", channel=CHANNEL_ID, user=user, text=text, **more)
        return str(answer["message"]["ts"])

    async def messages(self) -> list[dict[str, Any]]:
        """Everything in the channel, what only one member sees among it."""
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"{self.url}/_control/messages/{CHANNEL_ID}")
        found: list[dict[str, Any]] = answer.json()["messages"]
        return found

    async def log(self) -> list[dict[str, Any]]:
        """All that went between it and us, in order."""
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"{self.url}/_control/log")
        found: list[dict[str, Any]] = answer.json()["log"]
        return found

    async def has_connected(self) -> bool:
        """Tell whether anybody was greeted over a socket since it started."""
        return any(str(entry["summary"]).startswith("socket connected") for entry in await self.log())

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()

    async def start_again(self) -> None:
        """Start it on the port it had."""
        self.process, _ = await _start(self.folder, int(self.url.rpartition(":")[2]))


def _uploads(folder: Path) -> Path:
    """Where it puts what people upload: a folder that it makes at each start, and leaves behind."""
    return folder / "uploads"


async def _start(folder: Path, port: int) -> tuple[asyncio.subprocess.Process, str]:
    process = await asyncio.create_subprocess_exec(
        *(str(BINARY), "--config", "config.yaml", "--port", str(port), "--base-host", "127.0.0.1"),
        cwd=folder,
        env={**os.environ, "BUN_OPTIONS": f"--preload {folder / 'loopback.js'}", "TMPDIR": str(_uploads(folder))},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout
    async with asyncio.timeout(PATIENCE):
        async for line in process.stdout:
            if found := re.search(r"Web API base:\s+(\S+)/api/", line.decode()):
                return process, found[1]
    raise AssertionError("local-slack did not start")


@asynccontextmanager
async def local_slack(
    folder: Path, request_url: str | None = None, more: Iterable[str] = ()
) -> AsyncIterator[LocalSlack]:
    """Start one in `folder` on a free port; stop it at the end, and remove what it leaves behind."""
    _uploads(folder).mkdir(exist_ok=True)
    (folder / "config.yaml").write_text(json.dumps(config(request_url, more)), "utf-8")  # JSON is YAML
    (folder / "loopback.js").write_text(_PRELOAD, "utf-8")
    process, url = await _start(folder, 0)
    slack = LocalSlack(folder, url, process)
    try:
        yield slack
    finally:
        if slack.process.returncode is None:
            await slack.kill()
        shutil.rmtree(_uploads(folder))
