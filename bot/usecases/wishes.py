"""Follow and mute, as people ask for it: for their channel, or for their own reading list alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from bot.contradictions import contradictions
from bot.following import MOST, in_words, matches, read_wishes, reason_of, spelt_alike
from bot.model import Answer, Block, Channel, CommandCall, MemberWishes, SourceSpec
from bot.ports import UnitOfWorkFactory
from bot.remembered import Remembered
from bot.usecases import channels
from bot.usecases.answers import command, note, say, title, work
from bot.usecases.command_context import CommandContext

_LISTED: Final = 6
_OWN: Final = {
    "follow": ("follow", True),
    "unfollow": ("follow", False),
    "mute": ("mute", True),
    "unmute": ("mute", False),
}


async def follow(context: CommandContext, _call: CommandCall, channel: Channel, rest: str) -> Answer:
    """`follow`: what always comes first."""
    return await _of_channel(context, channel, "follow", rest, add=True)


async def unfollow(context: CommandContext, _call: CommandCall, channel: Channel, rest: str) -> Answer:
    """`unfollow`: what shall not come first any more."""
    return await _of_channel(context, channel, "follow", rest, add=False)


async def mute(context: CommandContext, _call: CommandCall, channel: Channel, rest: str) -> Answer:
    """`mute`: what never comes."""
    return await _of_channel(context, channel, "mute", rest, add=True)


async def unmute(context: CommandContext, _call: CommandCall, channel: Channel, rest: str) -> Answer:
    """`unmute`: what may be sent again."""
    return await _of_channel(context, channel, "mute", rest, add=False)


async def _of_channel(context: CommandContext, channel: Channel, field: str, rest: str, *, add: bool) -> Answer:
    found: tuple[str, ...] | str = ()
    after = channel

    def values(now: Channel) -> dict[str, object]:
        nonlocal found, after
        found = changed(now.follow if field == "follow" else now.mute, rest, add=add)
        if isinstance(found, str):
            return {}
        after = replace(now, follow=found) if field == "follow" else replace(now, mute=found)
        return {field: found}

    await channels.change(channel, values, context.unit_of_work)
    if isinstance(found, str):
        return say(found)
    against = contradictions(after.follow, after.mute, after.topics)
    return listed(field, found, await context.specs(), against=against)


def changed(present: Sequence[str], text: str, *, add: bool) -> tuple[str, ...] | str:
    """Give wishes with those of a text added or taken away, however they are spelt; a sentence where that cannot be."""
    try:
        named = read_wishes(text, to_keep=add)
    except ValueError as error:
        return f"{error}."
    known = {spelt_alike(wish) for wish in present}
    if add:
        more = (*present, *(wish for wish in named if spelt_alike(wish) not in known))
        return more if len(more) <= MOST else f"That would be more than {MOST}. Take some away first."
    unknown = [wish for wish in named if spelt_alike(wish) not in known]
    if unknown:
        return f"{in_words(unknown[0])} is not among them: {_named(present)}."
    gone = {spelt_alike(wish) for wish in named}
    return tuple(wish for wish in present if spelt_alike(wish) not in gone)


def listed(
    field: str,
    wishes: Sequence[str],
    specs: Iterable[SourceSpec],
    whose: str = "This channel",
    *,
    against: Sequence[str] = (),
) -> Answer:
    """Say what is followed or muted now, what of it cannot be met, and in sentences what speaks `against` something else that was set."""
    known = {spec.id.casefold() for spec in specs}
    sources = [wish.partition(":")[2] for wish in wishes if wish.startswith("source:")]
    unknown = [f"There is no source {name!r}." for name in sources if name.casefold() not in known]
    return say(f"{whose} {'follows' if field == 'follow' else 'mutes'}: {_named(wishes)}.", *unknown, *against)


def _named(wishes: Sequence[str]) -> str:
    return ", ".join(map(in_words, wishes)) or "nothing"


async def of_member(call: CommandCall, unit_of_work: UnitOfWorkFactory) -> MemberWishes:
    """Give what a member follows and mutes for their own reading list."""
    async with unit_of_work() as uow:
        return await uow.members.wishes(call.platform, call.member.id)


async def mine(rest: str, call: CommandCall, unit_of_work: UnitOfWorkFactory, specs: Iterable[SourceSpec]) -> Answer:
    """`mine follow ...`, `mine mute ...` and their opposites: wishes for a member's own reading list, which anybody may have."""
    verb, _, text = rest.partition(" ")
    if verb.lower() not in _OWN:
        return say(
            f"Your own list knows: {command('mine follow author: NAME')}, and mute, unfollow and unmute in its place."
        )
    field, add = _OWN[verb.lower()]
    async with unit_of_work() as uow:
        await uow.leases.lock(f"wishes {call.platform}/{call.member.id}")
        own = await uow.members.wishes(call.platform, call.member.id)
        found = changed(own.follow if field == "follow" else own.mute, text, add=add)
        if isinstance(found, str):
            return say(found)
        own = replace(own, follow=found) if field == "follow" else replace(own, mute=found)
        await uow.members.put_wishes(call.platform, call.member.id, own)
        await uow.commit()
    against = contradictions(own.follow, own.mute, whose="your reading list")
    return listed(field, found, specs, "Your reading list", against=against)


def new_for(own: MemberWishes, known: Sequence[Remembered], member: str) -> list[Block]:
    """List what the channel brought lately that a member follows and has not decided on, the latest first."""
    found = []
    for one in reversed(known):
        met = matches(one.item, own.follow)
        if met and not any(decision.member.id == member for decision in one.decisions):
            found.append(work(one.item, reason_of(met[0], {}).partition(",")[0]))
    more = len(found) - _LISTED
    rest = [note(f"and {more} more")] if more > 0 else []
    return [title("By whom and what I follow"), *found[:_LISTED], *rest] if found else []
