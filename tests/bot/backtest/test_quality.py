"""The ranking is as good as it was: a slice of past weeks, ranked again, beside the linear SVM."""

from __future__ import annotations

import lzma
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.backtest import records
from bot.backtest.protocol import Backtest, document, run, track
from bot.ranking import interest
from bot.ranking.corpus import Corpus
from bot.ranking.regression import Learnt
from tests.invented_choices import invented, topics

SHARED = Path(__file__).parents[4] / "shared" / "data" / "ranking"
TEAM_WEEKS = 50

# How far each ratio may fall below what was measured when it was set: the works are the same in every run, so that nothing but a change of the code moves it.
# Changes that keep the quality have moved it by a hundredth or less on invented weeks, and by less than two on real ones, whose teams differ more.
MEASURED_OF_REAL_WEEKS = {"0": 0.913, "1-4": 1.37, "5-19": 1.178, "20-99": 0.997}
MAY_FALL_OF_REAL_WEEKS = 0.05
MEASURED_OF_INVENTED_WEEKS = {"0": 0.954, "1-4": 1.317, "5-19": 1.166, "20-99": 1.12}
MAY_FALL_OF_INVENTED_WEEKS = 0.03


def measured(backtest: Backtest) -> dict[str, Any]:
    """The last weeks that make fifty team-weeks, measured."""
    mondays = {work.key: work.week for work in backtest.works}
    pairs = {(mondays[one.key], one.channel) for one in backtest.choices if one.key in mondays}
    weeks = sorted({week for week, _ in sorted(pairs)[-TEAM_WEEKS:]})
    return document(run(backtest, weeks))


def ratio(of: dict[str, Any]) -> float:
    return float(of["paperround"]["ndcg@10"] / of["svm"]["ndcg@10"])


def fallen(found: dict[str, Any], measured: dict[str, float], may_fall: float) -> dict[str, float]:
    """The histories of which the ratio fell further than it may, each with what it is."""
    ratios = {history: ratio(found["by_history"][history]) for history in measured}
    return {history: each for history, each in ratios.items() if each < (1 - may_fall) * measured[history]}


def without_topics(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let topics count for nothing beside decisions."""
    monkeypatch.setattr(interest, "topics_score", lambda *_: None)


def without_decisions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let decisions teach nothing."""

    def nothing(corpus: Corpus, *_: object, **__: object) -> Learnt:
        return Learnt(np.zeros(corpus.rows.shape[1], np.float32), np.full(len(corpus.works), np.nan))

    monkeypatch.setattr(interest, "regression", nothing)


def without_feedback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let topics say no more than their own words."""
    monkeypatch.setattr(interest, "topics_score", lambda _, __, direct, ___, places: direct[places])


@pytest.mark.slow
def test_invented_choices() -> None:
    """On invented weeks the ranking beats the SVM with its whole history, with few decisions, and with none."""
    works, choices = invented()
    found = measured(Backtest(works, choices, topics()))

    assert found["methods"]["paperround"]["n"] >= TEAM_WEEKS
    assert ratio(found["methods"]) >= 1.05
    assert fallen(found, MEASURED_OF_INVENTED_WEEKS, MAY_FALL_OF_INVENTED_WEEKS) == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("broken", "tells"),
    [
        (without_topics, {"0", "1-4", "5-19"}),
        (without_decisions, {"20-99"}),
        (without_feedback, {"0", "1-4"}),
    ],
)
def test_what_is_noticed(
    broken: Callable[[pytest.MonkeyPatch], None], tells: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ranking that lost one of its parts falls further than it may, in the histories that the part decides."""
    broken(monkeypatch)
    works, choices = invented()
    found = measured(Backtest(works, choices, topics()))

    assert tells <= fallen(found, MEASURED_OF_INVENTED_WEEKS, MAY_FALL_OF_INVENTED_WEEKS).keys()


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
    assert fallen(found, MEASURED_OF_REAL_WEEKS, MAY_FALL_OF_REAL_WEEKS) == {}
