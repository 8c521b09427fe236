"""`paperround taste`: import what a channel likes from the start, show it, forget it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.errors import UsageError
from bot.text import counted
from scheduler.cli.common import ChannelName, run
from scheduler.cli.wrapping import say

if TYPE_CHECKING:
    from bot.model import Answer
    from scheduler.services import Services

app = typer.Typer(no_args_is_help=True)


@app.callback()
def taste() -> None:
    """What a channel likes, from before Paper Round knew it."""


@app.command("import")
def import_list(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A list of works: .bib, .ris, .json or .opml.")],
    channel: ChannelName = None,
) -> None:
    """Take the works of a list for what the channel likes; each counts as marked to be read. Twice is harmless."""

    async def command(services: Services) -> None:
        from bot.usecases.taste import MOST_LOOKED_UP, look_up, tell  # noqa: PLC0415
        from scheduler.bootstrap.documents import read_references  # noqa: PLC0415

        try:
            document = file.read_bytes()
        except OSError as error:
            raise UsageError(f"{file} cannot be read: {error.strerror}.") from error
        references, skipped = read_references(file.name, document)
        chosen = await services.channel(channel)
        added, unknown = await tell(references, file.name, chosen, services.unit_of_work, services.clock())
        say(
            f"{chosen.name}: {added} of {counted(len(references), 'work')} {'is' if added == 1 else 'are'} new to its taste."
        )
        if unknown:
            say(f"Looking up {counted(min(unknown, MOST_LOOKED_UP), 'work')} by address, at most two minutes …")
            _, unknown = await look_up(references, chosen, services.unit_of_work, services.open_works)
        if unknown:
            works = f"{counted(unknown, 'work')} {'is' if unknown == 1 else 'are'}"
            say(f"{works} known by address alone, and count once a source brings them.")
        if skipped:
            records = f"{counted(skipped, 'record')} {'was' if skipped == 1 else 'were'}"
            say(f"{records} left out: no work is named there, or it cannot be read.")

    run(command)


@app.command("show")
def show(channel: ChannelName = None) -> None:
    """Say in words what the channel seems to like and to dislike, and what that rests on."""

    async def command(services: Services) -> None:
        from bot.usecases.taste_in_words import show as said  # noqa: PLC0415

        _print(await said(await services.channel(channel), services.unit_of_work, services.clock()))

    run(command)


@app.command("forget")
def forget(channel: ChannelName = None) -> None:
    """Forget the works that were told. What people decided on digests stays."""

    async def command(services: Services) -> None:
        from bot.usecases import taste as told  # noqa: PLC0415

        _print(await told.forget(await services.channel(channel), services.unit_of_work))

    run(command)


def _print(answer: Answer) -> None:
    for block in answer.blocks:
        say("".join(span.text for span in block.spans))
