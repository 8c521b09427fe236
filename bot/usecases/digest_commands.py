"""Commands about a digest: the next one as it stands, a line's card, what came after it, and all there is to say of a work."""

from __future__ import annotations

from bot.card import source_names
from bot.card import why as why_here
from bot.model import Answer, Block, BlockRole, Channel, CommandCall, Digest, Span
from bot.rendering import time_in_words, topics_in_words
from bot.text import counted
from bot.usecases import lines
from bot.usecases.answers import note, title
from bot.usecases.command_context import CommandContext


async def now(context: CommandContext, _call: CommandCall, channel: Channel, _rest: str) -> Answer:
    """`now`: the next digest as it stands."""
    digest = await context.preview(channel)
    head = f"If it were posted now: {counted(len(digest.picks), 'pick')}, {time_in_words(digest)}."
    return Answer(blocks=(title(head), *picked(digest)))


async def card(context: CommandContext, call: CommandCall, channel: Channel, rest: str) -> Answer:
    """`card N`: the card of a line of the digest."""
    return await lines.bring_card(rest, call, channel, context.unit_of_work, context.clock, context.bring)


async def more(context: CommandContext, _call: CommandCall, channel: Channel, _rest: str) -> Answer:
    """`more`: the works that came after those of 'also this week'."""
    return await lines.further_lines(channel, context.unit_of_work)


async def why(context: CommandContext, _call: CommandCall, channel: Channel, rest: str) -> Answer:
    """`why N`: all there is to say of a work of the digest."""
    return await lines.all_about(rest, channel, context.unit_of_work, context.shown_in)


def picked(digest: Digest) -> list[Block]:
    """List a digest's picks, a line each, below what there is to say of the channel's topics."""
    names = source_names(digest)
    lines = [
        Block(
            role=BlockRole.BODY,
            spans=(
                Span(text=f"{pick.rank}. "),
                Span(text=pick.item.title, url=pick.item.url, strong=True),
                Span(text=" · ".join(("", f"{pick.minutes} min", *filter(None, ["; ".join(why_here(pick, names))])))),
            ),
        )
        for pick in digest.picks
    ]
    return [*map(note, topics_in_words(digest)), *(lines or [note("Nothing new yet.")])]
