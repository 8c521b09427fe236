"""Writing `.env`: what was there stays, and nobody else can read it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from scheduler.env_file import set_variables


def test_new(tmp_path: Path) -> None:
    """A file that is not there is made, for its owner alone."""
    path = tmp_path / ".env"
    set_variables(path, {"A": "1", "B": "x=y"})

    assert path.read_text() == "A=1\nB=x=y\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_was_there(tmp_path: Path) -> None:
    """Comments, blanks and other variables stay in their places; one that was set twice is set once; twice is harmless."""
    path = tmp_path / ".env"
    path.write_text("# mine\nOTHER=1\n\nexport A=old\nA=older\nABC=2")
    path.chmod(0o644)
    for _ in range(2):
        set_variables(path, {"A": "new", "B": "2"})

    assert path.read_text() == "# mine\nOTHER=1\n\nA=new\nABC=2\nB=2\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [path] == list(tmp_path.iterdir())


def test_no_line_breaks(tmp_path: Path) -> None:
    """A value cannot bring another line along, and is not repeated."""
    with pytest.raises(ValueError, match="the value of A") as caught:
        set_variables(tmp_path / ".env", {"A": "secret\nB=2"})

    assert "secret" not in str(caught.value)
    assert [] == list(tmp_path.iterdir())
