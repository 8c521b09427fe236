"""A full disk is neither health nor the end: it is told, what is due waits, and what was not acknowledged is not half there."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest

from tests.fake_slack import START
from tests.local_server import Canned, LocalServer, free_port, local_server
from tests.scenarios.program import Program
from tests.scenarios.test_shutdown import Running, configuration, up
from tests.scenarios.variants import QUICK
from tests.small_disk import SmallDisk, small_disk
from tests.waiting import PATIENCE

pytestmark = pytest.mark.process

FULL = "The disk of this machine is full"


@pytest.fixture
def disk() -> Iterator[SmallDisk]:
    with small_disk() as disk:
        yield disk


@pytest.fixture
async def server() -> AsyncIterator[LocalServer]:
    async with local_server() as server:
        yield server


@pytest.fixture
def program(disk: SmallDisk, server: LocalServer, tmp_path: Path) -> Iterator[Program]:
    program = Program(disk.path, now=(START - timedelta(seconds=20)).isoformat(), runs=QUICK, logs=tmp_path)
    program.configured(configuration(server.on("/feed", Canned(feed()))))
    yield program
    program.stop()


def feed() -> bytes:
    """A feed of twenty long entries, which take a megabyte to store."""
    at = format_datetime(START - timedelta(days=1))
    items = "".join(
        f"<item><title>Note {number} on {'kernels attention pruning retrieval'.split()[number % 4]}</title>"
        f"<link>https://lab.example/{number}</link><guid>{number}</guid><pubDate>{at}</pubDate>"
        f"<description>{f'What we learnt of it, the {number}. time. ' * 400}</description></item>"
        for number in range(20)
    )
    return f"<rss version='2.0'><channel><title>Lab</title>{items}</channel></rss>".encode()


def address(running: Running) -> str:
    return next(line for line in running.said if line.startswith("Paper Round is at")).split()[4]


async def readiness(url: str) -> dict:
    async with httpx.AsyncClient() as browser:
        return (await browser.get(f"{url}/readyz")).json()


async def until_ready(url: str, *, ready: bool = True) -> None:
    async with asyncio.timeout(PATIENCE):
        while (await readiness(url))["ready"] is not ready:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.2)


async def test_it_fills_in_the_first_delivery(disk: SmallDisk, program: Program, server: LocalServer) -> None:
    """
    The service goes on, says that the disk is full and which, is not ready meanwhile, and asks no source over and over. Once there
    is room, the digest comes, whole and once.
    """
    program.run("migrate")
    disk.fill(leaving=200_000)

    async with up(program) as running:
        await running.until(f"the disk at {disk.path} is full. Make room there")
        await running.until("The first work waits")
        await until_ready(address(running), ready=False)
        assert "is on a full disk" == (await readiness(address(running)))["not_ready"]["database"]
        await asyncio.sleep(3)
        assert running.process.poll() is None
        assert len(server.asked) <= 3
        assert not any("Traceback" in line for line in running.said)

        disk.free()
        async with asyncio.timeout(PATIENCE):
            while not (digests := await asyncio.to_thread(shown, program)):  # noqa: ASYNC110 - another process
                await asyncio.sleep(1)
        await until_ready(address(running))
        running.process.terminate()
        assert 0 == (await running.ends(25))[0]
    assert digests == 1


def shown(program: Program) -> int:
    """How many channels have a digest of which everything is sent."""
    last = [one["last_digest"] for one in program.document("status")["channels"]]
    return sum(1 for one in last if one and one["sent"] == one["messages"])


async def test_what_people_do_meanwhile(disk: SmallDisk, program: Program) -> None:
    """
    A reaction and a reply on a full disk are refused with the reason, and nothing of them is kept, not even half; the same ones are
    taken once there is room.
    """
    async with up(program) as running:
        await running.until("Open http")
        url = address(running)
        page = httpx.AsyncClient(base_url=url, headers={"Sec-Fetch-Site": "same-origin", "Accept": "application/json"})
        async with page:
            card = (await page.get("/c/general", headers={"Accept": "text/html"})).text.split('id="m-')[2].split('"')[0]
            acts = {
                f"/c/general/m/{card}/reactions": {"name": "Ada", "put": "⭐"},
                f"/c/general/m/{card}/replies": {"name": "Ada", "text": "Worth an hour of yours.", "token": "1"},
            }
            await page.post("/you", data={"name": "Ada"})
            disk.fill()
            await until_ready(url, ready=False)
            for act, form in acts.items():
                answer = await page.post(act, data=form)
                assert (503, True) == (answer.status_code, answer.json()["say"].startswith(FULL))
            assert "Worth an hour" not in (await page.get("/c/general", headers={"Accept": "text/html"})).text
            assert ([], []) == await asyncio.to_thread(kept, program)

            disk.free()
            for act, form in acts.items():
                answer = await page.post(act, data=form)
                assert (200, True) == (answer.status_code, answer.json()["recorded"])
        assert (["must-read"], ["Worth an hour of yours."]) == await asyncio.to_thread(kept, program)
        await until_ready(url)
        running.process.terminate()
        await running.ends(25)


def kept(program: Program) -> tuple[list[str], list[str]]:
    """What people decided and wrote."""
    items = program.document("export")["items"]
    decisions = [one["decision"] for item in items for one in item["decisions"]]
    return decisions, [one["text"] for item in items for one in item["summaries"]]


async def test_every_command(disk: SmallDisk, program: Program) -> None:
    """On a full disk every command says so, and which disk it is, and ends with code 1; none speaks of network drives."""
    assert 0 == (await asyncio.to_thread(program.run, "collect")).returncode
    disk.fill()

    commands = (
        "status",
        "collect",
        "post",
        "export --format json",
        "doctor",
        "migrate",
        "backup copy.db",
        "sources list",
        "up --port 0",
    )
    for command in commands:
        done = await asyncio.to_thread(program.run, *command.split())

        assert 1 == done.returncode, done.stdout + done.stderr
        assert f"the disk at {disk.path} is full. Make room there" in done.stderr.replace("\n", " ")
        assert "network" not in done.stderr
    disk.free()
    assert 0 == (await asyncio.to_thread(program.run, "status")).returncode


async def test_a_full_disk_under_a_log_that_was_long(disk: SmallDisk, program: Program) -> None:
    """Where the log has room for some writes more, doctor and status say all the same that the disk is full."""
    async with up(program) as running:
        await running.until("Open http")
        disk.fill()

        doctor, status = await asyncio.gather(*(asyncio.to_thread(program.run, one) for one in ("doctor", "status")))

        disk.free()
    assert 1 == doctor.returncode
    assert "NO  The database paperround.db is on a full disk" in doctor.stdout
    assert "paperround.db is on a full disk." in status.stdout


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
async def test_its_own_output_is_on_it(tmp_path: Path, unbuffered: str) -> None:
    """Standard output and standard error that take nothing any more end no service: it serves, and stops with code 0."""
    program, port = Program(tmp_path, environment={"PYTHONUNBUFFERED": unbuffered}), free_port()
    with open("/dev/full", "wb") as nothing_fits:  # noqa: ASYNC230, PTH123 - a device
        process = await asyncio.create_subprocess_exec(
            *program.command("up", "--port", str(port), "--sample"),
            cwd=program.folder, env=program.environ(), stdout=nothing_fits, stderr=nothing_fits,
        )  # fmt: skip
    try:
        await until_served(f"http://127.0.0.1:{port}", process)
        await asyncio.sleep(1)
        assert process.returncode is None
        process.terminate()
        assert 0 == await asyncio.wait_for(process.wait(), PATIENCE)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def until_served(url: str, process: asyncio.subprocess.Process) -> None:
    """Wait until the sample week can be read."""
    async with asyncio.timeout(PATIENCE), httpx.AsyncClient() as browser:
        while process.returncode is None:
            with contextlib.suppress(httpx.ConnectError):
                if "data-pick" in (await browser.get(f"{url}/c/general")).text:
                    return
            await asyncio.sleep(0.2)
    raise AssertionError(f"it ended with code {process.returncode}")
