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
from bot.named_works import named_works
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

NO_ROOM: Final = f"There is room for {MOST:,} works, and no more."


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A work as a list names it: at least an address or a title. `at` is when it was added to the list (UTC), if the list says so."""

    url: str = ""
    title: str = ""
    abstract: str = ""
    authors: tuple[str, ...] = ()
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """
    What came of a list. `works` are the different ones it names: `new` to the channel's taste, or known before, or, where that is full, one of
    those `beyond` it. Of `fuller` ones that were known before, more is known now; of `bare` ones among all that are noted, nothing but their address.
    """

    works: int
    new: int
    beyond: int
    fuller: int
    bare: int


async def tell(
    references: Sequence[Reference], origin: str, channel: Channel, unit_of_work: UnitOfWorkFactory, now: datetime
) -> Told:
    """
    Note works that a channel likes. What is noted already takes no room, and stays as it is unless the list says more of it.

    A work without an address counts by its title's and abstract's words. Where a list names one twice, that counts which says more.
    """
    async with unit_of_work() as uow:
        works = await _works(references, origin, channel, uow, now)
        present = {one.key: one for one in await taste_of(channel.name, uow)}
        new = [one for one in works if one.key not in present]
        noted = new[: max(0, MOST - len(present))]
        added = await uow.tastes.add(noted)
        fuller = [
            replace(present[one.key], title=one.title, abstract=one.abstract, authors=one.authors)
            for one in works
            if one.key in present and _says(one) > _says(present[one.key])
        ]
        await uow.tastes.describe(fuller)
        await uow.commit()
    now_known = present | {one.key: one for one in (*noted, *fuller)}
    return Told(
        works=len(works),
        new=added,
        beyond=len(new) - len(noted),
        fuller=len(fuller),
        bare=sum(1 for one in works if one.key in now_known and not now_known[one.key].title),
    )


async def _works(
    references: Sequence[Reference], origin: str, channel: Channel, uow: UnitOfWork, now: datetime
) -> list[TasteWork]:
    keyed = [(key, one) for one in references if (key := _key(one))]
    canonical = await uow.items.canonical([key for key, _ in keyed])
    named: dict[str, Reference] = {}
    for key, one in keyed:
        before = named.get(canonical[key])
        if before is None or _says(one) > _says(before):
            named[canonical[key]] = one
    known = await _known(list(named), uow)
    return [_work(key, one, known.get(key), origin, channel, now) for key, one in named.items()]


def _says(one: Reference | TasteWork) -> tuple[bool, bool]:
    return bool(one.title), bool(one.abstract)


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
    links = named_works(text)
    if not links:
        return say(
            f"Paste links to works that this channel likes (arXiv numbers and DOIs will do), or ask: {command('taste show')}, {command('taste forget')}"
        )
    references = [Reference(url=url) for url in links]
    told = await tell(references, "links", channel, unit_of_work, now)
    noted = f"{counted(told.new, 'work')} noted as to this channel's taste."
    if told.beyond:
        noted += f" {NO_ROOM}"
    read, unknown = 0, told.bare
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
