"""`paperround token` and `paperround mcp`: for programs that read what the team knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bot.errors import UsageError
from scheduler.cli.common import run
from scheduler.cli.tables import Column, Row, show
from scheduler.cli.wrapping import say

if TYPE_CHECKING:
    from scheduler.services import Services

app = typer.Typer(no_args_is_help=True)


@app.callback()
def token() -> None:
    """Tokens by which programs read: the JSON API below /api/v1, and MCP at /mcp."""


@app.command("new")
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for, to know it by when it is revoked.")],
    member: Annotated[
        str | None, typer.Option("--member", help="A platform's member id: it reads what this member may read.")
    ] = None,
    platform: Annotated[
        str | None, typer.Option("--platform", help="The member's platform: slack, discord or web.")
    ] = None,
    channel: Annotated[
        list[str] | None, typer.Option("--channel", help="Only this channel. May be repeated; all if not given.")
    ] = None,
) -> None:
    """Make a token, and show it once. Without --member it reads every channel, or those that are named."""

    async def command(services: Services) -> None:
        from bot.api_token import ApiToken, hashed, new_secret  # noqa: PLC0415 - not for `--help`

        if (member is None) != (platform is None):
            raise UsageError("Give --member and --platform together.")
        channels = tuple([(await services.channel(one)).name for one in channel or ()])
        made = ApiToken(
            name=name, made=services.clock(), platform=platform or "", member_id=member or "", channels=channels
        )
        secret = new_secret()
        async with services.unit_of_work() as uow:
            if not await uow.api_tokens.add(made, hashed(secret)):
                raise UsageError(
                    f"There is a token called {name!r}. Take another name, or: paperround token revoke {name}"
                )
            await uow.commit()
        say(secret)
        say("It is shown this once; whoever has it reads what it reads.", err=True)

    run(command)


@app.command("list")
def listed() -> None:
    """Show the tokens there are: for whom, and when each was used last."""

    async def command(services: Services) -> None:
        async with services.reading() as uow:
            found = await uow.api_tokens.all()
        if not found:
            say("There is no token. Make one with: paperround token new NAME")
            return
        columns = (Column("name"), Column("reads as"), Column("channels"), Column("made"), Column("used"))
        rows = [
            [
                one.name,
                f"{one.member_id} ({one.platform})" if one.member_id else "the operator",
                ", ".join(one.channels) or "all it may",
                f"{one.made:%Y-%m-%d}",
                f"{one.used:%Y-%m-%d}" if one.used else "never",
            ]
            for one in found
        ]
        show(columns, [Row(cells, "") for cells in rows])

    run(command, registering=False)


@app.command("revoke")
def revoke(name: Annotated[str, typer.Argument(metavar="NAME", help="The token's name.")]) -> None:
    """Revoke a token: from now on it opens nothing."""

    async def command(services: Services) -> None:
        async with services.unit_of_work() as uow:
            if not await uow.api_tokens.revoke(name):
                raise UsageError(f"There is no token called {name!r}. See them with: paperround token list")
            await uow.commit()
        say(f"{name} is revoked.")

    run(command)


def mcp() -> None:
    """Serve what the team knows to an assistant, by the Model Context Protocol on standard input and output."""

    async def command(services: Services) -> None:
        from scheduler.bootstrap.pages import serve_mcp  # noqa: PLC0415 - not for `--help`

        await serve_mcp(services)

    run(command, registering=False)
