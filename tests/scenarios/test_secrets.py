"""
No secret in anything that is written, at any log level: every secret setting bears a canary, the program goes its main ways on
servers that throw each header back at it, and everything that it wrote is searched.
"""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args
from urllib.parse import quote

import httpx
import pytest
from pydantic import SecretStr

from scheduler.settings.settings import Settings
from tests.local_server import Asked, Canned, LocalServer, local_server
from tests.scenarios.program import SIDE, Program, serving
from tests.scenarios.test_shutdown import feed

pytestmark = pytest.mark.process

PASSWORD = "canary password/0 +ä"
SECRET_SETTINGS = [
    field.validation_alias
    for field in Settings.model_fields.values()
    if (field.annotation is SecretStr or SecretStr in get_args(field.annotation))
    and field.validation_alias != "DATABASE_URL"
]
CANARIES = {
    # None of these looks like a token, so that only a list of them can hide them. A new secret setting has one by itself.
    **{name: f"canary-{name.lower().replace('_', '-')}-{number}" for number, name in enumerate(SECRET_SETTINGS)},
    "PAPERROUND_PASSWORD": PASSWORD,
} | {
    name: base64.urlsafe_b64encode(b"canary of exactly thirty-two byt").decode()
    for name in ("PAPERROUND_KEYS",)
    if name in SECRET_SETTINGS
}
DATABASE = "canary-db!9"
FEED_KEY = "canary-feed-key-10"

CRASH = """
from pathlib import Path
from scheduler.logs import configure
import logging, threading
configure("DEBUG", ["canary-x-bearer-token"])
def fails():
    raise ValueError("asked https://h.example/?key=abc with canary-x-bearer-token")
thread = threading.Thread(target=fails)
thread.start()
thread.join()
logging.getLogger("httpx").warning("Bearer %s", "canary-x-bearer-token", extra={"headers": {"Authorization": "canary-x-bearer-token"}})
fails()
"""


def shapes(secret: str) -> set[bytes]:
    """A secret as it may turn up: as it is, quoted for an address, in JSON, in base64 alone or with a name before it."""
    plain = {secret, quote(secret), quote(secret, safe=""), json.dumps(secret)[1:-1]}
    coded = {
        base64.b64encode(text.encode()).decode().rstrip("=") for text in (secret, f"app:{secret}", f"reader:{secret}")
    }
    return {text.encode() for text in plain | coded}


def leaks(written: Iterable[tuple[str, bytes]], secrets: Iterable[str]) -> list[str]:
    """Which secret stands where."""
    found = []
    for place, text in written:
        for secret in secrets:
            for shape in shapes(secret):
                at = text.find(shape)
                if at >= 0:
                    found.append(f"{secret} in {place}: ...{text[max(0, at - 120) : at + 60]!r}")
    return found


def files(folder: Path) -> list[tuple[str, bytes]]:
    return [
        (path.name, path.read_bytes()) for path in folder.iterdir() if path.is_file() and path.name != "paperround.toml"
    ]


def echo(status: int):
    """Answer with everything that was asked: its address and its headers, an authorization among them."""

    def answer(asked: Asked) -> Canned:
        said = {
            "error": "invalid_auth",
            "message": f"no such {asked.path}",
            "ok": False,
            "headers": dict(asked.headers),
            "body": asked.body.decode("utf-8", "replace"),
        }
        return Canned(json.dumps(said).encode(), status, {"Content-Type": "application/json"})

    return answer


def everywhere(server: LocalServer, status: int, **others: Any) -> None:
    """Let a server answer so, whatever it is asked; `others` by path."""
    server.answer_to = lambda asked: others.get(asked.path.strip("/").partition("?")[0], echo(status))


def configured(program: Program, server: LocalServer) -> None:
    tables = [
        "[fetch]\nallow_private = true\ndeadline_seconds = 3",
        f'[sources.x-list]\nurl = "{server.url}/x"',
        f'[sources.reddit-machinelearning]\nurl = "{server.url}/r/MachineLearning/top/.rss?t=week"',
        f'[sources.private]\nkind = "feed"\nurl = "http://reader:{FEED_KEY}@127.0.0.1:{server.port}/private?token={FEED_KEY}"',
        f'[sources.lab]\nkind = "feed"\nurl = "{server.url}/lab"',
        *(f"[sources.{name}]\nenabled = false" for name in ("arxiv", "huggingface", *SIDE)),
        '[[channels]]\nname = "here"\n[[channels]]\nname = "papers"\nplatform = "slack"\nid = "C1"',
        '[[channels]]\nname = "guild"\nplatform = "discord"\nid = "123456789012345678"',
    ]
    program.configured("\n".join(tables))
    program.environment = {
        **CANARIES,
        "REDDIT_FEED_USER": "reader",
        "REDDIT_CLIENT_ID": "app",
        "PAPERROUND_LOG_LEVEL": "DEBUG",
        "SLACK_API_URL": f"{server.url}/api/",
        "DISCORD_API_URL": f"{server.url}/discord",
        "DISCORD_GATEWAY_URL": f"ws://127.0.0.1:{server.port}/gateway",
        "PYTHONASYNCIODEBUG": "1",
    }


async def run(program: Program, *commands: str) -> list[tuple[str, bytes]]:
    written = []
    for command in commands:
        done = await asyncio.to_thread(program.run, *command.split())
        written.append((command, (done.stdout + done.stderr).encode()))
    return written


async def test_the_main_ways(program: Program) -> None:
    """Commands, the service, its page, its metrics, its database and its backup: nothing that is written holds a secret."""
    async with local_server() as server:
        everywhere(server, 401, lab=Canned(feed(["One", "Two"])))
        configured(program, server)
        written = await run(
            program, "collect", "sources list", "sources check private", "sources export", "preview", "post --channel here", "post --channel papers",
            "post --channel guild", "status", "status --json", "export --json", "doctor", "reconcile", "backup copy.db",
        )  # fmt: skip
        written += await service(program)
        asked = {name for one in server.asked for name in one.headers}

    assert "authorization" in asked  # the servers did see secrets, and threw them back
    written += files(program.folder)
    assert len(written) > 20
    assert [] == leaks(written, [*CANARIES.values(), FEED_KEY])


async def test_servers_that_fail(program: Program) -> None:
    """An answer of 500 is quoted nowhere."""
    async with local_server() as server:
        everywhere(server, 500)
        configured(program, server)
        written = await run(program, "collect", "sources check x-list", "post --channel guild", "status")

    assert [] == leaks([*written, *files(program.folder)], [*CANARIES.values(), FEED_KEY])


async def service(program: Program) -> list[tuple[str, bytes]]:
    """Run the service, look at all it shows, and stop it; gives what was seen."""
    seen = []
    async with (
        serving(program) as address,
        httpx.AsyncClient(base_url=address, headers={"Origin": address}) as browser,
    ):
        await browser.post("/login", data={"password": "a wrong guess"})
        seen += [(path, await look(browser, path)) for path in ("/login", "/healthz", "/readyz", "/metrics")]
        assert 303 == (await browser.post("/login", data={"password": PASSWORD})).status_code
        seen += [(path, await look(browser, path)) for path in ("/", "/c/here", "/you", "/metrics", "/nothing")]
    assert any(b"paperround_posts_total" in text for _, text in seen)
    return [*seen, ("up", "\n".join(program.said).encode())]


async def look(browser: httpx.AsyncClient, path: str) -> bytes:
    answer = await browser.get(path)
    return f"{answer.status_code} {answer.headers}".encode() + answer.content


async def test_settings_that_are_wrong(program: Program) -> None:
    """Faults name keys, never values."""
    async with local_server() as server:
        configured(program, server)
        program.environment |= {
            "PAPERROUND_PASSWORD": "canary",
            "PAPERROUND_METRICS_TOKEN": "kanari",
            "PAPERROUND_LOG_LEVEL": "canary-level",
            "DATABASE_URL": f"postgresql://reader:{DATABASE}@@db.example/x",
        }
        program.configured(f'[sources.mine]\nurl = "ftp://reader:{FEED_KEY}@h.example/?token={FEED_KEY}"\ncolour = 1\n')
        done = await asyncio.to_thread(program.run, "status")

    assert 2 == done.returncode
    text = done.stdout + done.stderr
    assert all(
        key in text for key in ("PAPERROUND_PASSWORD", "PAPERROUND_METRICS_TOKEN", "DATABASE_URL", "sources.mine")
    )
    assert "kanari" not in text
    known = {
        name: value
        for name, value in CANARIES.items()
        if name not in {"PAPERROUND_PASSWORD", "PAPERROUND_METRICS_TOKEN"}
    }
    assert [] == leaks([("status", text.encode())], [*known.values(), DATABASE, FEED_KEY])


@pytest.mark.parametrize(
    "command", ["status", "doctor", "collect", "migrate", "backup copy.dump", "restore copy.dump", "up --port 0"]
)
async def test_a_database_that_is_not_there(program: Program, command: str) -> None:
    """A PostgreSQL that does not answer is named without its password, in sentences, tracebacks and logs."""
    program.environment = {
        "DATABASE_URL": f"postgresql://reader:{quote(DATABASE)}@127.0.0.1:9/papers",
        "PAPERROUND_LOG_LEVEL": "DEBUG",
    }

    done = await asyncio.to_thread(program.run, *command.split())

    assert done.returncode in {1, 2}
    assert "papers" in done.stderr
    assert [] == leaks([(command, (done.stdout + done.stderr).encode())], [DATABASE])


def test_a_crash() -> None:
    """A traceback of an error that nobody foresaw, on the main thread or another, is shown without the secrets in it."""
    done = subprocess.run([sys.executable, "-c", CRASH], capture_output=True, text=True, check=False, timeout=30)

    assert 1 == done.returncode
    assert 2 == done.stderr.count("ValueError: asked https://h.example/?[hidden] with [hidden]")
    assert [] == leaks([("crash", done.stderr.encode())], ["canary-x-bearer-token"])
