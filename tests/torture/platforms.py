"""
Slack and Discord with weather, and a feed to read.

They drop connections before and after they accepted, answer 429 and 5xx, delay, and tell events twice, late, out of order or never.
Each request is first shown to `Watch`, which may pull the plug of whoever asks.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from types import MappingProxyType
from typing import Any, Protocol

from aiohttp import web

from tests.discord_gateway import Fault as DiscordFault
from tests.fake_discord import FakeDiscord
from tests.fake_slack import FakeSlack, Json, event
from tests.fake_slack import Fault as SlackFault
from tests.torture.turns import Sender, sender_of

WORDS = frozenset({"chat.postMessage", "POST messages", "POST threads"})
LOOKS = frozenset({"reactions.get", "conversations.replies", "conversations.history", "GET messages", "GET reactions"})


_HEADERS: ContextVar[Mapping[str, str]] = ContextVar("headers", default=MappingProxyType({}))
"""Those of the request that is being answered."""


class Watch(Protocol):
    """Sees every request come and go."""

    def noticed(self, kind: str, moment: str, port: int | None) -> bool:
        """Hear of a request of some kind (`post` on Slack, `card` on Discord, `look`, `event`, `asked` for a command, press or form) from a port, `before` or `after` it is done; false loses it."""
        ...


@dataclass
class Weather:
    """How often something goes wrong; `calm` ends it. The clock is the world's."""

    rng: random.Random
    now: Callable[[], datetime]
    calm: bool = False
    fails: float = 0.15
    strays: float = 0.3
    said: dict[str, int] = field(default_factory=dict)

    def strikes(self, chance: float, what: str) -> bool:
        """Tell whether it happens now; what happened is counted."""
        if self.calm or self.rng.random() >= chance:
            return False
        self.said[what] = self.said.get(what, 0) + 1
        return True


def port_of(request: web.Request) -> int | None:
    """The port that a request comes from, by which its process can be known."""
    peer = request.transport.get_extra_info("peername") if request.transport else None
    return peer[1] if peer else None


def _hang_up(request: web.Request) -> web.Response:
    if request.transport:
        request.transport.abort()
    return web.Response(status=500)


class StormySlack(FakeSlack):
    """
    `acked` holds each event that was acknowledged, by its id.

    `posts` are the messages of ours in the order in which they were taken, each with who sent it.
    """

    def __init__(self, weather: Weather, watch: Watch) -> None:
        super().__init__()
        self._weather = weather
        self._watch = watch
        self._asked: dict[str, Json] = {}
        self._under_way: set[asyncio.Task[None]] = set()
        self.acked: dict[str, Json] = {}
        self.posts: list[tuple[str, Sender | None]] = []

    def next_ts(self) -> str:
        self._latest = max(self._latest + timedelta(microseconds=100), self._weather.now())
        return f"{int(self._latest.timestamp())}.{self._latest.microsecond:06}"

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        method, port = request.match_info["method"], port_of(request)
        kind = "post" if method in WORDS else "look" if method in LOOKS else "other"
        if not self._watch.noticed(kind, "before", port):
            return _hang_up(request)
        if fault := self._fault():
            self.faults.setdefault(method, []).append(fault)
        _HEADERS.set(request.headers)
        answer = await super()._serve(request)
        self._watch.noticed(kind, "after", port)
        if self._weather.strikes(0.05, "slow"):
            await asyncio.sleep(self._weather.rng.uniform(0.1, 1.0))
        return answer

    def _chat_postMessage(self, arguments: Json) -> Json:  # noqa: N802 - Slack's name
        answer = super()._chat_postMessage(arguments)
        self.posts.append((answer["ts"], sender_of(_HEADERS.get())))
        return answer

    def _fault(self) -> SlackFault | None:
        weather, rng = self._weather, self._weather.rng
        if not weather.strikes(weather.fails, "failed"):
            return None
        after = rng.random() < 0.6
        return rng.choice(
            [
                SlackFault(drops=True, after=after),
                SlackFault(drops=True, after=True),
                SlackFault(status=rng.choice([500, 502, 503]), body="<html>", after=after),
                SlackFault(error=rng.choice(["fatal_error", "internal_error"]), after=after),
                SlackFault(retry_after=rng.choice([0.2, 1])),
            ]
        )

    # events

    async def tell(self, inner: Json, **envelope: Any) -> Json | None:
        """Deliver an event at once, twice, late, or never; without waiting for it."""
        body = event(inner, f"Ev{next(self._count):08}", **envelope)
        rng = self._weather.rng
        fate = rng.choice(["never", "late", "twice"]) if self._weather.strikes(self._weather.strays, "strayed") else ""
        if fate != "never":
            self._begin(self._bring(body, rng.uniform(0.1, 2) if fate == "late" else 0))
        if fate == "twice":
            self._begin(self._bring(body, rng.uniform(0, 0.5)))
        return None

    async def over_socket(self, kind: str, payload: Json, wait: float = 0.5) -> Json | None:
        try:
            return await super().over_socket(kind, payload, wait)
        except ConnectionError:
            return None  # the one who listened was just killed

    async def quiet(self) -> None:
        """Wait until nothing is on its way any more."""
        while self._under_way:
            await asyncio.gather(*self._under_way, return_exceptions=True)

    def _begin(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _bring(self, body: Json, wait: float) -> None:
        # Slack tries four times: at once, again at once, after a minute, after five. Here it is somewhat quicker.
        for pause in (wait, 0.1, 0.6, 1.5):
            await asyncio.sleep(pause)
            if await self._offer(body):
                return

    async def _offer(self, body: Json) -> bool:
        sockets = [one for one in self.sockets if not one.closed]
        if not sockets:
            return False
        envelope = f"envelope{next(self._count)}"
        self._asked[envelope] = body
        told: Json = {"envelope_id": envelope, "type": "events_api", "payload": body, "accepts_response_payload": True}
        try:
            await self._weather.rng.choice(sockets).send_json(told)
        except ConnectionError:
            return False
        for _ in range(20):
            if body["event_id"] in self.acked:
                return True
            await asyncio.sleep(0.02)
        return False

    def _acked(self, answer: Json) -> None:
        body = self._asked.get(answer["envelope_id"])
        if body is None:
            super()._acked(answer)
            self._watch.noticed("asked", "after", None)
            return
        self.acked[body["event_id"]] = body["event"]
        self._watch.noticed("event", "after", None)


class StormyDiscord(FakeDiscord):
    """Any number of processes may listen: Discord lets several sessions be of one shard, and each hears everything. `posts` are as Slack's."""

    def __init__(self, weather: Weather, watch: Watch) -> None:
        self._weather = weather
        self._watch = watch
        super().__init__()
        self.posts: list[tuple[str, Sender | None]] = []

    def now(self) -> datetime:
        return self._weather.now()

    async def archive_threads(self) -> None:
        """Archive every thread, as Discord does after a day without a message."""
        for thread_id in [one for one, channel in self.channels.items() if "thread_metadata" in channel]:
            if not self._archived(thread_id):
                await self.fold(thread_id)

    def is_archived(self, thread_id: str) -> bool:
        return self._archived(thread_id)

    def forget_nonces(self) -> None:
        """Let some minutes go by."""
        self._nonces.clear()

    async def api(self, request: web.Request) -> web.StreamResponse:
        port = port_of(request)
        words = request.match_info["path"].strip("/").split("/")
        what = f"{request.method} {next((w for w in reversed(words) if w in {'messages', 'threads', 'reactions'}), '')}"
        kind = "card" if what in WORDS else "look" if what in LOOKS else "other"
        if not self._watch.noticed(kind, "before", port):
            return _hang_up(request)
        _HEADERS.set(request.headers)
        answer = await super().api(request)
        self._watch.noticed("asked" if words[-1] == "callback" else kind, "after", port)
        if self._weather.strikes(0.03, "slow"):
            await asyncio.sleep(self._weather.rng.uniform(0.1, 1.0))
        return answer

    def _message(self, channel_id: str, author: Json, body: Json, **more: Any) -> Json:
        message = super()._message(channel_id, author, body, **more)
        if author["id"] == self.me["id"]:
            self.posts.append((message["id"], sender_of(_HEADERS.get())))
        return message

    def _fault(self, line: str) -> DiscordFault | None:
        weather, rng = self._weather, self._weather.rng
        if "gateway" in line or not weather.strikes(weather.fails / 2, "failed"):
            return None
        after = rng.random() < 0.6
        limited = {"message": "slow down", "retry_after": 0.3, "global": False}
        return rng.choice(
            [
                DiscordFault(line, drop=True, after=True),
                DiscordFault(line, drop=True, after=after),
                DiscordFault(line, rng.choice([500, 502, 503]), raw="<html>", after=after),
                DiscordFault(line, 429, headers={"Via": "1.1 google", "Retry-After": "0.3"}, body=limited),
            ]
        )

    async def dispatch(self, name: str, data: Any) -> None:
        """Withhold now and then what people do; the gateway keeps its order and tells nothing twice."""
        acts = name.startswith(("MESSAGE_REACTION", "MESSAGE_DELETE", "MESSAGE_UPDATE", "MESSAGE_CREATE"))
        if acts and self._weather.strikes(self._weather.strays / 3, "strayed"):
            return
        await super().dispatch(name, data)


ENTRY = (
    "<item><title>{title}</title><link>https://lab.example/{number}</link><guid>{number}</guid>"
    "<description>What we learnt about it.</description><pubDate>{at}</pubDate></item>"
)
SUBJECTS = "kernels attention pruning retrieval alignment diffusion tokens sparsity agents robots proofs vision".split()


class Feed:
    """A lab's notes: three a week, as far as the world's clock has come."""

    def __init__(self, start: datetime, weather: Weather) -> None:
        self._start = start
        self._weather = weather

    async def serve(self, _: web.Request) -> web.Response:
        now, entries = self._weather.now(), []
        for number in range(1000):
            at = self._start + timedelta(days=7 * (number // 3) + 1 + number % 3)
            if at > now:
                break
            title = f"Note {number} on {SUBJECTS[number % len(SUBJECTS)]}"
            entries.append(ENTRY.format(title=title, number=number, at=format_datetime(at)))
        head = '<?xml version="1.0"?><rss version="2.0"><channel><title>Lab</title><link>https://lab.example/</link>'
        body = f"{head}{''.join(entries[-30:])}</channel></rss>"
        return web.Response(text=body, content_type="application/rss+xml")


@dataclass
class Platforms:
    """Everything outside, on loopback."""

    slack: StormySlack
    discord: StormyDiscord
    feed_url: str
    channel: str


@asynccontextmanager
async def platforms(start: datetime, weather: Weather, watch: Watch) -> AsyncIterator[Platforms]:
    """Serve all of it."""
    slack, discord = StormySlack(weather, watch), StormyDiscord(weather, watch)
    feed = web.Application()
    feed.router.add_get("/feed.xml", Feed(start, weather).serve)
    gateway = web.Application()
    gateway.router.add_route("*", "/api/v10/{path:.*}", discord.api)
    gateway.router.add_get("/gateway/", discord.gateway)
    runners = [web.AppRunner(app, access_log=None, shutdown_timeout=0.1) for app in (slack.app(), gateway, feed)]
    addresses = []
    for runner in runners:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        addresses.append(f"127.0.0.1:{runner.addresses[0][1]}")
    slack.url = f"http://{addresses[0]}/"
    discord.url, discord.gateway_url = f"http://{addresses[1]}/api/v10", f"ws://{addresses[1]}/gateway/"
    try:
        yield Platforms(slack, discord, f"http://{addresses[2]}/feed.xml", discord.channel("reading"))
    finally:
        await slack.aclose()
        await discord.drop(code=1001)
        for runner in runners:
            await runner.cleanup()
