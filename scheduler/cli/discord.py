"""`paperround discord`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from scheduler.cli.common import run
from scheduler.cli.wrapping import say

if TYPE_CHECKING:
    from scheduler.services import Services

app = typer.Typer(no_args_is_help=True)


@app.callback()
def group() -> None:
    """What only Discord needs."""


@app.command("sync")
def sync() -> None:
    """Register `/paperround` and 'Add to next digest' with Discord, whatever it has. Every start does it where something is missing."""

    async def command(services: Services) -> int:
        from scheduler.bootstrap import register_discord_commands  # noqa: PLC0415 - not for `--help`

        return await register_discord_commands(services)

    count = run(command)
    say(f"{count} commands are registered with Discord. Whose Discord is open reloads it (Ctrl+R) to see them.")
