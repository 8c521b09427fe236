"""
Review: a channel's editors see its digest privately before it is due, and may change it; it goes out by itself at its hour.

What they change is kept as operations (`bot.edits`) and applied to the digest that is compiled then.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.channel_fields import InvalidValue, span, span_in_words
from bot.due import channel_next_due
from bot.edits import Edit, Verb
from bot.item_keys import item_key
from bot.model import Answer, Block, Channel, CommandCall, Digest
from bot.ports import UnitOfWorkFactory
from bot.rendering import local_time, time_in_words
from bot.text import sentence
from bot.usecases import channels as channel_settings
from bot.usecases.answers import command, note, numbered, refuse, say, title
from bot.usecases.command_context import CommandContext
from bot.usecases.compile import next_digest, next_week
from bot.usecases.editors import editors_of
from bot.usecases.edits import load, load_to_change, save
from bot.usecases.suggest import add as propose

_NUMBERS: Final = re.compile(r"(?:remove|move) +\d{1,3}(?: +(?:to +)?\d{1,3})?")
_USAGE: Final = f"{command('review')}, and remove N, move N M, add URL, undo, 12h, off, join or leave behind it"
RETRY: Final = timedelta(minutes=10)
"""How long after editors were to be told and nobody was reached they are told again."""

_HOW: Final = f"Change it with: {command('review remove N')}, and move N M, add URL or undo in its place"


async def review(context: CommandContext, call: CommandCall, channel: Channel, rest: str) -> Answer:
    """`review`: the digest as it will go out; with words, changes it or how it is reviewed. For editors, and those who keep the channel."""
    editors = await editors_of(channel, context.unit_of_work)
    if not call.admin and call.member.id not in editors:
        return refuse("edit its digest, beside its editors", context.words_of(call))
    verb, _, what = rest.partition(" ")
    if not rest:
        return await _show(context, call, channel)
    if verb in {"join", "leave"}:
        return await _join(context, call, channel, editors, joins=verb == "join")
    if verb in {"undo", "add"} or _NUMBERS.fullmatch(rest):
        return await _edit(context, call, channel, verb, what)
    return await _set(context, call, channel, editors, rest)


async def _edit(context: CommandContext, call: CommandCall, channel: Channel, verb: str, what: str) -> Answer:
    if verb == "undo":
        return await _undo(context, call, channel)
    if verb == "add":
        return await _add(context, call, channel, what.strip())
    number, _, place = what.replace(" to ", " ").strip().partition(" ")
    return await _by_number(context, call, channel, Verb(verb), int(number), int(place or 0))


@dataclass(frozen=True, slots=True)
class Outlook:
    """How the review of a channel's next digest stands: of which period, when that is due, whether editors are to be told `now`, and when to look `again`."""

    week: str
    due: datetime
    now: bool
    again: datetime


def opens(channel: Channel, now: datetime) -> datetime:
    """Give the instant from which on the digest that falls due next may be shown to its editors. It follows from the clock alone."""
    return channel_next_due(channel, now) - (channel.review or timedelta(0))


async def outlook(channel: Channel, now: datetime, unit_of_work: UnitOfWorkFactory) -> Outlook:
    """
    Tell how the review of a channel's next digest stands, by what is stored; nothing is compiled for it.

    Editors are told once, when no more than the channel's `review` is left until the digest is due. Where nobody was reached they are told `RETRY`
    later at the earliest, whichever process looks.
    """
    review = channel.review or timedelta(0)
    week, window = await next_week(channel, unit_of_work, now)
    due = window.end
    if due - review > now:
        return Outlook(week, due, now=False, again=due - review)
    async with unit_of_work() as uow:
        known = await load(channel.name, week, uow)
    if known.shown:
        # Also where the next one may be shown before this one is due: one at a time.
        return Outlook(week, due, now=False, again=max(due, channel_next_due(channel, due) - review))
    # A clock that ran ahead and was put right since leaves an instant to come.
    if known.tried and now - RETRY < known.tried <= now:
        return Outlook(week, due, now=False, again=known.tried + RETRY)
    return Outlook(week, due, now=bool(review), again=now + RETRY)


async def announce(
    channel: Channel,
    now: datetime,
    unit_of_work: UnitOfWorkFactory,
    preview: Callable[[Channel], Awaitable[Digest]],
    tell: Callable[[Sequence[Block]], Awaitable[int]],
) -> bool:
    """
    Show a digest to its editors if it is time (`outlook`); tell whether that was now. Nothing waits for it: the digest goes out at its hour.

    It is compiled only where there is somebody to tell.
    """
    stands = await outlook(channel, now, unit_of_work)
    if not stands.now:
        return False
    told = await editors_of(channel, unit_of_work) and await _show_to_editors(
        channel, stands, unit_of_work, preview, tell
    )
    if not told:
        async with unit_of_work() as uow:
            known = await load_to_change(channel.name, stands.week, uow)
            await save(replace(known, tried=now), uow)
            await uow.commit()
    return bool(told)


async def _show_to_editors(
    channel: Channel,
    stands: Outlook,
    unit_of_work: UnitOfWorkFactory,
    preview: Callable[[Channel], Awaitable[Digest]],
    tell: Callable[[Sequence[Block]], Awaitable[int]],
) -> bool:
    """Show a channel's next digest to its editors, if any of them is reached."""
    digest = await preview(channel)
    if digest.week != stands.week:
        return False  # another one is due first
    blocks = (
        title(f"The digest of #{channel.name} before it goes out"),
        note(f"It is posted {local_time(stands.due, channel.zone)}, by itself: {time_in_words(digest)}."),
        *_listed(digest),
        note(f"In #{channel.name}, where only you see the answers: {command('review')}. {_HOW}"),
    )
    if not await tell(blocks):
        return False
    async with unit_of_work() as uow:
        known = await load_to_change(channel.name, digest.week, uow)
        await save(replace(known, shown=True, listed=_works(digest), seen={}), uow)
        await uow.commit()
    return True


async def _show(context: CommandContext, call: CommandCall, channel: Channel, said: str = "") -> Answer:
    """Show the digest as it stands with its edits, and remember which work bears which number."""
    digest = await context.preview(channel)
    async with context.unit_of_work() as uow:
        known = await load_to_change(channel.name, digest.week, uow)
        await save(replace(known, seen={**known.seen, call.member.id: _works(digest)}), uow)
        await uow.commit()
    due = await next_digest(channel, context.unit_of_work, context.clock())
    when = f"It is posted {local_time(due, channel.zone)}, by itself."
    shown = (
        f"Editors see it {span_in_words(channel.review)} before."
        if channel.review
        else f"Editors are not told before: {command('review 12h')}"
    )
    changed = [note(f"Changed: {_in_words(edit)}") for edit in known.edits[-_CHANGES:]]
    return Answer(
        blocks=(
            title("The digest as it stands"),
            *([note(said)] if said else []),
            note(f"{when} {shown}"),
            *_listed(digest),
            *changed,
            note(_HOW),
        )
    )


_CHANGES: Final = 10


async def _by_number(
    context: CommandContext, call: CommandCall, channel: Channel, verb: Verb, number: int, place: int
) -> Answer:
    if (verb is Verb.MOVE) != bool(place):
        return say(f"Write: {command('review move 5 1' if verb is Verb.MOVE else 'review remove 3')}")
    week = (await context.preview(channel)).week
    async with context.unit_of_work() as uow:
        known = await load_to_change(channel.name, week, uow)
        listed = known.seen_by(call.member.id)
        if not 1 <= number <= len(listed):
            return say(f"There is no {number} in what was shown last. See it with: {command('review')}")
        key, called = listed[number - 1]
        edit = Edit(verb=verb, key=key, title=called, place=place, by=call.member.id)
        await save(known.with_edit(edit), uow)
        await uow.commit()
    return await _show(context, call, channel, f"{_in_words(edit)}. Take it back with: {command('review undo')}")


async def _undo(context: CommandContext, call: CommandCall, channel: Channel) -> Answer:
    week = (await context.preview(channel)).week
    async with context.unit_of_work() as uow:
        known = await load_to_change(channel.name, week, uow)
        if not known.edits:
            return say("Nothing was changed yet.")
        # One's own last change: another editor's may have come since it was seen. Who has made none means the last one of all.
        own = [edit for edit in known.edits if edit.by == call.member.id]
        gone = (own or known.edits)[-1]
        place = max(number for number, edit in enumerate(known.edits) if edit == gone)
        await save(replace(known, edits=(*known.edits[:place], *known.edits[place + 1 :])), uow)
        await uow.commit()
    return await _show(context, call, channel, f"Taken back: {_in_words(gone)}.")


async def _add(context: CommandContext, call: CommandCall, channel: Channel, url: str) -> Answer:
    """Propose a work, and make it a pick whatever else there is."""
    proposed = await propose(context, call, channel, url)
    digest = await context.preview(channel)
    async with context.unit_of_work() as uow:
        key = item_key(url.strip("<>")) or ""
        key = (await uow.items.canonical([key])).get(key, key)
        called = next((one.item.title for one in (*digest.picks, *digest.also) if one.item.key == key), url)
        known = await load_to_change(channel.name, digest.week, uow)
        await save(known.with_edit(Edit(verb=Verb.ADD, key=key, title=called, by=call.member.id)), uow)
        await uow.commit()
    shown = await _show(context, call, channel)
    return replace(shown, blocks=(*proposed.blocks, *shown.blocks))


async def _join(
    context: CommandContext, call: CommandCall, channel: Channel, editors: Sequence[str], *, joins: bool
) -> Answer:
    def values(now: Channel) -> dict[str, object]:
        others = [one for one in now.editors or editors if one != call.member.id]
        return {"editors": [*others, call.member.id] if joins else others}

    await channel_settings.change(channel, values, context.unit_of_work)
    return say(
        "You are an editor of this channel's digest."
        if joins
        else "You are no editor of this channel's digest any more."
    )


async def _set(
    context: CommandContext, call: CommandCall, channel: Channel, editors: Sequence[str], text: str
) -> Answer:
    try:
        length = span(text)
    except InvalidValue as error:
        meant = text[:1].isdigit()
        return say(sentence(str(error)) if meant else f"I do not know 'review {text}'. Try {_USAGE}.")
    if not call.admin:
        return refuse("change how its digest is reviewed", context.words_of(call))

    def values(now: Channel) -> dict[str, object]:
        present = now.editors or editors
        more = {"editors": [*present, call.member.id]} if length and call.member.id not in present else {}
        return {"review": span_in_words(length), **more}

    await channel_settings.change(channel, values, context.unit_of_work)
    if not length:
        return say("Digests go out without a review.")
    return say(
        f"Editors see each digest {span_in_words(length)} before it is due, and you are one of them. It goes out by itself.",
        f"Others become editors with: {command('review join')}",
    )


def _listed(digest: Digest) -> list[Block]:
    lines = [numbered(pick, f"{pick.minutes} min") for pick in digest.picks]
    also = [numbered(pick) for pick in digest.also]
    return [*(lines or [note("Nothing new yet.")]), *([note("Also this week, as lines:"), *also] if also else [])]


def _works(digest: Digest) -> tuple[tuple[str, str], ...]:
    return tuple((pick.item.key, pick.item.title) for pick in (*digest.picks, *digest.also))


def _in_words(edit: Edit) -> str:
    return {
        Verb.REMOVE: f"“{edit.title}” is taken out",
        Verb.MOVE: f"“{edit.title}” is number {edit.place}",
        Verb.ADD: f"“{edit.title}” is put in",
    }[edit.verb]
