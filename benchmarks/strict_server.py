"""
Slack and Discord of `strict_platforms.py` over HTTP, in a process of their own: `python benchmarks/strict_server.py PORT [CHANNELS OF A WORKSPACE [OF THE LARGE ONE]]`.

What comes too fast is answered 429, with the headers by which the real ones say how long to wait. `/report` tells what was posted and refused.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import discord
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from adapters.discord.embeds import key_in
from adapters.slack.errors import SlackFault
from benchmarks.local_feeds import NOW
from benchmarks.strict_platforms import StrictDiscord, StrictSlack

ANSWER: Final = 0.1
"""Seconds that a platform takes to answer a request."""

ROUTES: Final = tuple(
    (re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>\\d+)", path)), path)
    for path in (
        "/users/@me",
        "/channels/{channel_id}",
        "/guilds/{guild_id}",
        "/channels/{channel_id}/messages",
        "/channels/{channel_id}/messages/{message_id}/threads",
    )
)


def application(workspace: int = 8, large: int = 0) -> Starlette:  # noqa: C901 - one small answer after another
    """The platforms, and what they saw."""
    slack = StrictSlack(time.monotonic, NOW.timestamp() - time.monotonic(), workspace, large)
    bot = StrictDiscord(time.monotonic, key_in)

    async def called(request: Request) -> Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        given = dict(request.query_params) if request.method == "GET" else await request.json()
        try:
            answer = slack.call(token, request.path_params["method"], given)
        except SlackFault as fault:
            if fault.retry_after is None:
                return JSONResponse({"ok": False, "error": fault.error})
            return JSONResponse(
                {"ok": False, "error": "ratelimited"}, 429, {"Retry-After": str(int(fault.retry_after))}
            )
        await asyncio.sleep(ANSWER)
        return JSONResponse(answer)

    async def asked(request: Request) -> Response:
        path = "/" + request.path_params["path"]
        found = next(((one.fullmatch(path), name) for one, name in ROUTES if one.fullmatch(path)), None)
        ids = found[0].groupdict() if found and found[0] else {}
        route = SimpleNamespace(
            method=request.method, path=found[1] if found else path, url=path,
            channel_id=ids.get("channel_id"), guild_id=ids.get("guild_id"),
        )  # fmt: skip
        bot.calls[f"{route.method} {route.path}"] += 1
        if (wait := bot.bot_wait()) > 0:
            return refused(wait, everywhere=True)
        if (wait := bot.route_wait(route)) > 0:
            return refused(wait, everywhere=False)
        try:
            answer = bot.answer(route, **({"json": await request.json()} if request.method == "POST" else {}))
        except discord.NotFound:
            return JSONResponse({"code": 0, "message": "not in this world"}, 404)
        left = bot.route_left(route) if request.method == "POST" else None
        await asyncio.sleep(ANSWER)
        return JSONResponse(answer, headers=told(path, left))

    def told(path: str, left: tuple[int, float] | None) -> dict[str, str]:
        """The headers by which a client knows how often it may ask."""
        if left is None:
            return {}
        kind = path.rpartition("/")[2]
        return {
            "X-RateLimit-Limit": "5", "X-RateLimit-Remaining": str(left[0]), "X-RateLimit-Bucket": kind,
            "X-RateLimit-Reset-After": f"{left[1]:.3f}", "X-RateLimit-Reset": f"{time.time() + left[1]:.3f}",
        }  # fmt: skip

    def refused(wait: float, *, everywhere: bool) -> Response:
        bot.refused += 1
        headers = {"Retry-After": f"{wait:.3f}", "Via": "1.1 strict"} | (
            {"X-RateLimit-Global": "true"} if everywhere else {}
        )
        body = {"message": "You are being rate limited.", "retry_after": wait, "global": everywhere}
        return JSONResponse(body, 429, headers)

    async def report(_: Request) -> Response:
        posted: Counter[str] = Counter(
            key for one in (slack.posted, bot.posted) for keys in one.values() for key in keys
        )
        return JSONResponse(
            {
                "posted": posted,
                "last": slack.last,
                "Slack": seen(slack.instants, sum(slack.calls.values()), sum(slack.refused.values()))
                | {"refused methods": dict(slack.refused)},
                "Discord": seen(bot.instants, sum(bot.calls.values()), bot.refused),
            }
        )

    async def requests(_: Request) -> Response:
        return JSONResponse({"slack": sum(slack.calls.values()), "discord": sum(bot.calls.values())})

    def seen(instants: list[float], calls: int, refusals: int) -> dict[str, Any]:
        return {"messages": len(instants), "requests": calls, "refused": refusals, "seconds": max(instants, default=0) - min(instants, default=0)}  # fmt: skip

    return Starlette(
        routes=[
            Route("/slack/{method:path}", called, methods=["GET", "POST"]),
            Route("/discord/{path:path}", asked, methods=["GET", "POST"]),
            Route("/report", report),
            Route("/requests", requests),
        ]
    )


if __name__ == "__main__":
    uvicorn.run(
        application(*map(int, sys.argv[2:])),
        port=int(sys.argv[1]),
        timeout_keep_alive=3600,
        log_level="warning",
        access_log=False,
    )
