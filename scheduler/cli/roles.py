"""`paperround web`, `worker`, `clock` and `discord`: the parts of the service as processes of their own, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scheduler.cli.common import Host, Port, prepared, whole_number
from scheduler.cli.wrapping import announce, drop_unwritten

if TYPE_CHECKING:
    from scheduler.roles.health import RoleHealth
    from scheduler.services import Services

Concurrency = Annotated[
    int | None,
    typer.Option(
        "--concurrency",
        metavar="NUMBER",
        parser=whole_number(1, 500),
        help="How many channels of each platform are served at once; 100 if not given, as by 'up'.",
    ),
]

MachinesHost = Annotated[
    str | None,
    typer.Option(
        "--host", help="Where /healthz, /readyz and /metrics are served, with --port; 127.0.0.1 if not given."
    ),
]

MachinesPort = Annotated[
    int | None,
    typer.Option(
        "--port",
        metavar="NUMBER",
        parser=whole_number(0, 65_535),
        help="Where /healthz, /readyz and /metrics are served; nowhere if not given.",
    ),
]


def web(host: Host = None, port: Port = None) -> None:
    """
    Serve the page, and take what Slack sends: over HTTP, or over Socket Mode, which one of all such processes owns.

    Only on PostgreSQL, beside 'worker' and 'clock'; as often as you like.
    """

    async def command(services: Services) -> None:
        from scheduler.roles.web import web as serve  # noqa: PLC0415 - not for `--help`

        settings = services.settings.web
        await serve(services, host or settings.host, settings.port if port is None else port, announce)

    run_shared(command)


def worker(concurrency: Concurrency = None, host: MachinesHost = None, port: MachinesPort = None) -> None:
    """
    Do what is due: ask the sources, make digests, send them, look over what was missed.

    Only on PostgreSQL, beside 'web' and 'clock'; as often as you like. What one was doing when it died is done by another one.
    """

    async def command(services: Services) -> None:
        from scheduler.roles.worker import worker as work  # noqa: PLC0415 - not for `--help`
        from scheduler.services import SERVED  # noqa: PLC0415 - as above

        await work(services, concurrency or SERVED.running, machines_of(services, host, port, "worker"), announce)

    run_shared(command)


def clock(host: MachinesHost = None, port: MachinesPort = None) -> None:
    """
    Wake the workers: twice a minute they are to ask what is due.

    Only on PostgreSQL, beside 'web' and 'worker'. One is enough; a second one does no harm, and goes on where the first one dies.
    """

    async def command(services: Services) -> None:
        from scheduler.roles.clock import clock as wake  # noqa: PLC0415 - not for `--help`

        await wake(services, machines_of(services, host, port, "clock"), announce)

    run_shared(command)


def run_shared(command: Callable[[Services], Awaitable[None]]) -> None:
    """Load the settings, open the services of a process that shares its work with others, and run one role on them."""
    import asyncio  # noqa: PLC0415 - not for `--help`

    from bot.errors import UsageError  # noqa: PLC0415 - as above
    from scheduler.bootstrap import open_services  # noqa: PLC0415 - as above
    from scheduler.bootstrap.queue import ON_SQLITE  # noqa: PLC0415 - as above
    from scheduler.runner import tune_interpreter  # noqa: PLC0415 - as above

    settings = prepared()
    if settings.database_url.get_secret_value().startswith("sqlite"):
        raise UsageError(ON_SQLITE)

    async def in_services() -> None:
        async with open_services(settings, shared=True) as services:
            tune_interpreter()
            await command(services)
        announce("Stopped.")

    try:
        asyncio.run(in_services())
    finally:
        drop_unwritten()


def machines_of(
    services: Services, host: str | None, port: int | None, command: str
) -> Callable[[RoleHealth], Mapping[str, Coroutine[Any, Any, None]]]:
    """
    Give the part of the role `command` that serves the addresses for machines, where a port is named. Raises `UsageError` for a host without a port, at which
    nothing would be served.
    """
    if host is not None and port is None:
        from bot.errors import UsageError  # noqa: PLC0415 - not for `--help`

        raise UsageError(
            f"--host says where /healthz, /readyz and /metrics are served, and without --port nothing is. Name a port beside it: paperround {command} "
            f"--host {host} --port 8331. Or leave --host out."
        )

    def parts(health: RoleHealth) -> Mapping[str, Coroutine[Any, Any, None]]:
        if port is None:
            return {}
        import asyncio  # noqa: PLC0415 - not for `--help`

        from scheduler.bootstrap.pages import machine_server  # noqa: PLC0415 - as above
        from scheduler.roles.process import serve  # noqa: PLC0415 - as above
        from scheduler.runner import address_of, listening_socket  # noqa: PLC0415 - as above
        from scheduler.running import Running, running_noted  # noqa: PLC0415 - as above

        where = host or services.settings.web.host
        server = machine_server(services, where, port, health)
        bound = listening_socket(where, port, command)
        address = address_of(bound, where)
        running = Running(command=command, address=address, host=where, port=bound.getsockname()[1])
        announce(f"Health and metrics are at {address}")

        async def serve_and_note() -> None:
            noting = asyncio.create_task(running_noted(services, running), name="note of its address")
            try:
                await serve(server, bound)
            finally:
                noting.cancel()
                await asyncio.gather(noting, return_exceptions=True)

        return {"machines": serve_and_note()}

    return parts
