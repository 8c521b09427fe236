"""
How well past weeks are ranked in each part of them, beside arxiv-sanity-lite's SVM in the same run: by thirds and by halves of the weeks, and by lists.

    python benchmarks/parts.py ITEMS DECISIONS TOPICS [--source hf|all]

Some of the ranking's numbers were chosen on every third week, others on every second (docs/ranking.md). Whichever these were, the other two thirds, or the other
half, had no say: a ranking that was fitted to weeks would fall there. Printed are ratios of nDCG@10 to the SVM: with all decisions known, with five to nineteen, and
with topics alone beside the SVM's whole history; behind them the least of a third, of a half and of a list.
"""

from __future__ import annotations

import argparse
import lzma
import os
import statistics
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

from bot.backtest import records
from bot.backtest.protocol import Backtest, Trial, run, track

OURS, THEIRS = "paperround", "svm"


def planned(items: Path, decisions: Path, topics: Path, source: str) -> Backtest:
    """What is to be measured, of one track."""
    with lzma.open(items, "rt", encoding="utf-8") as lines:
        works = track(records.works(lines, items.name), source)
    known = {one.key for one in works}
    with decisions.open(encoding="utf-8") as lines:
        choices = [one for one in records.choices(lines, decisions.name) if one.key in known]
    return Backtest(works, choices, records.topics(topics.read_text("utf-8"), topics.name))


def ranked(plan: Backtest, weeks: Sequence[date]) -> list[Trial]:
    """The trials of some weeks, by both methods."""
    return run(plan, weeks, (OURS, THEIRS))


def mean(trials: Sequence[Trial], wanted: Callable[[Trial], bool]) -> float:
    """The mean nDCG@10 of the trials that are wanted."""
    return statistics.mean(one.measures["ndcg@10"] for one in trials if wanted(one))


def ratios(trials: Sequence[Trial]) -> tuple[float, float, float]:
    """What we reach of the SVM: with all decisions known, with five to nineteen, and with topics alone."""
    whole = mean(trials, lambda one: one.method == THEIRS and one.whole)
    some = {
        name: mean(trials, lambda one, name=name: one.method == name and 5 <= one.history <= 19)  # type: ignore[misc]
        for name in (OURS, THEIRS)
    }
    return (
        mean(trials, lambda one: one.method == OURS and one.whole) / whole,
        some[OURS] / some[THEIRS],
        mean(trials, lambda one: one.method == OURS and not one.history) / whole,
    )


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[1])
    options.add_argument("items", type=Path)
    options.add_argument("decisions", type=Path)
    options.add_argument("topics", type=Path)
    options.add_argument("--source", choices=("hf", "all"), default="hf")
    given = options.parse_args()
    plan = planned(given.items, given.decisions, given.topics, given.source)
    weeks = plan.weeks()
    shares = [weeks[start::2] for start in range(2)]
    with ProcessPoolExecutor(len(shares), mp_context=get_context("spawn")) as pool:
        trials = [one for share in pool.map(ranked, [plan] * len(shares), shares) for one in share]
    places = {week: place for place, week in enumerate(weeks)}
    parts: dict[str, dict[str, list[Trial]]] = {"third": {}, "half": {}, "list": {}}
    for one in trials:
        for kind, part in (
            ("third", places[one.week] % 3 + 1),
            ("half", places[one.week] % 2 + 1),
            ("list", one.channel),
        ):
            parts[kind].setdefault(str(part), []).append(one)
    print(f"{'weeks':24} {'team-weeks':>10} {'all known':>10} {'5 to 19':>10} {'topics alone':>13}")
    for kind, mine in (("", {"all": trials}), *parts.items()):
        found = {part: ratios(some) for part, some in sorted(mine.items())}
        for part, figures in found.items():
            number = sum(one.whole and one.method == OURS for one in mine[part])
            print(
                f"{f'{kind} {part}'.strip():24} {number:10} "
                + " ".join(f"{figure:{width}.3f}" for figure, width in zip(figures, (10, 10, 13), strict=True))
            )
        if kind:
            least = [min(figures[column] for figures in found.values()) for column in range(3)]
            print(
                f"{f'least of a {kind}':24} {'':10} "
                + " ".join(f"{figure:{width}.3f}" for figure, width in zip(least, (10, 10, 13), strict=True))
            )


if __name__ == "__main__":
    main()
