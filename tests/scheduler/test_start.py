"""What the command line says when it cannot even be imported."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

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


@pytest.mark.process
def test_what_a_person_has_to_mend_first(tmp_path: Path) -> None:
    """
    A database of a newer program and a driver that is not installed end with code 2, as a fault of the settings does: a supervisor that starts us
    again every few seconds would do so for ever.
    """
    address = f"sqlite:///{tmp_path / 'papers.db'}"
    assert _ended(tmp_path, address) == (0, "")
    with sqlite3.connect(tmp_path / "papers.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999_tomorrow'")
    connection.close()
    code, told = _ended(tmp_path, address)
    assert (code, "was made by a newer Paper Round" in told) == (2, True), told

    code, told = _ended(tmp_path, "postgresql://me@127.0.0.1:1/papers")
    assert (code, "pip install 'paperround[postgres]'" in told) == (2, True), told


WITHOUT_DRIVER = """
import sys
sys.modules["psycopg"] = None
import scheduler.__main__ as program
sys.argv = ["paperround", "migrate"]
program.main()
"""


def _ended(folder: Path, address: str) -> tuple[int, str]:
    """How `paperround migrate` ends where PostgreSQL's driver is not installed, and what it says on standard error in one line."""
    environment = {**os.environ, "DATABASE_URL": address, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_DRIVER],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, " ".join(done.stderr.split())
