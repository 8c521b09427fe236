"""`paperround sources`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from scheduler.cli.common import Json, print_json, report_document, report_table, run

if TYPE_CHECKING:
    from scheduler.bootstrap import House

app = typer.Typer(no_args_is_help=True)


@app.callback()
def sources() -> None:
    """The places we collect from."""


@app.command("list")
def list_sources(json: Json = False) -> None:  # noqa: FBT002 - Typer's way of an option
    """Show every source with what it last gave."""

    async def command(house: House) -> None:
        from scheduler import jobs  # noqa: PLC0415

        reports = await jobs.reports(house)
        if json:
            print_json({"sources": [report_document(report) for report in reports]})
            return
        from rich.console import Console  # noqa: PLC0415

        Console().print(report_table(reports))

    run(command)
