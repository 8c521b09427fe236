"""`paperround forget`: everything of a member goes, and nothing brings it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bot.text import counted
from scheduler.cli.common import run
from scheduler.cli.wrapping import say

if TYPE_CHECKING:
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
        from bot.usecases.forget import forget as carry_out  # noqa: PLC0415 - not for `--help`
        from bot.usecases.forget import meant, people  # noqa: PLC0415
        from scheduler.bootstrap.database import compact  # noqa: PLC0415

        channels = await services.current_channels()
        async with services.unit_of_work() as uow:
            if undo:
                done = await uow.forgotten.remove(platform or channels[0].platform, member)
                await uow.commit()
                say(f"{member} may take part again." if done else f"{member} was not on the list.")
                return
            person = meant(member, await people(channels, uow), platform)
        who = f"{', '.join(sorted(person.names)) or 'somebody without a name'} ({person.id}, {person.platform})"
        if not yes:
            typer.confirm(f"Forget {who}? Decisions and words go for good.", abort=True)
        found = await carry_out(person, channels, services.unit_of_work, services.clock, services.recorder.redraw)
        left = await compact(services)
        say(f"Forgotten: {counted(found.swept.rows, 'row')}, {counted(len(found.swept.refs), 'card')} drawn again.")
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

    run(command)
