"""A week on Slack as the whole program lives it, against a Slack that we did not write."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.local_slack import ADA, APP_TOKEN, BEN, BOT_TOKEN, CHANNEL_ID, LocalSlack, local_slack, missing, until
from tests.scenarios.program import Program

pytestmark = pytest.mark.skipif(missing() is not None, reason=missing() or "")

CHANNEL = '[[channels]]\nname = "reading"\nplatform = "slack"\nid = "#reading"\nbudget_minutes = 20\n[slack]\nadmins = ["U01ADA"]\n'


@asynccontextmanager
async def running(program: Program, slack: LocalSlack) -> AsyncIterator[list[str]]:
    """`paperround up` on Slack, once its first work is done; gives what it said."""
    program.environment = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_APP_TOKEN": APP_TOKEN, "SLACK_API_URL": slack.api_url}
    settings = program._settings() | {"stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.STDOUT}
    settings.pop("text")
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "scheduler", "up", "--port", "0", **settings)
    said: list[str] = []
    async with asyncio.timeout(90):
        async for line in process.stdout:
            said.append(line.decode().strip())
            if said[-1].startswith("Open http"):
                break
    try:
        yield said
    finally:
        process.terminate()
        await asyncio.wait_for(process.communicate(), 25)


async def exported(program: Program) -> list[dict]:
    """What the team knows of the first pick."""
    done = await asyncio.to_thread(program.document, "export")
    return done["items"]


async def decided(program: Program) -> list[tuple[str, str]]:
    return [(d["member"], d["decision"]) for item in await exported(program) for d in item["decisions"]]


async def written(program: Program) -> list[tuple[str, str]]:
    return [(s["member"], s["text"]) for item in await exported(program) for s in item["summaries"]]


@pytest.mark.replay
async def test_a_week_on_slack(program: Program, replay, tmp_path: Path) -> None:
    """The digest arrives once; what people do is in the export; commands answer; a killed Slack is found again."""
    program.configured(CHANNEL + replay.config)
    folder = tmp_path / "slack"
    folder.mkdir()
    async with local_slack(folder) as slack, running(program, slack) as said:
        assert any(line.startswith("Posted 2026-W34 in reading") for line in said), said
        picks = len(await exported(program))
        posted = [m for m in await slack.messages() if m.get("user") == "U0BOT" and not m.get("thread_ts")]
        assert len(posted) == picks + 2

        pick = str(sorted(posted, key=lambda message: float(message["ts"]))[1]["ts"])
        await slack.react(ADA, pick, "star")
        await until(lambda: decided(program), 5)
        assert await decided(program) == [("ada", "must-read")]
        await slack.react(ADA, pick, "star", present=False)
        await until(lambda: _none(decided(program)), 5)
        reply = await slack.say(BEN, "Worth our Friday.", thread=pick)
        await until(lambda: written(program), 5)
        assert await written(program) == [("ben", "Worth our Friday.")]
        await slack.act("edit-message", channel=CHANNEL_ID, ts=reply, user=BEN, text="Worth our Friday, twice.")
        await until(lambda: _is(written(program), [("ben", "Worth our Friday, twice.")]), 5)
        await slack.act("delete-message", channel=CHANNEL_ID, ts=reply, user=BEN)
        await until(lambda: _none(written(program)), 5)

        await slack.react(BEN, pick, "eyes")
        await until(lambda: decided(program), 5)
        await slack.act("command", channel=CHANNEL_ID, user=BEN, command="/paperround", text="mine")
        await until(lambda: _told(slack, "My reading list"), 5)
        await slack.act("open-home", user=BEN)
        await until(lambda: _logged(slack, "views.publish"), 5)


async def _none(coroutine) -> bool:
    return not await coroutine


async def _is(coroutine, expected) -> bool:
    return await coroutine == expected


async def _told(slack: LocalSlack, words: str) -> bool:
    return words in json.dumps(await slack.messages(), ensure_ascii=False)


async def _logged(slack: LocalSlack, words: str) -> bool:
    return words in json.dumps(await slack.log(), ensure_ascii=False)
