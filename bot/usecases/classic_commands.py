"""The command about a channel's corner for the basics: what comes next, a list of the channel's own, on and off."""

from __future__ import annotations

from typing import Final

from bot.classics import Classic
from bot.errors import SourceError, UsageError
from bot.item_keys import item_key
from bot.model import Answer, Channel, Classics, CommandCall, FoundWork
from bot.text import clean, cut, safe_url
from bot.usecases import channels
from bot.usecases.answers import command, note, refuse, say, title
from bot.usecases.command_context import CommandContext

_SHOWN: Final = 8
_LONGEST_REASON: Final = 280

_STATES: Final = {
    Classics.SHIPPED: "One classic a week: first your own list, then the one that ships with Paper Round.",
    Classics.OWN: "One classic a week, from your own list alone.",
    Classics.OFF: f"No classics come here. Bring them back with: {command('classics shipped')}",
}


async def classics(context: CommandContext, call: CommandCall, channel: Channel, rest: str) -> Answer:
    """`classics`, `classics add URL WHY`, `classics remove URL`, `classics shipped`, `classics own`, `classics off`."""
    verb, _, what = rest.partition(" ")
    verb = verb.lower()
    if not verb:
        return await _listed(context, channel)
    if not call.admin:
        return refuse("change the classics", context.words_of(call))
    if verb in set(Classics):
        await channels.change(channel, {"classics": verb}, context.unit_of_work)
        return say(_STATES[Classics(verb)])
    if verb == "add":
        return await _add(context, channel, what)
    if verb == "remove":
        return await _remove(context, channel, what)
    return say(
        f"I do not know 'classics {cut(verb, 40)}'. Try {command('classics')}, and add URL, remove URL or off behind it."
    )


async def _listed(context: CommandContext, channel: Channel) -> Answer:
    async with context.unit_of_work() as uow:
        own = await uow.own_classics.of_channel(channel.name)
        sent = await uow.digests.sent_keys(channel.name)
    wanted = [*own, *(context.classics() if channel.classics is Classics.SHIPPED else ())]
    coming = [one for one in wanted if one.key not in sent] if channel.classics is not Classics.OFF else []
    blocks = [title("Classics"), note(_STATES[channel.classics])]
    blocks += [
        note(f"{cut(one.title, 120)}{f' ({one.year})' if one.year else ''}: {one.why}") for one in coming[:_SHOWN]
    ]
    if len(coming) > _SHOWN:
        blocks.append(note(f"And {len(coming) - _SHOWN} more."))
    if not coming and channel.classics is not Classics.OFF:
        blocks.append(note(f"All of them were sent. Add your own with: {command('classics add URL why it lasts')}"))
    return Answer(blocks=tuple(blocks))


async def _add(context: CommandContext, channel: Channel, what: str) -> Answer:
    address, _, why = what.strip().partition(" ")
    url = safe_url(address.strip("<>"))
    if url is None or item_key(url) is None:
        return say(
            f"{cut(clean(address), 80)!r} is no web address. Write: {command('classics add https://arxiv.org/abs/1706.03762 why it lasts')}"
        )
    found = await _looked_up(context, url)
    classic = Classic(
        title=found.title if found else address,
        url=url,
        why=cut(clean(why), _LONGEST_REASON) or "Your team put it on its list.",
        authors=found.authors if found else (),
        year=found.published.year if found and found.published else None,
    )
    async with context.unit_of_work() as uow:
        added = await uow.own_classics.add(channel.name, classic, context.clock())
        sent = classic.key in await uow.digests.sent_keys(channel.name)
        await uow.commit()
    if not added:
        return say("That is on your list already.")
    return say(
        f"{cut(classic.title, 120)} is on your list.",
        *(["It was in a digest here already, so it is not sent once more."] if sent else []),
    )


async def _remove(context: CommandContext, channel: Channel, what: str) -> Answer:
    key = item_key(what.strip().strip("<>")) or what.strip()
    async with context.unit_of_work() as uow:
        gone = await uow.own_classics.remove(channel.name, key)
        await uow.commit()
    return say("It is off your list." if gone else f"That is not on your list. See it with: {command('classics')}")


async def _looked_up(context: CommandContext, url: str) -> FoundWork | None:
    if context.works is None:
        return None
    try:
        async with context.works() as finder:
            return await finder.find(url)
    except (SourceError, UsageError):
        return None
