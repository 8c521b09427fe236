"""`paperround collect`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.cli.common import Json, print_json, report_document, report_table, run, source_progress

if TYPE_CHECKING:
    from scheduler.bootstrap import House


def collect(json: Json = False) -> None:  # noqa: FBT002 - Typer's way of an option
    """Ask every source what is new, and store it."""

    async def command(house: House) -> None:
        from scheduler import jobs  # noqa: PLC0415

        with source_progress(await house.specs(), silent=json) as progress:
            reports = await jobs.collect(house, progress=progress)
        if json:
            print_json({"sources": [report_document(report) for report in reports]})
        else:
            from rich.console import Console  # noqa: PLC0415

            from bot.rendering import receipt_line  # noqa: PLC0415

            Console().print(report_table(reports))
            Console().print(receipt_line(reports), markup=False)

    run(command)
