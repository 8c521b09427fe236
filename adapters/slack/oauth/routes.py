"""OAuth routes: `GET /slack/install` sends a browser to Slack, `GET /slack/oauth_redirect` takes it back."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import aiohttp
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.slack.api import SlackApi
from adapters.slack.oauth.app import INSTALL, REDIRECT, App
from adapters.slack.oauth.installations import Installations
from adapters.slack.oauth.states import OAuthStates
from bot.errors import StorageError
from bot.log_repeats import OnceAMinute

if TYPE_CHECKING:
    from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
    from slack_bolt.request.async_request import AsyncBoltRequest
    from slack_bolt.response import BoltResponse

    from adapters.slack.oauth.flow import OAuthFlow

logger = logging.getLogger(__name__)
logger.addFilter(
    OnceAMinute(actions={"install_failed", "install_not_kept"})
)  # anybody can cause that, as often as they like


class InstallRoutes:
    """The two routes. `installed` is called when a workspace installed the app and that is stored; `api` needs no token."""

    def __init__(
        self,
        app: App,
        store: Installations,
        states: OAuthStates,
        api: SlackApi,
        installed: Callable[[str], Awaitable[None]],
        *,
        history: bool = True,
    ) -> None:
        self._app, self._store, self._states, self._api, self._installed = app, store, states, api, installed
        self._history = history
        self._settings: AsyncOAuthSettings | None = None

    def routes(self) -> list[Route]:
        """Routes for the web application."""
        return [
            Route(INSTALL, self._begin, methods=["GET"]),
            Route(REDIRECT, self._come_back, methods=["GET"]),
        ]

    async def _begin(self, request: Request) -> Response:
        return await self._answered(request, lambda flow, asked: flow.handle_installation(asked))

    async def _come_back(self, request: Request) -> Response:
        return await self._answered(request, lambda flow, asked: flow.handle_callback(asked))

    async def _answered(
        self, request: Request, handle: Callable[[OAuthFlow, AsyncBoltRequest], Awaitable[BoltResponse]]
    ) -> Response:
        from slack_bolt.adapter.starlette.async_handler import (  # noqa: PLC0415 - bolt is slow to import
            to_async_bolt_request,
            to_starlette_response,
        )

        from adapters.slack.oauth.flow import OAuthFlow, flow_settings, page  # noqa: PLC0415

        if self._settings is None:
            self._settings = flow_settings(self._app, self._store, self._states, history=self._history)
        flow = OAuthFlow(self._settings, self._api.client(), self._installed)
        try:
            answer = await handle(flow, to_async_bolt_request(request, b""))
        except (aiohttp.ClientError, TimeoutError) as error:
            logger.warning("Slack was not reached for an install: %r", error, extra={"action": "install_failed"})
            answer = page("Slack cannot be reached. Begin again in a while.", status=502)
        except StorageError:
            logger.exception("An install could not be stored in the database", extra={"action": "install_not_kept"})
            answer = page("The database cannot be used now. Begin again in a while.", status=503)
        return to_starlette_response(answer)
