"""A day of the year that `benchmarks/year.py` simulates: how often each host is asked, and in what rhythm. And that a host asked too often is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from benchmarks.year import A_DAY, A_FEED, ARXIV_SECONDS, SLACK, START, Year, configuration, count, live
from scheduler import bootstrap

FEEDS = ("openai", "chinai", "import-ai")
NO_DIGEST = START + timedelta(days=3)
"""No digest is due at a first start: what is tried are collects."""


def asked(source: str, *seconds: float) -> list[dict]:
    """What the captured week's server tells of so many requests."""
    return [{"source": source, "at": at} for at in seconds]


def faults(*rounds: list[dict]) -> list[str]:
    year = Year(days=1, scale=1)
    for one in rounds:
        count(year, one, 0)
    return [*year.faults()]


def test_as_documented() -> None:
    assert [] == faults(asked("arxiv", 0, 3, 6.1) + asked("huggingface", *range(50)) + asked("openai", 0, 1))


@pytest.mark.parametrize(
    ("rounds", "expected"),
    [
        ([asked("arxiv", 0, 3, 5.5)], "arXiv was asked again after 2.50 s; 3 are its terms"),
        ([asked("huggingface", *range(501))], "huggingface was asked 501 times in one round; 500 are allowed"),
        ([asked("x-list", *range(901))], "x-list was asked 901 times in one round; 900 are allowed"),
        ([asked("openai", *range(A_FEED + 1))], "openai was asked 4 times in one round; 3 are allowed"),
        ([asked("openai", 0)] * (A_DAY + 1), "openai was asked 61 times in a day; 60 are enough"),
    ],
)
def test_asked_too_often(rounds: list[list[dict]], expected: str) -> None:
    """A host that is asked above its documented rate, or above ours where it documents none, is named."""
    assert expected in faults(*rounds)


@pytest.mark.replay
@pytest.mark.process
@pytest.mark.parametrize("interval", [ARXIV_SECONDS, 0], ids=["as documented", "without a pause"])
async def test_a_morning(replay, tmp_path, monkeypatch, interval: float) -> None:
    """In service's own seconds: each feed is asked for once, arXiv three seconds apart; without its pause it is found out."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(bootstrap, "running_clock", bootstrap.running_clock)
    (tmp_path / "paperround.toml").write_text(configuration(replay.address, arxiv_interval=interval, page=50, most=150))

    year = await live(replay.address, 1 / 24, start=NO_DIGEST, scale=1)

    assert 1 == year.rounds
    assert {1} == {sum(year.by_day[source].values()) for source in FEEDS}
    assert 2 <= year.at_once["arxiv"]
    if interval:
        assert [] == [*year.faults()]
        assert ARXIV_SECONDS * SLACK < year.shortest
    else:
        assert ["arXiv was asked again after"] == [fault[:27] for fault in year.faults()]
