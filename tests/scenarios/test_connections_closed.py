"""Whatever a platform answers, a command that ends leaves no connection open behind it: aiohttp complains of each on the terminal."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.local_server import Canned, free_port, local_server
from tests.scenarios.program import SIDE, Program
from tests.scenarios.variants import WARNED

pytestmark = pytest.mark.process

PLATFORMS = {
    "slack": ("SLACK_API_URL", {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}, "/auth.test", "C1"),
    "discord": ("DISCORD_API_URL", {"DISCORD_BOT_TOKEN": "abc.def.ghi"}, "/users/@me", "1155000000000000001"),
}
ANSWERS = {
    "refused": Canned(json.dumps({"ok": False, "error": "invalid_auth"}).encode(), 401),
    "broken": b"nonsense",
    "absent": None,
}

OFF = "\n".join(
    f"[sources.{name}]\nenabled = false" for name in ("arxiv", "huggingface", "reddit-machinelearning", *SIDE)
)
FEED = Canned(
    b"""<rss version="2.0"><channel><title>Lab</title><item><title>Reward models that know when to stop</title>
    <link>https://example.org/reward</link><pubDate>Fri, 14 Aug 2026 09:00:00 GMT</pubDate></item></channel></rss>"""
)


@pytest.mark.parametrize(
    ("command", "answer"), [("post", "refused"), ("post", "broken"), ("post", "absent"), ("doctor", "absent")]
)
@pytest.mark.parametrize("platform", PLATFORMS)
async def test_nothing_is_left_open(program: Program, platform: str, answer: str, command: str) -> None:
    """Neither a session nor a connector is left when a command on a platform fails, and it says what is wrong in a line of ours."""
    where, secrets, path, channel = PLATFORMS[platform]
    canned = ANSWERS[answer]
    async with local_server() as server:
        if canned is not None:
            server.on(path, canned)
        port = free_port() if canned is None else server.port
        program.configured(
            f"[fetch]\nallow_private = true\n{OFF}\n"
            f'[sources.lab]\nkind = "feed"\nname = "Lab"\nurl = "{server.on("/feed", FEED)}"\n'
            f'[[channels]]\nname = "reading"\nplatform = "{platform}"\nid = "{channel}"\nsources = ["lab"]\n'
        )
        program.environment = {
            **secrets,
            where: f"http://127.0.0.1:{port}/",
            "DISCORD_GATEWAY_URL": f"ws://127.0.0.1:{port}/",
        }
        await asyncio.to_thread(program.run, "collect")
        program.runs = WARNED
        done = await asyncio.to_thread(program.run, command)

    told = done.stdout + done.stderr
    assert done.returncode == 1, told
    assert "nclosed" not in told
    if command == "post":
        assert f"{platform}: " in told.lower(), "the platform was asked"
    assert "Traceback" not in told
