"""The role that wakes: what is due together is put in together, and an outage is told once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.slack.oauth.tables import installations
from bot.errors import StorageError
from bot.model import ChannelOrigin, ChannelState
from bot.ports import JobRequest
from scheduler.bootstrap import open_services
from scheduler.bootstrap.platforms import platforms_in_use
from scheduler.jobs.recurring import RECURRING, Recurring
from scheduler.queue import InProcessQueue
from scheduler.roles.clock import Waking
from scheduler.settings.settings import load_settings
from tests.databases import migrated_sqlite
from tests.factories import NOW
from tests.waiting import until

WORK = [Recurring(f"work {number}", timedelta(seconds=30), lambda _: "schedule") for number in range(7)]


async def no_platform() -> tuple[str, ...]:
    return ()


class Queue(InProcessQueue):
    """A queue whose database may be away; it notes how many jobs come at once."""

    def __init__(self) -> None:
        super().__init__()
        self.fault = ""
        self.given: list[int] = []
        self.put_in: set[str] = set()

    async def defer(self, *jobs: JobRequest, wait: timedelta = timedelta(0)) -> int:
        self.given.append(len(jobs))
        if self.fault:
            raise StorageError(self.fault)
        self.put_in |= {job.key for job in jobs}
        return await super().defer(*jobs, wait=wait)


class Health:
    """Whether the queue was reached."""

    def __init__(self) -> None:
        self.reached: list[bool] = []

    def reached_queue(self, *, reached: bool) -> None:
        self.reached.append(reached)


async def test_an_outage_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    """Seven jobs that fall due in one moment are one call each time; its failure is told once for each cause, and once that it is over."""
    queue, health = Queue(), Health()
    queue.fault = "The database is away."
    waking = Waking(queue, WORK, no_platform, health, speed=100.0)  # type: ignore[arg-type]
    await until(lambda: len(queue.given) >= 3)
    queue.fault = "The queue is full."
    await until(lambda: len(queue.given) >= 5)
    away = list(health.reached)
    queue.fault = ""
    await until(lambda: len(queue.given) >= 8)
    await waking.stop()
    await queue.close()

    assert {7} == set(queue.given)
    assert not any(away)
    assert health.reached[-1]
    actions = [getattr(one, "action", "") for one in caplog.records if one.name == "scheduler.roles.clock"]
    assert ["clock_waits", "clock_waits", "clock_wakes"] == actions
    assert 1 == caplog.text.count("The database is away.")


async def test_platforms_that_come_and_go() -> None:
    """What recurs on platforms is put in for each that is in use then; where nobody can say which are, nothing is put in, and it is told as an outage."""
    queue, health, in_use = Queue(), Health(), ["slack"]

    async def platforms() -> list[str]:
        if not in_use:
            raise StorageError("The database is away.")
        return in_use

    def put_in() -> set[str]:
        return {key for key in queue.put_in if "/" in key}

    waking = Waking(queue, RECURRING, platforms, health, speed=100.0)  # type: ignore[arg-type]
    waking.all_at_once()
    on_slack = {"reconcile/slack", "tokens/slack", "reminders/slack", "pauses/slack"}
    await until(lambda: put_in() == on_slack)
    in_use.clear()
    await until(lambda: health.reached[-1:] == [False])
    in_use.append("discord")
    await until(lambda: "reminders/discord" in put_in())
    await waking.stop()
    await queue.close()


async def test_platforms_in_use(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process without any secret knows the platforms of channels, wherever these were set up, and of workspaces that installed us."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", await migrated_sqlite(tmp_path_factory.getbasetemp(), tmp_path))
    (tmp_path / "paperround.toml").write_text(
        '[[channels]]\nname = "papers"\nplatform = "discord"\nid = "123456789012345678"\n'
    )
    async with open_services(load_settings()) as services:
        assert await platforms_in_use(services) == ("discord", "web")
        async with services.engine.begin() as connection:
            await connection.execute(installations.insert().values(team_id="T1", content="encrypted"))
        assert await platforms_in_use(services) == ("discord", "slack", "web")
        async with services.engine.begin() as connection:
            await connection.execute(installations.delete())
        async with services.unit_of_work() as uow:
            chat = ChannelState(name="vision", platform="slack", id="C1", origin=ChannelOrigin.CHAT)
            await uow.channels.save(chat)
            await uow.commit()
        assert await platforms_in_use(services) == ("discord", "slack", "web")
        async with services.unit_of_work() as uow:
            await uow.channels.save(replace(chat, stopped=NOW))
            await uow.commit()
        assert await platforms_in_use(services) == ("discord", "web")
