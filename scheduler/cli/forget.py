"""`paperround forget`: everything of a member goes, and nothing brings it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bot.errors import UsageError
from bot.forgetting import BY_NAME
from bot.text import counted
from scheduler.cli.common import run
from scheduler.cli.wrapping import say

if TYPE_CHECKING:
    from bot.ports import Person
    from scheduler.services import Services


Yes = Annotated[bool, typer.Option("--yes", help="Do not ask whether this is meant.")]
Undo = Annotated[
    bool, typer.Option("--undo", help="Let this id take part again from now on; what was removed stays so.")
]


def forget(
    member: Annotated[str, typer.Argument(metavar="MEMBER", help="A member's name, or the platform's id.")],
    platform: Annotated[
        str | None, typer.Option("--platform", help="slack, discord or web, where a name or an id does not tell.")
    ] = None,
    yes: Yes = False,  # noqa: FBT002 - Typer's way of an option
    undo: Undo = False,  # noqa: FBT002 - as above
) -> None:
    """Remove a member's name, decisions, words and wishes everywhere, and keep them from coming back. For good."""

    async def command(services: Services) -> None:
        if undo:
            await _undo(member, platform, services)
        elif person := await _person(member, platform, services):
            if not yes:
                typer.confirm(f"Forget {_who(person)}? Decisions and words go for good.", abort=True)
            await _forget(person, services)

    run(command)


async def _undo(member: str, platform: str | None, services: Services) -> None:
    channels = await services.current_channels()
    async with services.unit_of_work() as uow:
        by_id = await uow.forgotten.remove(platform or channels[0].platform, member)
        by_name = await uow.forgotten.remove(BY_NAME, member)
        await uow.commit()
    say(f"{member} may take part again." if by_id or by_name else f"{member} was not on the list.")


async def _person(member: str, platform: str | None, services: Services) -> Person | None:
    """Who is meant; None where nobody is known by that word, and somebody's forgetting was broken off, which is finished here."""
    from bot.usecases.forget import is_owed, meant  # noqa: PLC0415 - not for `--help`
    from scheduler.bootstrap.database import compact  # noqa: PLC0415

    owed = await is_owed(services.unit_of_work)
    if owed:
        left = await compact(services)
        say(left or "What was broken off the last time somebody was forgotten is done: the files are clean.")
    async with services.unit_of_work() as uow:
        known = await uow.forgotten.people()
    try:
        return meant(member, known, platform)
    except UsageError:
        if owed:
            return None  # most likely the one whose rows went before it broke off
        raise


def _who(person: Person) -> str:
    about = f"{person.id}, {person.platform}" if person.id else "named in a proposal, a pause or a source alone"
    return f"{', '.join(sorted(person.names)) or 'somebody without a name'} ({about})"


async def _forget(person: Person, services: Services) -> None:
    from bot.usecases.forget import forget as carry_out  # noqa: PLC0415 - as above
    from scheduler.bootstrap.database import compact  # noqa: PLC0415

    channels = await services.current_channels()
    found = await carry_out(person, channels, services.unit_of_work, services.clock, services.recorder.redraw)
    left = await compact(services)
    say(f"Forgotten: {counted(found.swept.rows, 'row')}, {counted(len(found.swept.refs), 'card')} drawn again.")
    if not person.id:
        say("No id is known of that name. To keep its bearer out, give the platform's id, and --platform, too.")
    elif not person.names and not found.swept.rows:
        say("Nothing is stored under that id. Should a proposal or a pause name them, forget that name, too.")
    if found.named_by_others:
        said = counted(found.named_by_others, "summary", "summaries")
        say(f"That name stands in {said} of others. Those are their authors' words.")
    in_the_file = [one.name for one in await services.current_channels() if person.id in one.editors]
    if in_the_file:
        say(f"The configuration file names that id as an editor of {', '.join(in_the_file)}. Take it out there.")
    say("Older backups and exports still hold what was in them; what is restored from them is swept again.")
    say("An Obsidian vault loses it when it is exported again, and a Zotero library when everything is sent again.")
    if left:
        say(left)
