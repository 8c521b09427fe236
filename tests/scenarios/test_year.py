"""Two days of the year that `benchmarks/year.py` simulates: how often each source is asked, and in what rhythm."""

from __future__ import annotations

import pytest

from benchmarks.year import A_FEED, ARXIV_SECONDS, SLACK, configuration, live
from scheduler import bootstrap

pytestmark = [pytest.mark.replay, pytest.mark.process, pytest.mark.slow]


async def test_two_days(replay, tmp_path, monkeypatch) -> None:
    """Twice a day and no more; the newsletters once each time, arXiv three seconds apart, and only for what has changed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(bootstrap, "running_clock", bootstrap.running_clock)
    (tmp_path / "paperround.toml").write_text(configuration(replay.address))

    year = await live(replay.address, 2)

    assert [] == [*year.faults()]
    assert 4 == year.rounds
    assert ARXIV_SECONDS * SLACK < year.shortest
    assert max(year.at_once[source] for source in ("openai", "chinai", "import-ai")) <= A_FEED
    assert {4} == {sum(year.by_day[source].values()) for source in ("openai", "chinai", "import-ai")}
    assert 3 == year.conditional["openai"]
