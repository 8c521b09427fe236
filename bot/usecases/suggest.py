"""Suggest: a member proposes something for the next digest. It is an entry like any other, said by the team itself."""

from __future__ import annotations

from typing import Final

from bot.dedupe import mentions_of
from bot.errors import UsageError
from bot.keys import PAPERS, address_of, item_key
from bot.model import Answer, Channel, CommandCall, Entry, ItemKind, Member, Section, StoredEntry
from bot.ports import Batch, Clock, UnitOfWorkFactory
from bot.text import clean, cut, safe_url
from bot.usecases.answers import say
from bot.usecases.command_context import CommandContext

SOURCE: Final = "team"
"""The source id of what members propose. It is in no catalogue: nobody asks it, and it is off for nobody."""

NAME: Final = "your team"


async def add(context: CommandContext, call: CommandCall, channel: Channel, rest: str) -> Answer:
    """`add URL`: propose a work, in the name of who posted its link where the platform says who that is."""
    poster = _poster(call)
    title = await suggest(rest, poster, channel, context.unit_of_work, context.clock)
    whose = "your name" if poster.id == call.member.id else f"the name of {poster.name or 'who posted it'}"
    return say(f"{title} is proposed for the next digest, in {whose}.")


def _poster(call: CommandCall) -> Member:
    """Give the member in whose name something is proposed: who posted the link, where the platform says so, else who asks."""
    posted_by = call.values.get("by_id")
    return Member(id=posted_by, name=call.values.get("by", "")) if posted_by else call.member


async def suggest(address: str, member: Member, channel: Channel, unit_of_work: UnitOfWorkFactory, clock: Clock) -> str:
    """
    Propose the work behind an address for a channel's next digest; gives the title under which it will be shown.

    Where the work is known already, its own title is. Raises `UsageError` for what is no web address, or was sent before.
    Proposing the same twice is one proposal.
    """
    url = safe_url(address.strip().strip("<>"))
    key = item_key(url) if url else None
    if url is None or key is None:
        raise UsageError(
            f"{cut(clean(address), 80)!r} is no web address. Give one like https://arxiv.org/abs/2511.01234."
        )
    now = clock()
    async with unit_of_work() as uow:
        key = (await uow.items.canonical([key]))[key]
        if key in await uow.digests.sent_keys(channel.name):
            raise UsageError("That was in a digest of this channel already.")
        known = [stored.entry for _, stored, mention in await uow.entries.of_items([key]) if mention.direct]
        entry = _entry(channel, key, url, member, known)
        stored = StoredEntry(entry=entry, first_seen=now)
        titles = {key: entry.title}
        await uow.entries.store(
            [Batch(source_id=SOURCE, entries=(stored,), mentions=mentions_of(entry, now), titles=titles)]
        )
        await uow.commit()
    return entry.title


def _entry(channel: Channel, key: str, url: str, member: Member, known: list[Entry]) -> Entry:
    paper = key.startswith(PAPERS)
    return Entry(
        source_id=SOURCE,
        external_id=f"{channel.name}/{key}",
        kind=ItemKind.PAPER if paper else ItemKind.POST,
        section=Section.PAPERS if paper else Section.COMMUNITY,
        title=known[0].title if known else cut(address_of(key).removeprefix("https://"), 120),
        url=url,
        about=address_of(key),
        tags=(f"suggested by {clean(member.name) or 'a member'}", f"for {channel.name}"),
    )
