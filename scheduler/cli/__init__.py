"""
The command line: one file a command group.

`--help` must be quick, so this package imports Typer and nothing else that is heavy; each command imports what it needs.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Annotated

import typer
from typer.exceptions import TyperException

from scheduler.cli import (
    backtest,
    backup,
    channels,
    collect,
    digest,
    discord,
    export,
    forget,
    import_export,
    keys,
    maintenance,
    move,
    programs,
    roles,
    search,
    setup,
    sources,
    stats,
    status,
    taste,
    up,
)
from scheduler.cli.usage import help_of_bare, usage_error
from scheduler.cli.wrapping import say

app = typer.Typer(
    name="paperround",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


def _say_version(wanted: bool) -> None:  # noqa: FBT001 - Typer's way of an option
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 - not for `--help`

        typer.echo(f"Paper Round {version('paperround')}")
        raise typer.Exit


Version = Annotated[
    bool,
    typer.Option("--version", callback=_say_version, is_eager=True, help="Show which Paper Round this is, and exit."),
]


@app.callback()
def main(version: Version = False) -> None:  # noqa: FBT002 - Typer's way of an option
    """The week's machine-learning research, in the channel where your team already talks."""


app.command("up")(up.up)
app.command("web")(roles.web)
app.command("worker")(roles.worker)
app.command("clock")(roles.clock)
app.command("collect")(collect.collect)
app.command("preview")(digest.preview)
app.command("post")(digest.post)
app.command("search")(search.search)
app.command("export")(export.export)
app.command("forget")(forget.forget)
app.command("import")(import_export.import_export)
app.add_typer(sources.app, name="sources", help="The places we collect from.")
app.add_typer(taste.app, name="taste", help="What a channel likes, from before Paper Round knew it.")
app.command("backtest")(backtest.backtest)
app.add_typer(channels.app, name="channels", help="The channels that get a digest.")
app.command("status")(status.status)
app.command("stats")(stats.stats)
app.command("reconcile")(status.reconcile)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("move")(move.move)
app.add_typer(keys.app, name="keys", help="The keys that workspaces' tokens are encrypted with.")
app.add_typer(setup.app, name="setup", help="Set Slack or Discord up, one step at a time.")
app.add_typer(discord.app, name="discord", help="Listen on Discord's gateway; and what only Discord needs.")
app.add_typer(programs.app, name="token", help="Tokens by which programs read what the team knows.")
app.command("mcp")(programs.mcp)
app.command("migrate")(maintenance.migrate)
app.command("doctor")(maintenance.doctor)


def _prepare_help(group: typer.Typer) -> None:
    """
    Give each command its docstring as Rich shows it whole: paragraphs without the line ends of the source, brackets as words.

    Rich reads [reconcile] as a style and shows nothing of it, and keeps a line end inside a paragraph.
    """
    for command in group.registered_commands:
        paragraphs = inspect.cleandoc((command.callback and command.callback.__doc__) or "").split("\n\n")
        command.help = "\n\n".join(" ".join(one.split()) for one in paragraphs).replace("[", "\\[")
    for one in group.registered_groups:
        if one.typer_instance is not None:
            _prepare_help(one.typer_instance)


_prepare_help(app)


def run(words: Sequence[str] | None = None) -> int:
    """Run the command line, that of the process if no `words` are given; give the exit code. What Typer refuses is said in our own words."""
    try:
        code = app(words, prog_name="paperround", standalone_mode=False)
    except typer.Abort:
        say("Aborted.", err=True)
        return 1
    except TyperException as error:
        show_help = help_of_bare(error)
        if show_help is None:
            say(usage_error(error), err=True)
        elif told := show_help():  # empty with Rich, which has printed it
            typer.echo(told)
        return error.exit_code
    return code if isinstance(code, int) else 0
