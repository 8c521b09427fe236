"""`paperround sources`: list, check, add, remove, enable, disable, import, export."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.errors import UsageError
from bot.model import Section, SourceStatus
from bot.text import counted, shown_url
from scheduler.cli.common import (
    STATE_STYLE,
    Json,
    print_json,
    records_of,
    report_document_with_next_try,
    run,
    show_reports,
    source_progress,
)
from scheduler.cli.tables import Column, Row, show
from scheduler.cli.wrapping import say

if TYPE_CHECKING:
    from datetime import datetime

    from bot.usecases.sources import SourceState, Who
    from scheduler.services import Services

app = typer.Typer(no_args_is_help=True)

SectionName = Annotated[
    Section | None,
    typer.Option(
        "--section",
        metavar="SECTION",
        help="Where its entries belong in a digest: papers, labs, newsletters or community; labs if not given.",
    ),
]
Id = Annotated[str, typer.Argument(metavar="ID", help="The source's id, as `sources list` shows it.")]


@app.callback()
def sources() -> None:
    """The places we collect from."""


@app.command("list")
def list_sources(json: Json = False) -> None:  # noqa: FBT002 - Typer's way of an option
    """Show every source: its state, when it last answered, its newest entry, and what it gave so far."""

    async def command(services: Services) -> None:
        from bot.usecases.sources import states  # noqa: PLC0415

        found = await states(await services.specs(), services.unit_of_work)
        if json:
            print_json({"sources": [_document(state) for state in found]})
        else:
            _show_states(found, services.clock())

    run(command, registering=False)


def _document(state: SourceState) -> dict[str, Any]:
    record = state.record
    return {
        **report_document_with_next_try(state),
        "name": state.spec.name,
        "section": state.spec.section.value,
        "entries": state.entries,
        "last_success": record.last_success.isoformat() if record and record.last_success else None,
    }


_LISTED = (
    Column("source"),
    Column("state"),
    Column("answered"),
    Column("newest"),
    Column("entries", right=True),
)


def _show_states(found: list[SourceState], now: datetime) -> None:
    from bot.usecases.sources import remark  # noqa: PLC0415

    show(_LISTED, [Row(_listed(one), STATE_STYLE[one.report.state], remark(one, now)) for one in found])


def _listed(one: SourceState) -> list[str]:
    answered = f"{one.record.last_success:%Y-%m-%d %H:%M}" if one.record and one.record.last_success else "never"
    newest = f"{one.report.newest:%Y-%m-%d}" if one.report.newest else ""
    return [one.spec.id, one.report.state.value, answered, newest, f"{one.entries:,}"]


@app.command("check")
def check(source_id: Annotated[str | None, typer.Argument(metavar="ID")] = None, json: Json = False) -> None:  # noqa: FBT002
    """
    Ask one source (or all) now, and explain the result.

    It is asked for everything, and not only for what has changed. What it says is stored, as by 'paperround collect'; neither
    waits until a pause after failures is over. Ends with exit code 1 where the one that was asked for fails.
    """

    async def command(services: Services) -> bool:
        from bot.usecases.sources import named  # noqa: PLC0415
        from scheduler import jobs  # noqa: PLC0415

        specs = await services.specs()
        asked = specs if source_id is None else (named(source_id, specs),)
        with source_progress(asked, silent=json) as progress:
            reports = await jobs.collect(services, specs=asked, full=True, progress=progress)
        found = await records_of(services, asked, reports)
        # Of all of them one or another fails now and then; who asks for one wants to know, in a script as well.
        well = source_id is None or not any(one.report.state is SourceStatus.FAILING for one in found)
        if json:
            print_json({"sources": [report_document_with_next_try(state) for state in found]})
            return well
        show_reports(found, services.clock())
        for one in found if source_id is not None else ():
            say(f"{one.spec.name} is asked at {shown_url(one.spec.url)}, as kind {one.spec.kind}.")
            say(_meaning(one))
        return well

    if not run(command):
        raise typer.Exit(1)


def _meaning(one: SourceState) -> str:
    because = one.spec.off_because or ""
    if because.startswith(("switched off", "off until")):
        return f"It is off. Switch it on with: paperround sources enable {one.spec.id}"
    if not one.spec.enabled:
        return f"It is off: {because}. What it needs stands in docs/sources.md."
    return {
        "ok": "It answered with entries.",
        "unchanged": "It answered that nothing has changed since it was last asked.",
        "quiet": "It answered; nothing new, as expected of it.",
        "stale": "It answers, but has published nothing for longer than is usual for it. Look whether it moved or ended.",
        "failing": "It could not be read. What it gave before is kept. By itself it is asked again after a pause that grows with each"
        " failure; 'paperround collect' and 'sources check' ask it at once.",
    }.get(one.report.state.value, "It has not been asked yet.")


@app.command("add")
def add(
    url: Annotated[
        str,
        typer.Argument(
            help="A feed or a page that names one; an arXiv category, author or search; a repository, channel, subreddit, venue, account."
        ),
    ],
    section: SectionName = None,
) -> None:
    """Follow the source behind an address, as you copy it from the browser."""

    async def command(services: Services) -> None:
        from bot.usecases import sources as managing  # noqa: PLC0415

        async with services.open_finder() as finder:
            source_id, found = await managing.add(
                url, _operator(), await services.specs(), finder, services.unit_of_work, services.clock, section=section
            )
        under = managing.named(source_id, await services.specs()).section.value
        at = f"{counted(found.entries or 0, 'entry', 'entries')} at {shown_url(found.url)}"
        how = at if found.entries is not None else f"kind {found.kind}; look with: paperround sources check {source_id}"
        say(
            f"{source_id}: {found.title or shown_url(found.url)} is followed from now on, under {under} ({how})."
            f"{managing.in_place_of(found)}{managing.kept_with_it(found.url)}"
        )

    run(command)


@app.command("remove")
def remove(source_id: Id) -> None:
    """Stop following a source that was added. Its entries stay."""

    async def command(services: Services) -> None:
        from bot.usecases import sources as managing  # noqa: PLC0415

        await managing.remove(
            source_id, await services.specs(), services.settings.sources.keys(), services.unit_of_work
        )
        say(f"{source_id} is removed.")

    run(command)


@app.command("enable")
def enable(source_id: Id) -> None:
    """Switch a source on."""
    _switch(source_id, on=True)


@app.command("disable")
def disable(source_id: Id) -> None:
    """Switch a source off; its entries stay."""
    _switch(source_id, on=False)


def _switch(source_id: str, *, on: bool) -> None:
    async def command(services: Services) -> None:
        from bot.usecases import sources as managing  # noqa: PLC0415

        await managing.switch(
            source_id, _operator(), await services.specs(), services.unit_of_work, services.clock, on=on
        )
        now = managing.named(source_id, await services.specs())
        because = f", but stays off: {now.off_because}" if on and not now.enabled else ""
        say(f"{source_id} is {'on' if on else 'off'}{because}.")

    run(command)


@app.command("import")
def import_opml(
    file: Annotated[Path, typer.Argument(help="An OPML file, as feed readers export it.")],
    section: Annotated[
        Section | None,
        typer.Option(
            "--section",
            metavar="SECTION",
            help="Where their entries belong in a digest, whatever groups the file has: papers, labs, newsletters or community.",
        ),
    ] = None,
) -> None:
    """
    Follow every feed of an OPML file.

    A group that is called like a section (papers, labs, newsletters, community) is that section; other feeds go to labs.
    """

    async def command(services: Services) -> bool:
        from bot.usecases import sources as managing  # noqa: PLC0415
        from scheduler.bootstrap.documents import feeds_of_opml  # noqa: PLC0415

        try:
            document = file.read_bytes()
        except OSError as error:
            raise UsageError(
                f"{file} cannot be read: {error.strerror}. Give the path of a file that is there."
            ) from None
        done = await managing.import_feeds(
            feeds_of_opml(document),
            _operator(),
            await services.specs(),
            services.unit_of_work,
            services.clock,
            section=section,
        )
        for one in done:
            say(
                f"ok  {one.source_id}: {shown_url(one.url)}{f', under {one.section.value}' if one.section else ''}"
                f"{(kept := managing.kept_with_it(one.url)) and '.' + kept}"
                if one.source_id
                else f"NO  {shown_url(one.url)}: {one.problem}"
            )
        added = sum(1 for one in done if one.source_id)
        say(
            f"{added} of {counted(len(done), 'feed')} {'is' if added == 1 else 'are'} followed from now on."
            if done
            else f"{file} names no feed."
        )
        return added > 0 or not done

    if not run(command):
        raise typer.Exit(1)


@app.command("export")
def export_opml() -> None:
    """Print every feed that is followed as OPML, for a feed reader."""

    async def command(services: Services) -> None:
        from scheduler.bootstrap.documents import opml_of  # noqa: PLC0415

        typer.echo(opml_of([spec for spec in await services.specs() if spec.kind == "feed" and spec.enabled]))

    run(command, registering=False)


def _operator() -> Who:
    from bot.usecases.sources import Who  # noqa: PLC0415

    return Who("the operator", operator=True)
