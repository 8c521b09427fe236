"""`paperround move`."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.text import counted
from scheduler.cli.backup import progress_bar
from scheduler.cli.common import prepared
from scheduler.cli.wrapping import say

Address = Annotated[
    str,
    typer.Argument(
        metavar="ADDRESS", help="The new database: postgresql://USER:PASSWORD@HOST/NAME; an empty database."
    ),
]


Abandon = Annotated[
    bool,
    typer.Option("--abandon", help="Give up a move to ADDRESS that was broken off, and go on with the SQLite file."),
]


def move(address: Address, abandon: Abandon = False) -> None:  # noqa: FBT002 - Typer's way of an option
    """Move the SQLite database to PostgreSQL, whole or not at all. Stop `paperround up` first. After a crash, run it again."""
    import asyncio  # noqa: PLC0415 - not for `--help`

    from scheduler.bootstrap.database import abandon_move, move_database  # noqa: PLC0415 - as above
    from scheduler.settings.database_url import passwords_of  # noqa: PLC0415 - as above

    settings = prepared({address, *passwords_of(address)})
    if abandon:
        looked = asyncio.run(abandon_move(settings, address))
        say("The move is given up, and the SQLite file is used again.")
        if not looked:
            say(
                "The new database did not answer. Should it ever come back, see that nobody serves it: it may hold a copy."
            )
        return
    with progress_bar("Copying") as progress:
        moved = asyncio.run(move_database(settings, address, progress))
    done = "moved" if moved.fresh else "there already, the same"
    say(
        f"{counted(moved.total, 'row')} {'is' if moved.total == 1 else 'are'} {done}, and compared. Now set DATABASE_URL to the new address, and start again."
    )
    say(
        "The old file is left as it is, and no command uses it any more. Delete it once all is well: it holds what people wrote."
    )
