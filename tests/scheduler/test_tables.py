"""Tables of the command line, at any width: what there is to read of a source can be read."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios

import pytest

from scheduler.cli.tables import Column, Row, lines

COLUMNS = (Column("source"), Column("state"), Column("answered"), Column("newest"), Column("entries", right=True))
WHY = "answered 404 (knows no such page; its address may have changed), failing since 17 August, paused until 09:05 UTC"
ROWS = (
    Row(["reddit-machinelearning", "ok", "2026-08-17 09:00", "2026-08-16", "1,063"], "green"),
    Row(["the-batch", "failing", "2026-08-10 09:00", "", "7"], "red", WHY),
)


def printed(width: int | None) -> list[str]:
    return [line.plain for line in lines(COLUMNS, ROWS, width)]


@pytest.mark.parametrize("width", [*range(40, 131), None])
def test_nothing_is_lost(width: int | None) -> None:
    """From 40 columns on each word, number and instant is there in one piece, and no line is wider than the terminal."""
    said = printed(width)

    whole = " ".join(" ".join(said).split())
    assert all(cell in whole for row in ROWS for cell in row.cells)
    assert WHY in whole.replace("  ", " ")
    assert all(width is None or len(line) <= width for line in said)
    assert [] == [line for line in said if line != line.rstrip()]


def test_narrow() -> None:
    """What has no room beside goes below, with its name."""
    assert [
        "source                  state",
        "reddit-machinelearning  ok",
        "  answered 2026-08-17 09:00",
        "  newest 2026-08-16  entries 1,063",
        "the-batch               failing",
        "  answered 2026-08-10 09:00  entries 7",
        "  answered 404 (knows no such page; its",
        "  address may have changed), failing",
        "  since 17 August, paused until 09:05",
        "  UTC",
    ] == printed(40)


def test_remark_below() -> None:
    """Where the columns alone fit, the remark has the next line to itself."""
    assert [
        "the-batch               failing  2026-08-10 09:00                    7",
        "  answered 404 (knows no such page; its address may have changed), failing since",
        "  17 August, paused until 09:05 UTC",
    ] == printed(80)[2:]


def test_remark_beside() -> None:
    """With room it stands beside, and its further lines under its first."""
    first, second, third = printed(120)[2:]

    assert first.startswith("the-batch               failing  2026-08-10 09:00                    7  answered 404 (")
    assert {first.index("answered 404")} == {len(line) - len(line.lstrip()) for line in (second, third)}


def test_wide() -> None:
    """Where no terminal reads, a source is one line."""
    assert f"the-batch               failing  2026-08-10 09:00                    7  {WHY}" == printed(None)[-1]


def test_no_source() -> None:
    """A table of nothing is its head."""
    assert ["source  state"] == [line.plain for line in lines(COLUMNS[:2], (), 40)]


def test_words_are_no_markup() -> None:
    """What a source says is shown as it stands."""
    assert (
        "x       [red]off[/red]"
        == [line.plain for line in lines(COLUMNS[:1], [Row(["x"], "", "[red]off[/red]")], 80)][-1]
    )


PROGRAM = """
from scheduler.cli.tables import show
from tests.scheduler.test_tables import COLUMNS, ROWS
show(COLUMNS, ROWS)
"""


@pytest.mark.process
def test_terminal_and_pipe() -> None:
    """A terminal's width is kept to; a pipe gets whole lines, whatever COLUMNS says."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))
    surroundings = {name: value for name, value in os.environ.items() if name not in {"COLUMNS", "LINES"}}
    there = {**surroundings, "TERM": "xterm", "NO_COLOR": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", PROGRAM], stdin=theirs, stdout=theirs, env=there, check=True)
    os.close(theirs)
    shown = os.read(ours, 20_000).decode()
    os.close(ours)
    piped = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, env=there | {"COLUMNS": "60"}, check=True
    ).stdout

    assert "  newest 2026-08-16  entries 1,063" in shown
    assert printed(None) == piped.splitlines()
