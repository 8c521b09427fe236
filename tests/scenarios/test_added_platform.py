"""A platform is added in one place: its folder, one row in the table of platforms, and the settings in that folder."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.errors import SettingsError
from scheduler import jobs
from scheduler.bootstrap import configuration, open_services
from scheduler.cli import app
from scheduler.platforms import PLATFORMS, PlatformEntry
from scheduler.runner import Runner
from scheduler.settings.settings import environment_names
from tests.factories import ADA
from tests.pigeon.platform import PigeonPlatform
from tests.waiting import PATIENCE

CHANNEL = '[[channels]]\nname = "loft"\nplatform = "pigeon"\nid = "roof"\n\n[pigeon]\nbirds = 5\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is configured for pigeons, with the row that they need."""
    for name in environment_names():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(
        PLATFORMS, "pigeon", PlatformEntry("tests.pigeon.platform:build", "tests.pigeon.settings:PigeonSettings")
    )
    monkeypatch.setenv("PIGEON_TOKEN", "coo-coo-secret")
    (tmp_path / "paperround.toml").write_text(CHANNEL)
    return tmp_path


async def run(*command: str) -> str:
    """What a command prints. In a thread, for each starts an event loop of its own."""
    done = await asyncio.to_thread(CliRunner().invoke, app, command)
    return done.output


async def test_its_settings(folder: Path) -> None:
    """Its table and its token are read into its own settings, the token is a secret, and a slip in them is told like any other."""
    settings = configuration()
    (folder / "paperround.toml").write_text(CHANNEL.replace("birds = 5", "bird = 5"))
    with pytest.raises(SettingsError) as caught:
        configuration()

    assert 5 == settings.platforms["pigeon"].birds
    assert "coo-coo-secret" in settings.all_secrets()
    assert "coo-coo-secret" not in repr(settings)
    assert ["pigeon.bird: no such key. Did you mean birds?"] == [
        f"{fault.key}: {fault.problem}. {fault.remedy}" for fault in caught.value.faults
    ]


async def test_status_and_doctor() -> None:
    """`status` tells of its channel and `doctor` what it found; neither knows it by name."""
    status, doctor = await run("status"), await run("doctor")

    assert "#loft on pigeon" in status
    assert "Pigeons: 5 birds are ready" in doctor


async def test_without_its_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its token it is not built, and the remedy is its own."""
    monkeypatch.delenv("PIGEON_TOKEN")

    assert "Set PIGEON_TOKEN" in await run("doctor")


async def test_up() -> None:
    """`up` listens on it, sends it a digest, hears a reaction there, and renews what runs out."""
    async with open_services(configuration()) as services:
        loft = services.platforms["pigeon"]
        assert isinstance(loft, PigeonPlatform)
        runner = Runner(services, "127.0.0.1", 0)

        async def first() -> None:
            await jobs.deliver_sample(services, await services.channel("loft"))
            await jobs.renew_tokens(services, "pigeon")
            card = next(sent for sent in loft.chat.messages if sent.post.item_key)
            await loft.chat.react(ADA, card.ref, "⭐")
            runner._stop.set()

        await asyncio.wait_for(runner.serve(first), PATIENCE)
        async with services.reading() as uow:
            recorded = await uow.reactions.of_channel("loft")

    assert ["⭐"] == [reaction.emoji for _, reaction in recorded]
    assert 1 == loft.renewed
