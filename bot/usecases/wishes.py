"""Follow and mute, as people ask for it: for their channel, or for their own reading list alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from difflib import get_close_matches
from typing import Final

from bot.channel_sources import shown_to
from bot.contradictions import contradictions
from bot.following import (
    KINDS,
    MOST,
    are_one,
    in_words,
    matches,
    parted_wishes,
    read_wishes,
    reason_of,
    spelt_alike,
    wishes_once,
)
from bot.model import Answer, Block, Channel, CommandCall, MemberWishes, SourceSpec
from bot.ports import UnitOfWorkFactory
from bot.remembered import Remembered
from bot.text import sentence
from bot.usecases import channels
from bot.usecases.answers import command, note, say, title, work
from bot.usecases.command_context import CommandContext
from bot.usecases.known_works import KnownWorks, unmet_lines

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
    specs = shown_to([channel], await context.specs())

    def values(now: Channel) -> dict[str, object]:
        nonlocal found, after
        found = changed(now.follow if field == "follow" else now.mute, rest, specs, add=add)
        if isinstance(found, str):
            return {}
        after = replace(now, follow=found) if field == "follow" else replace(now, mute=found)
        return {field: found}

    await channels.change(channel, values, context.unit_of_work)
    if isinstance(found, str):
        return say(found)
    against = contradictions(after.follow, after.mute, after.topics)
    new = set(found) - set(channel.mute) if add and field == "mute" else set()
    gone = [_told_of_muted(spec.name) for spec in specs if f"source:{spec.id}" in new]
    missing = await unmet_lines(field, found, KnownWorks(context.unit_of_work, context.clock()))
    named = _named_like_sources(rest, specs, field) if add else []
    return listed(field, found, specs, against=[*gone, *against, *named, *missing])


def _told_of_muted(name: str) -> str:
    return f"No work comes here any more of which {name} speaks, whoever else does."


def changed(present: Sequence[str], text: str, specs: Sequence[SourceSpec], *, add: bool) -> tuple[str, ...] | str:
    """
    Give wishes with those of a text added or taken away, however they are spelt; a sentence where that cannot be. `specs` are the sources that
    who asks may know of.
    """
    try:
        named = read_wishes(text, to_keep=add)
        if add:
            named = wishes_once(of_sources(named, specs, present))
    except ValueError as error:
        return sentence(str(error))
    if add:
        known = {spelt_alike(wish) for wish in present}
        more = (*present, *(wish for wish in named if spelt_alike(wish) not in known))
        return more if len(more) <= MOST else f"That would be more than {MOST}. Take some away first."
    gone = set[str]()
    for wish in named:
        meant = _meant(wish, present, specs)
        if not meant:
            return f"{in_words(wish)} is not among them: {_named(present)}."
        if len({spelt_alike(one) for one in meant}) > 1:
            return f"Which one do you mean: {_named(meant)}?"
        gone.update(meant)
    return tuple(wish for wish in present if wish not in gone)


def of_sources(wishes: Iterable[str], specs: Sequence[SourceSpec], present: Collection[str] = ()) -> list[str]:
    """
    Give wishes with the sources in them by their ids. Raises `ValueError` with what would be right for a source that is none, unless it is
    `present` among the wishes already.
    """
    known = {spelt_alike(wish) for wish in present}
    found = []
    for wish in wishes:
        kind, _, name = wish.partition(":")
        if kind == "source" and spelt_alike(wish) not in known:
            by_name = _source_named(name, specs)
            if by_name is None:
                raise ValueError(_no_source(name, specs))
            found.append(f"source:{by_name}")
        else:
            found.append(wish)
    return found


def in_form(
    values: Mapping[str, object], channel: Channel, specs: Iterable[SourceSpec]
) -> tuple[dict[str, object], dict[str, str]]:
    """Give the values of a channel's form with the sources in its wishes by their ids, and by field what is wrong: a source that is none."""
    found, faults, known = dict(values), dict[str, str](), shown_to([channel], specs)
    for field, present in (("follow", channel.follow), ("mute", channel.mute)):
        wishes = values.get(field)
        if isinstance(wishes, tuple):
            try:
                found[field] = wishes_once(of_sources(wishes, known, present))
            except ValueError as error:
                faults[field] = str(error)
    return found, faults


def _source_named(name: str, specs: Iterable[SourceSpec]) -> str | None:
    """Give the id of a source by its id or its name, however that is spelt."""
    wanted = spelt_alike(f"source:{name}")
    called = [(spec.id, spec.id) for spec in specs] + [(spec.name, spec.id) for spec in specs]
    return next((source_id for one, source_id in called if spelt_alike(f"source:{one}") == wanted), None)


def _named_like_sources(text: str, specs: Sequence[SourceSpec], verb: str) -> list[str]:
    """Say of each wish without a kind that is called like a source, or as its id begins, that it is taken as a word, and how the source is named."""
    lines = []
    for part in parted_wishes(text):
        words = [word for word in part.casefold().split() if word != "source"]
        if ":" in part or not words:
            continue
        called = [(spec, one.casefold().replace("-", " ").split()) for spec in specs for one in (spec.id, spec.name)]
        spec = next((spec for spec, name in called if name[: len(words)] == words), None)
        if spec:
            lines.append(f"{part!r} is taken as a word. The source is: {command(f'{verb} source: {spec.id}')}")
    return lines


def _no_source(name: str, specs: Iterable[SourceSpec]) -> str:
    ids = {one.casefold(): spec.id for spec in specs for one in (spec.name, spec.id)}
    near = get_close_matches(name.casefold(), list(ids), n=1)
    hint = f"Did you mean source: {ids[near[0]]}?" if near else f"See them all with: {command('sources')}"
    return f"There is no source {name!r}. {hint}"


def _meant(wish: str, present: Sequence[str], specs: Sequence[SourceSpec]) -> list[str]:
    """Give those wishes that one means which shall end: itself, another form of it, or where it names no kind, what bears that name."""
    kind, _, name = wish.partition(":")
    source = f"source:{_source_named(name, specs) or name}"
    same = {spelt_alike(wish)} | ({spelt_alike(source)} if kind == "source" else set())
    found = [one for one in present if spelt_alike(one) in same] or [one for one in present if are_one(wish, one)]
    if found or kind != "word":
        return found
    others = (source, *(f"{other}:{name}" for other in KINDS))
    return [one for one in present if any(are_one(other, one) for other in others)]


def listed(
    field: str,
    wishes: Sequence[str],
    specs: Sequence[SourceSpec],
    whose: str = "This channel",
    *,
    against: Sequence[str] = (),
) -> Answer:
    """Say what is followed or muted now, what of it cannot be met, and in sentences what speaks `against` something else that was set."""
    sources = [wish.partition(":")[2] for wish in wishes if wish.startswith("source:")]
    unknown = [f"There is no source {name!r} here." for name in sources if _source_named(name, specs) is None]
    return say(f"{whose} {'follows' if field == 'follow' else 'mutes'}: {_named(wishes)}.", *unknown, *against)


def _named(wishes: Sequence[str]) -> str:
    return ", ".join(map(in_words, wishes)) or "nothing"


async def of_member(call: CommandCall, unit_of_work: UnitOfWorkFactory) -> MemberWishes:
    """Give what a member follows and mutes for their own reading list."""
    async with unit_of_work() as uow:
        return await uow.members.wishes(call.platform, call.member.id)


async def mine(
    rest: str, call: CommandCall, unit_of_work: UnitOfWorkFactory, specs: Sequence[SourceSpec], now: datetime
) -> Answer:
    """
    `mine follow ...`, `mine mute ...` and their opposites: wishes for a member's own reading list, which anybody may have. `specs` are the sources
    that the member may know of.
    """
    verb, _, text = rest.partition(" ")
    if verb.lower() not in _OWN:
        return say(
            f"Your own list knows: {command('mine follow author: NAME')}, and mute, unfollow and unmute in its place."
        )
    field, add = _OWN[verb.lower()]
    async with unit_of_work() as uow:
        await uow.leases.lock(f"wishes {call.platform}/{call.member.id}")
        own = await uow.members.wishes(call.platform, call.member.id)
        found = changed(own.follow if field == "follow" else own.mute, text, specs, add=add)
        if isinstance(found, str):
            return say(found)
        own = replace(own, follow=found) if field == "follow" else replace(own, mute=found)
        await uow.members.put_wishes(call.platform, call.member.id, own)
        await uow.commit()
    against = contradictions(own.follow, own.mute, whose="your reading list")
    missing = await unmet_lines(field, found, KnownWorks(unit_of_work, now))
    missing = [*(_named_like_sources(text, specs, f"mine {field}") if add else []), *missing]
    looks = f"{command('mine')} looks through what this channel's digests brought, and through nothing else."
    return listed(field, found, specs, "Your reading list", against=[*against, *missing, looks])


def new_for(own: MemberWishes, known: Sequence[Remembered], member: str) -> list[Block]:
    """List what the channel's digests brought that a member follows and has not decided on, the latest first; that there is none is said, too."""
    found = []
    for one in reversed(known):
        met = matches(one.item, own.follow)
        if met and not any(decision.member.id == member for decision in one.decisions):
            found.append(work(one.item, reason_of(met[0], {}).partition(",")[0]))
    more = len(found) - _LISTED
    rest = [note(f"and {more} more")] if more > 0 else []
    if not own.follow:
        return []
    none = [note("Nothing in this channel's digests that you have not decided on.")] if not found else []
    return [title("By or about what I follow"), *found[:_LISTED], *rest, *none]
