"""`paperround export`: what the team knows, in forms that other programs read."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.errors import UsageError
from bot.model import Meaning
from bot.periods import first_day
from scheduler.cli.common import Json, run
from scheduler.cli.wrapping import say

if TYPE_CHECKING:
    from scheduler.services import Services


def export(
    form: Annotated[
        str | None, typer.Option("--format", help="json, csv, bibtex, ris, csl-json, markdown, zotero or html.")
    ] = None,
    decision: Annotated[
        list[str] | None,
        typer.Option("--decision", help="Only works marked so: must-read, to-read, read, skip. May be repeated."),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", help="Only what was sent, marked or written since: 2026-08-01, 2026-W31 or 2026-08."),
    ] = None,
    channel: Annotated[
        str | None, typer.Option("--channel", help="Only this channel; all of them if not given.")
    ] = None,
    member: Annotated[
        str | None,
        typer.Option(
            "--member",
            help="Only what this member decided and wrote, and in json all that is kept of them: a name, or the platform's id.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write there instead of to standard output; for markdown a folder.")
    ] = None,
    library: Annotated[str | None, typer.Option("--library", help="For zotero: users/123 or groups/456.")] = None,
    collection: Annotated[
        str | None, typer.Option("--collection", help="For zotero: the key of a collection that new items go into.")
    ] = None,
    json: Json = False,  # noqa: FBT002 - Typer's way of an option
) -> None:
    """Hand out works with abstracts, dates, decisions and the team's summaries. Without a format it says which there are."""
    chosen = _form("json" if json and form is None else form)
    meanings = tuple(_meaning(word) for word in decision or ())
    start = _instant(since) if since else None

    async def command(services: Services) -> None:
        from dataclasses import replace  # noqa: PLC0415 - not for `--help`

        from bot.usecases.export import Wanted, gather, with_counts  # noqa: PLC0415 - not for `--help`
        from scheduler.bootstrap.documents import send_to_zotero, write_export  # noqa: PLC0415

        channels = await services.current_channels() if channel is None else (await services.channel(channel),)
        wanted = Wanted(decisions=meanings, since=start, member=member)
        found = await gather(channels, wanted, services.unit_of_work, services.clock)
        if chosen != "json":
            found = with_counts(found, channels, wanted)
        if chosen == "zotero":
            # Another channel may send its words of the same works into the same library.
            found = replace(found, narrowed=found.narrowed or channel is not None)
            say(await send_to_zotero(services, found, library, collection), err=True)
            return
        for line in await write_export(services, chosen, found, out, whole=not found.narrowed and channel is None):
            say(line, err=True)

    run(command, registering=False)


def _form(name: str | None) -> str:
    """The form that was asked for; otherwise say which there are, and leave with 2, as for any wrong use."""
    from scheduler.bootstrap.documents import export_forms  # noqa: PLC0415 - not for `--help`

    forms = export_forms()
    if name in forms:
        return name
    width = max(map(len, forms))
    head = "In which form?" if name is None else f"There is no form {name!r}."
    lines = [f"  --format {form:<{width}}  {about}" for form, about in forms.items()]
    say("\n".join([f"{head} There are:", *lines]), err=True)
    raise typer.Exit(2)


def _meaning(word: str) -> Meaning:
    try:
        return Meaning(word.lower())
    except ValueError:
        raise UsageError(f"{word!r} is no decision. There are {', '.join(one.value for one in Meaning)}.") from None


def _instant(text: str) -> datetime:
    """The beginning of a day, or of a digest's period, whatever its rhythm, in UTC."""
    try:
        day = first_day(text.upper().replace("-EXTRA", "-extra"))
    except ValueError:
        raise UsageError(
            f"{text!r} is no day. Write one like 2026-08-01, or a period: a week like 2026-W31, a month like 2026-08."
        ) from None
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
