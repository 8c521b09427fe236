"""Only bootstrap builds; these look at what it makes of settings."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from bot.errors import SettingsError, SourceError, UsageError
from bot.model import (
    ChannelOrigin,
    ChannelState,
    Section,
    SourceRecord,
    SourceReport,
    SourceSetting,
    SourceSpec,
    SourceStatus,
)
from bot.usecases import channels as channel_settings
from scheduler.bootstrap import configuration, open_services
from scheduler.bootstrap.database import alone
from scheduler.bootstrap.pages import NOTICES, page_notices
from scheduler.doctor import examine
from scheduler.jobs import last_collect
from scheduler.services import Services
from tests.factories import HOUR, NOW, digest
from tests.local_server import local_server


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to be in, with nothing of ours in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("PAPERROUND_CONFIG", "PAPERROUND_NOW", "PAPERROUND_PASSWORD", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_every_fault_of_every_table_at_once(folder: Path) -> None:
    """Faults of channels, of sources and of unknown keys come in one report."""
    (folder / "paperround.toml").write_text(
        'colour = 1\n[sources.x]\nurl = "ftp://a"\n[[channels]]\nname = "a"\nweekday = "never"\n'
    )

    with pytest.raises(SettingsError) as caught:
        configuration()

    keys = {fault.key for fault in caught.value.faults}
    assert {"colour", "channels[0].weekday"} <= keys
    assert any(key.startswith("sources.x") for key in keys)


def test_a_channel_that_asks_for_an_unknown_source(folder: Path) -> None:
    """A channel's source must be one that there is."""
    (folder / "paperround.toml").write_text('[[channels]]\nname = "a"\nsources = ["arxiv", "arxif"]\n')

    with pytest.raises(SettingsError, match="arxif"):
        configuration()


async def test_what_people_set_lies_over_the_configuration(folder: Path) -> None:
    """A source that was added is asked like the others, without trust; what was switched off is off."""
    at = datetime(2026, 8, 17, tzinfo=UTC)
    async with open_services(configuration()) as services:
        before = {spec.id for spec in await services.specs()}
        async with services.unit_of_work() as uow:
            values = {"kind": "feed", "url": "https://lab.example/feed"}
            await uow.source_settings.save(SourceSetting(id="lab", values=values, by="Ada", at=at))
            await uow.source_settings.save(SourceSetting(id="distill", values={"enabled": False}, trusted=True, at=at))
            await uow.source_settings.save(SourceSetting(id="odd", values={"kind": "telegraph"}, at=at))
            await uow.commit()

        specs = {spec.id: spec for spec in await services.specs()}

    assert before | {"lab"} == specs.keys()
    assert (True, False) == (specs["lab"].enabled, specs["lab"].trusted)
    assert (False, True) == (specs["distill"].enabled, specs["distill"].trusted)


async def test_unknown_channels(folder: Path) -> None:
    """A channel that there is not is named, beside those that there are."""
    async with open_services(configuration()) as services:
        assert "general" == (await services.channel(None)).name
        with pytest.raises(UsageError, match="general"):
            await services.channel("nowhere")


async def test_the_next_digest_in_words(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The line is on the channel's own wall clock, and a week that has its digest is not promised again."""
    (folder / "paperround.toml").write_text('[[channels]]\nname = "a"\nzone = "Europe/Berlin"\nweekday = "friday"\n')
    monkeypatch.setenv("PAPERROUND_NOW", "2026-08-12T09:00:00+00:00")

    async with open_services(configuration()) as services:
        async with services.unit_of_work() as uow:
            await uow.digests.add(digest(channel="a", week="2026-W33"))
            await uow.channels.start("a", services.clock())
            await uow.commit()

        line = await services.next_digest_line(await services.channel("a"))

    assert "Next digest: Friday 21 August, 09:00 (Europe/Berlin)" == line


@pytest.mark.parametrize(
    ("ahead", "expected"), [(timedelta(seconds=30), timedelta()), (timedelta(hours=2), None), (-HOUR, -HOUR)]
)
async def test_the_last_collect(folder: Path, ahead: timedelta, expected: timedelta | None) -> None:
    """A command that begins at the same instant as the one before it knows of its collect; what lies far ahead says nothing."""
    async with open_services(configuration()) as services:
        async with services.unit_of_work() as uow:
            await uow.sources.save([SourceRecord(id="arxiv", last_success=NOW + ahead)])
            await uow.commit()

        last = await last_collect(replace(services, clock=lambda: NOW))

    assert expected == (last and last - NOW)


async def test_what_a_digest_that_is_due_waits_for(folder: Path) -> None:
    """An instant that is past promises nothing: of a digest that is due the line says so, or that it comes when the sources answer."""
    async with open_services(configuration()) as services:
        before = await services.next_digest_line(await services.channel(None))
        async with services.unit_of_work() as uow:
            report = SourceReport(id="arxiv", kind="arxiv", state=SourceStatus.FAILING, error="answered 503")
            await uow.sources.save([SourceRecord(id="arxiv", failures=1, report=report)])
            await uow.commit()

        line = await services.next_digest_line(await services.channel(None))
        told = [finding.what for finding in await examine(services)]

    assert ("Next digest: due now", "Next digest: as soon as the sources answer") == (before, line)
    assert "Channel #general on web · Next digest: as soon as the sources answer" in told


@pytest.mark.parametrize("by_people", [True, False])
async def test_the_doctor_names_a_pause(folder: Path, *, by_people: bool) -> None:
    """A channel that gets no digest is not called well with the date of its next one; what people wished is no fault."""
    async with open_services(configuration()) as services:
        channel = await services.channel(None)
        await channel_settings.pause(
            channel, "may not post there", services.unit_of_work, services.clock, by_people=by_people
        )

        (found,) = [finding for finding in await examine(services) if finding.what.startswith("Channel")]

    assert found.well == by_people
    assert found.what.startswith("Channel #general on web · Paused: may not post there (since ")
    assert found.remedy


async def test_no_date_for_a_paused_channel(folder: Path) -> None:
    """Who starts the program while a channel is paused reads why, not the date of a digest that will not come."""
    async with open_services(configuration()) as services:
        channel = await services.channel(None)
        await channel_settings.pause(channel, "may not post there", services.unit_of_work, services.clock)

        line = await services.next_digest_line(channel)

    assert line.startswith("Paused: may not post there (since ")


@pytest.mark.parametrize("paused", [NOTICES, NOTICES + 40])
async def test_many_paused_channels(folder: Path, paused: int) -> None:
    """The page names some of very many paused channels, its own among them, and says how many there are; of few it names each."""
    async with open_services(configuration()) as services:
        async with services.unit_of_work() as uow:
            for number in range(paused - 1):
                await uow.channels.save(
                    ChannelState(
                        name=f"a-{number}",
                        platform="slack",
                        id=f"T1/C{number}",
                        team="T1",
                        origin=ChannelOrigin.CHAT,
                        paused_because="is_archived",
                        paused_at=NOW,
                    )
                )
            await uow.commit()
        own = await services.channel("general")
        await channel_settings.pause(own, "may not post there", services.unit_of_work, services.clock)
        found = await page_notices(services)

    many = f"{paused} channels are paused, these among them. `paperround status` names all, and says why."
    assert ([] if paused == NOTICES else [(many,)]) == [one.lines for one in found if not one.channel]
    assert NOTICES == sum(bool(one.channel) for one in found)
    assert "general" in {one.channel for one in found}


async def test_what_a_dead_server_was_sending(folder: Path) -> None:
    """Who serves a file alone knows that the one before is dead: its leases are free at once, those of a command that runs are not."""
    async with open_services(configuration()) as dead, alone(dead), dead.unit_of_work() as uow:
        for name, owner in (("ours", dead.owner), ("theirs", "a command")):
            assert await uow.leases.claim(name, owner, dead.clock(), dead.clock() + HOUR)
        await uow.commit()

    async with open_services(configuration()) as services, alone(services), services.unit_of_work() as uow:
        assert ["theirs"] == [lease.name for lease in await uow.leases.held(services.clock())]


async def test_one_pace_for_whatever_asks_a_source(folder: Path) -> None:
    """Two collects at once, as a round and a person's question beside it, ask arXiv one after the other, an interval apart."""

    async def asked(services: Services, url: str, number: int) -> None:
        options = {"interval": 0.4, "patience": 0, "rss_url": f"{url}/rss"}
        spec = SourceSpec(
            id=f"arxiv{number}",
            kind="arxiv",
            name="arXiv",
            url=url,
            section=Section.PAPERS,
            options=options,
            trusted=True,
        )
        async with services.open_sources([spec]) as sources:
            with pytest.raises(SourceError):
                await sources[spec.id].fetch(NOW, {})

    (folder / "paperround.toml").write_text("[fetch]\nallow_private = true\n")
    async with local_server() as server, open_services(configuration()) as services:
        await asyncio.gather(*(asked(services, server.url, number) for number in range(2)))

    times = [each.at for each in server.asked]
    assert len(times) >= 2
    assert all(later - earlier >= 0.4 for earlier, later in pairwise(times)), times
