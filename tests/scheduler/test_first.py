"""What is done once when the service starts."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from bot.usecases.channel_list import ChannelList
from scheduler import jobs
from scheduler.cli import up
from scheduler.services import Services
from tests.fake_sources import FakeSource
from tests.reliability.world import entry
from tests.scheduler.test_jobs import Lodge


@pytest.fixture
def samples(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is said when the sample week is shown; nothing else is printed."""
    samples: list[str] = []

    async def sample(_: Any, why: str) -> None:
        samples.append(why)

    async def line(*_: Any) -> str:
        return ""

    monkeypatch.setattr(up, "_show_sample", sample)
    monkeypatch.setattr(up, "source_progress", lambda *_, **__: nullcontext(None))
    monkeypatch.setattr(Services, "next_digest_line", line)
    return samples


@pytest.mark.parametrize(("which", "shown"), [((), 0), (("arxiv",), 0), (("arxiv", "lab"), 1)])
async def test_the_sample_week_stands_in_for_no_digest_but_all(
    samples: list[str], which: tuple[str, ...], shown: int
) -> None:
    """While a channel waits for the one source that it reads, and the others have their digests, nobody is shown the sample week."""
    lodge = Lodge()
    wired = cast("dict[str, FakeSource]", cast(Any, lodge.services.settings).wired)
    for name in which:
        wired[name].error = "is away"
    slack, discord = lodge.channels
    both = (replace(slack, sources=("arxiv",)), discord)
    lodge.services = replace(lodge.services, channels=ChannelList(both, lodge.database.unit_of_work))
    await up._first(lodge.services, "http://127.0.0.1:1")

    assert shown == len(samples)
    assert (0 if which else 3) == lodge.sent("slack")


async def test_a_start_without_network(samples: list[str]) -> None:
    """Where there was a digest before, a Monday without network waits: it brings neither invented papers nor the leftovers of the week."""
    lodge = Lodge()
    await up._first(lodge.services, "http://127.0.0.1:1")
    first = lodge.sent("slack")
    wired = cast("dict[str, FakeSource]", cast(Any, lodge.services.settings).wired)
    lodge.clock.now += timedelta(days=3)
    for source in wired.values():
        source.entries = [entry(source.spec, 9, lodge.clock.now - timedelta(hours=1))]
    await jobs.collect(lodge.services)
    for source in wired.values():
        source.error = "is away"
    lodge.clock.now += timedelta(days=4)
    await up._first(lodge.services, "http://127.0.0.1:1")

    assert ([], first) == (samples, lodge.sent("slack"))

    for source in wired.values():
        source.error = None
    await lodge.tick(after=timedelta(hours=1))

    assert first < lodge.sent("slack")
