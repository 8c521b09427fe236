"""`paperround import`: what another Paper Round exported."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.errors import UsageError
from bot.model import DEFAULT_MEANINGS
from bot.text import counted
from scheduler.cli.common import run
from scheduler.cli.wrapping import say

if TYPE_CHECKING:
    from scheduler.services import Services


def import_export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `paperround export --format json` gave there.")],
    channel: Annotated[
        str | None,
        typer.Option("--channel", help="Put all of it into this channel; else each into the one of its name."),
    ] = None,
) -> None:
    """Take in the weeks, decisions and summaries of another Paper Round. Doing it twice is harmless."""

    async def command(services: Services) -> None:
        from bot.usecases.import_export import bring_in  # noqa: PLC0415 - not for `--help`
        from scheduler.bootstrap.documents import read_export  # noqa: PLC0415

        try:
            content = file.read_bytes()
        except OSError as error:
            raise UsageError(
                f"{file} cannot be read: {error.strerror}. Give the path of a file that is there."
            ) from error
        export = read_export(file.name, content)
        named = {one.name: one for one in await services.current_channels()}
        into = dict.fromkeys(export.channels, await services.channel(channel)) if channel else named
        found = await bring_in(export, into, services.unit_of_work)
        say(
            f"New here: {counted(found.digests, 'digest')}, {counted(found.decisions, 'decision')}, "
            f"{counted(found.summaries, 'summary', 'summaries')}."
        )
        for name, week in found.beside:
            say(f"#{name} has a digest of {week} of its own; what only the imported one brought is found by search.")
        for name, meaning in sorted(found.unread):
            usual = next(emoji for emoji, means in DEFAULT_MEANINGS.items() if means is meaning)
            say(f"#{name} has no emoji for {meaning.value}: such decisions show once {usual} means it there ([emoji]).")
        if found.forgotten:
            say(f"{found.forgotten} decisions and summaries were left out: their authors asked to be forgotten.")

    run(command)
