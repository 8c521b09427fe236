"""`paperround`, and `python -m scheduler`."""

from __future__ import annotations

import contextlib
import errno
import os
import sys

from bot.errors import DatabaseNewer, PaperRoundError, SettingsError, UsageError
from bot.open_files import is_too_many
from scheduler.stop_signals import catch

NO_DESCRIPTORS = (
    "Too many files are open. Let us open more (`ulimit -n 1024`, LimitNOFILE= in a systemd unit), then start again."
)


SERVICES = frozenset({"up", "web", "worker", "clock", "discord"})
"""The commands that run until they are stopped."""


def stop_while_starting() -> None:
    """
    End with code 0 at SIGTERM, SIGHUP or Ctrl-C until the service stops in its own order (`Runner`): a supervisor that changes its mind in the
    first seconds must not see a failure.

    At once, since nothing is under way yet: what is being written, as by a migration, is a transaction.
    """

    def stop(_number: int, _frame: object) -> None:
        with contextlib.suppress(OSError):
            os.write(1, b"Stopped.\n")
        os._exit(0)

    catch(stop)


def main() -> None:
    """
    Run the command line. Errors of ours are sentences on standard error: exit code 2 for what a person has to correct
    first, in the command, the configuration or what is installed, 1 for everything else.
    """
    if next((word for word in sys.argv[1:] if not word.startswith("-")), None) in SERVICES:
        stop_while_starting()
    try:
        _run()
    except Exception as error:
        if not _without_descriptors(error):
            raise
        sys.stderr.write(f"{NO_DESCRIPTORS}\n")
        sys.exit(1)


def _run() -> None:
    from scheduler.cli.wrapping import say  # noqa: PLC0415 - as below

    try:
        from scheduler.cli import run  # noqa: PLC0415 - Typer is imported once the program really starts

        sys.exit(run())
    except (SettingsError, UsageError, DatabaseNewer) as error:
        say(str(error), err=True)
        sys.exit(2)
    except PaperRoundError as error:
        say(str(error), err=True)
        sys.exit(1)


def _without_descriptors(error: BaseException | None) -> bool:
    """Whether an error comes of too many open files: it may be any import's, and a compiled module's has the words alone."""
    while error is not None:
        if is_too_many(error):
            return True
        if isinstance(error, ImportError) and os.strerror(errno.EMFILE) in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


if __name__ == "__main__":
    main()
