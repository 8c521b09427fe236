"""What the command line says when it cannot even be imported."""

from __future__ import annotations

import subprocess
import sys

import pytest

STARVED = """
import resource, sys
import scheduler.__main__ as program
_, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (3 + {left}, most))
sys.argv = ["paperround", "--help"]
program.main()
"""


@pytest.mark.process
@pytest.mark.parametrize("left", [0, 1])
def test_no_descriptors(left: int) -> None:
    """Where no module can be opened any more, one sentence says what to set, and no traceback."""
    done = subprocess.run(
        [sys.executable, "-c", STARVED.format(left=left)], capture_output=True, text=True, timeout=60, check=False
    )

    if left == 0:
        assert done.returncode == 1
        assert done.stderr.startswith("Too many files are open.")
    assert "Traceback" not in done.stderr
