"""The command about sources: list, check, add and remove them in chat."""

from __future__ import annotations

from bot.model import Answer, Channel, CommandCall
from bot.text import shown_url
from bot.usecases import sources as managing
from bot.usecases.answers import note, refuse, say, title
from bot.usecases.command_context import CommandContext


async def sources(context: CommandContext, call: CommandCall, _channel: Channel, rest: str) -> Answer:
    """`sources`, `sources add URL`, `sources remove ID`, `sources check ID`."""
    verb, _, what = rest.partition(" ")
    specs = await context.specs()
    if verb == "check":
        return say(await context.check(managing.named(what.strip(), specs)))
    if verb in {"add", "remove"} and not call.admin:
        return refuse(f"{verb} sources", context.words_of(call))
    if verb == "add":
        async with context.finder() as finder:
            who = managing.Who(call.member.name or call.member.id)
            source_id, found = await managing.add(what.strip(), who, specs, finder, context.unit_of_work, context.clock)
        return say(
            f"{found.title or shown_url(found.url)} is followed from now on, as {source_id}.{managing.in_place_of(found)}"
        )
    if verb == "remove":
        await managing.remove(what.strip(), specs, context.tables(), context.unit_of_work)
        return say(f"{what.strip()} is not followed any more.")
    if verb:
        return say(f"I do not know 'sources {verb}'. Try sources add URL, sources remove ID or sources check ID.")
    known = await managing.states(specs, context.unit_of_work)
    return Answer(blocks=(title("Sources"), *(note(_in_a_line(one)) for one in known)))


def _in_a_line(one: managing.SourceState) -> str:
    return f"{one.spec.name} ({one.spec.id}): {one.report.state.value}" + (
        f", {one.report.error}" if one.report.error else ""
    )
