"""
What the look back costs, and how long it takes: all channels after a gap, by the loop that there was before and side by side.

    python benchmarks/look_back.py [--channels 40 200] [--weeks 6] [--loop 40] [--which 1000 10000]

The channels are those of `herd.py`, four in five on Slack in workspaces of eight and one in five on Discord, each with twelve messages a week; three
members reacted to each, of which nobody was told. The platforms are those of `strict_platforms.py`, which enforce their limits: Slack takes fifty calls a
minute of a method in a workspace, Discord fifty requests a second. Waiting is simulated, work is not. Each number of channels is a process of its own.

- `loop`: one channel of a platform after the other, as it was; for the numbers in `--loop`.
- `side by side`: the same through the rounds and pools of `scheduler.jobs.reconciling`, on another database.
- `nothing new`: another round, in which nothing was missed.
- `again`: the question whether there is a round under way, where there is none.
- `which`: the question which channels are next, at the beginning of a round; for the numbers in `--which`, of which nothing else is done.

Every reaction has to be known in the end, which is checked.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from slack_sdk.oauth.installation_store.models.installation import Installation
from sqlalchemy import insert, text

from adapters.discord.embeds import key_in
from adapters.slack.oauth.encryption import Encryption
from adapters.slack.oauth.installations import Installations
from adapters.storage.database import create_engine
from adapters.storage.migrations import migrate
from adapters.storage.tables import postings
from benchmarks.herd import DUE, KEY, Queries, Stopped, World, services_on, state_of, took
from benchmarks.simulated_time import SimulatedLoop
from benchmarks.strict_platforms import StrictDiscord, StrictSlack
from bot.model import ChannelState, PostingState
from bot.usecases.reconcile import look_over
from scheduler import jobs
from scheduler.jobs import reconciling
from scheduler.services import Services

MESSAGES: Final = 12
REACTED: Final = 3
"""How many members reacted to each message."""


def sent(state: ChannelState, weeks: int) -> list[dict[str, Any]]:
    """The messages of a channel, as they were sent."""
    number = int(state.name.rpartition("-")[2])
    rows = []
    for week in range(weeks):
        for part in range(MESSAGES):
            at = DUE - timedelta(weeks=week + 0.5) + timedelta(seconds=part)
            message = 1000 * number + 20 * week + part
            rows.append({
                "channel": state.name, "week": f"2026-W{10 + week:02}", "part": part, "key": f"{state.name} {week} {part}", "item_key": f"arxiv:{part}",
                "state": PostingState.POSTED.value, "attempt": 1, "attempted_at": at, "platform": state.platform, "channel_id": state.id.rpartition("/")[2],
                "message_id": f"{at.timestamp():.0f}.{message:06}" if state.platform == "slack" else str(10**18 + message),
            })  # fmt: skip
    return rows


async def populate(services: Services, number: int, weeks: int) -> None:
    states = [state_of(one, spread=False) for one in range(number)]
    async with services.unit_of_work() as uow:
        for state in states:
            await uow.channels.save(state)
        await uow.commit()
    async with services.engine.begin() as connection:
        for state in states:
            await connection.execute(insert(postings), sent(state, weeks))
    store = Installations(services.engine, Encryption(KEY))
    for team in sorted({state.team for state in states if state.platform == "slack"}):
        await store.async_save(Installation(
            user_id="U1", team_id=team, bot_token=f"xoxb-{team}", bot_id="B1", bot_user_id="UBOT", installed_at=1.0,
            bot_scopes=["channels:history", "chat:write"],
        ))  # fmt: skip


async def measure(number: int, weeks: int, way: str) -> None:
    loop: Any = asyncio.get_running_loop()
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{folder}/paperround.db")
        await migrate(engine)
        world = World(StrictSlack(loop.time), StrictDiscord(loop.time, key_in), loop)
        clock = Stopped(DUE, loop)
        clock.run(DUE)
        services = services_on(engine, clock, loop, world)
        await populate(services, number, weeks)
        await services.current_channels()
        queries, messages = Queries(engine), number * weeks * MESSAGES
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

        if way == "which":
            await jobs.begin_round(services, "slack")
            for _ in range(3):
                queries.number = 0
                wall, used = await took(lambda: reconciling.next_channels(services, "slack", 1, reconciling.IN_LANE))
                print(
                    f"{number:7} {way:13} {1000 * wall:9.1f} / {1000 * used:.1f} ms   {queries.number} queries",
                    flush=True,
                )
            await engine.dispose()
            return

        async def looped() -> None:
            await look_over(
                services.chats, services.reading, services.recorder.receive_all, services.clock, weeks=weeks
            )

        async def side_by_side() -> None:
            await asyncio.gather(*(_round(services, platform) for platform in services.chats))

        async def told(what: str, look: Callable[[], Awaitable[None]]) -> None:
            queries.number, began, asked = 0, loop.time(), sum(world.discord.calls.values())
            _, used = await took(look)
            print(
                f"{number:7} {what:13} {(loop.time() - began) / 60:9.1f} simulated minutes   {1000 * used / messages:6.2f} ms of CPU a message   "
                f"{queries.number / number:8.1f} queries a channel   {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB, {before // 1024} before   "
                f"{sum(world.discord.calls.values()) - asked} requests to Discord",
                flush=True,
            )
            while await services.recorder.apply_waiting():
                pass

        await told(way, looped if way == "loop" else side_by_side)
        await check(services, messages)
        if way != "loop":
            await told("nothing new", side_by_side)
            queries.number = 0
            wall, used = await took(lambda: jobs.reconcile(services, "slack"))
            print(
                f"{number:7} {'again':13} {1000 * wall:9.1f} / {1000 * used:.1f} ms   {queries.number} queries",
                flush=True,
            )
        await engine.dispose()


async def _round(services: Services, platform: str) -> None:
    await jobs.begin_round(services, platform)
    await jobs.reconcile(services, platform)


async def check(services: Services, messages: int) -> None:
    async with services.engine.connect() as connection:
        known = await connection.scalar(text("SELECT count(*) FROM reactions WHERE present"))
    assert known == REACTED * messages, f"{known} reactions of {REACTED * messages} are known"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--channels", type=int, nargs="*", default=[40, 200])
    parser.add_argument("--loop", type=int, nargs="*", default=[40])
    parser.add_argument("--which", type=int, nargs="*", default=[1_000, 10_000])
    parser.add_argument("--weeks", type=int, default=6)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
            runner.run(measure(int(given.one[0]), given.weeks, given.one[1]))
        return
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"{os.cpu_count()} cores, load before: {load}; {datetime.now(UTC):%Y-%m-%d}\n", flush=True)
    ways = [(number, way) for number in given.channels for way in ("loop", "side by side")[number not in given.loop :]]
    for number, way in [*ways, *((number, "which") for number in given.which)]:
        asked = ["--weeks", str(given.weeks), "--one", str(number), way]
        subprocess.run([sys.executable, __file__, *asked], check=True)


if __name__ == "__main__":
    main()
