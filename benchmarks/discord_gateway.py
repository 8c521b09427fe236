"""
What a start of Discord's listener costs: how soon a reaction is told after the servers came, and what is asked of Discord meanwhile.

    python benchmarks/discord_gateway.py [--servers 100] [--ours 4] [--channels 50] [--answer 20] [--elsewhere 5000] [--bare]

READY and a GUILD_CREATE of each server are taken, as at each start and each take-over, and then a reaction to a card. After that come messages in
channels that are none of ours. Discord answers each request after so many milliseconds, and as many at once as are asked: no pace, so that this is the
least that waiting can take. With `--bare` the servers come without roles and members, so that our rights have to be asked.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, cast

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from adapters.discord.platform import Hooks, Parts
from adapters.discord.rest import Rest
from bot.events import ChatEvent
from bot.model import Channel
from bot.usecases.channel_list import ChannelsView

ME: Final = "42"
FIRST: Final = 10**17


def guild_id(server: int) -> str:
    return str(FIRST + server * 1_000)


def channel_id(server: int, number: int) -> str:
    return str(FIRST + server * 1_000 + 1 + number)


class Slow:
    """Answers what our rights follow from, each after a while."""

    def __init__(self, answer: float) -> None:
        self._answer = answer
        self.asked: Counter[str] = Counter()

    async def me(self) -> str:
        return ME

    async def ask(self, method: str, path: str, **given: Any) -> Mapping[str, Any]:
        self.asked[f"{method} {path}"] += 1
        await asyncio.sleep(self._answer)
        if path == "/channels/{channel_id}":
            number = int(given["channel_id"]) - FIRST
            return {"id": given["channel_id"], "type": 0, "guild_id": guild_id(number // 1_000)}
        return guild(given["guild_id"]) if path == "/guilds/{guild_id}" else member()


def guild(number: str) -> dict[str, Any]:
    roles = [{"id": number, "permissions": str((1 << 50) - 1)}]
    return {"id": number, "owner_id": "1", "roles": roles}


def member() -> dict[str, Any]:
    return {"user": {"id": ME}, "roles": []}


def reaction(server: int) -> dict[str, Any]:
    return {
        "guild_id": guild_id(server),
        "channel_id": channel_id(server, 0),
        "message_id": "999",
        "user_id": "7",
        "message_author_id": ME,
        "member": {"user": {"id": "7", "username": "ada"}},
        "emoji": {"id": None, "name": "⭐"},
    }


def message(server: int, number: int, channel: str) -> dict[str, Any]:
    return {
        "id": str(2 * FIRST + number),
        "guild_id": guild_id(server),
        "channel_id": channel,
        "author": {"id": "7", "username": "ada"},
        "content": "Lunch?",
        "timestamp": "2026-11-30T10:00:00+00:00",
        "type": 0,
    }


async def measured(given: argparse.Namespace) -> None:
    slow = Slow(given.answer / 1_000)
    ids = [channel_id(server, number) for server in range(given.servers) for number in range(given.ours)]
    served = tuple(Channel(name=f"c{one}", platform="discord", id=one) for one in ids)
    channels = ChannelsView(lambda: served)
    told: list[str | None] = []
    heard = asyncio.Event()

    async def news(_: str, because: str | None) -> None:
        told.append(because)

    async def sink(_: ChatEvent) -> None:
        heard.set()

    parts = Parts(cast("Rest", slow), channels, lambda: datetime.now(UTC), Hooks(news=news))
    parts.intake.start(sink)
    began, cpu = time.monotonic(), time.process_time()
    parts.intake.take("READY", {"user": {"id": ME}, "guilds": []})
    for server in range(given.servers):
        inside = [{"id": channel_id(server, one), "type": 0} for one in range(given.channels)]
        whole = {"id": guild_id(server), "channels": inside, "threads": []}
        whole |= {} if given.bare else {**guild(guild_id(server)), "members": [member()]}
        parts.intake.take("GUILD_CREATE", whole)
    taken = time.process_time() - cpu
    parts.intake.take("MESSAGE_REACTION_ADD", reaction(0))
    await heard.wait()
    after, asked = time.monotonic() - began, sum(slow.asked.values())
    await parts.intake.settled()
    print(
        f"{given.servers} servers, {len(ids)} channels of ours, {given.answer} ms an answer: a reaction is told after {after:.2f} s and {asked} "
        f"requests; all is looked at after {time.monotonic() - began:.1f} s, {sum(slow.asked.values())} requests and "
        f"{time.process_time() - cpu:.2f} s of CPU ({taken:.2f} to take the payloads); told of {len(told)} channels, {sum(map(bool, told))} lost"
    )
    slow.asked.clear()
    chance = random.Random(1)
    cpu = time.process_time()
    for number in range(given.elsewhere):
        server = chance.randrange(given.servers)
        channel = channel_id(server, chance.randrange(given.ours, given.channels))
        parts.intake.take("MESSAGE_CREATE", message(server, number, channel))
        await asyncio.sleep(0)
    await parts.intake.settled()
    print(
        f"{given.elsewhere} messages elsewhere: {sum(slow.asked.values())} requests, {(time.process_time() - cpu) / given.elsewhere * 1e6:.0f} us of CPU each"
    )
    await parts.intake.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--servers", type=int, default=100)
    parser.add_argument("--ours", type=int, default=4, help="channels of ours on each server")
    parser.add_argument("--channels", type=int, default=50, help="channels of each server")
    parser.add_argument("--answer", type=float, default=20.0, help="milliseconds of an answer")
    parser.add_argument("--elsewhere", type=int, default=5_000)
    parser.add_argument("--bare", action="store_true")
    print(f"{os.cpu_count()} cores, load before: {', '.join(f'{each:.1f}' for each in os.getloadavg())}", flush=True)
    asyncio.run(measured(parser.parse_args()))


if __name__ == "__main__":
    main()
