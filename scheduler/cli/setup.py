"""`paperround setup`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

import typer

from bot.errors import PaperRoundError
from scheduler.cli.common import Host, PortOrVariable, run
from scheduler.cli.wrapping import say

if TYPE_CHECKING:
    from scheduler.services import Services

app = typer.Typer(no_args_is_help=True)

_TRIES: Final = 5
_SHOWN: Final = 40
_SLACK_APPS: Final = "https://api.slack.com/apps"
_DISCORD_APPS: Final = "https://discord.com/developers/applications"

T = TypeVar("T")


@app.command("slack")
def slack(host: Host = None, port: PortOrVariable = None) -> None:
    """Set Slack up, one step at a time: the app, its two tokens (checked as you paste them), the channel, the first digest. Writes .env and nothing else."""
    from scheduler import platform_setup as steps  # noqa: PLC0415 - not for `--help`

    steps.check_configuration()
    say("1 of 4: the app.")
    say(
        "I can create it: on the page that opens, under Your App Configuration Tokens, generate one and paste it here. Or press Enter, "
        "choose Create New App, From a manifest, and paste adapters/slack/manifest.yaml."
    )
    _open(_SLACK_APPS)
    made = _asked("App-configuration token (Enter to create it by hand)", steps.create_slack_app, optional=True)
    say(
        "2 of 4: the bot token. Install the app to your workspace; then copy the Bot User OAuth Token (OAuth & Permissions)."
    )
    _open(made[1].install_page if made else _SLACK_APPS)
    bot, who = _must("Bot token (xoxb-...)", steps.check_slack_bot)
    say(f"Good: we are {who}.")
    say("3 of 4: the app-level token. Basic Information, App-Level Tokens, Generate, with the scope connections:write.")
    _open(made[1].token_page if made else _SLACK_APPS)
    app_token, _ = _must("App-level token (xapp-...)", steps.check_slack_app)
    path = steps.keep({"SLACK_BOT_TOKEN": bot, "SLACK_APP_TOKEN": app_token})
    say(f"Good: Socket Mode opens. Both are in {path}, which only you can read.")
    _first_channel("slack", lambda: steps.slack_channels(bot), "In the channel: /invite @Paper Round")
    _start(host, port)


@app.command("discord")
def discord(host: Host = None, port: PortOrVariable = None) -> None:
    """Set Discord up, one step at a time: the bot, its token (checked as you paste it), the invitation, the channel, the first digest. Writes .env and nothing else."""
    from scheduler import platform_setup as steps  # noqa: PLC0415 - not for `--help`

    steps.check_configuration()
    say("1 of 3: the bot. On the page that opens: New Application; then Bot, Message Content Intent on, Reset Token.")
    _open(_DISCORD_APPS)
    token, found = _must("Bot token", steps.check_discord)
    path = steps.keep({"DISCORD_BOT_TOKEN": token})
    say(f"Good: we are {found.name}. The token is in {path}, which only you can read.")
    if not found.sees_words:
        say(
            "The Message Content Intent is off: replies would not count as summaries. Turn it on under Bot, when you like."
        )
    say("2 of 3: the invitation. Choose your server on the page that opens, and press Enter here.")
    _open(found.invitation)
    typer.prompt("Enter when it is done", default="", show_default=False)
    _first_channel("discord", lambda: steps.discord_channels(token), "Let Paper Round see the channel, and write in it")
    _start(host, port)


def _first_channel(platform: str, channels: Callable[[], Sequence[Any]], remedy: str) -> None:
    """Choose the channel, and subscribe it."""
    from scheduler import platform_setup as steps  # noqa: PLC0415

    say("Last step: the channel that gets the digest.")
    chosen = _chosen(channels, remedy)
    topics = _topics()
    zone = _zone(steps.local_zone())
    values = {"zone": zone, **({"topics": topics} if topics.strip() else {})}
    if not chosen.ready:
        say(f"I am not in {chosen.name} yet. {remedy}, and press Enter here.")
        typer.prompt("Enter when it is done", default="", show_default=False)

    async def command(services: Services) -> None:
        await steps.subscribe(services, platform, chosen.id, values)

    for number in range(_TRIES):
        try:
            run(command)
            break
        except PaperRoundError as error:
            if number == _TRIES - 1:
                raise
            say(f"Not yet: {error}")
            typer.prompt("Enter to try again", default="", show_default=False)
    say(
        f"{chosen.name} is set up, on the clock of {zone}. `paperround up` posts its first digest at once; its day, its time and everything else "
        "are set there with /paperround settings."
    )


def _topics() -> str:
    """Ask for the topics until there is nothing wrong with them; they may be none."""
    from bot.usecases.channels import read_form  # noqa: PLC0415 - pydantic is not for `--help`

    while True:
        given: str = typer.prompt("Topics, separated by commas (Enter for none yet)", default="", show_default=False)
        faults = read_form({"topics": given})[1]
        if not faults:
            return given
        say(f"{faults['topics']}.")


def _zone(local: str) -> str:
    """Ask for the team's time zone until there is one of that name; that of this machine is the default."""
    from bot.usecases.channels import read_form  # noqa: PLC0415 - pydantic is not for `--help`

    while True:
        given = typer.prompt(f"Time zone (Enter for {local})", default=local, show_default=False)
        values, faults = read_form({"zone": given})
        if not faults:
            return str(values["zone"])
        say(f"{faults['zone']}.")


def _start(host: str | None, port: int | None) -> None:
    """Start, where that is wanted: at the address that was asked for, as `up` does."""
    if typer.confirm("Start now?", default=True):
        from scheduler.cli.up import up  # noqa: PLC0415

        up(host=host, port=port, sample=False)


def _chosen(channels: Callable[[], Sequence[Any]], remedy: str) -> Any:
    """Let one of the channels be chosen, by its number or name; asks again after a typing error, and looks again after Enter."""
    while True:
        found = channels()
        if not found:
            say(f"There is no channel that I can see yet. {remedy}, and press Enter here to look again.")
        for number, one in enumerate(found[:_SHOWN], start=1):
            say(f"{number:>3}  {one.name}{'' if one.ready else '   (not invited yet)'}")
        if len(found) > _SHOWN:
            say(f"     and {len(found) - _SHOWN} more; write the name of one")
        said = typer.prompt("Which one (number or name; Enter to look again)", default="", show_default=False).strip()
        wanted = said.lstrip("#").casefold()
        if said.isdigit() and 1 <= int(said) <= len(found[:_SHOWN]):
            return found[int(said) - 1]
        named = [one for one in found if wanted and wanted in {one.id.casefold(), one.name.lstrip("#").casefold()}]
        if named:
            return named[0]


def _must(words: str, check: Callable[[str], T]) -> tuple[str, T]:
    """Ask for a secret until it is good."""
    found = _asked(words, check)
    if found is None:
        raise typer.Abort
    return found


def _asked(words: str, check: Callable[[str], T], *, optional: bool = False) -> tuple[str, T] | None:
    """Ask for a secret without showing it, and check it; None for nothing where it is `optional`, and after so many tries."""
    for _ in range(_TRIES):
        given = typer.prompt(words, default="", hide_input=True, show_default=False).strip()
        if not given and optional:
            return None
        if not given:
            continue
        try:
            return given, check(given)
        except PaperRoundError as error:
            say(f"That does not work: {error}")
    return None


def _open(address: str) -> None:
    """Open a page, where there is a browser; its address is shown in any case."""
    say(f"    {address}")
    typer.launch(address)
