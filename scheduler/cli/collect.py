"""`paperround collect`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.cli.common import (
    Json,
    print_json,
    records_of,
    report_document_with_next_try,
    run,
    show_reports,
    source_progress,
)

if TYPE_CHECKING:
    from scheduler.services import Services


def collect(json: Json = False) -> None:  # noqa: FBT002 - Typer's way of an option
    """
    Ask every source what is new, and store it.

    One that is paused after failures, or turned off because it is gone, is asked as well: what works again is back at once.

    Only 'paperround up' waits until a pause is over.
    """

    async def command(services: Services) -> None:
        from scheduler import jobs  # noqa: PLC0415

        specs = await services.specs()
        with source_progress(specs, silent=json) as progress:
            reports = await jobs.collect(services, specs=specs, progress=progress)
        found = await records_of(services, specs, reports)
        if json:
            print_json({"sources": [report_document_with_next_try(state) for state in found]})
        else:
            from rich.console import Console  # noqa: PLC0415

            from bot.receipt import receipt_line  # noqa: PLC0415

            show_reports(found, services.clock())
            Console().print(receipt_line(reports), markup=False, soft_wrap=True)

    run(command)
