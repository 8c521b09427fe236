"""`paperround post`: a pause that somebody sets amid it stops it; in a channel that is paused already all is sent."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.web.channel.chat import WebChannel
from bot.errors import PaperRoundError
from bot.model import Channel, MessageRef, Post
from bot.usecases import channels
from bot.usecases.deliver import freeze
from scheduler.bootstrap import configuration, open_services
from scheduler.cli import app
from tests.factories import NOW, digest_of

PARTS = 4


@pytest.fixture
def _frozen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A channel whose digest of the week is frozen, and none of its messages sent."""
    monkeypatch.chdir(tmp_path)
    for name in ("PAPERROUND_CONFIG", "PAPERROUND_PASSWORD", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PAPERROUND_NOW", NOW.isoformat())
    monkeypatch.setattr("bot.usecases.channel_list.LATELY", 0.0)
    Path("paperround.toml").write_text('[[channels]]\nname = "reading"\n')
    asyncio.run(_freeze())


async def _freeze() -> None:
    async with open_services(configuration()) as services:
        keys = ["arxiv:2608.00001", "arxiv:2608.00002"]
        await freeze(digest_of(keys), await services.channel("reading"), services.unit_of_work)


async def _pause() -> None:
    async with open_services(configuration()) as services:
        channel = await services.channel("reading")
        await channels.pause(channel, "Ada paused it", services.unit_of_work, services.clock, by_people=True)


@pytest.mark.usefixtures("_frozen")
def test_paused_amid_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is on its way arrives, and no more; the answer says so, and how it goes on. Asked again while it is paused, the rest is sent."""
    sent: list[str] = []
    post = WebChannel.post

    async def paused_at_the_second(chat: WebChannel, channel: Channel, message: Post, key: str) -> MessageRef:
        sent.append(key)
        if len(sent) == 2:
            await _pause()
        return await post(chat, channel, message, key)

    monkeypatch.setattr(WebChannel, "post", paused_at_the_second)
    stopped = CliRunner().invoke(app, ["post"]).exception

    assert isinstance(stopped, PaperRoundError)
    assert "2026-W34 is not all posted in reading: Ada paused it after 2 messages." in str(stopped)
    assert "paperround channels resume reading" in str(stopped)
    assert 2 == len(sent)
    assert "Posted 2026-W34 in reading: 2 messages" in CliRunner().invoke(app, ["post"]).stdout
    assert PARTS == len(set(sent)) == len(sent)
