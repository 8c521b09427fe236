"""
The command about sources: list, check, add, remove, switch on and off in chat, each for the channel in which it is asked.

What a channel adds is its own; what all channels share is switched off for one of them alone, and the answer says so. Switching a source off
for everybody is the operator's (`paperround sources disable`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from bot.channel_sources import others_read, read_by, shown_to
from bot.errors import UsageError
from bot.model import Answer, Channel, CommandCall, SourceSpec
from bot.text import shown_url
from bot.usecases import channels as channel_settings
from bot.usecases import sources as managing
from bot.usecases.answers import command, in_chat, note, refuse, say, title
from bot.usecases.command_context import CommandContext

MOST_OWN: Final = 40
"""How many sources one channel may add: each is asked twice a day."""

_SHARED: Final = "The other channels that share it go on reading it."
_USAGE: Final = f"{command('sources add URL')}, and remove, enable, disable or check with an ID"


async def sources(context: CommandContext, call: CommandCall, channel: Channel, rest: str) -> Answer:
    """`sources`, `sources add URL`, and `remove`, `enable`, `disable` or `check` with the id of one."""
    verb, _, what = rest.partition(" ")
    specs = shown_to([channel], await context.specs())
    if verb == "check":
        return say(await context.check(managing.named(what.strip(), specs)))
    if verb in {"add", *_CHANGES} and not call.admin:
        return refuse(f"{verb} sources", context.words_of(call))
    if verb == "add":
        return await _add(context, call, channel, what.strip())
    if verb in _CHANGES:
        spec = managing.named(what.strip(), specs)
        return await _CHANGES[verb](context, channel, spec)
    if verb:
        return say(f"I do not know 'sources {verb}'. Try {_USAGE}.")
    here = read_by(channel, specs)
    known = await managing.states(specs, context.unit_of_work)
    return Answer(blocks=(title("Sources"), *(note(_in_a_line(one, here=one.spec.id in here)) for one in known)))


async def _add(context: CommandContext, call: CommandCall, channel: Channel, url: str) -> Answer:
    if len(channel.sources_added) >= MOST_OWN:
        return say(f"This channel added {MOST_OWN} sources already. Remove one first: {command('sources remove ID')}")
    who = managing.Who(call.member.name or call.member.id, channel=channel.name)
    specs = await context.specs()
    try:
        async with context.finder() as finder:
            source_id, found = await managing.add(url, who, specs, finder, context.unit_of_work, context.clock)
    except managing.AlreadyFollowed as error:
        if error.spec.id in read_by(channel, specs):
            raise
        return await _enable(context, channel, error.spec)
    await channel_settings.read_source(channel, source_id, context.unit_of_work, own=True, on=True)
    called = found.title or shown_url(found.url)
    if call.member.name:
        async with context.unit_of_work() as uow:
            await uow.members.put(call.platform, [call.member])  # so that it is known whose name stands with the source
            await uow.commit()
    return say(f"{called} is followed from now on, as {source_id}, in this channel.{managing.in_place_of(found)}")


async def _enable(context: CommandContext, channel: Channel, spec: SourceSpec) -> Answer:
    own = spec.own or (bool(channel.sources) and spec.id not in channel.sources)
    await channel_settings.read_source(channel, spec.id, context.unit_of_work, own=own, on=True)
    off = (
        ""
        if spec.enabled
        else f" It is off for everybody, though; switch it on with: paperround sources enable {spec.id}"
    )
    return say(in_chat(f"{spec.name} ({spec.id}) is read in this channel.{off}"))


async def _disable(context: CommandContext, channel: Channel, spec: SourceSpec) -> Answer:
    """Read a source no longer in this channel; one of the channel's own that nobody else reads is not asked any more, either."""
    specs = await context.specs()
    shared = others_read(spec.id, channel, await context.channels(), specs)
    await channel_settings.read_source(channel, spec.id, context.unit_of_work, own=spec.own, on=False)
    if spec.own and not shared:
        try:
            await managing.remove(spec.id, specs, context.tables(), context.unit_of_work)
        except UsageError:
            shared = False  # removed by somebody else meanwhile
    return say(f"{spec.name} ({spec.id}) is not read in this channel any more." + (f" {_SHARED}" if shared else ""))


_CHANGES: Final[Mapping[str, Callable[[CommandContext, Channel, SourceSpec], Awaitable[Answer]]]] = {
    "remove": _disable,
    "enable": _enable,
    "disable": _disable,
}


def _in_a_line(one: managing.SourceState, *, here: bool) -> str:
    state = one.report.state.value if here else "not read in this channel"
    own = " · this channel's own" if one.spec.own and here else ""
    error = f", {one.report.error}" if here and one.report.error else ""
    return f"{one.spec.name} ({one.spec.id}): {state}{error}{own}"
