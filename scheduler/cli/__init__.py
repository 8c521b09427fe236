"""
The command line: one file a command group.

`--help` must be quick, so this package imports Typer and nothing else that is heavy; each command imports what it needs.
"""

from __future__ import annotations

import typer

from scheduler.cli import backup as keeping
from scheduler.cli import collect, digest, export, keys, sources, up
from scheduler.cli import maintenance as services
from scheduler.cli import status as standing

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
app.command("export")(export.export)
app.add_typer(sources.app, name="sources", help="The places we collect from.")
app.command("status")(standing.status)
app.command("reconcile")(standing.reconcile)
app.command("backup")(keeping.backup)
app.command("restore")(keeping.restore)
app.add_typer(keys.app, name="keys", help="The keys that workspaces' tokens are encrypted with.")
app.command("migrate")(services.migrate)
app.command("doctor")(services.doctor)
