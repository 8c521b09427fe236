"""`paperround taste`: import what a channel likes from the start, show it, forget it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.errors import UsageError
from bot.text import counted
from scheduler.cli.common import ChannelToChange, run
from scheduler.cli.wrapping import say

if TYPE_CHECKING:
    from bot.model import Answer
    from bot.usecases.taste import Told
    from scheduler.services import Services

app = typer.Typer(no_args_is_help=True)


@app.callback()
def taste() -> None:
    """What a channel likes, from before Paper Round knew it."""


@app.command("import")
def import_list(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A list of works: .bib, .ris, .json, .opml, or .txt with links.")
    ],
    channel: ChannelToChange = None,
) -> None:
    """Take the works of a list for what the channel likes; each counts as marked to be read. Twice is harmless."""

    async def command(services: Services) -> None:
        from bot.usecases.listed_works import expand_lists  # noqa: PLC0415
        from bot.usecases.taste import tell  # noqa: PLC0415
        from bot.usecases.taste_lookups import MOST_LOOKED_UP, look_up  # noqa: PLC0415
        from scheduler.bootstrap.documents import read_reading_list  # noqa: PLC0415

        chosen = await services.channel_to_change(channel)
        try:
            document = file.read_bytes()
        except OSError as error:
            raise UsageError(
                f"{file} cannot be read: {error.strerror}. Give the path of a file that is there."
            ) from error
        listed = read_reading_list(file.name, document)
        if listed.guessed:
            say(
                f"{file.name} is not in UTF-8, so I took it for {listed.guessed}. If letters look wrong, export it as UTF-8."
            )
        references, problems = await expand_lists(listed.references, services.open_works)
        for problem in problems:
            say(problem)
        told = await tell(references, file.name, chosen, services.unit_of_work, services.clock())
        say(f"{chosen.name}: {_new(told)}")
        for line in _besides(told):
            say(line)
        if told.brief:
            say(f"Looking up {counted(min(told.brief, MOST_LOOKED_UP), 'work')} by address, at most two minutes …")
            done = await look_up(references, chosen, services.unit_of_work, services.open_works, services.clock)
            waiting = told.brief - done.read
            if waiting:
                say(
                    f"What {counted(waiting, 'work')} {'is' if waiting == 1 else 'are'} about is not known yet. I go on looking while Paper Round is up."
                )
        if listed.left_out:
            say(f"Left out: {', '.join(listed.left_out)}.")

    run(command)


@app.command("show")
def show(channel: ChannelToChange = None) -> None:
    """Say in words what the channel seems to like and to dislike, and what that rests on."""

    async def command(services: Services) -> None:
        from bot.usecases.taste_in_words import show as said  # noqa: PLC0415

        chosen = await services.channel_to_change(channel)
        say(f"{chosen.name}:")
        _print(await said(chosen, services.unit_of_work, services.clock()))

    run(command, registering=False)


@app.command("forget")
def forget(channel: ChannelToChange = None) -> None:
    """Forget the works that were told. What people decided on digests stays."""

    async def command(services: Services) -> None:
        from bot.usecases import taste_commands  # noqa: PLC0415

        chosen = await services.channel_to_change(channel)
        _print(await taste_commands.forget(chosen, services.unit_of_work), before=f"{chosen.name}: ")

    run(command)


def _new(told: Told) -> str:
    """Say how many works of a list are new."""
    if not told.works:
        return "no work was taken."
    if told.works == 1:
        if told.beyond:
            return "the work was not taken."
        return "the work is new to its taste." if told.new else "the work was in its taste already."
    return f"{told.new:,} of {counted(told.works, 'work')} {'is' if told.new == 1 else 'are'} new to its taste."


def _besides(told: Told) -> list[str]:
    """Say what was not taken, and of what more is known now."""
    from bot.usecases.taste import MOST  # noqa: PLC0415

    lines = told.refusals()
    if told.fuller:
        lines.append(
            f"Of {counted(told.fuller, 'work')} that {'was' if told.fuller == 1 else 'were'} known before, the list says more: I took that."
        )
    if told.beyond:
        lines.append(
            f"{counted(told.beyond, 'work')} found no room: a channel's taste holds {MOST:,}. "
            "To start again from nothing: paperround taste forget"
        )
    return lines


def _print(answer: Answer, before: str = "") -> None:
    for block in answer.blocks:
        say(before + "".join(span.text for span in block.spans))
