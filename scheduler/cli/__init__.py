"""
The command line: one file a command group.

`--help` must be quick, so this package imports Typer and nothing else that is heavy; each command imports what it needs.
"""

from __future__ import annotations

import typer

from scheduler.cli import (
    backtest,
    backup,
    collect,
    digest,
    discord,
    export,
    import_export,
    keys,
    maintenance,
    search,
    sources,
    stats,
    status,
    taste,
    up,
)

app = typer.Typer(
    name="paperround",
    help="The week's machine-learning research, in the channel where your team already talks.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

app.command("up")(up.up)
app.command("collect")(collect.collect)
app.command("preview")(digest.preview)
app.command("post")(digest.post)
app.command("search")(search.search)
app.command("export")(export.export)
app.command("import")(import_export.import_export)
app.add_typer(sources.app, name="sources", help="The places we collect from.")
app.add_typer(taste.app, name="taste", help="What a channel likes, from before Paper Round knew it.")
app.command("backtest")(backtest.backtest)
app.command("status")(status.status)
app.command("stats")(stats.stats)
app.command("reconcile")(status.reconcile)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.add_typer(keys.app, name="keys", help="The keys that workspaces' tokens are encrypted with.")
app.add_typer(discord.app, name="discord", help="What only Discord needs.")
app.command("migrate")(maintenance.migrate)
app.command("doctor")(maintenance.doctor)
