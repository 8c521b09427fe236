"""
Forget: everything that is stored of a member goes, and nothing brings it back.

What they decided and wrote is removed with its history, their name wherever it stands, what they follow and when they are reminded; the
cards that showed it are drawn again. A keyed hash stays on the suppression list (`bot.forgetting`): events, reconcile, an import and the
restore of an older backup pass them over from then on.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

from bot.errors import UsageError
from bot.forgetting import BY_NAME, IMPORTED
from bot.model import Channel, MessageRef
from bot.ports import Clock, Person, Swept, UnitOfWorkFactory
from bot.search.tokens import tokens

logger = logging.getLogger(__name__)

OWED: Final = "compaction owed"
"""Name of the note that the files may still hold what was deleted: in an index's segments, in free pages, in the log."""

_FORGOTTEN: Final = "forgotten"
"""Stands for the event by which a card is drawn again."""

Redraw = Callable[[Sequence[MessageRef]], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetResult:
    """Who was forgotten, what was removed, and how many summaries of others name them: those are their authors' words."""

    person: Person
    swept: Swept
    named_by_others: int = 0


def meant(member: str, known: Collection[Person], platform: str | None = None) -> Person:
    """
    Give the one person who is meant by a name or an id. Raises `UsageError` where there are several or, without a platform, none.

    An id that is not known yet may be forgotten beforehand, if its platform is named.
    """
    asked = set(tokens(member, asked=True))
    here = [one for one in known if one.id and platform in {None, one.platform.removesuffix(IMPORTED)}]
    called = [
        one
        for one in (*here, *(one for one in known if not one.id))
        if member in one.names or (asked and any(asked <= set(tokens(name)) for name in one.names))
    ]
    found = [one for one in here if one.id == member] or called
    ids = {(one.platform.removesuffix(IMPORTED), one.id or min(one.names)) for one in found}
    if len(ids) > 1:
        exactly = [one for one in found if member in one.names]
        if len(exactly) == 1 and not exactly[0].id:
            return exactly[0]
        listed = "; ".join(f"{', '.join(sorted(one.names)) or 'no name'}: {_where(one)}" for one in found)
        raise UsageError(
            f"Several may be meant by {member!r}: {listed}. Give the id, or the whole name of one without."
        )
    if found:
        return found[0]
    if platform is None:
        raise UsageError(
            f"Nobody called {member!r} decided, wrote, proposed or paused anything here. Give the platform's id, and --platform, to keep somebody out "
            "who never did."
        )
    return Person(platform=platform, id=member)


def _where(one: Person) -> str:
    return f"{one.id} ({one.platform})" if one.id else "named in a proposal, a pause or a source alone"


async def forget(
    person: Person,
    channels: Sequence[Channel],
    unit_of_work: UnitOfWorkFactory,
    clock: Clock,
    redraw: Redraw,
) -> ForgetResult:
    """
    Forget a member; somebody of whom a name alone is known by that name.

    What is stored goes in one transaction, and from its commit on no question finds it. A crash after that leaves cards noted as not drawn
    yet, which the next process draws, and `OWED` noted, until `settle` says that the files are clean, too.
    """
    async with unit_of_work() as uow:
        if person.id:
            await uow.forgotten.add(person.platform.removesuffix(IMPORTED), person.id, clock())
        for name in person.names if not person.id else ():
            await uow.forgotten.add(BY_NAME, name, clock())
        swept = await uow.forgotten.sweep()
        await uow.undrawn.note(dict.fromkeys(swept.refs, _FORGOTTEN), clock())
        await uow.notes.put(OWED, clock().isoformat())
        await uow.commit()
        named = 0
        for channel in channels:
            written = await uow.summaries.of_channel(channel.name)
            named += sum(any(name in one.text for name in person.names) for one in written)
    await redraw(sorted(swept.refs, key=lambda ref: (ref.platform, ref.channel_id, ref.message_id)))
    async with unit_of_work() as uow:
        await uow.undrawn.drawn(dict.fromkeys(swept.refs, _FORGOTTEN))
        await uow.commit()
    logger.info("Forgot a member: %s rows", swept.rows, extra={"action": "member_forgotten"})
    return ForgetResult(person=person, swept=swept, named_by_others=named)


async def is_owed(unit_of_work: UnitOfWorkFactory) -> bool:
    """Whether a member was forgotten and the files may still hold what was deleted."""
    async with unit_of_work() as uow:
        return bool(await uow.notes.get(OWED))


async def settle(unit_of_work: UnitOfWorkFactory) -> None:
    """Note that the files hold nothing any more of what was deleted."""
    async with unit_of_work() as uow:
        await uow.notes.put(OWED, "")
        await uow.commit()
