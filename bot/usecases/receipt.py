"""Receipt: which sources a digest read, one a line, for who asks behind its last line."""

from __future__ import annotations

from bot.model import Answer, Channel, CommandCall
from bot.receipt import receipt_rows
from bot.usecases.answers import note, say, title
from bot.usecases.command_context import CommandContext
from bot.usecases.lines import find_digest


async def receipt(context: CommandContext, _call: CommandCall, channel: Channel, rest: str) -> Answer:
    """`receipt WEEK`: how each source did for that digest, the latest where no week is named."""
    async with context.unit_of_work() as uow:
        digest = await find_digest(channel, rest.strip() or None, uow)
    if digest is None or not digest.sources:
        return say("There is no receipt of that digest.")
    head, *rows = receipt_rows(digest.sources)
    lines = [", ".join(_cells(head, row)) for row in rows]
    return Answer(blocks=(title("What was read"), *(note(line) for line in lines)))


def _cells(head: tuple[str, ...], row: tuple[str, ...]) -> list[str]:
    """A row in words: a figure bears the name of its column."""
    named = zip(head, row, strict=True)
    return [f"{name.lower()} {cell}" if cell[:1].isdigit() else cell for name, cell in named if cell]
