"""Two workers on PostgreSQL of which one lacks the key of the workspaces' tokens: it does no harm to what the other one serves."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.applications import Starlette

from adapters.queue.shared import SharedQueue
from adapters.slack.oauth.encryption import new_key
from bot.model import PostingState
from scheduler import jobs
from scheduler.bootstrap import configuration, open_services
from scheduler.jobs.requests import digest_job
from scheduler.services import Services
from scheduler.settings.settings import environment_names
from tests.databases import new_postgresql
from tests.fake_slack_app import FakeSlackApp, fake_slack_app
from tests.scenarios.site import Site
from tests.scenarios.test_roles import got
from tests.scenarios.test_slack_oauth import CHANNELS, environment
from tests.waiting import until

pytestmark = [pytest.mark.process, pytest.mark.postgres]


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlackApp]:
    async with fake_slack_app("T1", "T2") as found:
        yield found


async def one_to_send(services: Services) -> None:
    """Have the last message of a digest not sent yet."""
    await jobs.deliver_sample(services, await services.channel("robots"))
    async with services.unit_of_work() as uow:
        [week] = await uow.digests.weeks("robots")
        last = (await uow.postings.of("robots", week))[-1]
        await uow.postings.save(replace(last, state=PostingState.PENDING, ref=None))
        await uow.commit()


async def test_two_workers(
    tmp_path: Path, sites: list[Site], slack: FakeSlackApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The worker that lacks the key puts a job of such a workspace back, pauses nothing, and says it in its log, at /readyz and in its metrics; the other one
    then sends what is due.
    """
    database, key = await new_postgresql(), new_key()
    site = Site(tmp_path, database)
    sites.append(site)
    site.configure(CHANNELS)
    site.env |= environment(slack, key)
    site.told("migrate")
    for name in environment_names():
        monkeypatch.delenv(name, raising=False)
    known = {**environment(slack, key), "DATABASE_URL": database, "PAPERROUND_NOW": site.env["PAPERROUND_NOW"]}
    for name, value in known.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    async with open_services(configuration()) as services:
        slack.serve_to(Starlette(routes=services.platforms["slack"].routes()))
        await services.chats["slack"].listen(services.recorder.receive)
        for team in slack.workspaces:
            assert (await slack.install(team)).status_code == 200
        await one_to_send(services)
        sent = len(slack.workspaces["T1"].sent("C1"))
        queue = SharedQueue(database)
        await queue.defer(digest_job(await services.channel("robots")))
        await queue.close()

        async def paused() -> str | None:
            async with services.unit_of_work() as uow:
                state = await uow.channels.get("robots")
            return state.paused_because if state else None

        site.env |= environment(slack, new_key())
        site.start("without", "worker", "--port", "0")
        machines = site.until_said("without", "Health and metrics are at ").split()[-1]
        await until(lambda: 'paperround_jobs{queue="slack",state="delayed"} 1.0' in got(f"{machines}/metrics"))

        told = json.loads(got(f"{machines}/readyz"))
        assert (True, ["slack keys"]) == (told["ready"], list(told["impaired"]))
        assert 'paperround_ready{part="slack keys"} 0.0' in got(f"{machines}/metrics")
        assert 1 == site.said("without").count("installation of workspace T1 cannot be opened by this process")
        assert (None, sent) == (await paused(), len(slack.workspaces["T1"].sent("C1")))

        site.env |= environment(slack, key)
        site.start("with", "worker", "--port", "0")
        site.until_said("with", "Working, ")
        assert 0 == site.stop("without")  # which of two takes the job is chance
        await until(lambda: len(slack.workspaces["T1"].sent("C1")) == sent + 1)
        assert None is await paused()
        assert "is paused" not in site.said("without") + site.said("with")
    services.metrics.stop()
