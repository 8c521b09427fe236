"""
Suggest: a member proposes something for the next digest. It is an entry like any other, said by the team itself.

What it is, is looked up before it is a card. A proposal belongs to the channel in which it was made and is a candidate nowhere else: two
workspaces may propose the same work, and neither learns of the other.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bot.channel_sources import hidden_from
from bot.credit import proposed_by
from bot.dedupe import mentions_of
from bot.errors import SourceError, UsageError
from bot.item_keys import PAPERS, WORKS, address_of, item_key
from bot.model import Answer, Channel, CommandCall, Entry, FoundWork, ItemKind, Member, Section, StoredEntry
from bot.ports import Batch, Clock, UnitOfWork, UnitOfWorkFactory
from bot.text import clean, cut, safe_url
from bot.usecases.answers import say
from bot.usecases.command_context import CommandContext, WorkFinders
from bot.usecases.own_sources import own_sources_of

SOURCE: Final = "team"
"""The source id of what members propose. It is in no catalogue: nobody asks it, and it is off for nobody."""

NAME: Final = "your team"

_TITLE: Final = 120
_ASKED_AGAIN: Final = timedelta(days=14)
"""How long a work that did not tell its title is asked again."""

_LATEST: Final = 100

logger = logging.getLogger(__name__)


async def add(context: CommandContext, call: CommandCall, channel: Channel, rest: str) -> Answer:
    """`add URL`: propose a work, in the name of who posted its link where the platform says who that is."""
    poster = _poster(call)
    proposal = await suggest(rest, poster, channel, context.unit_of_work, context.clock, context.works)
    whose = "your name" if poster.id == call.member.id else f"the name of {poster.name or 'who posted it'}"
    said = f"{proposal.title} is proposed for the next digest, in {whose}."
    return say(said if proposal.titled or context.works is None else f"{said} {_ASKS_AGAIN}")


_ASKS_AGAIN: Final = "I could not find out its title yet, and will ask again before the digest."


def _poster(call: CommandCall) -> Member:
    """Give the member in whose name something is proposed: who posted the link, where the platform says so, else who asks."""
    posted_by = call.values.get("by_id")
    return Member(id=posted_by, name=call.values.get("by", "")) if posted_by else call.member


@dataclass(frozen=True, slots=True)
class Proposal:
    """What was proposed: the title under which it will be shown, and whether that is its own or, for want of it, its address."""

    title: str
    titled: bool


async def suggest(
    address: str,
    member: Member,
    channel: Channel,
    unit_of_work: UnitOfWorkFactory,
    clock: Clock,
    finders: WorkFinders | None = None,
) -> Proposal:
    """
    Propose the work behind an address for a channel's next digest.

    A work that is known already has its own title; any other is looked up first, and one that cannot be, is proposed all the same. Raises
    `UsageError` for what is no web address, or was sent before. Proposing the same twice is one proposal.
    """
    url = safe_url(address.strip().strip("<>"))
    key = item_key(url) if url else None
    if url is None or key is None:
        raise UsageError(
            f"{cut(clean(address), 80)!r} is no web address. Give one like https://arxiv.org/abs/2511.01234."
        )
    async with unit_of_work() as uow:
        key = await _unsent(key, channel, uow)
        known = await _known(key, channel, uow)
    # Asking the outside takes seconds, so that no transaction waits for it.
    found = await _looked_up(url, finders) if known is None else None
    now = clock()
    async with unit_of_work() as uow:
        led_to = item_key(found.url) if found else None
        if led_to and led_to.startswith(WORKS):
            key = led_to  # a short link, or a page of the work elsewhere
        key = await _unsent(key, channel, uow)
        known = known or await _known(key, channel, uow)
        if (await uow.forgotten.check())(channel.platform, member.id):
            member = Member(id="")  # somebody else proposes what a forgotten member posted
        if member.id and member.name:
            await uow.members.put(channel.platform, [member])  # so that it is known whose name stands there
        entry = _entry(channel, key, url, member, known or _of_found(key, found))
        await _store(entry, key, StoredEntry(entry=entry, first_seen=now), uow)
        await uow.commit()
    return Proposal(entry.title, titled=entry.title != _untitled(key))


async def complete(unit_of_work: UnitOfWorkFactory, clock: Clock, finders: WorkFinders) -> int:
    """Look up again what was proposed in the last two weeks and has no title yet; give of how many it is known now."""
    async with unit_of_work() as uow:
        proposals = (await uow.entries.newest([SOURCE], _LATEST)).get(SOURCE, [])
        waiting = [one for one in proposals if one.title == _untitled(_key(one))]
        rows = await uow.entries.of_items({_key(one) for one in waiting}) if waiting else []
    seen = {stored.entry.external_id: stored for _, stored, _ in rows if stored.entry.source_id == SOURCE}
    done = 0
    for entry in waiting:
        stored = seen.get(entry.external_id)
        if stored is None or clock() - stored.first_seen > _ASKED_AGAIN:
            continue
        found = await _looked_up(entry.url, finders)
        if found is None:
            continue
        fuller = _with(entry, found)
        async with unit_of_work() as uow:
            await _store(fuller, _key(entry), replace(stored, entry=fuller), uow)
            await uow.commit()
        done += 1
    return done


def is_for(entry: Entry, channel: Channel) -> bool:
    """Tell whether a proposal was made in a channel: one of that name, on the same platform and in the same workspace."""
    if f"for {channel.name}" not in entry.tags:
        return False
    scope = next((tag for tag in entry.tags if tag.startswith(_SCOPE)), None)
    # Those of before there were scopes have none, and those of before the workspace was known name the platform alone.
    return scope is None or scope in {_scope(channel), f"{_SCOPE}{channel.platform}/"}


_SCOPE: Final = "for workspace "


def _scope(channel: Channel) -> str:
    """
    Name the workspace of a channel in a tag: the name of a channel alone is not enough, for a later one may bear it elsewhere.

    Like the other remark it begins with `for`, so that neither topics nor taste take it for a word of the work.
    """
    return f"{_SCOPE}{channel.platform}/{channel.team}"


async def _unsent(key: str, channel: Channel, uow: UnitOfWork) -> str:
    """Follow a key through the aliases. Raises `UsageError` where its work was sent before."""
    key = (await uow.items.canonical([key]))[key]
    if key in await uow.digests.sent_keys(channel.name):
        raise UsageError("That was in a digest of this channel already.")
    return key


async def _known(key: str, channel: Channel, uow: UnitOfWork) -> Entry | None:
    """What a source said of a work directly; what another channel proposed, or its own source said, is none of this one's business."""
    hidden = hidden_from([channel], await own_sources_of(uow))
    said = [stored.entry for _, stored, mention in await uow.entries.of_items([key]) if mention.direct]
    said = [entry for entry in said if entry.source_id not in hidden]
    titled = (one for one in said if one.title != _untitled(key))
    return next((one for one in titled if one.source_id != SOURCE or is_for(one, channel)), None)


async def _looked_up(url: str, finders: WorkFinders | None) -> FoundWork | None:
    if finders is None:
        return None
    try:
        async with finders() as finder:
            return await finder.find(url)
    except SourceError as error:
        logger.info("A proposal was not looked up: %s", error, extra={"action": "proposal_not_looked_up"})
        return None


def _of_found(key: str, found: FoundWork | None) -> Entry | None:
    if found is None:
        return None
    plain = Entry(
        source_id=SOURCE,
        external_id="",
        kind=_kind(key),
        section=Section.COMMUNITY,
        title=found.title,
        url=found.url,
    )
    return _with(plain, found)


def _with(entry: Entry, found: FoundWork) -> Entry:
    """Give an entry with what was found out of its work."""
    kind = found.kind or entry.kind
    return replace(
        entry,
        title=clean(found.title),
        kind=kind,
        section=Section.PAPERS if kind is ItemKind.PAPER else entry.section,
        authors=found.authors,
        abstract=found.abstract,
        work_date=found.published,
        code_url=safe_url(found.code_url),
    )


def _entry(channel: Channel, key: str, url: str, member: Member, known: Entry | None) -> Entry:
    kind = known.kind if known else _kind(key)
    return Entry(
        source_id=SOURCE,
        external_id=f"{channel.name}/{key}",
        kind=kind,
        section=Section.PAPERS if kind is ItemKind.PAPER else Section.COMMUNITY,
        title=known.title if known else _untitled(key),
        url=url,
        about=address_of(key),
        authors=known.authors if known else (),
        abstract=known.abstract if known else "",
        work_date=known.work_date if known else None,
        code_url=known.code_url if known else None,
        tags=(
            proposed_by(clean(member.name)),
            f"for {channel.name}",
            _scope(channel),
        ),
    )


def _kind(key: str) -> ItemKind:
    if key.startswith(PAPERS):
        return ItemKind.PAPER
    return ItemKind.CODE if key.startswith("code:") else ItemKind.POST


def _untitled(key: str) -> str:
    """What a work is called whose title nobody tells: its address."""
    return cut(address_of(key).removeprefix("https://"), _TITLE)


def _key(entry: Entry) -> str:
    """The key of the work that a proposal is about."""
    return item_key(entry.about or entry.url) or ""


async def _store(entry: Entry, key: str, stored: StoredEntry, uow: UnitOfWork) -> None:
    mentions = mentions_of(entry, stored.first_seen)
    await uow.entries.store([Batch(source_id=SOURCE, entries=(stored,), mentions=mentions, titles={key: entry.title})])
