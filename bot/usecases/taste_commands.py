"""The command about a channel's taste: shown, told by links or by the channel's past, forgotten."""

from __future__ import annotations

from bot.model import Answer, Channel, CommandCall
from bot.usecases import history, taste_in_words
from bot.usecases import taste as tastes
from bot.usecases.answers import command, refuse, say
from bot.usecases.command_context import CommandContext


async def taste(context: CommandContext, call: CommandCall, channel: Channel, rest: str) -> Answer:
    """`taste`, `taste LINKS`, `taste history`, `taste forget`."""
    verb = rest.partition(" ")[0].lower()
    if verb in {"", "show"}:
        return await taste_in_words.show(channel, context.unit_of_work, context.clock())
    if not call.admin:
        return refuse("tell the channel's taste", context.words_of(call))
    if verb == "history":
        if call.platform not in context.histories:
            return say(f"I cannot look into this channel's past. Paste links instead: {command('taste LINKS')}")
        return await history.ask_history(channel, call.member, context.unit_of_work, context.clock())
    if verb == "forget":
        return await tastes.forget(channel, context.unit_of_work)
    return await tastes.from_links(rest, channel, context.unit_of_work, context.clock(), context.works)
