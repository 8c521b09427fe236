"""Servers of pages and programs: the page, the addresses for machines, live updates between processes, and MCP."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final, cast

from bot.errors import ChatError
from bot.model import Channel
from bot.permission import Changers, has_right
from bot.usecases.commands import Commands
from bot.usecases.library import Library
from bot.usecases.programs import Programs
from bot.usecases.status import pause_lines, paused_as_known
from scheduler import jobs
from scheduler.bootstrap.commands import command_context
from scheduler.idle import idle_line
from scheduler.running import instance
from scheduler.services import Services

if TYPE_CHECKING:
    from adapters.web.channel.relay import Relay
    from adapters.web.http.health import HealthChecks
    from adapters.web.http.server import PageServer
    from adapters.web.library.context import LibraryContext
    from adapters.web.pages.context import Notice
    from adapters.web.platform import WebPlatform


def live_relay(services: Services, *, only_tells: bool = False) -> Relay:
    """What tells other processes of the changes to the local page made here, and our open windows of theirs. A process that serves no window `only_tells`."""
    from adapters.web.channel.relay import Relay  # noqa: PLC0415 - only where several processes serve the page

    hub = cast("WebPlatform", services.platforms["web"]).chat.hub
    return Relay(services.settings.database_url.get_secret_value(), hub, only_tells=only_tells)


def machine_server(services: Services, host: str, port: int, health: HealthChecks) -> PageServer:
    """
    Build a web server with the addresses for machines alone: /healthz, /readyz, /metrics.

    The metrics are kept as on the page, where nobody can log in here: with a password they want their token. Raises `SettingsError` where
    they would be open beyond this machine.
    """
    from starlette.applications import Starlette  # noqa: PLC0415 - as above

    from adapters.web.channel.hub import Hub  # noqa: PLC0415 - as above
    from adapters.web.http.binding import check_metrics_binding  # noqa: PLC0415 - as above
    from adapters.web.http.health import Health  # noqa: PLC0415 - as above
    from adapters.web.http.server import PageServer  # noqa: PLC0415 - as above

    password, token = (
        one.get_secret_value() if one else None for one in (services.settings.password, services.settings.metrics_token)
    )
    check_metrics_binding(host, password or token, key="PAPERROUND_METRICS_TOKEN")
    wanted = token or (secrets.token_urlsafe() if password else None)
    routes = Health(health, wanted, instance(services)).routes()
    return PageServer(Starlette(routes=routes), Hub(), host=host, port=port)


def check_address(services: Services, host: str) -> None:
    """Refuse to serve the page beyond this machine without a password; raises `SettingsError`."""
    from adapters.web.http.binding import check_binding  # noqa: PLC0415

    password = services.settings.password
    check_binding(host, password.get_secret_value() if password else None, key="PAPERROUND_PASSWORD")


def page_server(services: Services, host: str, port: int, health: HealthChecks | None = None) -> PageServer:
    """
    Build the web server: the local channel, what the platforms serve over HTTP, and the health of the service where `health` tells it.

    Raises `SettingsError` for an open address without a password.
    """
    from starlette.routing import Route  # noqa: PLC0415

    from adapters.web.app import create_app  # noqa: PLC0415
    from adapters.web.http.connections import file_limit, limits_for  # noqa: PLC0415
    from adapters.web.http.server import PageServer  # noqa: PLC0415
    from adapters.web.pages.context import Site  # noqa: PLC0415

    check_address(services, host)
    password = services.settings.password
    token = services.settings.metrics_token
    limits = limits_for(file_limit(), services.settings.web.proxies)
    site = Site(
        notices=lambda: page_notices(services),
        health=health,
        metrics_token=token.get_secret_value() if token else None,
        channels=services.channels.on("web"),
        next_digest=services.next_digest_line,
        clock=services.clock,
        commands=Commands(command_context(services)),
        host=host,
        hosts=frozenset(services.settings.web.hosts),
        proxies=limits.proxies,
        windows=limits.streams,
        instance=instance(services),
        password=password.get_secret_value() if password else None,
        library=_library(services),
    )
    web = cast("WebPlatform", services.platforms["web"]).chat
    from adapters.web.programs.api import Api  # noqa: PLC0415
    from adapters.web.programs.mcp_server import McpEndpoint  # noqa: PLC0415

    routes = [route for platform in services.platforms.values() for route in platform.routes()]
    programs = programs_of(services)
    routes += [*Api(programs).routes(), Route("/mcp", McpEndpoint(programs))]
    return PageServer(create_app(web, site, cast("Any", routes)), web.hub, host=host, port=port, limits=limits)


def _library(services: Services) -> LibraryContext:
    """Arguments of the library's pages."""
    from adapters.web.library.context import LibraryContext  # noqa: PLC0415
    from bot.usecases.library import Library  # noqa: PLC0415

    async def may_change(platform: str, member_id: str, channel: Channel) -> bool:
        asked = services.platforms.get(platform)
        if asked is None or channel.platform != platform:
            return False
        try:
            if await asked.membership.may_change(member_id, channel):
                return True
            changers = services.settings.chat.who
            return changers is not Changers.ADMINS and has_right(
                await asked.membership.reader(member_id, [channel]), changers
            )
        except ChatError:
            return False

    return LibraryContext(
        library=Library(services.reading),
        audience=services.audience,
        reading=services.reading,
        unit_of_work=services.unit_of_work,
        channels=services.current_channels,
        specs=services.specs,
        receive=services.recorder.receive,
        message_url=services.message_url,
        may_change=may_change,
        next_digest=services.next_digest_line,
        digest_now=lambda channel: jobs.digest_now(services, channel),
        url=services.settings.web.url,
    )


async def page_notices(services: Services) -> list[Notice]:
    """Notices of the page: that nobody does what is due; which channels are paused, why, since when and what to do."""
    from adapters.web.pages.context import Notice  # noqa: PLC0415

    pauses = paused_as_known(await services.current_channels(), services.channels.states)
    # Those of the page itself first: whoever looks at one must see that it is paused.
    named = sorted(pauses, key=lambda one: one[0].platform != "web")[:NOTICES]
    idle = await idle_line(services)
    many = f"{len(pauses):,} channels are paused, these among them. `paperround status` names all, and says why."
    return [
        *(Notice(lines=(line,)) for line in (idle, many if len(pauses) > len(named) else "") if line),
        *(
            Notice(lines=tuple(pause_lines(channel, pause)), channel=channel.name, platform=channel.platform)
            for channel, pause in named
        ),
    ]


NOTICES: Final = 5
"""How many paused channels the page names."""


def programs_of(services: Services) -> Programs:
    """What answers programs, in the API and by MCP."""
    return Programs(
        unit_of_work=services.reading,
        writing=services.unit_of_work,
        channels=services.current_channels,
        readable_by=services.audience.readable_by,
        message_url=services.message_url,
        library=Library(services.reading),
        clock=services.clock,
        specs=services.specs,
    )


async def serve_mcp(services: Services) -> None:
    """Serve MCP on standard input and output until that ends. Raises `UsageError` where its package is not installed."""
    from adapters.web.programs.mcp_server import mcp_server  # noqa: PLC0415
    from bot.api_token import ApiToken  # noqa: PLC0415

    programs = programs_of(services)
    operator = await programs.caller_of(ApiToken(name="stdio", made=services.clock()))
    await mcp_server(programs, operator).run_stdio_async()
