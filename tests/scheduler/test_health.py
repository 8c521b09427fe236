"""Whether the service works, told part by part; and what the house makes whole over how many weeks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from bot.errors import SettingsError, StorageError
from bot.model import ChannelState, MessageRef, Posting, PostingState
from bot.ports import Backlog, JobRequest
from bot.usecases.reconcile import ReconcileResult
from scheduler import health as health_checks
from scheduler import jobs
from scheduler.bootstrap import configuration, open_services
from scheduler.bootstrap.pages import machine_server
from scheduler.health import HANGS, Health
from scheduler.queue import InProcessQueue
from scheduler.roles.health import RoleHealth
from scheduler.services import Services
from tests.factories import NOW
from tests.waiting import PATIENCE, until


@pytest.fixture
async def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Services]:
    """A house in an empty folder, with a Slack that nobody answers for."""
    monkeypatch.chdir(tmp_path)
    for name in ("PAPERROUND_CONFIG", "PAPERROUND_PASSWORD", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-1")
    monkeypatch.setenv("SLACK_APP_TOKEN", "xapp-1")
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:9/api/")
    (tmp_path / "paperround.toml").write_text(
        '[reconcile]\nweeks = 3\n[[channels]]\nname = "a"\n[[channels]]\nname = "b"\nplatform = "slack"\nid = "C1"\n'
    )
    async with open_services(configuration()) as services:
        yield services
    services.metrics.stop()


async def test_who_may_read_the_metrics_of_a_role(services: Services) -> None:
    """As on the page: beyond this machine a secret has to keep them, and with a password alone nobody reads them, for nobody can log in there."""
    health = RoleHealth(services, [])
    with pytest.raises(SettingsError, match="PAPERROUND_METRICS_TOKEN: the metrics would be open"):
        machine_server(services, "0.0.0.0", 0, health)
    assert await metrics_of(services, "127.0.0.1", health) == 200

    kept = replace(services, settings=services.settings.model_copy(update={"password": SecretStr("four words")}))
    assert [await metrics_of(kept, host, health) for host in ("0.0.0.0", "127.0.0.1")] == [401, 401]

    token = {"metrics_token": SecretStr("m3tr1cs-m3tr1cs")}
    shown = replace(services, settings=kept.settings.model_copy(update=token))
    assert await metrics_of(shown, "0.0.0.0", health) == 401
    assert await metrics_of(shown, "0.0.0.0", health, token="m3tr1cs-m3tr1cs") == 200


async def metrics_of(services: Services, host: str, health: RoleHealth, *, token: str = "") -> int:
    """How a role that serves machines at `host` answers who asks for its metrics."""
    transport = httpx.ASGITransport(machine_server(services, host, 0, health).config.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://role") as client:
        assert (await client.get("/healthz")).status_code == 200
        return (await client.get("/metrics", headers={"Authorization": f"Bearer {token}"})).status_code


class Monotonic:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_a_process_of_several(services: Services) -> None:
    """What this process takes has to be heard, a connection too, unless another process owns that: then this one is as ready as that one."""
    health = RoleHealth(services, ["web", "slack"])
    assert {
        "database": None,
        "slack": "is not listened to yet",
        "web": "is not listened to yet",
    } == await health.ready()

    health.hears("web")
    health.stands_by("slack")
    assert {"database": None, "web": None} == await health.ready()
    health.does_not_hear("slack")
    assert {"database": None, "slack": "is not listened to yet", "web": None} == await health.ready()
    told, _ = await health.metrics()
    assert b'paperround_ready{part="slack"} 0.0' in told
    health.hears("slack")
    assert {"database": None, "slack": "is not connected", "web": None} == await health.ready()
    assert {"database": None} == await RoleHealth(services, []).ready()


async def test_live_updates_that_are_dead(services: Services) -> None:
    """A web whose open windows are told nothing is ready, and says so of itself; once they are told again it says nothing."""
    live = False
    health = RoleHealth(services, [], is_live=lambda: live)
    served = machine_server(services, "127.0.0.1", 0, health).config.app

    async def told() -> tuple[int, dict[str, str], bytes]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(served), base_url="http://role") as client:
            ready, metrics = await client.get("/readyz"), await client.get("/metrics")
        return ready.status_code, ready.json()["impaired"], metrics.content

    code, impaired, metrics = await told()
    assert (200, ["live updates"]) == (code, list(impaired))
    assert b'paperround_ready{part="live updates"} 0.0' in metrics
    live = True
    code, impaired, metrics = await told()
    assert (200, {}) == (code, impaired)
    assert b'paperround_ready{part="live updates"} 1.0' in metrics
    assert {} == RoleHealth(services, []).impaired()


async def test_a_process_that_needs_the_queue(services: Services) -> None:
    """A worker whose queue is not served is not ready, nor is a clock that cannot put into it; a web is, which takes what people do."""
    queue = Unserved()
    services = replace(services, queue=queue)
    worker, web = RoleHealth(services, [], needs_queue=True), RoleHealth(services, [])
    assert {"database": None, "queue": None} == await worker.ready()

    queue.missing = {"slack"}
    assert {
        "database": None,
        "queue": "is not served: its database does not answer, or takes no writes",
    } == await worker.ready()
    assert {"database": None} == await web.ready()
    queue.missing = set()
    worker.reached_queue(reached=False)
    assert "takes nothing" in str((await worker.ready())["queue"])
    worker.reached_queue(reached=True)
    assert {"database": None, "queue": None} == await worker.ready()


async def test_jobs_that_do_not_reach_the_database(services: Services) -> None:
    """A worker whose jobs all fail for the database's sake, though that answers the check, is not ready; one job that is done shows that it is."""
    time = Monotonic()
    worker = RoleHealth(replace(services, queue=Unserved()), [], needs_queue=True)
    worker._monotonic = time
    worker.did_job(reached=False)
    time.now += 10
    worker.did_job(reached=False)
    assert {"database": None, "queue": None} == await worker.ready()
    time.now += 6
    assert "its jobs fail" in str((await worker.ready())["queue"])
    worker.did_job(reached=True)
    assert {"database": None, "queue": None} == await worker.ready()


class Unserved(InProcessQueue):
    """A queue of which some lines are not served."""

    def __init__(self) -> None:
        super().__init__()
        self.missing: set[str] = set()

    def unserved(self) -> set[str]:
        return self.missing


async def test_each_part(services: Services) -> None:
    """The clock has to wake, the database to answer at our revision, each platform to be listened to and connected."""
    time = Monotonic()
    health = Health(services, services.metrics, time)

    assert {
        "clock": "has not begun: the first work is not done yet",
        "database": None,
        "slack": "is not listened to yet",
        "web": "is not listened to yet",
    } == await health.ready()

    health.woke("tick")
    health.hears("web")
    health.hears("slack")
    assert {"clock": None, "database": None, "slack": "is not connected", "web": None} == await health.ready()

    time.now = 91
    assert "has not woken for too long" == (await health.ready())["clock"]


async def test_a_tick_that_hangs(services: Services) -> None:
    """A clock that wakes while one tick never ends is not well: nothing is due for anybody. Once that ends it is."""
    time = Monotonic()
    health = Health(services, services.metrics, time)
    health.began("tick")
    time.now = HANGS - 1
    health.woke("tick")
    assert (await health.ready())["clock"] is None
    time.now = HANGS
    health.woke("tick")
    assert "has been in one tick for too long" == (await health.ready())["clock"]

    health.ended("tick")
    assert (await health.ready())["clock"] is None


async def test_a_database_of_another_revision(services: Services, tmp_path: Path) -> None:
    """
    A database that is not as this program needs it, or does not answer at all, is told in a phrase without its address; it is looked at
    every ten seconds, however often somebody asks.
    """
    time = Monotonic()
    health = Health(services, services.metrics, time)
    async with services.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'older'")
    assert "is not at this program's revision" == (await health.ready())["database"]

    await services.engine.dispose()
    for name in ("paperround.db", "paperround.db-wal", "paperround.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    (tmp_path / "paperround.db").mkdir()

    assert "is not at this program's revision" == (await health.ready())["database"]
    time.now = 10
    assert "does not answer" == (await health.ready())["database"]
    text, _ = await health.metrics()
    assert b'paperround_ready{part="database"} 0.0' in text


async def test_a_database_that_hangs(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Whoever asks is answered in time, though the driver hangs on while it is cancelled; nothing more is asked of the database until it lets go, and
    what is known without it is told all the same.
    """
    monkeypatch.setattr(health_checks, "CHECK_TIMEOUT", 0.2)
    asked, lets_go = 0, asyncio.Event()

    async def hangs(_: Services) -> str | None:
        nonlocal asked
        asked += 1
        try:
            await lets_go.wait()
        finally:
            await lets_go.wait()
        return None

    hanging = replace(services, builders=replace(services.builders, database_fault=hangs), reading=_hanging(lets_go))
    time = Monotonic()
    health = Health(hanging, hanging.metrics, time)
    async with asyncio.timeout(PATIENCE):
        assert "does not answer" == (await health.ready())["database"]
        time.now = 11
        text, _ = await health.metrics()
        assert "does not answer" == (await health.ready())["database"]
    assert b'paperround_ready{part="database"} 0.0' in text
    assert b"paperround_failures_total" in text
    assert asked == 1

    lets_go.set()

    async def is_ready_again() -> bool:
        time.now += 11
        return (await health.ready())["database"] is None

    await until(is_ready_again)


def _hanging(lets_go: asyncio.Event) -> Any:
    @asynccontextmanager
    async def reading() -> AsyncIterator[None]:
        try:
            await lets_go.wait()
        finally:
            await lets_go.wait()
        raise StorageError("The database does not answer.")
        yield

    return reading


async def test_metrics_of_the_service(services: Services) -> None:
    """What is paused and what waits is looked up when somebody asks; the loop is felt all the time."""
    async with services.unit_of_work() as uow:
        await uow.channels.save(ChannelState(name="b", paused_because="not in the channel", paused_at=NOW))
        await uow.commit()
    health = Health(services, services.metrics)
    feeling = asyncio.create_task(health.feel())

    async def felt() -> bool:
        return b"paperround_loop_lag_seconds_count 0.0" not in (await health.metrics())[0]

    assert not await felt()
    await until(felt)
    feeling.cancel()

    text, kind = await health.metrics()

    assert b"paperround_channels_paused 1.0" in text
    assert b"paperround_inbox_waiting 0.0" in text
    assert kind.startswith("text/plain")


async def test_metrics_of_the_pools(services: Services) -> None:
    """Of each pool it is told how many are under way, how many wait, and how many of both there may be."""
    ends = asyncio.Event()
    assert {"deliveries", "reminders", "reviews", "backfills", "look_backs"} == services.pools_by_name().keys()
    by_platform: Any = services.pools_by_name()
    pools = {f"paperround_{name}": found["web"] for name, found in by_platform.items()}
    for pool in pools.values():
        for number in range(pool.bounds.in_lane + 1):
            pool.submit(str(number), "T1", ends.wait)
    await asyncio.sleep(0)

    text, _ = await RoleHealth(services, []).metrics()
    for name, pool in pools.items():
        for state, number, bound in (("running", pool.running, pool.bounds.running), ("waiting", 1, pool.bounds.held)):
            assert f'{name}{{platform="web",state="{state}"}} {float(number)}'.encode() in text
            assert f'{name}_bound{{platform="web",state="{state}"}} {float(bound)}'.encode() in text
    ends.set()


async def test_metrics_of_what_is_heard(services: Services) -> None:
    """Where a platform holds what it heard until it is stored, it is told how much that is, and how much it may be."""

    class Hears:
        async def is_alive(self) -> bool:
            return True

        def backlogs(self) -> Mapping[str, Backlog]:
            return {"queued": Backlog(waiting=3, bound=10)}

    hears: Any = Hears()
    text, _ = await RoleHealth(replace(services, platforms={"web": hears}), []).metrics()

    assert b'paperround_heard{platform="web",state="queued"} 3.0' in text
    assert b'paperround_heard_bound{platform="web",state="queued"} 10.0' in text


async def test_metrics_of_the_queues(services: Services) -> None:
    """Every queue that a worker serves has its figures, the empty ones, too; what waits for its time is not counted with what waits for a worker."""
    queue = InProcessQueue(7)
    health = RoleHealth(replace(services, queue=queue), [], needs_queue=True)
    await queue.defer(JobRequest(name="digest", subject="a", queue="slack"), wait=timedelta(hours=1))
    await queue.defer(JobRequest(name="digest", subject="b", queue="slack"))

    async def delayed() -> int:
        return sum(one.delayed for one in (await queue.depths()).values())

    async def nothing_waits() -> bool:
        return not await queue.depths()

    await until(delayed)
    before, _ = await health.metrics()
    await queue.close()
    await until(nothing_waits)
    after, _ = await health.metrics()

    for told, waiting, delayed in ((before, 1, 1), (after, 0, 0)):
        assert f'paperround_jobs{{queue="slack",state="waiting"}} {waiting}.0'.encode() in told
        assert f'paperround_jobs{{queue="slack",state="delayed"}} {delayed}.0'.encode() in told
        assert b'paperround_jobs{queue="sources",state="waiting"} 0.0' in told
        assert b'paperround_jobs_bound{queue="sources"} 7.0' in told


async def test_the_same_weeks_everywhere(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """The daily look, the one on a start, the one on a reconnect and the command's go back as far as the setting says."""
    spans = []

    async def noted(channel: str, platform: str, *_: object, weeks: int, **__: object) -> ReconcileResult:
        spans.append(weeks)
        return ReconcileResult(channel=channel, platform=platform)

    # The joins themselves are what is looked at.
    monkeypatch.setattr("bot.usecases.reconcile.reconcile_channel", noted)
    monkeypatch.setattr("scheduler.jobs.reconciling.reconcile_channel", noted)
    sent = Posting(
        channel="b", week="2026-W33", part=1, key="k", item_key=None, state=PostingState.POSTED, attempt=1, attempted_at=services.clock(),
        ref=MessageRef(platform="slack", channel_id="C1", message_id="1.1"),
    )  # fmt: skip
    async with services.unit_of_work() as uow:
        await uow.postings.plan([sent])
        await uow.postings.save(sent)
        await uow.commit()

    await jobs.reconcile(services, "slack")
    await services.look_over()
    await services.platforms["slack"].event_source._reconnected()
    await services.look_over(weeks=9)

    assert [3, 3, 3, 9] == spans
