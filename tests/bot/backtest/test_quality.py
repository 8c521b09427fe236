"""The ranking is as good as it was: a slice of past weeks, ranked again, beside the linear SVM."""

from __future__ import annotations

import lzma
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bot.backtest import records
from bot.backtest.protocol import Backtest, document, run, track
from tests.invented_choices import invented, topics

SHARED = Path(__file__).parents[4] / "shared" / "data" / "ranking"
TEAM_WEEKS = 50

# Each ratio may fall by a twentieth below what was measured when it was set: the works are the same in every run, so that nothing but a change of the code
# moves it. Changes that keep the quality have moved it by a hundredth or less; a fall by a tenth is noticed twice over.
MEASURED_OF_REAL_WEEKS = {"0": 0.917, "1-4": 1.362, "5-19": 1.162}
MEASURED_OF_INVENTED_WEEKS = {"0": 1.031, "1-4": 1.337, "5-19": 1.122}
MAY_FALL = 0.05


def measured(backtest: Backtest) -> dict[str, Any]:
    """The last weeks that make fifty team-weeks, measured."""
    mondays = {work.key: work.week for work in backtest.works}
    pairs = {(mondays[one.key], one.channel) for one in backtest.choices if one.key in mondays}
    weeks = sorted({week for week, _ in sorted(pairs)[-TEAM_WEEKS:]})
    return document(run(backtest, weeks))


def ratio(of: dict[str, Any]) -> float:
    return float(of["paperround"]["ndcg@10"] / of["svm"]["ndcg@10"])


def fallen(found: dict[str, Any], measured: dict[str, float]) -> dict[str, float]:
    """The histories of which the ratio fell, each with what it is."""
    ratios = {history: ratio(found["by_history"][history]) for history in measured}
    return {history: each for history, each in ratios.items() if each < (1 - MAY_FALL) * measured[history]}


@pytest.mark.slow
def test_invented_choices() -> None:
    """On invented weeks the ranking beats the SVM with its whole history, with few decisions, and with none."""
    works, choices = invented()
    found = measured(Backtest(works, choices, topics()))

    assert found["methods"]["paperround"]["n"] >= TEAM_WEEKS
    assert ratio(found["methods"]) >= 1.05
    assert fallen(found, MEASURED_OF_INVENTED_WEEKS) == {}


@pytest.mark.slow
def test_invented_choices_without_topics() -> None:
    """Without topics and decisions the ranking is that of votes; with decisions alone, no worse than the SVM."""
    works, choices = invented()
    found = measured(Backtest(works, choices))
    nobody = document(
        run(Backtest(works, [one for one in choices if one.at >= date(2026, 3, 30)]), [date(2026, 3, 30)])
    )

    assert ratio(found["methods"]) >= 1.0
    assert nobody["methods"]["paperround"]["ndcg@10"] == nobody["methods"]["votes"]["ndcg@10"]
    assert "0" not in nobody["by_history"]


@pytest.mark.slow
@pytest.mark.replay
@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the lists' works and choices beside the checkout")
def test_real_weeks() -> None:
    """On the last fifty team-weeks of ten real lists, the ranking keeps its distance to the SVM."""
    with lzma.open(SHARED / "items.jsonl.xz", "rt", encoding="utf-8") as lines:
        works = [one for one in track(records.works(lines, "items"), "hf") if one.seen >= date(2025, 6, 2)]
    known = {one.key for one in works}
    with (SHARED / "decisions.jsonl").open(encoding="utf-8") as lines:
        choices = [one for one in records.choices(lines, "decisions") if one.key in known]
    words = records.topics((SHARED / "topics.json").read_text("utf-8"), "topics")
    found = measured(Backtest(works, choices, words))

    assert found["methods"]["paperround"]["n"] >= TEAM_WEEKS
    assert ratio(found["methods"]) >= 1.05
    assert fallen(found, MEASURED_OF_REAL_WEEKS) == {}
