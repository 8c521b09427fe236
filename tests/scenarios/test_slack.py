"""A week on Slack as the whole program lives it, against a Slack that we did not write."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
from bot.exporting import as_document
from bot.model import Channel
from bot.usecases.recall import remember
from tests.databases import opened
from tests.local_slack import ADA, APP_TOKEN, BEN, BOT_TOKEN, CHANNEL_ID, LocalSlack, local_slack, missing
from tests.scenarios.program import Program, serving
from tests.waiting import until

pytestmark = [pytest.mark.process, pytest.mark.skipif(missing() is not None, reason=missing() or "")]

CHANNEL = '[[channels]]\nname = "reading"\nplatform = "slack"\nid = "#reading"\nbudget_minutes = 20\n[slack]\nadmins = ["U01ADA"]\n'
BUSY = 15.0
"""Seconds within which an act is known on a busy machine; on one with nothing else to do it is one. What only a look finds takes minutes."""
FOUND_AGAIN = 30.0


@asynccontextmanager
async def running(program: Program, slack: LocalSlack) -> AsyncIterator[None]:
    """`paperround up` on Slack, once its first work is done."""
    program.environment = {"SLACK_BOT_TOKEN": BOT_TOKEN, "SLACK_APP_TOKEN": APP_TOKEN, "SLACK_API_URL": slack.api_url}
    async with serving(program):
        yield


class Known:
    """What `export --json` says, read as it reads, without the time that a command takes to start."""

    def __init__(self, program: Program, unit_of_work: SqlUnitOfWorkFactory) -> None:
        self.program = program
        self._unit_of_work = unit_of_work

    async def items(self) -> list[dict]:
        channel = Channel(name="reading", platform="slack", id="#reading")
        return as_document(await remember([channel], self._unit_of_work))["items"]

    async def decided(self) -> list[tuple[str, str]]:
        return [(d["member"], d["decision"]) for item in await self.items() for d in item["decisions"]]

    async def written(self) -> list[tuple[str, str]]:
        return [(s["member"], s["text"]) for item in await self.items() for s in item["summaries"]]

    async def is_known_at_once(
        self, act: Awaitable[object], look: Callable[[], Awaitable[list]], expected: list
    ) -> None:
        """Let somebody act; what is known of it must be so at once, and in the command's own words."""
        began = time.monotonic()
        await act
        while (found := await look()) != expected:
            assert time.monotonic() - began < BUSY, f"{found} is known, and not {expected}"
            await asyncio.sleep(0.01)
        assert await self.items() == (await asyncio.to_thread(self.program.document, "export"))["items"]


@asynccontextmanager
async def knowing(program: Program) -> AsyncIterator[Known]:
    async with opened(f"sqlite:///{program.folder / 'paperround.db'}") as engine:
        yield Known(program, SqlUnitOfWorkFactory(engine).reading)


async def posted(slack: LocalSlack) -> list[dict]:
    """What the bot said in the channel itself, oldest first."""
    ours = [m for m in await slack.messages() if m.get("user") == "U0BOT" and not m.get("thread_ts")]
    return sorted((m for m in ours if not m.get("ephemeral_to")), key=lambda message: float(message["ts"]))


async def answered(slack: LocalSlack, *words: str) -> bool:
    """Whether somebody was told, and nobody else sees it, all of these words."""
    told = [json.dumps(m, ensure_ascii=False) for m in await slack.messages() if m.get("ephemeral_to") == BEN]
    return any(all(word in one for word in words) for one in told)


async def on_the_home_tab(slack: LocalSlack, *words: str) -> bool:
    shown = [json.dumps(one, ensure_ascii=False) for one in await slack.log() if one.get("summary") == "views.publish"]
    return any(all(word in one for word in words) for one in shown)


@pytest.mark.replay
async def test_a_week_on_slack(program: Program, replay, tmp_path: Path) -> None:
    """
    The digest arrives once, also when the program is started again; what people do is in the export within a second, what they did
    while the program was away once it is back; commands and the home tab answer; a killed Slack is found again.
    """
    program.configured(CHANNEL + replay.config)
    folder = tmp_path / "slack"
    folder.mkdir()
    async with local_slack(folder) as slack:
        async with running(program, slack), knowing(program) as known:
            assert any(line.startswith("Posted 2026-W34 in reading") for line in program.said), program.said
            digest = await posted(slack)
            assert len(digest) == len(await known.items()) + 3  # the head, what came next, the foot
            pick, title = str(digest[1]["ts"]), (await known.items())[0]["title"]

            await known.is_known_at_once(slack.react(ADA, pick, "star"), known.decided, [("ada", "must-read")])
            await known.is_known_at_once(slack.react(ADA, pick, "star", present=False), known.decided, [])
            said: list[str] = []

            async def reply() -> None:
                said.append(await slack.say(BEN, "Worth our Friday.", thread=pick))

            words = {"channel": CHANNEL_ID, "user": BEN}
            await known.is_known_at_once(reply(), known.written, [("ben", "Worth our Friday.")])
            mended = slack.act("edit-message", ts=said[0], text="Worth our Friday, twice.", **words)
            await known.is_known_at_once(mended, known.written, [("ben", "Worth our Friday, twice.")])
            await known.is_known_at_once(slack.act("delete-message", ts=said[0], **words), known.written, [])

            await known.is_known_at_once(slack.react(BEN, pick, "eyes"), known.decided, [("ben", "to-read")])
            await slack.act("command", command="/paperround", text="mine", **words)
            await until(lambda: answered(slack, "My reading list", title[:30]))
            await slack.act("open-home", user=BEN)
            await until(lambda: on_the_home_tab(slack, "My reading list", title[:30], "Next digest"))
            assert len(digest) == len(await posted(slack))

        # The program lives in August, this Slack today: what is found by looking bears the program's time, so that it can only be new
        # here, and not the taking back of what this Slack told before.
        await slack.react(ADA, pick, "white_check_mark")
        await slack.say(BEN, "Said while nobody listened.", thread=pick)
        async with running(program, slack), knowing(program) as known:
            await until(lambda: _is(known.written(), [("ben", "Said while nobody listened.")]))
            both = [("ada", "read"), ("ben", "to-read")]
            await until(lambda: _is(known.decided(), both))
            skips = slack.react(BEN, pick, "-1")
            settled = [("ada", "read"), ("ben", "skip")]  # the last of a member's interests stands
            await known.is_known_at_once(skips, known.decided, settled)
            assert [m["ts"] for m in digest] == [m["ts"] for m in await posted(slack)]

            await slack.kill()
            await slack.start_again()
            await until(slack.has_connected, FOUND_AGAIN)
            # This Slack keeps nothing over its death. What was decided there stands, and it is posted to no second time.
            await slack.act("command", command="/paperround", text="mine", **words)
            await until(lambda: answered(slack, "My reading list"))
            assert await known.decided() == settled
            assert await known.written() == [("ben", "Said while nobody listened.")]
            assert [] == await posted(slack)


async def _is(coroutine, expected) -> bool:
    return await coroutine == expected
