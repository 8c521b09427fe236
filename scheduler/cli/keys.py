"""`paperround keys`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from bot.text import counted
from scheduler.cli.common import run
from scheduler.cli.wrapping import say

if TYPE_CHECKING:
    from scheduler.services import Services

app = typer.Typer(no_args_is_help=True)


@app.command("new")
def new() -> None:
    """Print a new key for PAPERROUND_KEYS. It is stored nowhere: without it, what it encrypts is lost."""
    from scheduler.bootstrap.database import new_key  # noqa: PLC0415 - not for `--help`

    say(new_key())


@app.command("rotate")
def rotate() -> None:
    """Encrypt every stored token with the first key of PAPERROUND_KEYS. Works while Paper Round runs, once every process has these keys in this order."""

    async def command(services: Services) -> tuple[int, tuple[str, ...]]:
        from scheduler.bootstrap.database import encrypt_again  # noqa: PLC0415 - as above

        return await encrypt_again(services)

    done, lost = run(command)
    say(f"{counted(done, 'installation')} {'is' if done == 1 else 'are'} encrypted with the first key.")
    if lost:
        say(
            f"None of the keys opens those of {', '.join(lost)}. Add the key they were encrypted with, and rotate again; "
            "or let them install again at /slack/install."
        )
        raise typer.Exit(1)
    say("Once every process has that key first in its PAPERROUND_KEYS, the other ones may be removed.")
