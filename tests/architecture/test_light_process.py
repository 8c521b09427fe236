"""What listens stays light: nothing that calculates the ranking is imported where the service runs."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = ("numpy", "scipy", "sklearn", "Stemmer", "joblib")


@pytest.mark.process
@pytest.mark.parametrize(
    "modules", [("scheduler.cli",), ("scheduler.bootstrap", "scheduler.jobs", "adapters.ranking.process", "bot.usecases.compile", "bot.usecases.measure")]
)  # fmt: skip
def test_nothing_heavy(modules: tuple[str, ...]) -> None:
    """Neither the command line nor the service, with the ranking's own front, imports numpy or what is built on it."""
    imports = "; ".join(f"import {name}" for name in modules)
    program = (
        f"import json, sys; {imports}; print(json.dumps(sorted({{name.partition('.')[0] for name in sys.modules}})))"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)

    assert [] == sorted(set(HEAVY) & set(json.loads(done.stdout)))
