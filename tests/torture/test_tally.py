"""What is said of all worlds together."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fork_server import TOO_LATE
from tests.torture.__main__ import Tally, conclude

WELL: dict[str, Any] = {"runs": 20, "findings": {"duplicates": [], "losses": [], "window": 0}}


def test_a_process_that_could_not_be_started_in_time(capsys: pytest.CaptureFixture[str]) -> None:
    """It is no loss, for nothing was seen of the program; nor do the runs of that world count, and not all is well."""
    tally = Tally()
    conclude(tally, dict(WELL), "", "postgresql, seed 1")
    assert 0 == tally.code()

    said = f"Traceback\ntests.fork_server.StartsLateError: {TOO_LATE} 60 seconds: this machine is too busy\n"
    conclude(tally, {"runs": 3}, said, "postgresql, seed 2")

    assert (0, 20, 1, 1) == (tally.found("losses"), tally.total("runs"), tally.unjudged, tally.code())
    assert f"postgresql, seed 2: tests.fork_server.StartsLateError: {TOO_LATE}" in capsys.readouterr().out


def test_a_world_that_ended_otherwise() -> None:
    """Whatever else ends a world before it was judged is a loss."""
    tally = Tally()
    conclude(tally, {"runs": 3}, "ValueError: of ours", "sqlite, seed 3")

    assert (1, 0, 1) == (tally.found("losses"), tally.unjudged, tally.code())
