"""`paperround discord`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from scheduler.cli.common import run
from scheduler.cli.roles import MachinesHost, MachinesPort, machines_of, run_shared
from scheduler.cli.wrapping import announce, say

if TYPE_CHECKING:
    from scheduler.services import Services

app = typer.Typer(invoke_without_command=True)

Shards = Annotated[
    str,
    typer.Option(
        "--shards",
        metavar="A-B",
        help="Which of the shards this process listens on, like 0-3; how many there are says the setting shards.",
    ),
]


@app.callback()
def gateway(context: typer.Context, shards: Shards = "", host: MachinesHost = None, port: MachinesPort = None) -> None:
    """
    Listen on Discord's gateway, which one of all such processes does, each range of shards for itself.

    Only on PostgreSQL, beside 'web', 'worker' and 'clock'. `sync` registers the commands again.
    """
    if context.invoked_subcommand is not None:
        return

    async def command(services: Services) -> None:
        from scheduler.roles.gateway import gateway as listen  # noqa: PLC0415 - not for `--help`

        await listen(services, shards, machines_of(services, host, port, "discord"), announce)

    run_shared(command)


@app.command("sync")
def sync() -> None:
    """Register `/paperround` and 'Add to next digest' with Discord, whatever it has. Every start does it where something is missing."""

    async def command(services: Services) -> int:
        from scheduler.bootstrap.platforms import register_discord_commands  # noqa: PLC0415 - not for `--help`

        return await register_discord_commands(services)

    count = run(command)
    say(f"{count} commands are registered with Discord. Whose Discord is open reloads it (Ctrl+R) to see them.")
