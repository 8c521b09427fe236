"""Commands that set a channel: its topics, its settings as a form, pausing and resuming."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from bot.contradictions import contradictions
from bot.credit import paused_by
from bot.model import Answer, Block, Channel, CommandCall
from bot.other_languages import is_hardly_english
from bot.periods import second_of
from bot.rendering import IN_ENGLISH, local_time
from bot.spread import delay_line
from bot.topic_changes import counting
from bot.typed_topics import spelt_twice
from bot.usecases import channels, open_forms, wishes
from bot.usecases.answers import command, note, say, title
from bot.usecases.command_context import CommandContext
from bot.usecases.compile import due_digest, next_week
from bot.usecases.known_works import KnownWorks, new_among, people_lines, topic_lines, unmet_lines
from bot.usecases.notices import notice
from bot.usecases.status import paused
from bot.usecases.unsent import left_line, resumed_line

_WANTED: Final = frozenset({"topics", "follow", "mute"})
"""What a channel asks for: of each field one may contradict another, and a command of its name changes it, too."""

A_TENTH: Final = 0.1
"""The part from which on it is said how much what was marked still counts."""

_WHEN: Final = frozenset({"rhythm", "weekday", "time", "zone"})
"""What decides when a digest comes: whoever changes it is told when that is now."""


async def topics(context: CommandContext, _call: CommandCall, channel: Channel, rest: str) -> Answer:
    """`topics`: what the channel is about; with words, sets it."""
    if not rest:
        now = ", ".join(channel.topics) or "none yet"
        end = [f"Go by what you mark alone with: {command('topics none')}"] if channel.topics else []
        return say(
            f"Topics of this channel: {now}.", f"Set them with: {command('topics reward models, agent safety')}", *end
        )
    return await _set(context, channel, {"topics": rest}, {})


async def settings(context: CommandContext, call: CommandCall, channel: Channel, _rest: str) -> Answer:
    """`settings`: the form, or what was filled in."""
    if call.values:
        return await _set(context, channel, call.values, call.shown)
    form, long = channels.fitting(channels.form_of(channel))
    opened = Answer(blocks=(title("Settings"), *_delayed(channel), *map(_left_out, long)), form=form)

    async def with_unmet() -> Answer:
        missing = await unmet_lines("follow", channel.follow, KnownWorks(context.unit_of_work, context.clock()))
        return replace(opened, blocks=(*opened.blocks, *map(note, missing)), then=None)

    # A form opens within three seconds or not at all (docs/platform-facts.md#a20), and eight weeks of works take one of them where nobody else is at work.
    return replace(opened, then=with_unmet) if channel.follow else opened


def _delayed(channel: Channel) -> list[Block]:
    line = delay_line(channel)
    return [note(line)] if line else []


def _left_out(name: str) -> Block:
    """Say of a field that it is not in the form, and where it is changed."""
    way = f": {command(name)}" if name in _WANTED else "."
    return note(f"{channels.LABELS[name]} is longer than a form holds, and stays as it is{way}")


async def _set(context: CommandContext, channel: Channel, form: Mapping[str, str], shown: Mapping[str, str]) -> Answer:
    filled = open_forms.filled_in(form, shown, channel)
    values, faults = channels.read_form(filled)
    values, unknown = wishes.in_form(values, channel, await context.specs())
    faults |= unknown
    if faults:
        return Answer(blocks=tuple(note(f"{name}: {fault}") for name, fault in faults.items()), faults=faults)
    stored, met = await open_forms.save(channel, values, filled, shown, context.unit_of_work)
    if not stored:
        return say("Nothing was changed.")
    before = channel.topics
    channel = next(one for one in await context.channels() if one.name == channel.name)
    form_now = channels.form_of(channel, channels.ON_THE_PAGE)
    topics_set = "topics" in stored and channel.topics
    twice = [
        f"'{topic}' is '{kept}' in another spelling, and counts once."
        for topic, kept in spelt_twice(form.get("topics", ""))
    ]
    against = contradictions(channel.follow, channel.mute, channel.topics) if _WANTED.intersection(stored) else []
    known = KnownWorks(context.unit_of_work, context.clock())
    missing = [
        line
        for field, wishes_now in (("follow", channel.follow), ("mute", channel.mute))
        if field in stored
        for line in await unmet_lines(field, wishes_now, known)
    ]
    people = await people_lines(channel.topics, channel.follow, known) if topics_set else []
    empty = await topic_lines(new_among(channel.topics, before), known) if topics_set else []
    is_foreign = topics_set and any(map(is_hardly_english, channel.topics))
    foreign = [IN_ENGLISH] if is_foreign and not any(IN_ENGLISH in one for one in empty) else []
    turned = await _turned(before, channel, context) if "topics" in stored else []
    look = [f"See what the topics bring: {command('now')}"] if topics_set else []
    when = [await _coming_line(context, channel)] if _WHEN.intersection(stored) else []
    return say(
        "Changed.",
        *(f"{name.replace('_', ' ')}: {form_now[name] or 'none'}" for name in stored),
        *met,
        *twice,
        *against,
        *missing,
        *people,
        *empty,
        *foreign,
        *turned,
        *look,
        *when,
    )


async def _turned(before: Sequence[str], channel: Channel, context: CommandContext) -> list[str]:
    """Say what other topics do with what was liked before, where the channel had digests or told its taste, and what it is to have none."""
    async with context.unit_of_work() as uow:
        liked = await uow.digests.weeks(channel.name) or await uow.tastes.of_channel(channel.name)
    if not channel.topics and before:
        most = "what you mark alone" if liked else "what most people take notice of, until you mark something"
        return [f"From the next digest on I go by {most}."]
    if not liked:
        return []
    kept = counting(before, channel.topics)
    if kept == 1:
        return []
    part = f"for {kept:.0%}" if kept >= A_TENTH else "for next to nothing"
    return [
        f"They decide from the next digest on: what you marked before counts {part}, unless it is on them, and what you mark from then on in full."
    ]


async def pause(context: CommandContext, call: CommandCall, channel: Channel, rest: str) -> Answer:
    """`pause`: post nothing until `resume`."""
    because = paused_by(call.member.name, rest)
    done = await channels.pause(channel, because, context.unit_of_work, context.clock, by_people=True, by=call.member)
    if not done:
        return say(f"It is paused already. Go on with: {command('resume')}")
    await _tell(
        context,
        channel,
        "The digest is paused",
        f"{because}. Whoever looks after this channel resumes it with {command('resume')}.",
    )
    left = await left_line(channel, context.unit_of_work, context.clock())
    return say(f"Paused. Nothing is posted here until: {command('resume')}", *([left] if left else []))


async def resume(context: CommandContext, call: CommandCall, channel: Channel, _rest: str) -> Answer:
    """`resume`: go on."""
    if not await channels.resume(channel, context.unit_of_work):
        return say("It was not paused.")
    line = await resumed_line(channel, context.unit_of_work, context.clock(), partial(_coming_line, context, channel))
    await _tell(context, channel, "The digest goes on", f"{call.member.name or 'Somebody'} resumed it. {line}")
    return say(line)


async def _tell(context: CommandContext, channel: Channel, title: str, line: str) -> None:
    """Tell everybody in a channel what somebody did to it; once, should it be asked twice."""
    if context.subscribing:
        key = f"{title} {channel.name} {context.clock().isoformat()}"
        await context.subscribing.announce(channel, notice(title, line), key)


async def next_time(context: CommandContext, channel: Channel) -> str:
    """Say when a channel's next digest comes, on its own wall clock."""
    _, window = await next_week(channel, context.unit_of_work, context.clock())
    return local_time(window.end, channel.zone)


async def next_line(context: CommandContext, channel: Channel) -> str:
    """Say in a sentence when a channel's next digest comes; of the second one of a week, that it is short."""
    week, window = await next_week(channel, context.unit_of_work, context.clock())
    at = local_time(window.end, channel.zone)
    return (
        f"Next digest: {at}, a short one, with what is new since the last."
        if second_of(week)
        else f"Next digest: {at}."
    )


async def _coming_line(context: CommandContext, channel: Channel) -> str:
    """Say when the next digest comes after a change; where one is due by now, that it comes at once."""
    now = context.clock()
    if await paused([channel], context.unit_of_work):
        return await next_line(context, channel)
    due = await due_digest(channel, context.unit_of_work, now)
    if due is None:
        return await next_line(context, channel)
    end = due[1].end
    return f"The digest of {local_time(end, channel.zone)} comes in a moment." if end < now else "It comes in a moment."
