"""`paperround backup` and `paperround restore`."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.cli.common import prepared
from scheduler.cli.wrapping import say

if TYPE_CHECKING:
    from adapters.storage.backup import RestoreResult

Target = Annotated[Path, typer.Argument(metavar="FILE", help="Where to put the copy.")]
Backup = Annotated[Path, typer.Argument(metavar="FILE", help="A file that `paperround backup` made.")]
Force = Annotated[bool, typer.Option("--force", help="Write over FILE if it is there.")]

MEGABYTE = 1_000_000


def backup(file: Target, force: Force = False) -> None:  # noqa: FBT002 - Typer's way of an option
    """Back the database up into a file, checked and whole. Works while `paperround up` runs."""
    from scheduler.bootstrap.database import back_up  # noqa: PLC0415 - pydantic is not for `--help`

    settings = prepared()
    with progress_bar("Copying") as progress:
        copied = back_up(settings, file, force=force, progress=progress)
    size = f"{copied.size / MEGABYTE:.1f} MB"
    say(f"The database is in {copied.path} ({size}, checked). Put it back with: paperround restore {copied.path}")


def restore(file: Backup) -> None:
    """Restore a backup; the present database is saved beside it first. Works while `paperround up` runs."""
    from scheduler.bootstrap.database import put_back  # noqa: PLC0415 - pydantic is not for `--help`

    settings = prepared()
    with progress_bar("Restoring") as progress:
        restored = put_back(settings, file, progress=progress)
    for line in _told(file, restored):
        say(line)


def _told(file: Path, restored: RestoreResult) -> Iterator[str]:
    yield f"{file} is the database now."
    if restored.safety:
        yield f"What was there before is in {restored.safety}. To go back: paperround restore {restored.safety}"
    for channel, week in restored.kept:
        yield f"{week} of {channel} was sent after this backup was made. It stays known as sent."
    yield "What people did on the platforms since then is found again by: paperround reconcile"


@contextlib.contextmanager
def progress_bar(word: str) -> Iterator[Callable[[int, int], None] | None]:
    """A progress bar on a terminal, as a callback with what is done and what there is; None elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415 - for a terminal only
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(word, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
