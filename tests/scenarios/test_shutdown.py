"""Told to stop, the program is gone within 25 seconds whatever hangs, and at the next start nothing is missing and nothing twice."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from email.utils import format_datetime

import pytest

from tests.fake_slack import START, TOKEN, FakeSlack, Fault, fake_slack
from tests.local_server import Canned, LocalServer, local_server
from tests.scenarios.program import SIDE, FromDisk, Program
from tests.waiting import PATIENCE, until

pytestmark = pytest.mark.process

MOST = 25
"""Seconds from SIGTERM to the end: less than what systemd and Kubernetes give (90 and 30)."""

NEVER = 3600.0


@pytest.fixture(autouse=True)
def hangups_are_heard() -> Iterator[None]:
    """What is started here gets a hangup, also where the tests are run under `nohup`, which what is started would inherit."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


def feed(titles: list[str]) -> bytes:
    """A feed with news of the last days."""
    items = "".join(
        f"<item><title>{title}</title><link>https://lab.example/{number}</link><guid>{number}</guid>"
        f"<pubDate>{format_datetime(START - timedelta(days=number % 5, hours=3))}</pubDate></item>"
        for number, title in enumerate(titles, 1)
    )
    return f"<rss version='2.0'><channel><title>Lab</title>{items}</channel></rss>".encode()


def configuration(lab: str, *more: str) -> str:
    off = [f"[sources.{name}]\nenabled = false" for name in ("arxiv", "huggingface", "reddit-machinelearning", *SIDE)]
    mine = f'[sources.lab]\nkind = "feed"\nname = "Lab"\nurl = "{lab}"'
    return "\n".join(["[fetch]\nallow_private = true\ndeadline_seconds = 300", mine, *off, *more])


STARTING = """
import os, signal, sys
from importlib import import_module
from scheduler.__main__ import main

module, name = {where!r}.split(":")
owner = import_module(module)
for part in name.split(".")[:-1]:
    owner = getattr(owner, part)
name = name.split(".")[-1]
before = getattr(owner, name)

def stopped(*given, **named):
    os.kill(os.getpid(), signal.{number})
    return before(*given, **named)

setattr(owner, name, stopped)
sys.argv = ["paperround", "up", "--port", "0"]
main()
"""
"""The program, which is told to stop in one of the steps of its start."""

STUCK = """
import sys, time
from scheduler import runner
from scheduler.__main__ import main

async def stuck(*_: object) -> None:
    time.sleep(3600)  # the event loop turns no more

assert runner.LAST_SECONDS + 2 < {most}
runner.LAST_SECONDS = 2
runner.Runner._wind_down = stuck
sys.argv = ["paperround", "up", "--port", "0"]
main()
"""
"""The program with an event loop that stands still once it is to stop, and a watchdog that waits for two seconds."""

SLACK = '[[channels]]\nname = "papers"\nplatform = "slack"\nid = "C1"\nclassics = "off"'


class Running:
    """The service, while it runs and when it has ended."""

    def __init__(self, program: Program) -> None:
        assert program.running
        self.program = program
        self.process = program.running

    @property
    def said(self) -> list[str]:
        return self.program.said

    async def until(self, words: str, seconds: float = PATIENCE) -> None:
        def is_said() -> bool:
            ended = self.process.poll() is not None
            said = any(words in line for line in self.said)
            assert said or not ended, self.said
            return said

        await until(is_said, seconds)

    async def ends(self, seconds: float) -> tuple[int, float]:
        """Give the exit code, and how many seconds it took from now."""
        began = time.monotonic()
        await until(lambda: self.process.poll() is not None, max(seconds, PATIENCE))
        return self.process.returncode, time.monotonic() - began


class Instead(FromDisk):
    """Other code that runs the service, and says itself by which command."""

    code: str

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-u", "-c", self.code]


def instead(program: Program, code: str) -> Instead:
    """The same folder, hour and environment, with `code` in place of `paperround up`."""
    found = Instead(program.folder, program.now, program.environment)
    found.code = code
    return found


@asynccontextmanager
async def up(program: Program, slack_url: str = "") -> AsyncIterator[Running]:
    """Run `paperround up`, which writes each line at once."""
    program.environment["PYTHONUNBUFFERED"] = "1"
    if slack_url:
        program.environment |= {"SLACK_BOT_TOKEN": TOKEN, "SLACK_API_URL": slack_url}
    program.begin()
    try:
        yield Running(program)
    finally:
        process, program.running = program.running, None
        process.kill()
        process.wait()


async def hangs(writer: asyncio.StreamWriter) -> None:
    """Take the question, and say nothing for ever."""
    await asyncio.sleep(NEVER)


async def first_message(slack: FakeSlack) -> None:
    """Wait until Slack has the first message."""
    await until(slack.sent)


async def asked(server: LocalServer, times: int = 1) -> None:
    await until(lambda: len(server.asked) >= times)


@pytest.mark.parametrize("number", ["SIGTERM", "SIGINT", "SIGHUP"])
@pytest.mark.parametrize(
    "where",
    [
        "scheduler.cli:app",
        "scheduler.bootstrap:configuration",
        "adapters.storage.migrations:_upgrade",
        "adapters.storage.instance:alone_on",
        "scheduler.runner:listening_socket",
        "scheduler.runner:Runner.serve",
    ],
)
async def test_while_it_starts(program: Program, where: str, number: str) -> None:
    """In every step of its start it ends at once with code 0, as later, and the next start is as if nothing had been."""
    async with local_server() as server:
        program.configured(configuration(server.on("/feed", Canned(feed(["One", "Two"])))))
        async with up(instead(program, STARTING.format(where=where, number=number))) as running:
            code, _ = await running.ends(MOST)
        assert (0, "Stopped.") == (code, running.said[-1]), running.said

    assert 0 == (await asyncio.to_thread(program.run, "status")).returncode


async def test_in_the_first_second(program: Program) -> None:
    """While its modules are still being loaded, too."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-X", "importtime", "-m", "scheduler", "up", "--port", "0"), cwd=program.folder, env=program.environ(),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async for line in process.stderr:
        if line.split()[-1] in {b"typer", b"click", b"rich"}:
            break
    process.terminate()
    said, _ = await asyncio.wait_for(process.communicate(), PATIENCE)

    assert 0 == process.returncode
    assert b"Stopped." in said


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_a_source_that_hangs(program: Program, number: signal.Signals) -> None:
    """While a source hangs, in the very first collect, one signal ends the program at once: nothing is lost with an answer."""
    async with local_server() as server:
        program.configured(configuration(server.on("/feed", hangs)))
        async with up(program) as running:
            await asked(server)
            running.process.send_signal(number)
            code, took = await running.ends(MOST)

    assert 0 == code, running.said
    assert took < 9, "what runs has ten seconds to come to its end"
    assert "Stopped." == running.said[-1]


async def test_a_second_signal(program: Program) -> None:
    """While a message is on its way, the first SIGTERM waits for it and says so; a second one ends the program at once."""
    program.now = (START - timedelta(seconds=20)).isoformat()
    async with local_server() as server, fake_slack() as slack:
        slack.faults["chat.postMessage"] = [Fault(after=True, slow=NEVER)] * 9
        program.configured(configuration(server.on("/feed", Canned(feed(["One", "Two"]))), SLACK))
        async with up(program, f"{slack.url}api/") as running:
            await first_message(slack)
            running.process.terminate()
            await running.until("Stopping:")
            running.process.terminate()
            code, took = await running.ends(MOST)

    assert 128 + signal.SIGTERM == code
    assert took < 9, "a message on its way has ten seconds to arrive"


async def test_one_signal_that_comes_twice(program: Program) -> None:
    """`timeout` sends its signal to the process and to its group: that is no haste, and what is under way comes to its end."""
    program.now = (START - timedelta(seconds=20)).isoformat()
    async with local_server() as server, fake_slack() as slack:
        slack.faults["chat.postMessage"] = [Fault(after=True, slow=1.0)] * 2
        program.configured(configuration(server.on("/feed", Canned(feed(["One", "Two"]))), SLACK))
        async with up(program, f"{slack.url}api/") as running:
            await first_message(slack)
            running.process.terminate()
            await asyncio.sleep(0.05)
            running.process.terminate()
            code, _ = await running.ends(MOST)

    assert (0, "Stopped.") == (code, running.said[-1]), running.said


async def test_nothing_hangs(program: Program) -> None:
    """With nothing to do, it waits for none of the times that its phases may take, and is gone."""
    async with local_server() as server:
        program.configured(configuration(server.on("/feed", Canned(feed(["One", "Two"])))))
        async with up(program) as running:
            await running.until("Open http")
            running.process.terminate()
            code, took = await running.ends(MOST)

    assert 0 == code, running.said
    assert took < 9


async def test_a_loop_that_stands_still(program: Program) -> None:
    """Where not even the event loop turns any more, the watchdog ends the program in time, and says that nothing is lost."""
    async with local_server() as server:
        program.configured(configuration(server.on("/feed", Canned(feed(["One", "Two"])))))
        async with up(instead(program, STUCK.format(most=MOST))) as running:
            await running.until("Open http")
            running.process.terminate()
            code, took = await running.ends(MOST)

    assert 1 == code, running.said
    assert 1 < took < MOST
    # Python's own resource tracker may say something behind it, as of every process that is ended at once.
    assert any("Nothing is lost" in line for line in running.said), running.said


async def test_a_chat_that_hangs_at_every_word(program: Program) -> None:
    """A platform that takes every question and answers none keeps neither the local channel waiting nor the program from its end."""
    async with local_server() as server:
        for method in ("auth.test", "conversations.info", "conversations.list", "chat.postMessage"):
            server.on(f"/api/{method}", hangs)
        lab = server.on("/feed", Canned(feed(["One", "Two"])))
        program.configured(configuration(lab, '[[channels]]\nname = "here"\nclassics = "off"', SLACK))
        async with up(program, f"{server.url}/api/") as running:
            await asked(server, 2)

            async def is_exported() -> bool:
                items = (await asyncio.to_thread(program.document, "export"))["items"]
                return {"One", "Two"} == {item["title"] for item in items}

            await until(is_exported)
            running.process.terminate()
            code, took = await running.ends(MOST)

    assert 0 == code, running.said
    assert took < MOST


async def test_a_message_on_its_way(program: Program) -> None:
    """
    Slack takes a message and hangs before it answers; the program is stopped. Started again, it finds that message, sends the others,
    and none twice.
    """
    program.now = (START - timedelta(seconds=20)).isoformat()
    async with local_server() as server, fake_slack() as slack:
        slack.faults["chat.postMessage"] = [Fault(after=True, slow=NEVER)] * 9
        program.configured(configuration(server.on("/feed", Canned(feed(["One", "Two", "Three"]))), SLACK))
        async with up(program, f"{slack.url}api/") as running:
            await first_message(slack)
            running.process.terminate()
            code, took = await running.ends(MOST)
        before = len(slack.sent())

        slack.faults.clear()
        async with up(program, f"{slack.url}api/") as again:
            await again.until("Open http")
            again.process.terminate()
            await again.ends(MOST)

    assert (0, 1) == (code, before), running.said
    assert took < MOST
    keys = [message["metadata"]["event_payload"]["key"] for message in slack.sent()]
    assert len(keys) == len(set(keys)) == 5  # the head, three picks, the foot
