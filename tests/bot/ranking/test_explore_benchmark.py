"""The benchmark of exploration runs on the ranking as it is."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest


def test_it_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some weeks before and after a move are ranked, for a team with exploration and for one that is told of the move."""
    path = Path(__file__).parents[3] / "benchmarks" / "explore.py"
    spec = importlib.util.spec_from_file_location("explore_benchmark", path)
    assert spec is not None
    assert spec.loader is not None
    benchmark = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "explore_benchmark", benchmark)
    spec.loader.exec_module(benchmark)
    monkeypatch.setattr(benchmark, "WEEKS", 9)
    monkeypatch.setattr(benchmark, "MOVES", 6)

    for knowing in (False, True):
        found = benchmark.recalls(0, 0.2, moving=True, knowing=knowing)
        assert len(found) == 6
        assert min(found[:3]) > 0.5 > found[3]
