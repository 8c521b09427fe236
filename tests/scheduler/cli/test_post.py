"""`paperround post`: a pause that somebody sets amid it stops it, in a channel that is paused already all is sent, and what another process sends it leaves to that one."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.web.channel.chat import WebChannel
from bot.errors import PaperRoundError
from bot.model import Channel, MessageRef, Post, PostingState
from bot.usecases import channels
from bot.usecases.deliver import freeze, lease_of
from scheduler.bootstrap import configuration, open_services
from scheduler.cli import app
from scheduler.jobs import digest_now
from tests.factories import NOW, WEEK, digest_of

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


HOLDS = timedelta(minutes=3)


async def _begun_elsewhere(messages: int) -> None:
    """Another process has sent so many messages, and holds the lease on the rest."""
    async with open_services(configuration()) as services, services.unit_of_work() as uow:
        for posting in (await uow.postings.of("reading", WEEK))[:messages]:
            ref = MessageRef(platform="web", channel_id="reading", message_id=f"sent-{posting.part}")
            await uow.postings.save(replace(posting, state=PostingState.POSTED, ref=ref))
        now = services.clock()
        assert await uow.leases.claim(lease_of("reading", WEEK), "host/1/ab", now, now + HOLDS)
        await uow.commit()


def _told() -> str:
    return " ".join(CliRunner().invoke(app, ["post"]).stdout.split())


@pytest.mark.usefixtures("_frozen")
@pytest.mark.parametrize("posted", [0, 1])
def test_sent_by_another_process(posted: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A digest that another process is sending is not told as posted: the answer says how far it is and when somebody else may go on with it. After that
    time the same command sends the rest, and only then it says that all was posted.
    """
    asyncio.run(_begun_elsewhere(posted))
    told = _told()

    assert "already posted" not in told
    counted = f"{posted} of {PARTS} messages {'is' if posted == 1 else 'are'} posted"
    assert (
        "reading: nothing was sent from here; another process is sending the digest of the week of 17 August just "
        f"now: {counted}. Should it have died, the rest is sent after {NOW + HOLDS:%H:%M}"
    ) in told
    monkeypatch.setenv("PAPERROUND_NOW", (NOW + HOLDS + timedelta(minutes=1)).isoformat())
    assert f"Posted 2026-W34 in reading: {PARTS - posted} messages" in _told()
    assert "2026-W34 is already posted in reading. Nothing was sent." in _told()


@pytest.mark.usefixtures("_frozen")
async def test_asked_for_on_the_page() -> None:
    """Who has it posted by the page's button is told the same; where nobody is at it, it is gone on with."""
    await _begun_elsewhere(1)
    async with open_services(configuration()) as services:
        channel = await services.channel("reading")
        assert "Another process is sending the digest of" in await digest_now(services, channel)
        async with services.unit_of_work() as uow:
            await uow.leases.forget("host/1/ab")
            await uow.commit()
        assert "was posted" in await digest_now(services, channel)
        assert "was sent already" in await digest_now(services, channel)
