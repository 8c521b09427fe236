"""`paperround migrate` and `paperround doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from scheduler.cli.common import Host, Port, Whole, run
from scheduler.cli.wrapping import say

if TYPE_CHECKING:
    from scheduler.services import Services


def migrate() -> None:
    """Bring the database up to date. Every start does this by itself; a release can do it beforehand."""

    async def command(services: Services) -> None:
        from scheduler.bootstrap.queue import prepare_queue_where_installed  # noqa: PLC0415 - not for `--help`

        await prepare_queue_where_installed(services)
        say(f"{services.database} is up to date.")

    # It makes tables, and writes no rows of ours: a release step runs before the first `move` into that database, too, which wants it empty.
    run(command, registering=False)


def doctor(host: Host = None, port: Port = None, whole: Whole = False) -> None:  # noqa: FBT002 - Typer's way of an option
    """Check settings, database, address, platforms and sources by the rules of 'up', with a remedy for each fault."""

    async def command(services: Services) -> bool:
        from scheduler.doctor import examine, next_step  # noqa: PLC0415

        findings = await examine(services, host, port, whole=whole)
        for finding in findings:
            say(f"{'ok ' if finding.well else 'NO '} {finding.what}")
            if finding.remedy:
                say(f"    {finding.remedy}")
        say(await next_step(services, findings))
        return all(finding.well for finding in findings)

    if not run(command, registering=False):
        raise typer.Exit(1)
