"""`benchmarks/herd.py` runs with what the program is made of today: nobody else builds its services on platforms that enforce their limits."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.process

HERD = Path(__file__).resolve().parents[2] / "benchmarks" / "herd.py"


def test_a_small_herd() -> None:
    """Eight channels on both platforms and in both layouts get each digest and each message once."""
    given = [sys.executable, str(HERD), "--channels", "8", "--deliver", "8"]

    done = subprocess.run(given, capture_output=True, text=True, timeout=300, check=False)

    assert done.returncode == 0, done.stderr
    assert "checked: 8 digests, all that were due" in done.stdout, done.stdout + done.stderr
