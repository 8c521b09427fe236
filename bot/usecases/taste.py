"""
Taste from the start: what a channel liked before we knew it, told by lists and links, and taken back.

A work of taste counts as a to-read decision of before. What is kept is the work and its date, and who told it is not.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.dedupe import fold
from bot.impossible_addresses import why_impossible
from bot.item_keys import PAPERS, item_key
from bot.joined_tastes import joined
from bot.model import Channel, Item, TasteWork
from bot.ports import UnitOfWork, UnitOfWorkFactory
from bot.text import counted, cut, shown_url

MOST: Final = 5000
"""How many works of taste a channel may have: beyond, a list is no taste but a library."""

MANY_TITLES: Final = 200
"""From so many works on their titles are compared in a thread: a thousand take a tenth of a second, and longer than that nobody waits for the event loop."""

FROM_HISTORY: Final = "this channel's history"
"""The origin of works whose links were shared in the channel itself."""

NAMED: Final = 5
"""How many addresses of a list that name no work are told by themselves."""

_SHOWN: Final = 120

LOOK_UPS: Final = "look-ups of taste"
"""The note of which channels have works that are to be looked up, and when next."""


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
    `brief` are those that are to be looked up: the bare ones, and papers without an abstract. `refused` are the addresses that can name no work, each with why.
    """

    works: int
    new: int
    beyond: int
    fuller: int
    bare: int
    brief: int
    refused: tuple[tuple[str, str], ...] = ()

    def refusals(self) -> list[str]:
        """Say in sentences which addresses were not taken, and why."""
        said = [f"Not taken: {cut(shown_url(url), _SHOWN)}, for {why}." for url, why in self.refused[:NAMED]]
        if more := len(self.refused) - NAMED if len(self.refused) > NAMED else 0:
            said.append(f"Not taken either: {counted(more, 'further address', 'further addresses')} of that kind.")
        return said


async def tell(
    references: Sequence[Reference], origin: str, channel: Channel, unit_of_work: UnitOfWorkFactory, now: datetime
) -> Told:
    """
    Note works that a channel likes. What is noted already, under whichever key (`bot.joined_tastes`), takes no room, and stays as it is unless the list
    says more of it. Those of which it says too little are left to be looked up (`taste_lookups`).

    A work without an address, or with one that can name none, counts by its title's and abstract's words. Where a list names one twice, that counts which says
    more.
    """
    refused = {one.url: why for one in references if one.url and (why := why_impossible(one.url, now))}
    references = [replace(one, url="") if one.url in refused else one for one in references]
    async with unit_of_work() as uow:
        await uow.leases.lock(LOOK_UPS)
        present = {one.key: one for one in await taste_of(channel.name, uow)}
        works, noted_as = await _works(references, origin, channel, list(present.values()), uow, now)
        new = [one for one in works if one.key not in noted_as]
        noted = new[: max(0, MOST - len(present))]
        added = await uow.tastes.add(noted)
        # Of a work that was noted under another key the one that digests' works bear is kept beside it: read, the two are one.
        await uow.tastes.add(
            [replace(one, at=noted_as[one.key].at) for one in works if noted_as.get(one.key, one).key != one.key]
        )
        fuller = [
            replace(noted_as[one.key], title=one.title, abstract=one.abstract, authors=one.authors)
            for one in works
            if one.key in noted_as and _says(one) > _says(noted_as[one.key])
        ]
        told = {noted_as[one.key].key for one in works if one.key in noted_as} - {one.key for one in fuller}
        again = [
            replace(one, look_ups=0, looked_up=None)
            for one in present.values()
            if one.key in told and says_too_little(one)
        ]
        await uow.tastes.describe([*fuller, *again])
        if again or any(says_too_little(one) for one in (*noted, *fuller)):
            await put_look_ups({**await look_ups(uow, now), channel.name: now}, uow)
        await uow.commit()
    now_known = present | {one.key: one for one in (*noted, *fuller)}
    named = [now_known[key] for one in works if (key := noted_as.get(one.key, one).key) in now_known]
    return Told(
        works=len(works),
        new=added,
        beyond=len(new) - len(noted),
        fuller=len(fuller),
        bare=sum(1 for one in named if not one.title),
        brief=sum(1 for one in named if says_too_little(one)),
        refused=tuple(refused.items()),
    )


async def _works(
    references: Sequence[Reference],
    origin: str,
    channel: Channel,
    present: Sequence[TasteWork],
    uow: UnitOfWork,
    now: datetime,
) -> tuple[list[TasteWork], dict[str, TasteWork]]:
    """Give the different works that references name, and those of the `present` ones that are among them, by the key that the work has here."""
    keyed = [(key, one) for one in references if (key := _key(one))]
    canonical = await uow.items.canonical([key for key, _ in keyed])
    titled = [(one.key, one.title, one.authors) for one in present]
    titled += [(canonical[key], one.title, one.authors) for key, one in keyed]
    pairs = await asyncio.to_thread(joined, titled) if len(titled) > MANY_TITLES else joined(titled)
    named: dict[str, Reference] = {}
    for key, one in keyed:
        stays = pairs.get(canonical[key], canonical[key])
        before = named.get(stays)
        if before is None or _says(one) > _says(before):
            named[stays] = one
    known = await _known(list(named), uow)
    noted_as = {pairs.get(one.key, one.key): one for one in present if pairs.get(one.key, one.key) in named}
    noted_as |= {one.key: one for one in present if one.key in named}
    return [_work(key, one, known.get(key), origin, channel, now) for key, one in named.items()], noted_as


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


def says_too_little(one: TasteWork) -> bool:
    """Whether a work is to be looked up at its address: nothing else is known of it, or it is a paper whose abstract is not."""
    return not one.title or (not one.abstract and one.key.startswith(PAPERS))


async def look_ups(uow: UnitOfWork, now: datetime) -> dict[str, datetime]:
    """
    Give which channels have works to be looked up, and when next (UTC): now for each that has works at all, where it was never noted. Who changes it holds
    the lock `LOOK_UPS`.
    """
    note = await uow.notes.get(LOOK_UPS)
    if note is None:
        return dict.fromkeys(await uow.tastes.channels(), now)
    return {name: datetime.fromisoformat(at) for name, at in json.loads(note).items()}


async def put_look_ups(plan: Mapping[str, datetime], uow: UnitOfWork) -> None:
    """Note which channels have works to be looked up, and when next."""
    await uow.notes.put(LOOK_UPS, json.dumps({name: at.isoformat() for name, at in plan.items()}))


async def _known(keys: Sequence[str], uow: UnitOfWork) -> Mapping[str, Item]:
    return {item.key: item for item in fold(await uow.entries.of_items(keys))} if keys else {}
