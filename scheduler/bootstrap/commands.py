"""Commands, with what they are answered from."""

from __future__ import annotations

from dataclasses import replace

from bot.model import Answer, Channel, CommandCall, SourceSpec
from bot.ports import History
from bot.usecases.command_context import CommandContext
from bot.usecases.commands import Commands
from scheduler import jobs
from scheduler.asked_cards import bring
from scheduler.idle import idle_line
from scheduler.jobs.requests import cards_job
from scheduler.services import Services, summary_of_check
from scheduler.subscriptions import subscribing


def command_context(services: Services) -> CommandContext:
    """Context of the commands."""
    return CommandContext(
        unit_of_work=services.unit_of_work,
        clock=services.clock,
        channels=services.current_channels,
        tables=lambda: frozenset(services.settings.sources),
        specs=services.specs,
        preview=services.preview,
        check=lambda spec: check(services, spec),
        finder=services.open_finder,
        works=services.open_works,
        subscribing=subscribing(services),
        message_url=services.message_url,
        direct=frozenset(services.direct_messages()),
        classics=services.builders.classics,
        changers=services.settings.chat.who,
        has_past=lambda channel: _has_past(services, channel),
        bring=lambda channel, week: _bring(services, channel, week),
        shown_in=services.audience.shown_in,
        readable_by=services.audience.readable_by,
        words={name: platform.words for name, platform in services.platforms.items()},
        page_link=lambda call: _page_link(services, call),
        idle=lambda: idle_line(services),
        spread=services.settings.schedule.spread,
    )


async def answer_command_of_operator(services: Services, call: CommandCall) -> Answer:
    """Answer a command as chat would, for who runs Paper Round; what is due then is sent by whoever serves, not behind this answer."""
    context = command_context(services)
    if context.subscribing:
        context = replace(context, subscribing=replace(context.subscribing, deliver=lambda: None))
    return await Commands(context)(call)


async def check(services: Services, spec: SourceSpec) -> str:
    """Ask one source now, store what it says, and say in a sentence how it stands."""
    (report,) = await jobs.collect(services, specs=[spec], full=True)
    return summary_of_check(spec, report)


async def _bring(services: Services, channel: Channel, week: str) -> None:
    """Have cards sent that somebody asked for, here or by a worker."""
    if services.queue is None:
        await bring(services, channel, week)
    else:
        await services.queue.defer(cards_job(channel, week))


async def _has_past(services: Services, channel: Channel) -> bool:
    """Whether a channel has a past, and its platform lets us read it."""
    platform = services.platforms.get(channel.platform)
    return platform is not None and isinstance(platform.chat, History) and await platform.chat.has_past(channel)


async def _page_link(services: Services, call: CommandCall) -> str:
    """Make the link by which a member enters the library: good once, for ten minutes."""
    from adapters.web.http.access_store import AccessStore, Person  # noqa: PLC0415

    person = Person(platform=call.platform, member_id=call.member.id, name=call.member.name)
    secret = await AccessStore(services.engine, services.clock).make_link(person)
    return f"{services.settings.web.address}/enter/{secret}"
