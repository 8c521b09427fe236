"""Export: what the team decided and wrote, gathered for handing out, with citation keys that stay."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.citation import citation_keys
from bot.errors import StorageFull, UsageError
from bot.exporting import NOBODY, Export, Kept, Work
from bot.model import CardRequest, Channel, Decision, Digest, Meaning, Member, MemberWishes
from bot.ports import Clock, UnitOfWork, UnitOfWorkFactory
from bot.remembered import Remembered
from bot.search.tokens import tokens
from bot.usecases.import_export import instance_id
from bot.usecases.recall import remember


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """
    What of it is asked for; everything, if nothing is said.

    Works with one of these `decisions`, works that were sent, decided on or written about at or after `since` (UTC), and of a `member`
    (a name, or the platform's id) only what that member decided and wrote, and what else is kept of them.
    """

    decisions: tuple[Meaning, ...] = ()
    since: datetime | None = None
    member: str | None = None


async def gather(channels: Sequence[Channel], wanted: Wanted, unit_of_work: UnitOfWorkFactory, clock: Clock) -> Export:
    """
    Gather what these channels know. Gives citation keys to works that have none yet, for ever.

    Raises `UsageError` where nobody bears the member's name.
    """
    known = await remember(channels, unit_of_work)
    async with unit_of_work() as uow:
        digests = [
            digest
            for channel in channels
            for week in await uow.digests.weeks(channel.name)
            if (digest := await uow.digests.get(channel.name, week))
        ]
        asked = [one for channel in channels for one in await uow.card_requests.of_channel(channel.name)]
        mine = await _mine(wanted.member, channels, [*_members(known), *(one.member for one in asked)], uow)
        kept = [one for id_ in sorted(mine or ()) for one in await _kept(id_, channels, known, asked, uow)]
    sent = {(digest.channel, digest.week): digest for digest in digests}
    chosen = [one for place in known if _is_wanted(one := _of(mine, place), wanted, sent)]
    if mine is not None:
        chosen = [one for one in chosen if one.decisions or one.summaries]
    works: dict[str, list[Remembered]] = {}
    for one in chosen:
        works.setdefault(one.item.key, []).append(one)
    cited = await _cited([places[0] for places in works.values()], unit_of_work)
    weeks = {(place.channel, week) for places in works.values() for place in places for week in place.weeks}
    narrowed = wanted != Wanted()
    return Export(
        works=tuple(
            Work(key=key, citation_key=cited[key], item=places[-1].item, places=tuple(places))
            for key, places in works.items()
        ),
        digests=tuple(digest for place, digest in sent.items() if not narrowed or place in weeks),
        channels={channel.name: channel.platform for channel in channels},
        at=clock(),
        instance=await instance_id(unit_of_work),
        narrowed=narrowed,
        kept=tuple(kept),
    )


async def _mine(
    name: str | None, channels: Sequence[Channel], known: Sequence[Member], uow: UnitOfWork
) -> frozenset[str] | None:
    """The ids of the member who is asked for, who may have said nothing but what they follow or when they are reminded."""
    if name is None:
        return None
    try:
        return called(name, known)
    except UsageError:
        for platform in {channel.platform for channel in channels}:
            wishes = await uow.members.wishes(platform, name)
            if wishes != MemberWishes() or await uow.reminders.get(platform, name):
                return frozenset({name})
        raise


async def _kept(
    id_: str, channels: Sequence[Channel], known: Sequence[Remembered], asked: Sequence[CardRequest], uow: UnitOfWork
) -> list[Kept]:
    """What is kept of a member on each platform where something is."""
    found = []
    for platform in sorted({channel.platform for channel in channels}):
        here = {channel.name for channel in channels if channel.platform == platform}
        mine = [one for one in asked if one.member.id == id_ and one.channel in here]
        written = [one for place in known for one in place.summaries if one.member.id == id_ and place.channel in here]
        decided = [
            one.member for place in known for one in place.decisions if one.member.id == id_ and place.channel in here
        ]
        wishes, reminder = await uow.members.wishes(platform, id_), await uow.reminders.get(platform, id_)
        members = [*(one.member for one in written), *decided, *(one.member for one in mine)]
        if not (members or reminder or wishes != MemberWishes()):
            continue
        earlier = [(one, tuple(await uow.summaries.history(one.ref))) for one in written]
        found.append(
            Kept(
                platform=platform,
                member=next((one for one in members if one.name), Member(id=id_)),
                follow=wishes.follow,
                mute=wishes.mute,
                reminder=reminder,
                requests=tuple(mine),
                earlier=tuple((one, texts) for one, texts in earlier if texts),
            )
        )
    return found


def with_counts(export: Export, channels: Sequence[Channel], wanted: Wanted) -> Export:
    """
    Give an export as people may read it: in a channel that shows counts alone no decision bears a member (`NOBODY`).

    What a single member asked for of their own keeps their name. An export for `paperround import` is not put through this: without
    members it could not be imported, so it is the operator's, like a backup.
    """
    if wanted.member is not None and len({one.member.id for work in export.works for one in work.decisions}) == 1:
        return export
    counted = {one.name for one in channels if not one.names_shown}

    def place_of(place: Remembered) -> Remembered:
        return replace(place, decisions=_nameless(place.decisions)) if place.channel in counted else place

    works = (replace(work, places=tuple(map(place_of, work.places))) for work in export.works)
    return replace(export, works=tuple(works))


def _nameless(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """Decisions without who made them, in an order that does not tell it either."""
    order = list(Meaning)
    return tuple(sorted((replace(one, member=NOBODY) for one in decisions), key=lambda one: order.index(one.meaning)))


def called(name: str, members: Iterable[Member]) -> frozenset[str]:
    """
    Give the ids of those whom one may mean by a name: their id, or all words of it are in their name; one without letters (🎉) is itself.

    Raises `UsageError`, with the names there are, where nobody is called so.
    """
    known = {member.id: member.name or member.id for member in members}
    asked = set(tokens(name, asked=True))
    found = frozenset(
        id_ for id_, known_as in known.items() if name in {id_, known_as} or (asked and asked <= set(tokens(known_as)))
    )
    if not found:
        names = ", ".join(sorted(set(known.values()), key=str.casefold)[:12]) or "nobody yet"
        raise UsageError(f"Nobody called {name!r} decided or wrote anything here. Who did: {names}.")
    return found


def _members(known: Iterable[Remembered]) -> list[Member]:
    known = list(known)
    decided = [said.member for one in known for said in one.decisions]
    return [*decided, *(said.member for one in known for said in one.summaries)]


def _of(mine: Collection[str] | None, place: Remembered) -> Remembered:
    if mine is None:
        return place
    return replace(
        place,
        decisions=tuple(one for one in place.decisions if one.member.id in mine),
        summaries=tuple(one for one in place.summaries if one.member.id in mine),
    )


def _is_wanted(place: Remembered, wanted: Wanted, sent: dict[tuple[str, str], Digest]) -> bool:
    if wanted.decisions and not any(one.meaning in wanted.decisions for one in place.decisions):
        return False
    if wanted.since is None:
        return True
    instants = [
        *(sent[place.channel, week].compiled_at for week in place.weeks),
        *(one.at for one in place.decisions),
        *(one.edited_at or one.at for one in place.summaries),
    ]
    return max(instants) >= wanted.since


async def _cited(places: Sequence[Remembered], unit_of_work: UnitOfWorkFactory) -> dict[str, str]:
    """The citation key of each work, by item key. On a full disk new ones count for this once: what a team wrote must be had out of it."""
    async with unit_of_work() as uow:
        given = await uow.citation_keys.all()
        # Of two works that turned out to be one, either key still leads to it; the first in the alphabet is used.
        cited: dict[str, str] = {}
        for citation_key, key in given.items():
            cited.setdefault(key, citation_key)
        new = citation_keys((place.item for place in places if place.item.key not in cited), given)
        if new:
            with contextlib.suppress(StorageFull):
                await uow.citation_keys.give(new)
                await uow.commit()
    return cited | new
