"""The web application: routes and middleware of the page, put together."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ExceptionHandler

from adapters.web.channel.chat import WebChannel
from adapters.web.channel.validation import ActionRefused
from adapters.web.http.binding import check_binding
from adapters.web.http.clients import ProxyHeaders
from adapters.web.http.guards import SECURITY_HEADERS, AnswerHeaders, HostGuard, OriginGuard
from adapters.web.http.health import MACHINES, Health
from adapters.web.http.sessions import AccessGate, Sessions
from adapters.web.library.pages import LibraryPages
from adapters.web.pages.actions import Actions
from adapters.web.pages.channel import Pages
from adapters.web.pages.context import PageContext, Site
from adapters.web.pages.entrance import Entrance
from adapters.web.pages.live import Live
from adapters.web.pages.login import Login
from bot.errors import StorageError, StorageFull
from bot.log_repeats import OnceAMinute

logger = logging.getLogger(__name__)
logger.addFilter(OnceAMinute(actions={"page_unavailable"}))  # anybody can cause that, as often as they like

_FULL = "The disk of this machine is full, so nothing can be kept now. Try again once somebody has made room."
_UNAVAILABLE = "The database cannot be used just now, so nothing can be kept. Try again in a while."
_WORDS = {404: "There is nothing at this address.", 405: "That cannot be done here."}


def create_app(chat: WebChannel, site: Site, others: Sequence[BaseRoute] = ()) -> Starlette:
    """
    Build the page as an ASGI application. `chat` is the same channel that the core posts to and listens on.

    `others` are served beside it, outside its guards: routes for machines that authenticate in their own way (signatures).
    Raises `SettingsError` if the page would be open beyond this machine without a password.
    """
    check_binding(site.host, site.password)
    context = PageContext(chat, site)
    pages, acts = Pages(context), Actions(context)
    live = Live(chat.hub, site.windows, context.access if site.password is not None else None)
    health = Health(site.health, site.metrics_token, site.instance)
    routes: list[BaseRoute] = [*pages.routes(), *acts.routes(), *live.routes(), *health.routes()]
    routes.append(Route("/static/{hash}/{name}", context.assets.serve))
    entrance = Entrance(context)
    routes += entrance.routes()
    if site.library is not None:
        routes += LibraryPages(context, site.library).routes()
    middleware = [
        Middleware(ProxyHeaders, proxies=site.proxies),
        Middleware(AnswerHeaders),
        Middleware(HostGuard, host=site.host, hosts=site.hosts, anyhow=MACHINES if site.password is not None else ()),
        Middleware(OriginGuard, behind_password=site.password is not None),
    ]
    sessions = None
    if site.password is not None:
        sessions = Sessions(site.password, time.time)
        routes += Login(context, sessions).routes()
    gate = Middleware(AccessGate, access=context.access, sessions=sessions, metrics_token=site.metrics_token)
    middleware.append(gate)
    page = Starlette(routes=routes, middleware=middleware, exception_handlers=_handlers(acts))
    return Starlette(routes=[*others, Mount("/", app=page)]) if others else page


def _handlers(acts: Actions) -> dict[object, ExceptionHandler]:
    async def refused(request: Request, error: Exception) -> Response:
        return acts.refuse(request, error if isinstance(error, ActionRefused) else ActionRefused("That did not work."))

    async def missing(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        return acts.refuse(request, ActionRefused(_WORDS.get(status, "That did not work."), status))

    async def unavailable(request: Request, error: Exception) -> Response:
        logger.error("The page could not be served: %s", error, extra={"action": "page_unavailable"})
        said = _FULL if isinstance(error, StorageFull) else _UNAVAILABLE
        return acts.refuse(request, ActionRefused(said, 503))

    async def broken(request: Request, error: Exception) -> Response:  # noqa: ARG001 - the error is logged by the server
        response = acts.refuse(request, ActionRefused("Something went wrong at our end. It is in the log.", 500))
        response.headers.update(
            {**SECURITY_HEADERS, "Cache-Control": "no-store"}
        )  # this answer goes out beyond all middleware
        return response

    return {ActionRefused: refused, HTTPException: missing, StorageError: unavailable, Exception: broken}
