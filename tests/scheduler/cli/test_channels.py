"""`paperround channels`: what the operator sees of channels, and how one is ended whose members set it up."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.errors import UsageError
from bot.model import ChannelOrigin, ChannelState
from scheduler.bootstrap import configuration, open_services
from scheduler.cli import app
from tests.factories import NOW


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one channel of the file and one that was set up in chat."""
    monkeypatch.chdir(tmp_path)
    for name in ("PAPERROUND_CONFIG", "PAPERROUND_PASSWORD", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PAPERROUND_NOW", NOW.isoformat())
    Path("paperround.toml").write_text('[[channels]]\nname = "a"\n')
    asyncio.run(set_up())
    return tmp_path


async def set_up() -> None:
    async with open_services(configuration()) as services, services.unit_of_work() as uow:
        state = ChannelState(name="b", platform="slack", id="C0123", team="T1", origin=ChannelOrigin.CHAT)
        await uow.channels.save(state)
        await uow.commit()


def listed() -> dict[str, dict[str, object]]:
    found = json.loads(CliRunner().invoke(app, ["channels", "list", "--json"]).stdout)["channels"]
    return {one["name"]: one for one in found}


def test_list(place: Path) -> None:
    """Both are listed, each with who subscribed it."""
    assert {"a": "file", "b": "chat"} == {name: one["origin"] for name, one in listed().items()}
    assert "#b on slack (C0123), set up in chat" in CliRunner().invoke(app, ["channels", "list"]).stdout


def test_pause_and_remove(place: Path) -> None:
    """One is paused, and goes on; one of chat is ended; one of the file is not, and where it is ended is said."""
    run = CliRunner()
    assert "#a is paused." in run.invoke(app, ["channels", "pause", "a"]).stdout
    assert "the operator paused it" == listed()["a"]["paused"]
    assert "#a goes on. Next digest" in run.invoke(app, ["channels", "resume", "a"]).stdout
    assert "#a was not paused." in run.invoke(app, ["channels", "resume", "a"]).stdout
    assert listed()["a"]["paused"] is None
    assert "What was written is kept" in run.invoke(app, ["channels", "remove", "b"]).stdout
    assert {"a"} == listed().keys()

    refused = run.invoke(app, ["channels", "remove", "a"]).exception
    assert isinstance(refused, UsageError)
    assert "configuration file" in str(refused)
