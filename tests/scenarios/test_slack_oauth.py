"""Two workspaces on one Paper Round, the whole program: a digest each, decisions apart, one that leaves and returns, keys changed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from adapters.slack.oauth.encryption import new_key
from scheduler import jobs
from scheduler.bootstrap import configuration, open_services
from scheduler.doctor import examine
from scheduler.services import Services
from scheduler.settings.settings import environment_names
from tests.fake_slack import SECRET
from tests.fake_slack_app import CLIENT_ID, CLIENT_SECRET, FakeSlackApp, fake_slack_app
from tests.scenarios.program import Program
from tests.waiting import until

CHANNELS = """
[[channels]]
name = "robots"
platform = "slack"
team = "T1"
id = "C1"
budget_minutes = 20
[[channels]]
name = "language"
platform = "slack"
team = "T2"
id = "#papers"
budget_minutes = 20
"""


def environment(slack: FakeSlackApp, keys: str) -> dict[str, str]:
    return {
        "SLACK_CLIENT_ID": CLIENT_ID,
        "SLACK_CLIENT_SECRET": CLIENT_SECRET,
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_API_URL": slack.url + "api/",
        "PAPERROUND_KEYS": keys,
    }


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlackApp]:
    """Two workspaces; tokens live twelve hours."""
    async with fake_slack_app("T1", "T2") as found:
        found.lives = 12 * 3600
        yield found


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two channels to be in, and nothing of ours in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in environment_names():
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "paperround.toml").write_text(CHANNELS, "utf-8")
    return tmp_path


@asynccontextmanager
async def serving(slack: FakeSlackApp) -> AsyncIterator[Services]:
    """A house that listens, reachable by Slack and by browsers."""
    async with open_services(configuration()) as services:
        slack.serve_to(Starlette(routes=services.platforms["slack"].routes()))
        await services.chats["slack"].listen(services.recorder.receive)
        yield services
    services.metrics.stop()


async def known(services: Services, channel: str) -> tuple[set[str], set[str]]:
    """Who decided, and who wrote, in a channel."""
    from bot.usecases.recall import remember  # noqa: PLC0415

    found = await remember((await services.channel(channel),), services.unit_of_work)
    return {d.member.id for one in found for d in one.decisions}, {s.member.id for one in found for s in one.summaries}


async def test_a_week_in_two_workspaces(slack, folder, monkeypatch, caplog):
    """Each gets its digest and keeps its decisions; a workspace that leaves is paused alone, and goes on when it returns."""
    for name, value in environment(slack, new_key()).items():
        monkeypatch.setenv(name, value)
    caplog.set_level(logging.INFO)
    one, two = slack.workspaces.values()
    async with serving(slack) as services:
        for team in slack.workspaces:
            assert (await slack.install(team)).status_code == 200
        both = [jobs.deliver_sample(services, await services.channel(name)) for name in ("robots", "language")]
        assert all(await asyncio.gather(*both))
        assert len(one.sent("C1")) == len(two.sent("C2")) > 3

        ada, ben = one.person("Ada"), two.person("Ben")
        await one.react(ada, one.sent("C1")[1]["ts"], "star", "C1")
        await two.reply(ben, two.sent("C2")[1]["ts"], "Worth our Friday.", "C2")
        await until(lambda: _is(known(services, "robots"), ({"T1:UADA"}, set())))
        await until(lambda: _is(known(services, "language"), (set(), {"T2:UBEN"})))

        await one.command(ada, "status", "C1")
        await two.open_home(ben)
        await until(lambda: one.answers and "UBEN" in two.homes)
        assert [] == two.answers

        await jobs.renew_tokens(services, "slack")
        await slack.uninstall("T1")
        # Slack is answered before the channels are paused.
        await until(lambda: _is_paused(services, "robots"))
        states = await _states(services)
        assert "not installed in workspace T1" in states["robots"].paused_because
        assert not states.get("language") or states["language"].paused_because is None
        assert any(
            "robots: Paper Round is not installed in workspace T1" in found.what for found in await examine(services)
        )

        await slack.install("T1")
        assert (await _states(services))["robots"].paused_because is None
        assert all(found.well for found in await examine(services) if found.what.startswith("Slack"))
        written = b"".join(path.read_bytes() for path in folder.iterdir() if path.suffix != ".toml")

    secrets = [*slack.given, CLIENT_SECRET]
    assert 6 == len(slack.given)
    assert [] == [secret for secret in secrets if secret.encode() in written or secret in caplog.text]


async def _is(coroutine, expected) -> bool:
    return await coroutine == expected


async def _is_paused(services: Services, name: str) -> bool:
    state = (await _states(services)).get(name)
    return state is not None and state.paused_because is not None


async def _states(services: Services):
    async with services.unit_of_work() as uow:
        return await uow.channels.all()


@pytest.mark.process
async def test_keys_at_the_command_line(slack, folder, monkeypatch):
    """A key is made, put first, everything is encrypted with it, and the old one may go; no export tells of any of it."""
    program = Program(folder)
    old, new = (
        (await asyncio.to_thread(program.run, "keys", "new")).stdout.strip(),
        (await asyncio.to_thread(program.run, "keys", "new")).stdout.strip(),
    )
    for name, value in environment(slack, old).items():
        monkeypatch.setenv(name, value)
    async with serving(slack):
        await slack.install("T1")

    async def run(keys: str, *arguments: str):
        program.environment = environment(slack, keys)
        return await asyncio.to_thread(program.run, *arguments)

    lost = await run(new, "keys", "rotate")
    assert (1, True) == (lost.returncode, "None of the keys opens those of T1" in lost.stdout)
    done = await run(f"{new},{old}", "keys", "rotate")
    assert (0, True) == (done.returncode, "1 installation is encrypted with the first key." in done.stdout)
    doctor = await run(new, "doctor")
    assert "Slack: Lab T1 (T1): we are @paperround in Lab" in doctor.stdout
    assert "Slack: Lab T1 (T1): our token is good for 12 hours" in doctor.stdout
    exported = await run(new, "export", "--json")
    told = "".join(each.stdout + each.stderr for each in (lost, done, doctor, exported))
    assert [] == [secret for secret in (*slack.given, CLIENT_SECRET, SECRET, old, new) if secret in told]


@pytest.mark.process
def test_the_way_in(program: Program):
    """On the web, the way to install is open beside a page that is behind a password, under whichever name Slack knows us by."""
    program.environment = {
        "SLACK_CLIENT_ID": CLIENT_ID,
        "SLACK_CLIENT_SECRET": CLIENT_SECRET,
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_API_URL": "http://127.0.0.1:9/api/",
        "PAPERROUND_KEYS": new_key(),
        "PAPERROUND_PASSWORD": "four words of ours",
    }
    program.configured(CHANNELS)
    address = program.up("--sample")

    begun = httpx.get(f"{address}/slack/install", headers={"Host": "papers.example"})
    unsigned = httpx.post(f"{address}/slack/events", json={}, headers={"Host": "papers.example"})

    assert (302, True) == (
        begun.status_code,
        begun.headers["location"].startswith("http://127.0.0.1:9/oauth/v2/authorize?"),
    )
    assert 401 == unsigned.status_code
    assert 0 == program.stop()


@pytest.mark.process
def test_without_keys(program: Program):
    """What is missing is said before anything is opened, with the command that makes it."""
    program.environment = {
        "SLACK_CLIENT_ID": CLIENT_ID,
        "SLACK_CLIENT_SECRET": "x-y-z",
        "SLACK_SIGNING_SECRET": "s-t-u",
    }

    done = program.run("doctor")

    assert (2, True) == (done.returncode, "paperround keys new" in done.stderr)
    program.environment = {}
    refused = program.run("keys", "rotate")
    assert (2, True) == (refused.returncode, "PAPERROUND_KEYS is not set" in refused.stderr)
