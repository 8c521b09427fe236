"""
Import: what another Paper Round exported becomes part of this one: weeks, decisions, summaries, citation keys.

What comes in stands on messages of a platform of its own (`slack/imported`), which nobody serves: no reconcile takes it away, and no card
is redrawn for it. Everything has the natural key that it had there, so importing twice changes nothing; what was written or decided here
and comes back by way of another Paper Round is known, and what was deleted here meanwhile stays deleted.
"""

from __future__ import annotations

import contextlib
import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.errors import StorageFull, UsageError
from bot.exporting import INSTANCE, Export
from bot.forgetting import IMPORTED
from bot.model import (
    CARD_PARTS,
    DEFAULT_MEANINGS,
    Channel,
    Decision,
    Digest,
    Meaning,
    MessageRef,
    Posting,
    PostingState,
    Reaction,
)
from bot.ports import UnitOfWork, UnitOfWorkFactory
from bot.remembered import Remembered
from bot.rendering import posting_key
from bot.usecases.decided import decisions_on

logger = logging.getLogger(__name__)

SUFFIX: Final = IMPORTED
"""What the name of a platform bears where its messages were imported."""

BESIDE: Final = 1_000_000
"""The part of a work that was imported into a week which has a digest of its own is this and its rank."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """
    What was new: digests, decisions, summaries. `beside` are weeks (channel, week) that have a digest of their own here, so that works
    which only the imported one brought are found by search alone. `forgotten` counts what was left out, since its author is forgotten.
    `unread` are meanings (channel, meaning) for which the channel has no emoji: such decisions count once it has the usual one.
    """

    digests: int = 0
    decisions: int = 0
    summaries: int = 0
    beside: tuple[tuple[str, str], ...] = ()
    forgotten: int = 0
    unread: frozenset[tuple[str, Meaning]] = frozenset()


async def instance_id(unit_of_work: UnitOfWorkFactory) -> str:
    """Give the id of this Paper Round; it is made the first time, and stays. On a full disk it is made for this once."""
    async with unit_of_work() as uow:
        known = await uow.notes.get(INSTANCE)
        if known is None:
            known = uuid.uuid4().hex
            with contextlib.suppress(StorageFull):
                await uow.notes.put(INSTANCE, known)
                await uow.commit()
    return known


async def bring_in(export: Export, into: Mapping[str, Channel], unit_of_work: UnitOfWorkFactory) -> ImportResult:
    """
    Take an export in, each of its channels (by the name it had there) into the channel that `into` names for it.

    Raises `UsageError` for a channel that has no place here, and for an export of this very Paper Round; then nothing is changed.
    """
    if export.instance and export.instance == await instance_id(unit_of_work):
        raise UsageError(
            "This export is of this very Paper Round: everything in it is here. Import it into another one."
        )
    names = {digest.channel for digest in export.digests} | {p.channel for work in export.works for p in work.places}
    if homeless := sorted(names - into.keys()):
        raise UsageError(
            f"There is no channel {homeless[0]!r} here. Say into which its weeks shall go: --channel NAME, or set one of that name up."
        )
    result = ImportResult()
    for digest in export.digests:
        async with unit_of_work() as uow:
            result = await _digest(digest, export, into[digest.channel], uow, result)
            await uow.commit()
    async with unit_of_work() as uow:
        await uow.citation_keys.give({work.key: work.citation_key for work in export.works if work.citation_key})
        await uow.forgotten.sweep()  # a digest may name whoever proposed a work
        await uow.commit()
    logger.info("Imported %s digests", result.digests, extra={"action": "imported"})
    return result


async def _digest(
    digest: Digest, export: Export, channel: Channel, uow: UnitOfWork, result: ImportResult
) -> ImportResult:
    """Take one week in, with what was decided and written of its works."""
    platform = _imported(export.channels.get(digest.channel, "unknown"))
    first = platform_ref(platform, channel, digest.week, 0)
    ours = await uow.postings.at(first) is not None
    new = await uow.digests.add(replace(digest, channel=channel.name))
    beside = not new and not ours
    works = {work.key: [place for place in work.places if place.channel == digest.channel] for work in export.works}
    picks = [(pick.rank, pick) for pick in digest.picks]
    asked = [pick for pick in digest.also if any(digest.week in place.weeks for place in works.get(pick.item.key, ()))]
    picks += [(CARD_PARTS + pick.rank, pick) for pick in asked]
    refs = {part: platform_ref(platform, channel, digest.week, part) for part, _ in picks}
    parts: list[tuple[int, MessageRef, str | None]] = [(0, first, None)]
    parts += [(part, refs[part], pick.item.key) for part, pick in picks]
    await _plan(parts, digest, channel, BESIDE if beside else 0, uow)
    decided, written, left = 0, 0, 0
    forgotten = await uow.forgotten.check()
    means = set(channel.meanings.values())
    unread = set[tuple[str, Meaning]]()
    known = await _known(
        [one for _, pick in picks for place in works.get(pick.item.key, ()) for one in place.decisions], channel, uow
    )
    for part, pick in picks:
        for place in works.get(pick.item.key, ()):
            if place.weeks and place.weeks[0] != digest.week:
                continue  # decided once, however many weeks brought it
            left += sum(forgotten(platform, one.member.id) for one in place.decisions)
            left += sum(forgotten(platform, one.member.id) for one in place.summaries)
            place = _without(place, lambda member_id: forgotten(platform, member_id))  # noqa: PLW2901 - the rest of it
            unread |= {(channel.name, one.meaning) for one in place.decisions if one.meaning not in means}
            decided += await _decide(place.decisions, refs[part], channel, known, uow)
            for one in place.summaries:
                original = replace(one.ref, platform=one.ref.platform.removesuffix(SUFFIX))
                if await uow.summaries.get(original) is not None:
                    continue
                ref = replace(one.ref, platform=_imported(one.ref.platform))
                await uow.members.put(ref.platform, [one.member])
                moved = replace(one, ref=ref, parent=refs[part], channel=channel.name)
                written += await uow.summaries.get(ref) is None
                await uow.summaries.put(moved)
    return ImportResult(
        digests=result.digests + new,
        decisions=result.decisions + decided,
        summaries=result.summaries + written,
        beside=(*result.beside, *([(channel.name, digest.week)] if beside else [])),
        forgotten=result.forgotten + left,
        unread=result.unread | unread,
    )


def _without(place: Remembered, forgotten: Callable[[str], bool]) -> Remembered:
    return replace(
        place,
        decisions=tuple(one for one in place.decisions if not forgotten(one.member.id)),
        summaries=tuple(one for one in place.summaries if not forgotten(one.member.id)),
    )


def _imported(platform: str) -> str:
    return platform if platform.endswith(SUFFIX) else f"{platform}{SUFFIX}"


def platform_ref(platform: str, channel: Channel, week: str, part: int) -> MessageRef:
    """The address of an imported message."""
    return MessageRef(platform=platform, channel_id=channel.name, message_id=f"{week}/{part}")


async def _plan(
    parts: Sequence[tuple[int, MessageRef, str | None]], digest: Digest, channel: Channel, beside: int, uow: UnitOfWork
) -> None:
    known = await uow.postings.at_all([ref for _, ref, _ in parts])
    await uow.postings.plan(
        [
            Posting(
                channel=channel.name,
                week=digest.week,
                part=beside + part,
                key=posting_key(channel.name, digest.week, beside + part),
                item_key=key,
                state=PostingState.POSTED,
                attempt=1,
                attempted_at=digest.compiled_at,
                ref=ref,
            )
            for part, ref, key in parts
            if ref not in known
        ]
    )


_Taken = dict[str, set[tuple[str, Meaning]]]
"""What stands on works, as (member id, meaning) by item key; keys of one work lead to one set."""


async def _known(decisions: Sequence[Decision], channel: Channel, uow: UnitOfWork) -> _Taken:
    """Give what stands in the channel on the works of these decisions."""
    canonical = await uow.items.canonical({one.item_key for one in decisions})
    found: _Taken = {key: set() for key in canonical.values()}
    for (key, _), taken in (await decisions_on(list(found), [channel], uow)).items():
        found[key] = {(one.member.id, one.meaning) for one in taken}
    return {key: found[same] for key, same in canonical.items()}


async def _decide(
    decisions: Sequence[Decision], ref: MessageRef, channel: Channel, taken: _Taken, uow: UnitOfWork
) -> int:
    """Store decisions as reactions with an emoji that means just that here, unless they stand; give how many were new, and note them in `taken`."""
    if not decisions:
        return 0
    known = {(one.member.id, one.emoji) for one in await uow.reactions.on(ref)}
    new = 0
    for one in decisions:
        if (one.member.id, one.meaning) in taken[one.item_key]:
            continue
        taken[one.item_key].add((one.member.id, one.meaning))
        meanings = [*channel.meanings.items(), *DEFAULT_MEANINGS.items()]
        emoji = next(emoji for emoji, meaning in meanings if meaning is one.meaning)
        await uow.members.put(ref.platform, [one.member])
        await uow.reactions.put(Reaction(ref=ref, member=one.member, emoji=emoji, present=True, at=one.at))
        new += (one.member.id, emoji) not in known
    return new
