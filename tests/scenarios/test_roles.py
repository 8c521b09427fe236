"""The service as several processes on PostgreSQL: each with its part, one clock, and nothing twice."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.queue.shared import SharedQueue
from adapters.storage.health import FOLLOWS
from adapters.web.channel.chat import WebChannel
from adapters.web.channel.store import BoardStore
from bot.errors import UsageError
from bot.model import Channel
from bot.ports import JobRequest
from scheduler.bootstrap.queue import prepare_queue
from tests.adapters.web.demo import head
from tests.databases import new_postgresql, opened, rights_on_rows
from tests.scenarios.site import LONG, Site
from tests.waiting import until

pytestmark = [pytest.mark.process]


def is_ready(address: str) -> bool:
    try:
        return bool(json.loads(got(f"{address}/readyz"))["ready"])
    except urllib.error.HTTPError:
        return False


def got(address: str) -> str:
    with urllib.request.urlopen(address, timeout=10) as answer:
        return str(answer.read().decode())


@pytest.mark.parametrize("role", ["web", "worker", "clock", "discord"])
def test_refused_on_sqlite(role: str, tmp_path: Path) -> None:
    """On SQLite a role is refused before anything is opened, with the reason and what to do."""
    site = Site(tmp_path, "sqlite:///papers.db")
    done = subprocess.run(
        [sys.executable, "-m", "scheduler", role],
        cwd=tmp_path,
        env=site.env,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "one writer" in done.stderr.replace("\n", " ")
    assert "paperround up" in done.stderr.replace("\n", " ")
    assert "paperround move" in done.stderr.replace("\n", " ")
    assert not (tmp_path / "papers.db").exists()


@pytest.mark.postgres
async def test_without_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the queue's package is not installed, a role says what to install, and makes nothing in the database."""
    for name in [one for one in sys.modules if one.partition(".")[0] == "procrastinate"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "procrastinate", None)
    async with opened(await new_postgresql()) as engine:
        with pytest.raises(UsageError, match=r"pip install 'paperround\[postgres\]'"):
            await prepare_queue(engine)
        async with engine.connect() as connection:
            assert await connection.scalar(text("SELECT to_regclass('queue_migrations')")) is None


@pytest.mark.postgres
async def test_web_worker_and_clock(tmp_path: Path, sites: list[Site]) -> None:
    """
    The clock wakes, the worker looks what is due, the page is served and told of it; each stops at once when it is asked to, with
    code 0. Two webs and two clocks get along.
    """
    database = await new_postgresql()
    site = Site(tmp_path, database)
    sites.append(site)
    site.start("web", "web", "--port", "0")
    line = site.until_said("web", "Paper Round is at ")
    address = line.split()[4]
    site.start("web 2", "web", "--port", "0")
    for name in ("clock", "clock 2"):
        site.start(name, "clock")
    site.start("worker", "worker", "--concurrency", "2", "--port", "0")
    machines = site.until_said("worker", "Health and metrics are at ").split()[-1]
    site.until_said("web 2", "Paper Round is at ")
    async with opened(database) as engine:
        ends = time.monotonic() + LONG
        while True:
            async with engine.connect() as connection:
                if await connection.scalar(text("SELECT text FROM notes WHERE name = 'ticked'")):
                    break
            assert time.monotonic() < ends, site.said("worker")
            time.sleep(0.2)  # noqa: ASYNC251 - other processes do it

    await until(lambda: is_ready(address))
    told = got(f"{machines}/metrics")
    assert 'paperround_deliveries_bound{platform="web",state="running"} 2.0' in told
    assert 'paperround_ready{part="work"} 1.0' in told
    assert 'paperround_ready{part="database"} 1.0' in told
    codes = {name: site.stop(name) for name in site.processes}
    assert codes == dict.fromkeys(site.processes, 0), {name: site.said(name)[-800:] for name in site.processes}


@pytest.mark.postgres
async def test_a_server_that_follows_another(tmp_path: Path, sites: list[Site]) -> None:
    """
    Started while the database's server takes no writes, as amid a failover, roles and `up` are there and not ready, and work once it takes them; none of
    them has to be started again.
    """
    database = await new_postgresql()
    site = Site(tmp_path, database)
    sites.append(site)
    site.told("migrate")
    site.told("collect")  # which notes the channels of the file
    await follows(database, following=True)
    commands = {"up": "Paper Round is at ", "web": "Paper Round is at ", "worker": "Health and", "clock": "Health and"}
    for name in commands:
        site.start(name, name, "--port", "0")
    addresses = {
        name: next(word for word in site.until_said(name, words).split() if word.startswith("http"))
        for name, words in commands.items()
    }
    faults = {name: (await told_of(address))["database"] for name, address in addresses.items()}
    assert dict.fromkeys(addresses, FOLLOWS) == faults

    await follows(database, following=False)

    for name, address in addresses.items():
        assert await until(lambda address=address: is_ready(address)), site.said(name)
    codes = {name: site.stop(name) for name in site.processes}
    assert codes == dict.fromkeys(site.processes, 0), {name: site.said(name)[-800:] for name in site.processes}


async def follows(database: str, *, following: bool) -> None:
    """Let a database take no writes, or take them again, as when its server is promoted: its connections end."""
    writable = make_url(database).update_query_dict({"options": "-c default_transaction_read_only=off"})
    async with opened(writable.render_as_string(hide_password=False)) as engine, engine.begin() as connection:
        name = make_url(database).database
        await connection.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {following}'))
        others = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name AND pid <> pg_backend_pid()"
        )
        await connection.execute(text(others), {"name": name})


async def told_of(address: str) -> dict[str, str | None]:
    """Each part that /readyz names, with what is wrong with it."""
    async with httpx.AsyncClient() as client:
        said = (await client.get(f"{address}/readyz")).json()
    return {**said["not_ready"], **dict.fromkeys(said["well"])}


@pytest.mark.postgres
async def test_jobs_of_another_version(tmp_path: Path, sites: list[Site]) -> None:
    """Jobs that a newer version put in, and those of a platform that is not set up, are told of by status, doctor and metrics, with what to do."""
    database = await new_postgresql()
    site = Site(tmp_path, database)
    sites.append(site)
    site.start("worker", "worker", "--port", "0")
    machines = site.until_said("worker", "Health and metrics are at ").split()[-1]
    assert not json.loads(site.told("status", "--json"))["untaken_jobs"]
    newer = SharedQueue(database)
    await newer.defer(
        JobRequest(name="tomorrow", subject="x", queue="schedule"),
        JobRequest(name="tick", queue="schedule", arguments={"only": "vision"}),
        JobRequest(name="digest", subject="vision", queue="pigeon"),
    )
    await newer.close()
    for job in ("tomorrow/x", "tick"):
        site.until_said("worker", f"The job {job} is of another version of Paper Round")
    async with opened(database) as engine, engine.begin() as connection:
        earlier = (datetime.now(UTC) - timedelta(hours=1)).replace(microsecond=0)
        await connection.execute(text("UPDATE procrastinate_events SET at = :at"), {"at": earlier})

    line = (
        "3 jobs wait that no worker takes: 1 digest in the queue pigeon, 1 tick in the queue schedule, 1 tomorrow in the queue schedule; put in since "
        f"{earlier:%Y-%m-%d %H:%M} UTC"
    )
    status, doctor = (" ".join(said.split()) for said in (site.told("status"), site.told("doctor", code=1)))
    assert f"{line}. They are of another version" in status
    assert "Start a `paperround worker` of that version" in status
    assert f"NO {line}" in doctor
    found = json.loads(site.told("status", "--json"))
    tomorrow = {"name": "tomorrow", "queue": "schedule", "number": 1, "since": earlier.isoformat()}
    assert (False, tomorrow) == (found["well"], found["untaken_jobs"][-1])
    assert 'paperround_jobs{queue="schedule",state="unknown"} 2.0' in got(f"{machines}/metrics")


@pytest.mark.postgres
async def test_a_queue_of_another_version(tmp_path: Path, sites: list[Site]) -> None:
    """Where a newer procrastinate has changed the queue's tables, a worker ends as with our own, and then refuses to start and says what to install."""
    database = await new_postgresql()
    site = Site(tmp_path, database)
    sites.append(site)
    site.start("worker", "worker", "--port", "0")
    site.until_said("worker", "(Ctrl-C stops it)")
    async with opened(database) as engine, engine.begin() as connection:
        await connection.execute(text("INSERT INTO queue_migrations VALUES ('99.00.00_01_pre_tomorrow.sql')"))
    assert site.processes["worker"].wait(LONG) == 1, site.said("worker")[-800:]
    assert "another revision ('procrastinate 99.00.00_01_pre_tomorrow.sql')" in " ".join(site.said("worker").split())
    site.start("again", "worker")
    assert site.processes["again"].wait(LONG) == 2
    said = " ".join(site.said("again").split())
    assert "are those of a newer procrastinate" in said
    assert "pip install --upgrade 'paperround[postgres]'" in said
    assert "Traceback" not in said


@pytest.mark.postgres
async def test_a_database_of_another_version(tmp_path: Path, sites: list[Site]) -> None:
    """
    Once a newer program has migrated the database, every process that was there before ends in order, with a code after which it is started again;
    the older program then refuses to start, and says what to do.
    """
    database = await new_postgresql()
    site = Site(tmp_path, database)
    sites.append(site)
    for name in ("web", "worker", "up"):
        site.start(name, name, "--port", "0")
    site.start("clock", "clock")
    for name in site.processes:
        site.until_said(name, "(Ctrl-C stops it)")
    async with opened(database) as engine:
        async with engine.begin() as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = '9999_tomorrow'"))
        codes = {name: process.wait(LONG) for name, process in site.processes.items()}
        assert codes == dict.fromkeys(site.processes, 1), {name: site.said(name)[-800:] for name in site.processes}
        for name in site.processes:
            assert '"action": "schema_changed"' in site.said(name)
            assert "Traceback" not in site.said(name)
        site.start("again", "worker")
        assert site.processes["again"].wait(LONG) == 2
        assert "was made by a newer Paper Round" in " ".join(site.said("again").split())


@pytest.mark.postgres
async def test_rights_on_rows(tmp_path: Path, sites: list[Site]) -> None:
    """After `paperround migrate` as the tables' owner every role, and `up`, runs as a user that may only read and write rows."""
    database = await new_postgresql()
    site = Site(tmp_path, database)
    sites.append(site)
    assert "is up to date" in site.told("migrate")
    user = f"rows_{uuid4().hex}"
    async with opened(database) as engine:
        async with engine.begin() as connection:
            await connection.exec_driver_sql(rights_on_rows(user))
        site.env["DATABASE_URL"] = make_url(database).set(username=user).render_as_string(hide_password=False)
        for name in ("web", "worker", "up"):
            site.start(name, name, "--port", "0")
        site.start("clock", "clock")
        for name in site.processes:
            site.until_said(name, "(Ctrl-C stops it)")
        ends = time.monotonic() + LONG
        while not await all_done(engine):
            assert time.monotonic() < ends, site.said("worker")
            await asyncio.sleep(0.2)
        assert "The PostgreSQL database" in site.told("migrate"), "there is nothing to do, which needs no rights"
        codes = {name: site.stop(name) for name in site.processes}
        assert codes == dict.fromkeys(site.processes, 0), {name: site.said(name)[-800:] for name in site.processes}
        for name in site.processes:
            assert "permission" not in site.said(name)
            assert "does not let this user" not in site.said(name)
        async with engine.begin() as connection:
            await connection.exec_driver_sql(f"DROP OWNED BY {user}; DROP ROLE {user}")


async def all_done(engine: AsyncEngine) -> bool:
    """Whether what is due was asked for, and everything that was put into the queue is done."""
    async with engine.connect() as connection:
        ticked = await connection.scalar(text("SELECT text FROM notes WHERE name = 'ticked'"))
        left = await connection.scalar(text("SELECT count(*) FROM procrastinate_jobs"))
        upkept = await connection.scalar(text("SELECT text FROM notes WHERE name = 'upkept'"))
        return bool(ticked and upkept and not left)


@pytest.mark.postgres
async def test_nobody_works(tmp_path: Path, sites: list[Site]) -> None:
    """A web answers, and is ready, though neither worker nor clock lives: status, doctor and the page say for how long, until somebody works."""
    database = await new_postgresql()
    site = Site(tmp_path, database)
    sites.append(site)
    site.told("migrate")
    assert "ok No worker or clock has worked yet: paperround worker and clock do" in site.told("doctor")
    site.start("web", "web", "--port", "0")
    address = site.until_said("web", "Paper Round is at ").split()[4]
    await until(lambda: is_ready(address))

    assert "No worker or clock has worked yet. See that" in site.told("status")
    assert "NO No worker or clock has worked yet" in site.told("doctor", code=1)

    async with opened(database) as engine:
        await ticked(engine, datetime(2026, 8, 17, 9, tzinfo=UTC) - timedelta(hours=170))
        assert "No worker or clock has worked for 7 days. See that `paperround clock`" in site.told("status")
        assert "NO No worker or clock has worked for 7 days" in site.told("doctor", code=1)
        assert "Nothing is collected or sent for now: no worker or clock has worked for 7 days." in got(address)
        found = json.loads(site.told("status", "--json"))
        assert (found["well"], found["work"]["idle"]) == (False, True)

        assert site.stop("web") == 0
        site.start("up", "up", "--port", "0")
        address = site.until_said("up", "Paper Round is at ").split()[4]
        assert "Nothing is collected" not in got(address)
        assert "No worker" not in site.told("status")
        assert not json.loads(site.told("status", "--json"))["work"]["idle"]
        assert "Somebody works: what is due was last looked for at" in site.told("doctor")


async def ticked(engine: AsyncEngine, at: datetime) -> None:
    """Have what is due asked for last at this instant."""
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO notes (name, text) VALUES ('ticked', :at) ON CONFLICT (name) DO UPDATE SET text = excluded.text"
            ),
            {"at": at.isoformat()},
        )


class Window:
    """An open window of a page: the changes that its server told it of. It is open once this is made."""

    def __init__(self, browser: httpx.Client, address: str) -> None:
        self.told: list[dict[str, object]] = []
        self._ready = False
        self._reading = Thread(target=self._read, args=(browser, address), daemon=True)
        self._reading.start()
        self._until(lambda: self._ready)

    def _read(self, browser: httpx.Client, address: str) -> None:
        # The server may be killed meanwhile.
        with contextlib.suppress(httpx.HTTPError), browser.stream("GET", f"{address}/events", timeout=None) as answer:
            event = ""
            for line in answer.iter_lines():
                name, _, value = line.partition(": ")
                event = value if name == "event" else event
                self._ready |= event == "ready"
                if name == "data" and event == "changed":
                    self.told.append(json.loads(value))

    def hears(self, message: str) -> None:
        """Wait until it is told that a message has changed."""
        self._until(lambda: message in {one["message"] for one in self.told})

    def ends(self) -> bool:
        """Whether the server has ended it, within some seconds."""
        self._reading.join(LONG)
        return not self._reading.is_alive()

    def _until(self, true: Callable[[], bool]) -> None:
        ends = time.monotonic() + LONG
        while not true():
            assert time.monotonic() < ends, self.told
            time.sleep(0.05)


class Browser(httpx.Client):
    """A browser that a proxy sends now to one web and now to the other: its cookies are the same at both."""

    def press(self, address: str, **fields: str) -> httpx.Response:
        """Send a form of a page of that web."""
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(address))
        return self.post(address, data=fields, headers={"Origin": origin})


@pytest.fixture
def browser() -> Iterator[Browser]:
    with Browser(timeout=30) as found:
        yield found


@pytest.mark.postgres
async def test_two_webs(tmp_path: Path, sites: list[Site], browser: Browser) -> None:
    """
    Two webs are one page: a session that was begun at the one is good at the other, what is set, said or pressed at the one the other shows, a form
    that is sent to both is done once, windows of both hear of it, and who leaves the one has left both.
    """
    database = await new_postgresql()
    site = Site(tmp_path, database)
    sites.append(site)
    site.env["PAPERROUND_PASSWORD"] = "a long enough password"
    for name in ("web", "web 2"):
        site.start(name, "web", "--port", "0")
    one, other = (site.until_said(name, "Paper Round is at ").split()[4] for name in ("web", "web 2"))
    async with opened(database) as engine:
        board = WebChannel(BoardStore(engine), lambda: datetime.now(UTC))
        channel = Channel(name="local", platform="web", id="local")
        message = (await board.post(channel, head(), "2026-W34/0")).message_id

    assert browser.press(f"{one}/login", password=site.env["PAPERROUND_PASSWORD"]).status_code == 303
    settings = "/library/c/local/settings"
    assert 'name="topics"' in browser.get(f"{other}{settings}").text
    assert browser.press(f"{other}{settings}", topics="reward models").status_code == 303
    assert "reward models" in browser.get(f"{one}{settings}").text

    assert browser.press(f"{one}/you", name="Ada").status_code == 303
    here, there = Window(browser, one), Window(browser, other)
    replies = f"/c/local/m/{message}/replies"
    assert browser.press(f"{other}{replies}", text="Worth our Friday.", token="form-1").status_code == 303
    here.hears(message)
    there.told.clear()
    assert browser.press(f"{one}/c/local/m/{message}/reactions", put="⭐").status_code == 303
    there.hears(message)
    assert browser.press(f"{one}{replies}", text="Worth our Friday.", token="form-1").status_code == 303
    for address in (one, other):
        shown = browser.get(f"{address}/c/local/m/{message}/thread").text
        assert "Worth our Friday." in shown
        assert len(set(re.findall(r'id="r-(\w+)"', shown))) == 1
        assert "⭐" in browser.get(f"{address}/c/local/m/{message}").text

    assert browser.press(f"{one}/logout").status_code == 303
    assert browser.get(f"{other}{settings}").headers["location"].startswith("/login")
    assert {site.stop(name) for name in site.processes} == {0}
    assert all(window.ends() for window in (here, there))
