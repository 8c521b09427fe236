"""
Subscribe: a member sets up a channel in chat, sees what its first digest would be, and starts it; or ends it.

What was filled in is kept from the first form on, as a channel that is not served yet; so a restart in between loses nothing, and
pressing *Start* twice starts it once. A channel keeps its name for ever: ended and set up again, it goes on with what was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot.channel_fields import ChannelFields, is_zone
from bot.credit import ended_by
from bot.digest.waiting import is_unread
from bot.errors import ChatError, UsageError
from bot.model import Answer, Block, Button, Channel, ChannelOrigin, ChannelState, CommandCall
from bot.rendering import time_in_words
from bot.spread import spread_out
from bot.text import counted
from bot.usecases import channels, open_forms
from bot.usecases.answers import command, note, say, title
from bot.usecases.catchup import skip_missed
from bot.usecases.channel_commands import next_line, next_time, settings
from bot.usecases.channel_list import all_to_change, is_served, subscribed
from bot.usecases.command_context import CommandContext, Subscribing
from bot.usecases.digest_commands import picked
from bot.usecases.notices import notice

FIELDS: Final = ("topics", "rhythm", "weekday", "time", "zone", "budget_minutes", "layout")
"""The fields of the form, in their order. Everything else is set later, in the settings."""

LOOKING: Final = "Kept. Now I read what the week brought, which takes up to a minute the first time."

_FIRST: Final = "The first digest, as it stands"
_NAME: Final = 60


async def setup(context: CommandContext, call: CommandCall, channel: Channel, rest: str) -> Answer:
    """`setup` in a channel that has its digest: its settings."""
    return await settings(context, call, channel, rest)


async def setup_elsewhere(context: CommandContext, call: CommandCall, _rest: str) -> Answer:
    """`setup` in a channel without a digest: the form; with its values, the preview."""
    subscribing = _subscribing(context)
    if not call.channel_id:
        return say(f"Ask in the channel that is to get the digest: {command('setup')}")
    await _refuse_beyond(context, call, subscribing)
    state = await _state_at(context, call)
    if not call.values:
        form = channels.form_of(subscribed(state) if state else _fresh(call, await _zone_near(context, call)))
        # One that is set up again may have more topics than a form holds; they stay as they are.
        shown, _ = channels.fitting({name: form[name] for name in FIELDS})
        about = "Everything here can be changed later. You see a preview before anything is posted."
        return Answer(blocks=(title("Set up the digest"), note(about)), form=shown, submit="Preview")
    values, faults = channels.read_form(call.values)
    if faults:
        return Answer(blocks=tuple(note(f"{name}: {fault}") for name, fault in faults.items()), faults=faults)
    draft, met = await _keep_draft(context, call, subscribing, values)

    async def preview() -> Answer:
        return await _preview(context, subscribing, draft, met)

    return Answer(blocks=(title("One moment"), note(LOOKING)), then=preview)


async def start(context: CommandContext, _call: CommandCall, channel: Channel, _rest: str) -> Answer:
    """`start` in a channel that has its digest already: when the next one comes."""
    return say("This channel has its digest already.", await next_line(context, channel))


async def start_elsewhere(context: CommandContext, call: CommandCall, rest: str) -> Answer:
    """`start now` and `start later`: the channel that was filled in is served from now on, with its first digest at once or at its hour."""
    subscribing = _subscribing(context)
    await _refuse_beyond(context, call, subscribing)
    state = await _state_at(context, call)
    if state is None:
        return say(f"There is nothing to start here yet. Begin with: {command('setup')}")
    channel = spread_out(subscribed(state), context.spread)
    await subscribing.check(channel)
    now = context.clock()
    if state.started:
        await skip_missed(channel, context.unit_of_work, now)
    served = await context.channels()
    async with context.unit_of_work() as uow:
        states = await all_to_change(uow)
        # Again, for somebody else may have started one since: of two at once, one is the last that the operator's bounds admit.
        _refuse_too_many(states, served, subscribing, besides=state.name)
        state = await channels.state_to_change(state.name, uow)
        began = replace(state, stopped=None, paused_because=None, paused_at=None, paused_by_people=False)
        if state.started:
            began = replace(began, restarted=now, at_once=rest == "now")
        await uow.channels.save(replace(began, origin=ChannelOrigin.CHAT, set_up_by=call.member.id))
        if rest != "now":
            await uow.channels.start(state.name, now)
        await uow.commit()
    await context.channels()
    if rest == "now":
        subscribing.deliver()
        which = "A" if state.started else "The first"
        return say(f"Started. {which} digest is on its way.", await next_line(context, channel))
    return say("Started.", await next_line(context, channel))


async def stop(context: CommandContext, call: CommandCall, channel: Channel, _rest: str) -> Answer:
    """`stop`: no digest comes any more; what was written stays. A channel of the operator's can be paused only."""
    if channel.origin is ChannelOrigin.FILE:
        return say(
            "This channel is the operator's: it is in the configuration file, and ends where it is taken out there.",
            f"To have nothing posted meanwhile: {command('pause')}",
        )
    now, who = context.clock(), call.member.name or "somebody"
    async with context.unit_of_work() as uow:
        state = await channels.state_to_change(channel.name, uow)
        ended = replace(state, stopped=now, paused_because=ended_by(who), paused_at=now, paused_by_people=True)
        await uow.channels.save(ended)
        if call.member.name:
            await uow.members.put(call.platform, [call.member])
        await uow.commit()
    await context.channels()
    if context.subscribing:
        said = f"{who} ended the digest here. What was decided and written is kept; {command('setup')} brings it back."
        await context.subscribing.announce(
            channel, notice("No more digests", said), f"stop {channel.name} {now.isoformat()}"
        )
    return say(f"Ended. What was decided and written here is kept. Back with: {command('setup')}")


async def welcome(context: CommandContext, platform: str, channel_id: str, team: str, key: str) -> None:
    """Say hello in a channel that we were just invited into, with a button to set it up; nothing where it has its digest. Once a `key`."""
    if context.subscribing is None or any(
        (one.platform, one.id) == (platform, channel_id) for one in await context.channels()
    ):
        return
    here = Channel(name=channel_id, platform=platform, id=channel_id, team=team)
    said = (
        "I bring the week's machine-learning research into this channel: a short list, chosen by your topics and your reading time.",
        f"Setting it up takes a minute, and you see a preview first. For another channel, ask there: {command('setup')}",
    )
    hello = notice("Hello from Paper Round", *said, buttons=(Button(words="Set up", asks="setup"),))
    await context.subscribing.announce(here, hello, f"welcome {key}")


async def _preview(
    context: CommandContext, subscribing: Subscribing, draft: ChannelState, met: Sequence[str]
) -> Answer:
    channel = spread_out(subscribed(draft), context.spread)
    change = Button(words="Change it", asks="setup")
    try:
        await subscribing.check(channel)
    except ChatError as error:
        return Answer(
            blocks=(title("Not yet"), note(f"I cannot post here: {error.reason}."), *map(note, met)),
            buttons=(replace(change, words="Try again"),),
        )
    await subscribing.collect()
    digest = await context.preview(channel)
    at = await next_time(context, channel)
    found = f"{counted(len(digest.picks), 'pick')}, {time_in_words(digest)}" if digest.picks else "nothing yet"
    heading, later = ("As it stands now", f"Go on, {at}") if draft.started else (_FIRST, f"Start on {at}")
    return Answer(
        blocks=(
            title(f"{heading}: {found}"),
            note("Only you see this. Started now, this one comes at once, and the next one on its day."),
            *map(note, met),
            *(_none_read() if not digest.picks and is_unread(digest) else picked(digest)),
        ),
        buttons=(
            Button(words="Start now", asks="start now"),
            Button(words=later[:75], asks="start later"),
            change,
        ),
    )


def _none_read() -> list[Block]:
    """Say that no source answered: a preview without a work says nothing of the week."""
    return [
        note("None of the sources could be read just now, so there is nothing to show."),
        note(
            "Whichever you choose, they are asked again by themselves, and a digest that is due comes as soon as they answer."
        ),
    ]


async def _keep_draft(
    context: CommandContext, call: CommandCall, subscribing: Subscribing, values: Mapping[str, object]
) -> tuple[ChannelState, list[str]]:
    """
    Keep what was filled in, as a channel that is not served yet, under a name that nobody else has or had; of a draft that is there already what the
    form's fields changed. Give it, and a sentence for each field that somebody else changed meanwhile, too.
    """
    bare = _fresh(call)
    try:
        called = await subscribing.title(bare)
    except ChatError:
        called = call.channel_id
    now, served = context.clock(), {one.name for one in await context.channels()}
    async with context.unit_of_work() as uow:
        states = await all_to_change(uow)
        known = _in_place(states.values(), call)
        base = (
            await channels.state_to_change(known.name, uow)
            if known
            else ChannelState(name=_free_name(called, states.keys() | served), stopped=now)
        )
        kept, met = dict(values), list[str]()
        if known:
            filled = open_forms.filled_in(call.values, call.shown, subscribed(base))
            changed = {name: value for name, value in values.items() if name in filled}
            kept, met = open_forms.beside(subscribed(base), changed, filled, call.shown)
        draft = replace(
            base,
            platform=call.platform,
            id=call.channel_id,
            team=call.team or base.team,
            origin=ChannelOrigin.CHAT,
            stopped=base.stopped or now,
            set_up_by=call.member.id,
            values={**base.values, **{name: channels.plain_value(value) for name, value in kept.items()}},
        )
        await uow.channels.save(draft)
        await uow.commit()
    return draft, met


def _free_name(called: str, taken: Iterable[str]) -> str:
    """
    Give a name for the command line that nobody has, made from what people call the channel.

    >>> _free_name("Reading Group!", {"reading-group", "reading-group-2"})
    'reading-group-3'
    """
    base = re.sub(r"[^\w.]+", "-", called.lower()).strip("-.")[:_NAME] or "channel"
    names, number, found = set(taken), 1, base
    while found in names:
        number += 1
        found = f"{base}-{number}"
    return found


async def _zone_near(context: CommandContext, call: CommandCall) -> str:
    """Give the zone to begin with: the member's own where the platform tells it, else that of another channel of their workspace."""
    if is_zone(call.zone):
        return call.zone
    served = await context.channels()
    return next(
        (one.zone for one in served if call.team and (one.platform, one.team) == (call.platform, call.team)), ""
    )


def _fresh(call: CommandCall, zone: str = "") -> Channel:
    fields = ChannelFields(zone=zone) if zone else ChannelFields()
    meanings = subscribed(ChannelState(name="")).meanings
    found = fields.channel(name=call.channel_id, platform=call.platform, id=call.channel_id, meanings=meanings)
    return replace(found, team=call.team, origin=ChannelOrigin.CHAT)


async def _state_at(context: CommandContext, call: CommandCall) -> ChannelState | None:
    async with context.unit_of_work() as uow:
        return _in_place((await uow.channels.all()).values(), call)


def _in_place(states: Iterable[ChannelState], call: CommandCall) -> ChannelState | None:
    return next((one for one in states if (one.platform, one.id) == (call.platform, call.channel_id)), None)


def _subscribing(context: CommandContext) -> Subscribing:
    if context.subscribing is None:
        raise UsageError("Channels cannot be set up here. Ask whoever runs Paper Round to configure it.")
    return context.subscribing


async def _refuse_beyond(context: CommandContext, call: CommandCall, subscribing: Subscribing) -> None:
    """Raise `UsageError` for a channel that the operator's bounds do not admit."""
    rules = subscribing.rules
    if rules.teams and call.team not in rules.teams:
        raise UsageError(
            "Whoever runs Paper Round has not admitted this workspace. Give them its id"
            f"{f', {call.team}' if call.team else ''}: it belongs into workspaces of the table [chat]."
        )
    served = await context.channels()
    async with context.unit_of_work() as uow:
        _refuse_too_many(await uow.channels.all(), served, subscribing)


def _refuse_too_many(
    states: Mapping[str, ChannelState], known: Iterable[Channel], subscribing: Subscribing, *, besides: str = ""
) -> None:
    """Raise `UsageError` where as many channels are served as the operator lets us, one of them left out of the count."""
    most = subscribing.rules.most
    # Those of the file are known from the start; of the others the database says what is so in this instant.
    served = {one.name for one in known if one.origin is ChannelOrigin.FILE} | {
        name for name, state in states.items() if is_served(state)
    }
    if most is not None and len(served - {besides}) >= most:
        raise UsageError(
            f"Paper Round serves {counted(most, 'channel')} already, as many as its operator lets it. Ask them for one more."
        )
