"""The wizard, as an operator goes through it: from two tokens to a channel that is set up, without a file edited by hand."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.errors import SettingsError
from scheduler.cli import app
from tests.fake_discord import FORUM, TOKEN, fake_discord
from tests.fake_slack import APP_TOKEN, CONFIG_TOKEN, fake_slack
from tests.fake_slack import TOKEN as BOT_TOKEN

opened: list[str] = []


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with an empty database, and a browser that opens nothing."""
    opened.clear()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("typer.launch", opened.append)
    monkeypatch.setenv("DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path}/paperround.db")
    return tmp_path


async def go(platform: str, *answers: str) -> Result:
    """Go through the wizard, line by line."""
    lines = "\n".join([*answers, ""])
    return await asyncio.to_thread(CliRunner().invoke, app, ["setup", platform], lines)


async def subscribed() -> str:
    done = await asyncio.to_thread(CliRunner().invoke, app, ["status"])
    return done.output


async def test_slack(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The app is made, each token checked, the channel chosen and set up; the tokens are in .env and nowhere in what was said."""
    async with fake_slack() as slack:
        monkeypatch.setenv("SLACK_API_URL", slack.url + "api/")
        done = await go(
            "slack",
            CONFIG_TOKEN,
            BOT_TOKEN,
            APP_TOKEN,
            "1",
            "agents, the",
            "agent safety",
            "Mars",
            "europe/berlin",
            "n",
        )
        status = await subscribed()

    assert 0 == done.exit_code, done.output
    assert "apps.manifest.create" in [call.method for call in slack.calls]
    assert f"SLACK_BOT_TOKEN={BOT_TOKEN}\nSLACK_APP_TOKEN={APP_TOKEN}\n" == (place / ".env").read_text()
    assert 0o600 == stat.S_IMODE((place / ".env").stat().st_mode)
    assert not [token for token in (CONFIG_TOKEN, BOT_TOKEN, APP_TOKEN) if token in done.output]
    assert any("A0TEST" in address for address in opened)
    assert "papers" in status
    assert "'the' is in nearly all works" in done.output
    assert "'Mars' is no time zone" in done.output
    assert "is set up, on the clock of Europe/Berlin" in done.output
    with sqlite3.connect(place / "paperround.db") as database:
        ((kept,),) = database.execute("SELECT content FROM channels WHERE name = 'papers'")
    assert "Europe/Berlin" in kept


async def test_slack_by_hand_with_mistakes(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong token is told with what would be right and asked again; a bot that is not invited yet is waited for."""
    async with fake_slack() as slack:
        monkeypatch.setenv("SLACK_API_URL", slack.url + "api/")
        slack.channels["C1"]["is_member"] = False
        look, looks = slack._conversations_info, []

        def invited_meanwhile(arguments):
            looks.append(arguments)
            slack.channels["C1"]["is_member"] = len(looks) > 2
            return look(arguments)

        monkeypatch.setattr(slack, "_conversations_info", invited_meanwhile)
        answers = ["", APP_TOKEN, "xoxb-wrong", BOT_TOKEN, BOT_TOKEN, APP_TOKEN, "99", "#papers", "", "", "", ""]
        done = await go("slack", *answers, "n", "n")

    assert "That is no bot token" in done.output
    assert "That does not work" in done.output
    assert "That is no app-level token" in done.output
    assert "not invited yet" in done.output
    assert "Not yet:" in done.output
    assert "is set up" in done.output
    assert (place / ".env").exists()


@pytest.mark.parametrize("platform", ["slack", "discord"])
async def test_faulty_settings(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wrong in the environment is named before anything is asked; a platform that cannot be reached for it is not."""
    monkeypatch.setenv("SLACK_API_URL", "slack.example")
    monkeypatch.setenv("DISCORD_GATEWAY_URL", "https://discord.example")
    monkeypatch.setenv("DATABASE_URL", "nowhere")
    done = await go(platform, "", "", "")

    assert isinstance(done.exception, SettingsError)
    assert {"SLACK_API_URL", "DISCORD_GATEWAY_URL", "DATABASE_URL"} == {fault.key for fault in done.exception.faults}
    assert "" == done.output


@pytest.mark.parametrize(
    ("options", "variable", "port"), [((), "8399", 8399), (("--port", "8398"), "8399", 8398), ((), "", None)]
)
async def test_started_at_its_port(
    options: tuple[str, ...], variable: str, port: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """*Start now* serves where `--port` says, or the variable PORT, which `make up` and a Procfile know as well."""
    started: list[int | None] = []
    monkeypatch.setattr("scheduler.cli.up.up", lambda *, host, port, sample: started.append(port))
    if variable:
        monkeypatch.setenv("PORT", variable)
    async with fake_discord() as discord:
        discord.channel("reading")
        monkeypatch.setenv("DISCORD_API_URL", discord.url)
        monkeypatch.setenv("DISCORD_GATEWAY_URL", discord.gateway_url)
        done = await asyncio.to_thread(
            CliRunner().invoke, app, ["setup", "discord", *options], f"{TOKEN}\n\n1\n\n\ny\n"
        )

    assert 0 == done.exit_code, done.output
    assert [port] == started


async def test_discord(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The token is checked, the invitation shown, the channel chosen among those that take a digest, and set up."""
    async with fake_discord() as discord:
        discord.channel("reading")
        discord.channel("papers", FORUM)
        monkeypatch.setenv("DISCORD_API_URL", discord.url)
        monkeypatch.setenv("DISCORD_GATEWAY_URL", discord.gateway_url)
        done = await go("discord", "wrong", TOKEN, "", "reading on Lab", "", "", "n")
        status = await subscribed()

    assert 0 == done.exit_code, done.output
    assert "That does not work" in done.output
    assert f"DISCORD_BOT_TOKEN={TOKEN}\n" == (place / ".env").read_text()
    assert TOKEN not in done.output
    assert any("oauth2/authorize" in address for address in opened)
    assert "reading" in status
