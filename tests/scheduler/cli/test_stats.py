"""`paperround stats`: its document, its table, and what it says to a channel that there is not."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.errors import UsageError
from bot.model import Member, PostingState
from scheduler.bootstrap import configuration, open_services
from scheduler.cli import app
from tests.factories import NOW, digest, item, pick, posting, reaction, ref, summary

WEEKS = 12


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two channels; one of them was sent a pick a week that explored, and liked every fourth."""
    monkeypatch.chdir(tmp_path)
    for name in ("PAPERROUND_CONFIG", "PAPERROUND_PASSWORD", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PAPERROUND_NOW", NOW.isoformat())
    Path("paperround.toml").write_text('[[channels]]\nname = "a"\ntopics = ["agents"]\n[[channels]]\nname = "b"\n')
    asyncio.run(sent())
    return tmp_path


async def sent() -> None:
    async with open_services(configuration()) as services, services.unit_of_work() as uow:
        for number in range(WEEKS):
            week, key = f"2026-W{number + 10}", f"arxiv:2601.{number:05}"
            explored = pick(item(key), explore=True, propensity=0.02)
            made = NOW - timedelta(weeks=WEEKS - number)
            planned = replace(posting(1, channel="a", week=week, item_key=key), key=f"{week}/1")
            await uow.digests.add(digest(explored, channel="a", week=week, compiled_at=made))
            await uow.postings.plan([planned])
            await uow.postings.save(replace(planned, state=PostingState.POSTED, attempt=1, ref=ref(key)))
            if number % 4 == 0:
                await uow.reactions.put(reaction("⭐", ref=ref(key)))
        await uow.commit()


def ran(*words: str) -> Result:
    return CliRunner().invoke(app, ["stats", *words])


def test_document(place: Path) -> None:
    """With --json it prints one document and nothing else: sums, and an estimate with its interval, null while it is too few."""
    asyncio.run(joined())
    done = ran("--json")
    first, second = json.loads(done.stdout)["channels"]
    estimate = first["exploration"].pop("estimate")
    low, high = estimate["interval"]

    assert 0 == done.exit_code
    assert ("a", 12, 12, 12, 3, 1) == tuple(
        first[key] for key in ("name", "digests", "picks", "cards", "marked", "summarised")
    )
    assert pytest.approx((0.3 * 20 + 3) / 32) == first["marking_rate"]
    assert (12, 3, 12, 0, 0) == tuple(
        first["exploration"][key] for key in ("explored", "liked", "counted", "waiting", "unweighted")
    )
    assert pytest.approx(0.25) == estimate["rate"]
    assert 0 <= low < 0.25 < high <= 1
    assert "best 400" in first["exploration"]["population"]
    assert ("b", 0, None) == (second["name"], second["digests"], second["exploration"]["estimate"])


def test_table(place: Path) -> None:
    """Without, it prints a row a channel, and below what exploration tells of each."""
    asyncio.run(joined())
    lines = [line.rstrip() for line in ran().stdout.splitlines()]

    assert "channel digests picks cards marked summarised rate explored liked would like".split() == lines[0].split()
    assert "a 12 12 12 3 1 28% 12 3 25% (9% to 54%)".split() == lines[1].split()
    assert "b 0 0 0 0".split() == lines[2].split()
    assert "#a" in lines
    assert "  Exploration: 12 picks from outside your topics, of which you liked 3." in lines


def test_one_channel(place: Path) -> None:
    """A channel can be asked for by its name; one that there is not is named, beside those that there are."""
    done, wrong = ran("--channel", "b", "--json"), ran("--channel", "nowhere")

    assert ["b"] == [one["name"] for one in json.loads(done.stdout)["channels"]]
    assert isinstance(wrong.exception, UsageError)
    assert "There is no channel 'nowhere'. Configured are: a, b." == str(wrong.exception)


def test_three_members(place: Path) -> None:
    """Weeks and sources are told from three members up; a member who asks gets their own figures."""
    few = json.loads(ran("--channel", "a", "--json").stdout)["channels"][0]
    assert (1, [], []) == (few["members"], few["weeks"], few["sources"])
    assert [None] * 5 == [
        *(few[name] for name in ("marked", "summarised", "marking_rate")),
        *(few["exploration"][name] for name in ("liked", "estimate")),
    ]
    assert "so far 1 took part" in ran("--channel", "a").stdout

    asyncio.run(joined())
    found = json.loads(ran("--channel", "a", "--member", "ada", "--json").stdout)["channels"][0]
    told = ran("--channel", "a", "--member", "ada").stdout

    assert (3, 12) == (found["members"], len(found["weeks"]))
    assert {"wanted": 3, "with_summary": 1, "share": 1 / 3} == found["thirty_second_rule"]
    assert {"source": "arxiv", "shown": 12, "marked": 3, "read": 0, "summarised": 1, "rate": 0.25} == found["sources"][
        0
    ]
    assert {"marked": 3, "read": 0, "skipped": 0, "written": 0, "owed": 0} == found["own"]
    assert "1 of 1  ████████████████████" in told
    assert "Own figures: 3 marked" in told
    assert isinstance(ran("--member", "zoe").exception, UsageError)


async def joined() -> None:
    async with open_services(configuration()) as services, services.unit_of_work() as uow:
        key = "arxiv:2601.00000"
        for name in ("Ben", "Cy"):
            await uow.reactions.put(reaction("👀", Member(id=name, name=name), ref=ref(key)))
        await uow.summaries.put(summary("Good.", parent=ref(key), channel="a", item_key=key, member=Member(id="Ben")))
        await uow.commit()
