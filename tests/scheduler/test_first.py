"""What is done once when the service starts."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import Any, cast

import pytest

from scheduler import bootstrap
from scheduler.cli import up
from tests.fake_sources import FakeSource
from tests.scheduler.test_jobs import Lodge


@pytest.mark.parametrize(("which", "shown"), [((), 0), (("arxiv",), 0), (("arxiv", "lab"), 1)])
async def test_the_sample_week_stands_in_for_no_digest_but_all(
    monkeypatch: pytest.MonkeyPatch, which: tuple[str, ...], shown: int
) -> None:
    """While a channel waits for the one source that it reads, and the others have their digests, nobody is shown the sample week."""
    samples: list[str] = []

    async def sample(_: Any, why: str) -> None:
        samples.append(why)

    async def line(*_: Any) -> str:
        return ""

    monkeypatch.setattr(up, "_show_sample", sample)
    monkeypatch.setattr(up, "source_progress", lambda *_, **__: nullcontext(None))
    monkeypatch.setattr(bootstrap, "next_digest_line", line)
    lodge = Lodge()
    wired = cast("dict[str, FakeSource]", cast(Any, lodge.house.settings).wired)
    for name in which:
        wired[name].error = "is away"
    slack, discord = lodge.channels
    lodge.house = replace(lodge.house, channels=(replace(slack, sources=("arxiv",)), discord))
    await up._first(lodge.house, "http://127.0.0.1:1")

    assert shown == len(samples)
    assert (0 if which else 3) == lodge.sent("slack")
