"""
What the page and `/metrics` cost where there are very many channels.

    python benchmarks/pages.py [--channels 10000] [--paused 100]

So many channels set up in chat on Slack, in workspaces of eight, on SQLite, some of which are paused, and a local channel; the page as `paperround up`
builds it, asked in the process, without HTTP. Asked are `/metrics`, the local channel, the library's pages of whoever has the password and so reads all
channels, and those of a member of one workspace. Each is asked once and then five times more: CPU in milliseconds of the first and the median of the
others, and the size of the answer. Slack is one in memory that takes a hundredth of a second for an answer, and counts the questions.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import httpx

from adapters.web.http.access_store import AccessStore, Person
from benchmarks.herd import WORKSPACE
from bot.model import Channel, ChannelOrigin, ChannelState
from bot.visibility import ChannelScope, Reader
from scheduler.bootstrap import configuration, open_services
from scheduler.bootstrap.pages import page_server
from scheduler.health import Health

TEAM: Final = "T3"
PASSWORD: Final = "a password for this run"
ORIGIN: Final = "http://127.0.0.1:8321"
AGAIN: Final = 5


class Slack:
    """`bot.ports.Membership` of workspaces of eight public channels each."""

    def __init__(self) -> None:
        self.asked = 0

    async def scope(self, channel: Channel) -> ChannelScope:
        self.asked += 1
        await asyncio.sleep(0.01)
        return ChannelScope(name=channel.name, platform="slack", id=channel.id, team=channel.team, private=False)

    async def reader(self, member_id: str, _: Any) -> Reader:
        return Reader(platform="slack", member_id=member_id, teams=frozenset({TEAM}))

    async def may_change(self, *_: Any) -> bool:
        return False


def state_of(number: int, paused: int, now: datetime) -> ChannelState:
    team = f"T{number // WORKSPACE}"
    is_paused = number < paused
    return ChannelState(
        name=f"team-{number}",
        platform="slack",
        id=f"{team}/C{number}",
        team=team,
        origin=ChannelOrigin.CHAT,
        started=now,
        paused_because="channel_not_found" if is_paused else None,
        paused_at=now if is_paused else None,
    )


async def timed(browser: httpx.AsyncClient, path: str) -> tuple[float, httpx.Response]:
    began = time.process_time()
    answer = await browser.get(path, follow_redirects=True)
    return 1000 * (time.process_time() - began), answer


async def show(what: str, browser: httpx.AsyncClient, path: str, slack: Slack) -> None:
    before = slack.asked
    first, _ = await timed(browser, path)
    asked = slack.asked - before
    later = [await timed(browser, path) for _ in range(AGAIN)]
    answer = later[-1][1]
    print(
        f"{what:34} {first:9.1f} {statistics.median(one for one, _ in later):9.1f} ms of CPU {len(answer.content) / 1024:9.1f} KB"
        f"   {asked} questions to Slack   {answer.status_code}",
        flush=True,
    )


async def measured(number: int, paused: int) -> None:
    async with open_services(configuration()) as services:
        now = datetime.now(UTC)
        for start in range(0, number, 500):
            async with services.unit_of_work() as uow:
                for one in range(start, min(number, start + 500)):
                    await uow.channels.save(state_of(one, paused, now))
                await uow.commit()
        await services.current_channels()
        slack = Slack()
        memberships: Any = services.audience._memberships  # noqa: SLF001 - where the platform would be
        memberships["slack"] = slack
        health = Health(services, services.metrics)
        app: Any = page_server(services, "127.0.0.1", 8321, health).config.app
        transport, headers = httpx.ASGITransport(app), {"Origin": ORIGIN}
        token = {"Authorization": f"Bearer {os.environ['PAPERROUND_METRICS_TOKEN']}"}
        print(f"{number:,} channels, {paused} paused, load {os.getloadavg()[0]:.0f}: first, then the median of {AGAIN}")
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=headers) as operator:
            entered = await operator.post("/login", data={"password": PASSWORD})
            assert entered.status_code == 303, entered.text
            await show(
                "metrics", httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=token), "/metrics", slack
            )
            await show("the local channel", operator, "/", slack)
            await show("operator: weeks", operator, "/library", slack)
            await show("operator: weeks of a channel", operator, f"/library/c/team-{number - 1}", slack)
            for page in ("channels", "list", "members", "feeds", "search?q=agents"):
                await show(f"operator: {page}", operator, f"/library/{page}", slack)
        person = Person(platform="slack", member_id=f"{TEAM}:U1", name="Ada")
        secret = await AccessStore(services.engine, services.clock).make_link(person)
        async with httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=headers) as member:
            await member.post(f"/enter/{secret}", data={})
            await show("member of a workspace: weeks", member, "/library", slack)
            await show("member of a workspace: channels", member, "/library/channels", slack)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--channels", type=int, default=10_000)
    parser.add_argument("--paused", type=int, default=100)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="paperround-pages-") as folder:
        os.chdir(folder)
        os.environ |= {"PAPERROUND_PASSWORD": PASSWORD, "PAPERROUND_METRICS_TOKEN": "a token for whoever watches"}
        asyncio.run(measured(given.channels, given.paused))


if __name__ == "__main__":
    main()
