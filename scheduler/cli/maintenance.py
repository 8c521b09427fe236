"""`paperround migrate` and `paperround doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from scheduler.cli.common import run

if TYPE_CHECKING:
    from scheduler.services import Services


def migrate() -> None:
    """Bring the database up to date. Every start does this by itself; a release can do it beforehand."""

    async def command(services: Services) -> None:
        typer.echo(f"The database is up to date ({services.engine.url.render_as_string(hide_password=True)}).")

    run(command)


def doctor() -> None:
    """Check settings, database, address, platforms and sources, with a remedy for each fault."""

    async def command(services: Services) -> bool:
        from scheduler.doctor import examine  # noqa: PLC0415

        findings = await examine(services)
        for finding in findings:
            typer.echo(f"{'ok ' if finding.well else 'NO '} {finding.what}")
            if finding.remedy:
                typer.echo(f"    {finding.remedy}")
        return all(finding.well for finding in findings)

    if not run(command):
        raise typer.Exit(1)
