"""`paperround export`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scheduler.cli.common import ChannelName, Json, print_json, run

if TYPE_CHECKING:
    from scheduler.services import Services


def export(channel: ChannelName = None, json: Json = False) -> None:  # noqa: FBT002 - Typer's way of an option
    """Export what the team knows: items with mentions, decisions and summaries."""

    async def command(services: Services) -> None:
        from bot.errors import UsageError  # noqa: PLC0415
        from bot.exporting import as_document  # noqa: PLC0415
        from bot.usecases.recall import remember  # noqa: PLC0415

        if not json:
            raise UsageError("Say in which form: paperround export --json.")
        channels = await services.current_channels() if channel is None else (await services.channel(channel),)
        print_json(as_document(await remember(channels, services.unit_of_work)))

    run(command)
