"""
How many reactions a second are recorded through signed HTTP, beside a bare bolt app that only acknowledges.

    python benchmarks/slack_events.py [--reactions N] [--callers N]

Each contestant is a process of its own under uvicorn; the callers are this process, over kept connections. Ours checks the signature, stores
the event in SQLite (write-ahead log, `synchronous=FULL`), applies it to the posting it belongs to, and then acknowledges; the bare one is bolt's
own Starlette handler with its own signature check and a listener without a body. Both get the same signed bodies as fast as they acknowledge.
In the other runs they come at a hundred a second, twelve times what Slack delivers to a workspace (30,000 an hour): to the bare one, whose
figures then say how busy the machine is with others; to ours while nothing else is done; while a digest of 2,000 works is built in the same
process every two seconds, as when several channels are due together (each is built once, and then takes a second a message to post); and while
such digests are built without any pause, which no week brings.
Rounds alternate, and the median counts.

With `--presses`, instead: buttons are pressed on cards of a real digest, some a second, and what counts is how long it takes from a tap until the
card that shows it was handed to Slack (p50 and p99), by Paper Round whole: signature, storing, redraw, the Web API of a fake on loopback.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import os
import socket
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import aiohttp
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from bot.model import Channel, MessageRef, Posting, PostingState
from tests.fake_slack import BOT, SECRET, event, fake_slack, signed

CHANNEL: Final = Channel(name="reading", platform="slack", id="C1")
MEMBERS: Final = 40
MESSAGES: Final = 120
ROUNDS: Final = 3
PACED: Final = 100
IDLE, EVERY, PAUSELESS = -1.0, 2.0, 0.0
LOADS: Final = {
    "Paper Round, 100 a second": IDLE,
    "and a digest every 2 s": EVERY,
    "and digests without pause": PAUSELESS,
}
"""What else is done while a hundred reactions a second come in: the seconds from one build's beginning to the next one's."""


@dataclass(frozen=True)
class Result:
    """What one round gave."""

    rate: float
    p50: float
    p99: float
    refused: int


def bodies(count: int, salt: str) -> list[tuple[bytes, dict[str, str]]]:
    """Reactions of forty members on 120 messages, signed."""
    made = []
    for number in range(count):
        item = {"type": "message", "channel": "C1", "ts": f"{1755410000 + number % MESSAGES}.000100"}
        inner = {
            "type": "reaction_added" if number % 3 else "reaction_removed",
            "user": f"U{number % MEMBERS}",
            "reaction": "star",
            "item": item,
            "item_user": BOT,
            "event_ts": f"{1755414000 + number}.000100",
        }
        body = json.dumps(event(inner, f"Ev{salt}{number:08}")).encode()
        made.append((body, {"Content-Type": "application/json", **signed(body)}))
    return made


# ---- the contestants, each in a process of its own


def bare(bound: socket.socket) -> None:
    """A bolt app that acknowledges."""
    from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
    from slack_bolt.async_app import AsyncApp
    from slack_bolt.authorization import AuthorizeResult

    async def authorize(**_: Any) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=None, team_id="T1", bot_id="BBOT", bot_user_id=BOT, bot_token="xoxb-test")

    async def nothing() -> None:
        pass

    app = AsyncApp(signing_secret=SECRET, authorize=authorize)
    app.event("reaction_added")(nothing)
    app.event("reaction_removed")(nothing)
    handler = AsyncSlackRequestHandler(app)

    async def receive(request: Any) -> Any:
        return await handler.handle(request)

    serve(Starlette(routes=[Route("/slack/events", receive, methods=["POST"])]), bound)


def ours(bound: socket.socket, folder: str, api_url: str, busy: Any) -> None:
    """Paper Round's door, recorder and database. While `busy` is no less than 0, a digest is built every so many seconds."""
    asyncio.run(_ours(bound, f"sqlite:///{folder}/events.db", api_url, busy))


async def _ours(bound: socket.socket, address: str, api_url: str, busy: Any) -> None:
    from datetime import UTC, datetime

    from adapters.slack.workspace import SlackPlatform, Tokens
    from adapters.storage.database import create_engine
    from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
    from bot.usecases.record import Recorder
    from scheduler.runner import tune_interpreter

    engine = create_engine(address)
    unit_of_work = SqlUnitOfWorkFactory(engine)
    room = SlackPlatform(Tokens(bot="xoxb-test", signing_secret=SECRET, api_url=api_url), [CHANNEL])
    recorder = Recorder(unit_of_work, lambda: datetime.now(UTC), {})
    await room.chat.listen(recorder.receive)
    for number in range(MEMBERS):
        await room.people.person(f"U{number}")
    tune_interpreter()  # as the service does when it begins
    work = asyncio.create_task(_build(unit_of_work.reading, busy))
    await serving(Starlette(routes=room.routes())).serve([bound])
    work.cancel()
    await room.chat.close()
    await engine.dispose()


async def _build(unit_of_work: Any, busy: Any) -> None:
    from adapters.sources.catalog import specs
    from benchmarks.digest import WEEK
    from benchmarks.local_feeds import NOW
    from bot.due import channel_window
    from bot.rendering import render
    from bot.usecases.compile import compile_digest

    sources, window = specs(), channel_window(CHANNEL, WEEK)
    while True:
        began, every = time.perf_counter(), busy.value
        if every >= 0:
            render(await compile_digest(CHANNEL, WEEK, window, unit_of_work, specs=sources, now=NOW), CHANNEL)
        await asyncio.sleep(max(0.0 if every >= 0 else 0.05, began + every - time.perf_counter()))


def serve(app: Starlette, bound: socket.socket) -> None:
    asyncio.run(serving(app).serve([bound]))


def serving(app: Starlette) -> uvicorn.Server:
    """A server for an application, as a contestant runs it."""
    return uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))


async def prepared(folder: str) -> None:
    """A database with 2,000 works, and a digest of 120 messages that were posted."""
    from adapters.storage.database import create_engine
    from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
    from benchmarks.digest import filled

    address = f"sqlite:///{folder}/events.db"
    await filled(address)
    engine = create_engine(address)
    async with SqlUnitOfWorkFactory(engine)() as uow:
        await uow.postings.plan(postings())
        for posting in postings():
            await uow.postings.save(posting)
        await uow.commit()
    await engine.dispose()


def postings() -> list[Posting]:
    """The postings of a digest of 120 messages that were sent."""
    from benchmarks.local_feeds import NOW

    return [_posting(number, NOW) for number in range(MESSAGES)]


def _posting(number: int, at: Any) -> Posting:
    ref = MessageRef(platform="slack", channel_id="C1", message_id=f"{1755410000 + number % MESSAGES}.000100")
    return Posting(
        channel=CHANNEL.name,
        week="2026-W33",
        part=number,
        key=f"key{number}",
        item_key=f"arxiv:2608.{number:05d}",
        state=PostingState.POSTED,
        attempt=1,
        attempted_at=at,
        ref=ref,
    )


# ---- the callers


async def run(url: str, load: list[tuple[bytes, dict[str, str]]], callers: int, rate: float | None = None) -> Result:
    """Post the whole load as fast as it is acknowledged, or so many a second."""
    waiting, took, refused = iter(enumerate(load)), [], 0
    started = time.perf_counter()

    async def call(session: aiohttp.ClientSession) -> None:
        nonlocal refused
        for number, (body, headers) in waiting:
            if rate:
                await asyncio.sleep(max(0.0, started + number / rate - time.perf_counter()))
            began = time.perf_counter()
            async with session.post(url, data=body, headers=headers) as answer:
                await answer.read()
            took.append(time.perf_counter() - began)
            refused += answer.status != 200

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=callers)) as session:
        began = time.perf_counter()
        await asyncio.gather(*(call(session) for _ in range(callers)))
        wall = time.perf_counter() - began
    cuts = statistics.quantiles(took, n=100)
    return Result(len(load) / wall, cuts[49] * 1000, cuts[98] * 1000, refused)


@contextlib.contextmanager
def contestant(target: Any, *arguments: Any) -> Any:
    """Run one in a process of its own; give where it listens."""
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    process = multiprocessing.get_context("fork").Process(target=target, args=(bound, *arguments))
    process.start()
    port = bound.getsockname()[1]
    bound.close()
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/slack/events"
    finally:
        process.terminate()
        process.join(10)


async def compare(arguments: argparse.Namespace, folder: str) -> None:
    await prepared(folder)
    busy = multiprocessing.get_context("fork").Value("d", IDLE)
    rounds: dict[str, list[Result]] = {
        name: [] for name in ("bare bolt", "bare bolt, 100 a second", "Paper Round", *LOADS)
    }
    async with fake_slack() as slack:
        for number in range(MEMBERS):
            slack.users[f"U{number}"] = {"id": f"U{number}", "team_id": "T1", "name": f"member {number}"}
        loop = asyncio.get_running_loop()
        with contextlib.ExitStack() as stack:
            enter = stack.enter_context
            bolt = await loop.run_in_executor(None, enter, contestant(bare))
            own = await loop.run_in_executor(None, enter, contestant(ours, folder, slack.url + "api/", busy))
            await run(bolt, bodies(200, "w"), arguments.callers)
            await run(own, bodies(200, "w"), arguments.callers)
            for number in range(ROUNDS):
                rounds["bare bolt"].append(
                    await run(bolt, bodies(arguments.reactions, f"b{number}"), arguments.callers)
                )
                rounds["Paper Round"].append(
                    await run(own, bodies(arguments.reactions, f"o{number}"), arguments.callers)
                )
                paced = bodies(arguments.reactions // 3, f"p{number}")
                rounds["bare bolt, 100 a second"].append(await run(bolt, paced, arguments.callers, PACED))
                for place, (name, every) in enumerate(LOADS.items()):
                    busy.value = every
                    load = bodies(arguments.reactions // 3, f"c{place}{number}")
                    rounds[name].append(await run(own, load, arguments.callers, PACED))
                    busy.value = IDLE
                    await asyncio.sleep(0.5)
    show(rounds)


# ---- from a tap to the redrawn card


async def presses(arguments: argparse.Namespace, folder: str) -> None:
    """Press buttons as a lively team does, and tell how long a tap takes to be on its card."""
    from adapters.storage.migrations import migrate

    address = f"sqlite:///{folder}/presses.db"
    async with fake_slack() as slack, _whole(slack, address, migrate) as (room, cards, settled):
        shown: dict[str, list[float]] = {card: [] for card in cards}
        update = slack._chat_update  # noqa: SLF001 - where the fake is told of a redraw

        def noted(call: dict[str, Any]) -> Any:
            # A press is shown from the first drawing on that counts as many deciders as had pressed by then.
            counted = sum(map(deciders, call["blocks"]))
            drawn = shown[call["ts"]]
            drawn += [time.perf_counter()] * (counted - len(drawn))
            return update(call)

        slack._chat_update = noted  # type: ignore[assignment, method-assign] # noqa: SLF001 - as above
        people = [slack.person(f"member{number}") for number in range(MEMBERS)]
        for user in people:
            await room.people.person(user)
        pressed: dict[str, list[float]] = {card: [] for card in cards}
        button = {"action_id": "press:0", "value": "press 1/must-read"}
        tasks = []
        for number in range(arguments.presses):
            card = cards[number % len(cards)]
            pressed[card].append(time.perf_counter())
            tasks.append(asyncio.create_task(slack.press(people[number // len(cards)], button, message=card)))
            await asyncio.sleep(1 / arguments.rate)
        await asyncio.gather(*tasks)
        await settled()
    took = [seen - at for card in cards for at, seen in zip(pressed[card], shown[card], strict=False)]
    cuts = statistics.quantiles(took, n=100)
    print(
        f"{arguments.rate:g} taps a second on {len(cards)} cards: p50 {cuts[49] * 1000:.0f} ms, p99 {cuts[98] * 1000:.0f} ms; "
        f"{len(took)} of {arguments.presses} taps shown"
    )


def deciders(block: dict[str, Any]) -> int:
    """How many must-read deciders a block of a card names or counts."""
    texts = [one["text"] for one in block.get("elements", ())] if block["type"] == "context" else []
    named = next((text.removeprefix("⭐ ") for text in texts if isinstance(text, str) and text.startswith("⭐ ")), "")
    names, _, more = named.partition(" and ")
    return (names.count(",") + 1 if names else 0) + (int(more.split()[0]) if more else 0)


@contextlib.asynccontextmanager
async def _whole(slack: Any, address: str, migrate: Any) -> Any:
    """Paper Round with one digest posted on the fake; gives the room, its cards' messages, and what waits until all is drawn."""
    from datetime import UTC, datetime

    from adapters.slack.workspace import SlackPlatform, Tokens
    from adapters.storage.database import create_engine
    from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
    from bot.usecases.deliver import deliver, freeze
    from bot.usecases.record import Recorder
    from bot.usecases.redraw import Redrawer, one_by_one
    from tests.factories import WEEK, digest_of

    engine = create_engine(address)
    await migrate(engine)
    units = SqlUnitOfWorkFactory(engine)
    room = SlackPlatform(Tokens(bot="xoxb-test", signing_secret=SECRET, api_url=slack.url + "api/"), [CHANNEL])

    async def channels() -> list[Channel]:
        return [CHANNEL]

    redrawer = Redrawer({"slack": room.chat}, channels, units)
    recorder = Recorder(units, lambda: datetime.now(UTC), {}, changed=one_by_one(redrawer.changed), channels=channels)
    slack.serve_to(Starlette(routes=room.routes()))
    await room.chat.listen(recorder.receive)
    await freeze(digest_of([f"arxiv:2608.{n:05d}" for n in range(10)]), CHANNEL, units)
    await deliver(CHANNEL, WEEK, room.chat, units, lambda: datetime.now(UTC), owner="we")
    cards = [one["ts"] for one in slack.sent()][1:11]

    async def settled() -> None:
        await recorder.settle()
        await asyncio.sleep(4)

    yield room, cards, settled
    await room.chat.close()
    await engine.dispose()


def show(rounds: dict[str, list[Result]]) -> None:
    base = statistics.median(one.rate for one in rounds["bare bolt"])
    print(f"{'':24} {'per second':>10} {'of bolt':>8} {'p50 ms':>7} {'p99 ms':>7} {'refused':>8}")
    for name, results in rounds.items():
        rate = statistics.median(one.rate for one in results)
        p50, p99 = (statistics.median(getattr(one, cut) for one in results) for cut in ("p50", "p99"))
        print(f"{name:24} {rate:10.0f} {rate / base:8.0%} {p50:7.1f} {p99:7.1f} {sum(r.refused for r in results):8}")


def main() -> None:
    reader = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", 1)[0])
    reader.add_argument("--reactions", type=int, default=3000)
    reader.add_argument("--callers", type=int, default=32)
    reader.add_argument("--presses", type=int, default=0, help="press so many buttons, and nothing else")
    reader.add_argument("--rate", type=float, default=0.6, help="how many a second")
    arguments = reader.parse_args()
    if arguments.presses:
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(presses(arguments, folder))
        return
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(
        f"{arguments.reactions} reactions, {arguments.callers} callers; {os.cpu_count()} cores, load before: {load}\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(compare(arguments, folder))


if __name__ == "__main__":
    main()
