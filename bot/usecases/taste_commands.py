"""The command about a channel's taste: shown, told by links or by the channel's past, forgotten."""

from __future__ import annotations

from bot.model import Answer, Channel, CommandCall
from bot.named_works import named_works
from bot.ports import UnitOfWorkFactory
from bot.text import counted
from bot.usecases import history, taste_in_words
from bot.usecases.answers import command, refuse, say
from bot.usecases.command_context import CommandContext
from bot.usecases.listed_works import expand_lists
from bot.usecases.taste import MOST, Reference, tell
from bot.usecases.taste_lookups import look_up


async def taste(context: CommandContext, call: CommandCall, channel: Channel, rest: str) -> Answer:
    """`taste`, `taste LINKS`, `taste history`, `taste forget`."""
    verb = rest.partition(" ")[0].lower()
    if verb in {"", "show"}:
        return await taste_in_words.show(channel, context.unit_of_work, context.clock())
    if not call.admin:
        what = {"history": "have me learn from the channel's past", "forget": "have the channel's taste forgotten"}
        return refuse(what.get(verb, "tell the channel's taste"), context.words_of(call))
    if verb == "history":
        if not await context.has_past(channel):
            return say(f"I cannot look into this channel's past. Paste links instead: {command('taste LINKS')}")
        return await history.ask_history(channel, call.member, context.unit_of_work, context.clock())
    if verb == "forget":
        return await forget(channel, context.unit_of_work)
    return await _from_links(rest, channel, context)


async def _from_links(text: str, channel: Channel, context: CommandContext) -> Answer:
    """`taste` with links: works that the channel likes, pasted; noted first, then looked up where their words are not known."""
    links = named_works(text)
    if not links:
        named = "Paste links to works that this channel likes (arXiv numbers and DOIs will do)"
        return say(f"{named}, or ask: {command('taste show')}, {command('taste forget')}")
    references, problems = [Reference(url=url) for url in links], list[str]()
    if context.works:
        references, problems = await expand_lists(references, context.works)
    told = await tell(references, "links", channel, context.unit_of_work, context.clock())
    noted = f"{counted(told.new, 'work')} noted as to this channel's taste."
    if told.beyond:
        noted += f" There is room for {MOST:,} works, and no more."
    read, bare = 0, told.bare
    if context.works:
        done = await look_up(references, channel, context.unit_of_work, context.works, context.clock)
        read, bare = done.read, done.bare
    if read:
        noted += f" I looked {counted(read, 'work')} up; {'it counts' if read == 1 else 'they count'} from the next digest on."
    if bare:
        unread = "it" if told.works == 1 else counted(bare, "work")
        noted += f" I have not read {unread} yet, and go on trying; {command('taste')} says how far I am."
    return say(noted, *problems, *told.refusals())


async def forget(channel: Channel, unit_of_work: UnitOfWorkFactory) -> Answer:
    """`taste forget`: take all of it back. Decisions on digests stay, they are taken back on the card."""
    async with unit_of_work() as uow:
        gone = await uow.tastes.forget(channel.name)
        await uow.commit()
    return say(
        f"{counted(gone, 'work')} forgotten. What you decide on digests still counts." if gone else "There was nothing."
    )
