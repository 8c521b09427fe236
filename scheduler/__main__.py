"""`paperround`, and `python -m scheduler`."""

from __future__ import annotations

import sys

from bot.errors import PaperRoundError, SettingsError, UsageError


def main() -> None:
    """
    Run the command line. Errors of ours are sentences on standard error: exit code 2 for what the user can correct in the
    command or the configuration, 1 for everything else.
    """
    from scheduler.cli import app  # noqa: PLC0415 - Typer is imported once the program really starts
    from scheduler.cli.wrapping import say  # noqa: PLC0415

    try:
        app()
    except (SettingsError, UsageError) as error:
        say(str(error), err=True)
        sys.exit(2)
    except PaperRoundError as error:
        say(str(error), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
