"""
Taste from the start: what a channel liked before we knew it, told by lists and links, and taken back.

A work of taste counts as a to-read decision of before. What is kept is the work and its date, and who told it is not.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.dedupe import fold
from bot.errors import SourceError, UsageError
from bot.item_keys import item_key
from bot.model import Answer, Channel, Item, TasteWork
from bot.ports import UnitOfWork, UnitOfWorkFactory, WorkFinder
from bot.text import counted
from bot.usecases.answers import command, say
from bot.usecases.command_context import WorkFinders

logger = logging.getLogger(__name__)

MOST_LOOKED_UP: Final = 50
"""Addresses that are looked up for one list. The others count once a source brings them, or when they are told again."""

TOGETHER: Final = 4
"""Look-ups at a time; a registry's own pace is kept by the fetcher."""

LOOKING_UP: Final = timedelta(seconds=100)
"""How long looking up may take in all: somebody is waiting for the answer."""

MOST: Final = 5000
"""How many works of taste a channel may have: beyond, a list is no taste but a library."""

_ADDRESS: Final = re.compile(r"https?://[^\s<>|\"']+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A work as a list names it: at least an address or a title. `at` is when it was added to the list (UTC), if the list says so."""

    url: str = ""
    title: str = ""
    abstract: str = ""
    authors: tuple[str, ...] = ()
    at: datetime | None = None


async def tell(
    references: Sequence[Reference], origin: str, channel: Channel, unit_of_work: UnitOfWorkFactory, now: datetime
) -> tuple[int, int]:
    """
    Note works that a channel likes; give how many were new, and how many of them we know nothing about but their address.

    A work without an address counts by its title's and abstract's words.
    """
    async with unit_of_work() as uow:
        works = await _works(references, origin, channel, uow, now)
        room = MOST - len(await uow.tastes.of_channel(channel.name))
        added = await uow.tastes.add(works[: max(0, room)])
        await uow.commit()
    return added, sum(1 for one in works if not one.title)


async def _works(
    references: Sequence[Reference], origin: str, channel: Channel, uow: UnitOfWork, now: datetime
) -> list[TasteWork]:
    keyed: dict[str, Reference] = {}
    for one in references:
        if key := _key(one):
            keyed.setdefault(key, one)
    canonical = await uow.items.canonical(list(keyed))
    known = await _known(list(canonical.values()), uow)
    return [_work(canonical[key], one, known.get(canonical[key]), origin, channel, now) for key, one in keyed.items()]


def _key(one: Reference) -> str | None:
    if one.url and (key := item_key(one.url)):
        return key
    words = " ".join(re.findall(r"\w+", one.title.casefold()))
    return f"title:{words[:200]}" if words else None


def _work(key: str, one: Reference, known: Item | None, origin: str, channel: Channel, now: datetime) -> TasteWork:
    return TasteWork(
        channel=channel.name,
        key=key,
        title=one.title or (known.title if known else ""),
        abstract=one.abstract or (known.abstract if known else ""),
        authors=one.authors or (known.authors if known else ()),
        at=min(one.at, now) if one.at else now,
        origin=origin,
    )


async def taste_of(channel: str, uow: UnitOfWork) -> list[TasteWork]:
    """Give a channel's works of taste, with the words of those that were only an address then and were collected since."""
    works = await uow.tastes.of_channel(channel)
    known = await _known([one.key for one in works if not one.title], uow)
    return [
        replace(one, title=item.title, abstract=item.abstract, authors=item.authors)
        if not one.title and (item := known.get(one.key))
        else one
        for one in works
    ]


async def _known(keys: Sequence[str], uow: UnitOfWork) -> Mapping[str, Item]:
    return {item.key: item for item in fold(await uow.entries.of_items(keys))} if keys else {}


async def look_up(
    references: Sequence[Reference], channel: Channel, unit_of_work: UnitOfWorkFactory, finders: WorkFinders
) -> tuple[int, int]:
    """
    Look up the works of a list that are noted (`tell`) with their address alone, so that they teach at once; give how many answered, and how many
    are still known by their address alone.

    At most `MOST_LOOKED_UP` are asked for, within `LOOKING_UP`. What does not answer keeps its address.
    """
    urls = {key: one.url for one in references if one.url and (key := item_key(one.url))}
    async with unit_of_work() as uow:
        canonical = await uow.items.canonical(list(urls))
        bare = {one.key: one for one in await taste_of(channel.name, uow) if not one.title}
    wanted = {canonical[key]: url for key, url in urls.items() if canonical[key] in bare}
    found: list[TasteWork] = []
    turns = asyncio.Semaphore(TOGETHER)

    async def one_work(key: str, url: str, finder: WorkFinder) -> None:
        async with turns:
            try:
                work = await finder.find(url)
            except (SourceError, UsageError) as error:
                logger.info("A work was not looked up: %s", error, extra={"action": "taste_not_looked_up"})
                return
        if work.title:
            found.append(replace(bare[key], title=work.title, abstract=work.abstract, authors=work.authors))

    if wanted:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOKING_UP.total_seconds()), finders() as finder, asyncio.TaskGroup() as group:
                for key, url in list(wanted.items())[:MOST_LOOKED_UP]:
                    group.create_task(one_work(key, url, finder))
        async with unit_of_work() as uow:
            await uow.tastes.describe(found)
            await uow.commit()
    return len(found), len(wanted) - len(found)


async def from_links(
    text: str, channel: Channel, unit_of_work: UnitOfWorkFactory, now: datetime, finders: WorkFinders | None = None
) -> Answer:
    """`taste` with links: works that the channel likes, pasted; noted first, then looked up where their words are not known."""
    links = [found.rstrip(".,;:!?)]}") for found in _ADDRESS.findall(text)]
    if not links:
        return say(
            f"Paste links to works that this channel likes, or ask: {command('taste show')}, {command('taste forget')}"
        )
    references = [Reference(url=url) for url in links]
    added, unknown = await tell(references, "links", channel, unit_of_work, now)
    noted = f"{counted(added, 'work')} noted as to this channel's taste."
    read = 0
    if finders:
        read, unknown = await look_up(references, channel, unit_of_work, finders)
    if read:
        noted += f" I looked {counted(read, 'work')} up; {'it counts' if read == 1 else 'they count'} from the next digest on."
    if unknown:
        noted += f" I have not read {unknown} of them; they count once a source brings them, or paste them again later."
    return say(noted)


async def forget(channel: Channel, unit_of_work: UnitOfWorkFactory) -> Answer:
    """`taste forget`: take all of it back. Decisions on digests stay, they are taken back on the card."""
    async with unit_of_work() as uow:
        gone = await uow.tastes.forget(channel.name)
        await uow.commit()
    return say(
        f"{counted(gone, 'work')} forgotten. What you decide on digests still counts." if gone else "There was nothing."
    )
