"""Commands that tell how a channel stands: its status and its statistics."""

from __future__ import annotations

from bot.model import Answer, Channel, CommandCall
from bot.text import counted
from bot.usecases import stats as statistics
from bot.usecases import status as states
from bot.usecases.answers import in_chat, note, say, title
from bot.usecases.command_context import CommandContext
from bot.usecases.digest_facts import DigestFacts
from bot.usecases.figures import OwnFigures, channel_figures


async def status(context: CommandContext, _call: CommandCall, channel: Channel, _rest: str) -> Answer:
    """`status`: the next digest, the last one, and whether all is well."""
    # It is asked in the channel, so its platform can be reached.
    found = await states.look([channel], await context.specs(), {channel.platform}, context.unit_of_work, context.clock)
    lines = [
        *filter(None, [await context.idle()]),
        *states.channel_lines(found.channels[0]),
        *([in_chat(states.source_line(one)) for one in found.troubles] or ["All sources are well."]),
        *filter(None, [states.inbox_line(found)]),
    ]
    return Answer(blocks=(title("Status"), *(note(line) for line in lines)))


async def stats(context: CommandContext, call: CommandCall, channel: Channel, rest: str) -> Answer:
    """`stats`: how much was sent, marked and summarised here; `stats me`: one's own figures, for oneself alone."""
    if rest.lower() == "me":
        figures = await channel_figures(channel, context.unit_of_work, DigestFacts(), member_id=call.member.id)
        own = figures.own or OwnFigures()
        return say(
            f"In this channel you marked {counted(own.marked, 'work')} to be read, read {own.read}, passed over {own.skipped} and wrote "
            f"{counted(own.written, 'summary', 'summaries')}.",
            f"Of what you read, {own.owed} {'has' if own.owed == 1 else 'have'} no words of yours yet. Nobody else is told this.",
        )
    (found,) = await statistics.channel_stats([channel], context.unit_of_work, context.clock)
    return Answer(blocks=(title("Statistics"), *(note(line) for line in statistics.in_words(found))))
