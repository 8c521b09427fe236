"""The command that lets a member into the library: a link that is good once, for ten minutes."""

from __future__ import annotations

from bot.model import Answer, Block, BlockRole, Channel, CommandCall, Span
from bot.usecases.answers import say
from bot.usecases.command_context import CommandContext

_LOCAL = ("http://127.0.0.1", "http://localhost")


async def page(context: CommandContext, call: CommandCall, _channel: Channel, _rest: str) -> Answer:
    """`page`: the library in a browser, as far as whoever asks may read it."""
    return await page_elsewhere(context, call, "")


async def page_elsewhere(context: CommandContext, call: CommandCall, _rest: str) -> Answer:
    """The same where no digest comes: what one may read is not told by where one asks."""
    if context.page_link is None:
        return say("There is no page here.")
    address = await context.page_link(call)
    spans = (
        Span(text="Open the library", url=address, strong=True),
        Span(text=" · good once, for ten minutes. It shows what you may read here, so keep the link to yourself."),
    )
    blocks = [Block(role=BlockRole.BODY, spans=spans)]
    if address.startswith(_LOCAL):
        hint = "The address is of the machine that Paper Round runs on. For everybody else, the operator can set url under [web]."
        blocks.append(Block(role=BlockRole.NOTE, spans=(Span(text=hint),)))
    return Answer(blocks=tuple(blocks))
