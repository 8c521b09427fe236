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
from bot.model import Meaning, Member, PostingState
from bot.ports import Batch
from scheduler.bootstrap import configuration, open_services
from scheduler.cli import app
from tests.factories import ADA, NOW, digest, entry, item, mention, pick, posting, press, reaction, ref, stored, summary

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
    assert "  Exploration: 12 picks drawn from outside what you ask for, of which you liked 3." in lines


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


async def discovered() -> None:
    """Three weeks of works in the database, of which the channel wants to read those on its field."""
    async with open_services(configuration()) as services, services.unit_of_work() as uow:
        for number in range(36):
            key, seen = f"arxiv:2602.{number:05}", NOW - timedelta(weeks=1 + number // 12)
            field = "robot grasping" if number % 3 == 0 else f"protein folding {number}"
            one = stored(
                entry(key, title=f"On {field}", abstract=f"We study {field} with care.", published=seen),
                first_seen=seen,
            )
            said = mention(key, external_id=key, title=one.entry.title, at=seen)
            await uow.entries.store(
                [Batch(source_id="arxiv", entries=(one,), mentions=(said,), titles={key: one.entry.title})]
            )
            if number % 3 == 0:
                what = {"event_id": f"p{number}", "item_key": key, "channel": "a", "at": seen}
                await uow.presses.add(press(Meaning.MUST_READ, ADA, **what))
        await uow.commit()


@pytest.mark.process
def test_choice(place: Path) -> None:
    """With --choice the team's own weeks are ranked again, from its own database; where there is none yet, that is said."""
    assert json.loads(ran("--choice", "--json").stdout)["choice"] is None
    assert "No week yet in which a channel decided on something." in ran("--choice").stdout

    asyncio.run(discovered())
    found = json.loads(ran("--choice", "--json").stdout)["choice"]
    told = ran("--choice").stdout

    assert (1, 3) == (found["channels"], found["weeks"])
    assert {"paperround", "votes", "recency", "svm"} == set(found["methods"])
    assert 0 < found["methods"]["paperround"]["ndcg@10"] <= 1
    assert "nDCG@10" in told
    assert f"paperround {found['methods']['paperround']['ndcg@10']:.3f}" in " ".join(told.split())
    assert "choice" not in json.loads(ran("--json").stdout)
