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

from bot.errors import UsageError
from bot.model import Channel, MessageRef
from bot.ports import Clock, Swept, UnitOfWork, UnitOfWorkFactory
from bot.search.tokens import tokens
from bot.usecases.decided import channel_decisions

logger = logging.getLogger(__name__)

Redraw = Callable[[Sequence[MessageRef]], Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A member as far as they are known: `names` are all that they bore."""

    platform: str
    id: str
    names: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetResult:
    """Who was forgotten, what was removed, and how many summaries of others name them: those are their authors' words."""

    person: Person
    swept: Swept
    named_by_others: int = 0


async def people(channels: Sequence[Channel], uow: UnitOfWork) -> list[Person]:
    """Everybody who decided or wrote something, by platform and id."""
    found: dict[tuple[str, str], set[str]] = {}
    for channel in channels:
        for summary in await uow.summaries.of_channel(channel.name):
            found.setdefault((summary.ref.platform, summary.member.id), set()).add(summary.member.name)
        for decision in await channel_decisions(channel, uow):
            known = next((key for key in found if key[1] == decision.member.id), (channel.platform, decision.member.id))
            found.setdefault(known, set()).add(decision.member.name)
    return [
        Person(platform=platform, id=id_, names=frozenset(names - {""})) for (platform, id_), names in found.items()
    ]


def meant(member: str, known: Collection[Person], platform: str | None = None) -> Person:
    """
    Give the one person who is meant by a name or an id. Raises `UsageError` where there are several or, without a platform, none.

    An id that is not known yet may be forgotten beforehand, if its platform is named.
    """
    asked = set(tokens(member, asked=True))
    here = [one for one in known if platform is None or one.platform.removesuffix("/imported") == platform]
    found = [one for one in here if one.id == member] or [
        one for one in here if member in one.names or (asked and any(asked <= set(tokens(name)) for name in one.names))
    ]
    ids = {(one.platform.removesuffix("/imported"), one.id) for one in found}
    if len(ids) > 1:
        listed = "; ".join(f"{', '.join(sorted(one.names)) or 'no name'}: {one.id} ({one.platform})" for one in found)
        raise UsageError(f"Several may be meant by {member!r}: {listed}. Give the id.")
    if found:
        return found[0]
    if platform is None:
        raise UsageError(
            f"Nobody called {member!r} decided or wrote anything here. Give the platform's id, and --platform, to keep somebody out "
            "who never did."
        )
    return Person(platform=platform, id=member)


async def forget(
    person: Person,
    channels: Sequence[Channel],
    unit_of_work: UnitOfWorkFactory,
    clock: Clock,
    redraw: Redraw,
) -> ForgetResult:
    """Forget a member. Doing it again finishes what a crash left, and changes nothing else."""
    async with unit_of_work() as uow:
        await uow.forgotten.add(person.platform.removesuffix("/imported"), person.id, clock())
        swept = await uow.forgotten.sweep()
        await uow.commit()
        named = 0
        for channel in channels:
            written = await uow.summaries.of_channel(channel.name)
            named += sum(any(name in one.text for name in person.names) for one in written)
    await redraw(sorted(swept.refs, key=lambda ref: (ref.platform, ref.channel_id, ref.message_id)))
    logger.info("Forgot a member: %s rows", swept.rows, extra={"action": "member_forgotten"})
    return ForgetResult(person=person, swept=swept, named_by_others=named)
