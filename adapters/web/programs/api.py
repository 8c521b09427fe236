"""
The JSON API, read-only, below `/api/v1`: search, item, week, reading list, statistics. Each request bears a token.

It stands outside the page's guards: no cookie counts here, so there is nothing that another site could have a browser do. An error is
`{"error": "a sentence"}`; what one may not read is not there (404).
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from adapters.web.http.guards import SECURITY_HEADERS
from adapters.web.programs.openapi import DOCUMENT, PREFIX
from bot.errors import StorageError, UsageError
from bot.usecases.programs import Caller, Programs

logger = logging.getLogger(__name__)

Answer = Callable[[Request, Caller], Awaitable[dict[str, Any] | None]]

_HEADERS: Final = {**SECURITY_HEADERS, "Cache-Control": "no-store"}
_MOST: Final = 100


class _AnythingConvertor(Convertor[str]):
    """The rest of a path, line breaks included, which Starlette's own `path` stops at: their answer would be its text/plain."""

    regex = r"[\s\S]*"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("anything", _AnythingConvertor())


class Api:
    """The routes of the API."""

    def __init__(self, programs: Programs) -> None:
        self._programs = programs

    def routes(self) -> list[BaseRoute]:
        """Give the routes."""
        answers: dict[str, Answer] = {
            "/channels": self._channels,
            "/search": self._search,
            "/items/{key:anything}": self._item,
            "/weeks/{channel}/{week}": self._week,
            "/reading-list": self._reading_list,
            "/statistics/{channel}": self._statistics,
        }
        document = Route(f"{PREFIX}/openapi.json", _document, methods=["GET"])
        found = [Route(f"{PREFIX}{path}", self._guarded(answer), methods=["GET"]) for path, answer in answers.items()]
        return [document, *found, Route(f"{PREFIX}/{{rest:anything}}", _nothing)]

    def _guarded(self, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            try:
                caller = await self._programs.caller(bearer(request))
                if caller is None:
                    return refused()
                found = await answer(request, caller)
            except UsageError as error:
                return _error(str(error), 400)
            except StorageError as error:
                logger.error("A program was not answered: %s", error, extra={"action": "program_not_answered"})  # noqa: TRY400 - it says why
                return _error("The database cannot be used just now. Try again in a while.", 503)
            if found is None:
                return _error("There is nothing of that name that you may read.", 404)
            return JSONResponse(found, headers=_HEADERS)

        return endpoint

    async def _channels(self, _request: Request, caller: Caller) -> dict[str, Any]:
        return await self._programs.channel_names(caller)

    async def _search(self, request: Request, caller: Caller) -> dict[str, Any]:
        words = request.query_params.get("q", "")
        most, skip = _number(request, "most", 20, _MOST, least=1), _number(request, "skip", 0, 10_000)
        return await self._programs.search(caller, words, most, skip)

    async def _item(self, request: Request, caller: Caller) -> dict[str, Any] | None:
        return await self._programs.item(caller, request.path_params["key"])

    async def _week(self, request: Request, caller: Caller) -> dict[str, Any] | None:
        return await self._programs.week(caller, request.path_params["channel"], request.path_params["week"])

    async def _reading_list(self, _request: Request, caller: Caller) -> dict[str, Any]:
        return await self._programs.reading_list(caller)

    async def _statistics(self, request: Request, caller: Caller) -> dict[str, Any] | None:
        return await self._programs.statistics(caller, request.path_params["channel"])


def bearer(request: Request) -> str:
    """Give the token that a request bears; empty if it bears none."""
    kind, _, secret = request.headers.get("authorization", "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" else ""


def refused() -> Response:
    """Say that a token is needed, and where it comes from."""
    response = _error("This needs a token: Authorization: Bearer pr_... Make one with: paperround token new NAME", 401)
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _error(said: str, status: int) -> Response:
    return JSONResponse({"error": said}, status, headers=_HEADERS)


def _number(request: Request, name: str, usual: int, most: int, *, least: int = 0) -> int:
    text = request.query_params.get(name)
    if text is None:
        return usual
    if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):  # noqa: PLR2004 - digits
        raise UsageError(f"{name} is {text[:40]!r}; it is a whole number from {least} to {most}.")
    return int(text)


async def _document(_request: Request) -> Response:
    return JSONResponse(DOCUMENT, headers=_HEADERS)


async def _nothing(_request: Request) -> Response:
    return _error("There is nothing at this address.", 404)
