"""The login page: one password for the team."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from adapters.web.channel.validation import ActionRefused
from adapters.web.http.access_store import OPERATOR
from adapters.web.http.clients import client_of, proxy_of
from adapters.web.http.guards import read_form
from adapters.web.http.sessions import (
    KNOWN_COOKIE,
    KNOWN_SECONDS,
    SESSION_COOKIE,
    SESSION_SECONDS,
    Sessions,
    Throttle,
    own_path,
)
from adapters.web.pages.context import PageContext, Visitor


class Login:
    """Shows the form and gives out sessions."""

    def __init__(
        self, context: PageContext, sessions: Sessions, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._context = context
        self._sessions = sessions
        self._throttle = Throttle(monotonic)

    def routes(self) -> list[Route]:
        """The addresses of coming and going."""
        return [
            Route("/login", self.show),
            Route("/login", self.enter, methods=["POST"]),
            Route("/you/claim", self.claim, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """The form."""
        return self._form(own_path(request.query_params.get("next", "/")))

    async def enter(self, request: Request) -> Response:
        """Log in with the password; each wrong one makes the next wait longer."""
        form = await read_form(request)
        target = own_path(form.get("next", "/"))
        known = self._sessions.known(request.cookies.get(KNOWN_COOKIE, ""))
        # Who has logged in before waits for nobody's guesses but their own, wherever they come from now.
        client, through = (f"known {known}", "") if known else (client_of(request.scope), proxy_of(request.scope))
        wait = self._throttle.wait(client, through)
        if wait:
            return self._wait(target, wait)
        # Counted before the slow check, so that many guesses at once are not all free.
        self._throttle.failed(client, through)
        if not await run_in_threadpool(self._sessions.admits, form.get("password", "")):
            return self._form(target, 403, "That is not the password.")
        self._throttle.passed(client, through)
        response = RedirectResponse(target, 303)
        secure = request.url.scheme == "https"
        session = await self._context.access.open_session(OPERATOR, self._sessions.issue())
        for cookie, value, seconds in (
            (SESSION_COOKIE, session, SESSION_SECONDS),
            (KNOWN_COOKIE, self._sessions.issue_known(), KNOWN_SECONDS),
        ):
            response.set_cookie(cookie, value, max_age=seconds, httponly=True, samesite="lax", secure=secure)
        return response

    async def claim(self, request: Request) -> Response:
        """Make this device somebody's who is here already: whoever knows the password may say who they are."""
        form = await read_form(request)
        member = await self._context.chat.store.lookalike(form.get("taken", ""))
        if member is None:
            raise ActionRefused("There is nobody of that name here.", 404)
        client, through = client_of(request.scope), proxy_of(request.scope)
        if self._throttle.wait(client, through):
            raise ActionRefused("Too many tries. Please wait a minute and try again.", 429)
        self._throttle.failed(client, through)
        if not await run_in_threadpool(self._sessions.admits, form.get("password", "")):
            raise ActionRefused("That is not the password.", 403)
        self._throttle.passed(client, through)
        token = await self._context.access.make_device(member.id)
        response = RedirectResponse("/", 303)
        self._context.remember(response, request, Visitor(token, member.id, member))
        return response

    def _form(self, target: str, status: int = 200, problem: str | None = None) -> Response:
        return self._context.html("login.html", status, target=target, problem=problem)

    def _wait(self, target: str, wait: float) -> Response:
        seconds = math.ceil(wait)
        response = self._form(target, 429, f"Too many tries. Please wait {seconds} s and try again.")
        response.headers["Retry-After"] = str(seconds)
        return response
