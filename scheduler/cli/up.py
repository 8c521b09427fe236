"""`paperround up`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from bot.text import counted
from scheduler.cli.common import Host, Port, run, source_progress
from scheduler.cli.wrapping import announce, drop_unwritten

if TYPE_CHECKING:
    from scheduler.jobs import Delivery
    from scheduler.services import Services

Sample = Annotated[
    bool, typer.Option("--sample", help="Show the sample week that ships with Paper Round; asks no source.")
]


def up(host: Host = None, port: Port = None, sample: Sample = False) -> None:  # noqa: FBT002 - Typer's way of an option
    """Collect, deliver what is due, serve the local channel, listen, and wake on time. Stops on SIGTERM or Ctrl-C."""

    async def command(services: Services) -> None:
        from scheduler.bootstrap.database import alone  # noqa: PLC0415
        from scheduler.runner import Runner, tune_interpreter  # noqa: PLC0415

        web = services.settings.web
        async with alone(services):
            served = replace(services, trying=sample)
            runner = Runner(served, host or web.host, web.port, announce)
            announce(f"Paper Round is at {runner.address}   (Ctrl-C stops it)")
            tune_interpreter()
            await runner.serve(lambda: _first(served, runner.address))
        announce("Stopped.")

    try:
        run(command, port=port)
    finally:
        drop_unwritten()


async def _first(services: Services, address: str) -> None:
    """First work of the service: collect, deliver what is due, and say what happened."""
    from bot.receipt import receipt_line  # noqa: PLC0415
    from scheduler import jobs  # noqa: PLC0415

    if services.trying:
        await _show_sample(services, "")
    elif await jobs.is_any_due(services, await jobs.awake_or_waiting(services)):
        specs = await services.specs()
        on = sum(1 for spec in specs if spec.enabled)
        announce(f"Asking {counted(on, 'source')} what the week brought. The first time takes up to a minute.")
        # Somebody who sets a channel up meanwhile waits for these answers, and asks no source a second time.
        with source_progress(specs, silent=False) as progress:
            async with services.collect_turn:
                reports = await jobs.collect(services, progress=progress)
        # What waits is told below, in words: no need to read of it in the log as well.
        services.said.update((channel.name, week) for channel, week, _ in await jobs.due(services))
        deliveries = await jobs.deliver_due(services)
        for delivery in deliveries:
            announce(_told(delivery))
        if await jobs.is_any_due(services, await jobs.awake_or_waiting(services)):
            announce(receipt_line(reports))
            # Where some had theirs, the sources did answer: who waits has but a few of his own, or is due again already.
            if not deliveries and not await jobs.has_begun(services):
                await _show_sample(services, NOT_YET if any(report.state.answered for report in reports) else NOBODY)
    else:
        await jobs.deliver_due(services)
    channels = await services.current_channels()
    for channel in channels[:MOST_TOLD]:
        announce(f"#{channel.name} · {await services.next_digest_line(channel)}")
    if len(channels) > MOST_TOLD:
        announce(f"and {counted(len(channels) - MOST_TOLD, 'more channel')}: paperround status")
    announce(f"Open {address} to read, react and reply.")


MOST_TOLD = 20
"""Of how many channels the start says when the next digest comes."""

NOBODY = "No source could be reached, so here is the sample week. The real one comes as soon as the sources answer."
NOT_YET = (
    "Too few sources could be reached, so here is the sample week. The real one comes as soon as the others answer."
)


def _told(delivery: Delivery) -> str:
    digest = delivery.digest
    if delivery.problem:
        return (
            f"{digest.week} is ready for {digest.channel}, but not all sent yet: {delivery.problem}. It is tried again."
        )
    picks = f"{counted(len(digest.picks), 'pick')}, {digest.minutes} of {counted(digest.budget_minutes, 'minute')}"
    return f"Posted {digest.week} in {digest.channel}: {picks}."


async def _show_sample(services: Services, why: str) -> None:
    from scheduler import jobs  # noqa: PLC0415

    channel = next((c for c in await services.current_channels() if c.platform == "web"), None)
    if channel is None:
        announce(why or "The sample week is shown in a local channel; none is configured.")
        return
    digest = await jobs.deliver_sample(services, channel)
    announce(why or "This is the sample week that ships with Paper Round.")
    if digest is None:
        announce("It is in the channel already.")
