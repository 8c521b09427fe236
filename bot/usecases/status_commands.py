"""Commands that tell how a channel stands: its status and its statistics."""

from __future__ import annotations

from bot.model import Answer, Channel, CommandCall
from bot.usecases import stats as statistics
from bot.usecases import status as states
from bot.usecases.answers import in_chat, note, title
from bot.usecases.command_context import CommandContext


async def status(context: CommandContext, _call: CommandCall, channel: Channel, _rest: str) -> Answer:
    """`status`: the next digest, the last one, and whether all is well."""
    # It is asked in the channel, so its platform can be reached.
    found = await states.look([channel], await context.specs(), {channel.platform}, context.unit_of_work, context.clock)
    lines = [
        *states.channel_lines(found.channels[0]),
        *([in_chat(states.source_line(one)) for one in found.troubles] or ["All sources are well."]),
        *filter(None, [states.inbox_line(found)]),
    ]
    return Answer(blocks=(title("Status"), *(note(line) for line in lines)))


async def stats(context: CommandContext, _call: CommandCall, channel: Channel, _rest: str) -> Answer:
    """`stats`: how much was sent, marked and summarised here."""
    (found,) = await statistics.channel_stats([channel], context.unit_of_work, context.clock)
    return Answer(blocks=(title("Statistics"), *(note(line) for line in statistics.in_words(found))))
