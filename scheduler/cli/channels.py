"""`paperround channels`: list them, pause and resume one, end one that was set up in chat."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from bot.credit import ended_by, paused_by
from scheduler.cli.common import Json, print_json, run
from scheduler.cli.wrapping import say

if TYPE_CHECKING:
    from scheduler.services import Services

app = typer.Typer(no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The channel's name, as `paperround channels list` shows it.")]


@app.command("list")
def listed(json: Json = False) -> None:  # noqa: FBT002 - Typer's way of an option
    """Show every channel, where it is, who subscribed it, and how it stands."""

    async def command(services: Services) -> None:
        channels = await services.current_channels()
        async with services.reading() as uow:
            states = await uow.channels.all()
        if json:
            print_json(
                {
                    "channels": [
                        {
                            "name": one.name,
                            "platform": one.platform,
                            "id": one.id,
                            "team": one.team,
                            "origin": one.origin.value,
                            "rhythm": one.rhythm.value,
                            "paused": states[one.name].paused_because if one.name in states else None,
                        }
                        for one in channels
                    ]
                }
            )
            return
        for one in channels:
            by = "the operator's" if one.origin.value == "file" else "set up in chat"
            say(f"#{one.name} on {one.platform} ({one.id}), {by} · {await services.next_digest_line(one)}")

    run(command, registering=False)


@app.command()
def pause(name: Name) -> None:
    """Post nothing in a channel until somebody resumes it, here or there with `/paperround resume`."""

    async def command(services: Services) -> None:
        from bot.usecases import channels  # noqa: PLC0415 - not for `--help`
        from bot.usecases.unsent import left_line  # noqa: PLC0415

        channel = await services.channel(name)
        done = await channels.pause(
            channel, paused_by("the operator"), services.unit_of_work, services.clock, by_people=True
        )
        say(f"#{name} is paused." if done else f"#{name} is paused already.")
        if left := await left_line(channel, services.unit_of_work, services.clock()):
            say(left)

    run(command)


@app.command()
def resume(name: Name) -> None:
    """Post in a channel again that was paused, by whomever."""

    async def command(services: Services) -> None:
        from bot.usecases import channels  # noqa: PLC0415 - not for `--help`
        from bot.usecases.unsent import resumed_line  # noqa: PLC0415

        channel = await services.channel(name)
        done = await channels.resume(channel, services.unit_of_work)

        async def next_line() -> str:
            return f"{await services.next_digest_line(channel)}."

        if done:
            said = await resumed_line(channel, services.unit_of_work, services.clock(), next_line)
            say(f"#{name} goes on. {said}")
        else:
            say(f"#{name} was not paused. {await next_line()}")

    run(command)


@app.command()
def remove(name: Name) -> None:
    """End a channel that was set up in chat. What was decided and written there is kept, and its name is given to no other."""

    async def command(services: Services) -> None:
        from bot.errors import UsageError  # noqa: PLC0415 - not for `--help`
        from bot.model import ChannelOrigin  # noqa: PLC0415
        from bot.usecases import channels  # noqa: PLC0415

        channel = await services.channel(name)
        if channel.origin is ChannelOrigin.FILE:
            raise UsageError(f"#{name} is in the configuration file. Take it out there; what was written is kept.")
        now = services.clock()
        async with services.unit_of_work() as uow:
            state = await channels.state_to_change(name, uow)
            ended = replace(state, stopped=now, paused_because=ended_by("the operator"), paused_at=now)
            await uow.channels.save(replace(ended, paused_by_people=True))
            await uow.commit()
        say(f"#{name} gets no digest any more. What was written is kept; /paperround setup there brings it back.")

    run(command)
