"""What is said of a command line that cannot be: one sentence that names the culprit and the remedy, and exit code 2."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import UsageError
from scheduler.cli import run


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("nonsense", "paperround has no command 'nonsense'. See: paperround --help"),
        ("preveiw", "paperround has no command 'preveiw'. Did you mean preview? See: paperround --help"),
        ("sources chekc", "paperround sources has no command 'chekc'. Did you mean check? See: paperround sources --help"),
        ("preview a b", "paperround preview takes options alone: a b is too much. See: paperround preview --help"),
        ("backup a b", "paperround backup takes FILE alone: b is too much. See: paperround backup --help"),
        ("backup", "paperround backup needs FILE: where to put the copy. See: paperround backup --help"),
        ("preview --weke x", "paperround preview has no option --weke. Did you mean --week? See: paperround preview --help"),
        ("preview --week", "--week needs a value. See: paperround --help"),
        ("move postgresql://me:S3 cr3t@h/n", "paperround move takes ADDRESS alone: there are words behind it, which are too much. See: paperround move --help"),
        ("preview postgresql://me:S3cr3t@h/n", "paperround preview takes options alone: there are words behind it, which are too much. See: paperround preview --help"),
        ("postgresql://me:S3cr3t@h/n", "paperround has no command of that name. See: paperround --help"),
        ("preview --json=3", "--json takes no value. See: paperround --help"),
        ("backtest --source x", "--source: 'x' is not one of 'hf', 'all'. See: paperround backtest --help"),
        ("up --port abc", "--port: 'abc' is no whole number from 0 to 65,535. See: paperround up --help"),
    ],
)  # fmt: skip
def test_refused(line: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The words are this project's, whatever Typer says of it."""
    assert 2 == run(line.split())

    assert ("", f"{said}\n") == tuple(capsys.readouterr())


@pytest.mark.parametrize("line", ["", "sources", "setup"])
def test_nothing_behind_it(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a command there is the help, with code 2: nothing was done."""
    assert 2 == run(line.split())

    assert f"Usage: paperround{f' {line}' if line else ''} [OPTIONS] COMMAND" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("address", "problem"),
    [("nonsense", "no address of a database"), ("mysql://h/n", "begins with 'mysql', which is unknown here")],
)
def test_move_names_its_argument(address: str, problem: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An address that is none is the argument's fault, and not that of DATABASE_URL."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=rf"^ADDRESS: {problem}\. Write postgresql://"):
        run(["move", address])
