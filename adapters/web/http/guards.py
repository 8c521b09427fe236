"""Middleware for every request and response: host, origin, security headers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.web.channel.validation import MAX_REPLY, ActionRefused
from adapters.web.http.binding import answers_to

SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

MAX_BODY = MAX_REPLY * 12 + 4096
"""The longest reply in the most wasteful writing (four bytes a character, three letters a byte), and room for the other fields."""

UNKNOWN_NAME = (
    "This page does not go by that name. Use its address, or add the name to `hosts` under `[web]` in paperround.toml "
    "and start Paper Round again.\n"
)
"""What a stranger to the name is told: the Host header is not repeated, since whoever sent it chose it."""

_MAX_FIELDS = 20
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class AnswerHeaders:
    """Puts the security headers on every answer; what does not say otherwise is not to be stored anywhere."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(SECURITY_HEADERS)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self._app(scope, receive, with_headers)


class HostGuard:
    """Answers only to our own names, except at `anyhow`: see `binding.answers_to` for what this keeps out."""

    def __init__(self, app: ASGIApp, host: str, hosts: Collection[str], anyhow: Collection[str] = ()) -> None:
        self._app = app
        self._host = host
        self._hosts = hosts
        self._anyhow = anyhow

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in self._anyhow or self._is_ours(scope):
            await self._app(scope, receive, send)
            return
        await PlainTextResponse(UNKNOWN_NAME, 421)(scope, receive, send)

    def _is_ours(self, scope: Scope) -> bool:
        return answers_to(Headers(scope=scope).get("host", ""), self._host, self._hosts)


class OriginGuard:
    """
    Takes acts only from our own pages.

    Browsers tell by Sec-Fetch-Site where a request comes from, on https and loopback. Elsewhere there is Origin, which is
    'null' on a plain form because our Referrer-Policy hides it; there a password is required, and its SameSite cookie keeps
    other sites' forms out (`behind_password`).
    """

    def __init__(self, app: ASGIApp, *, behind_password: bool) -> None:
        self._app = app
        self._behind_password = behind_password

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in _SAFE_METHODS or self._is_ours(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        await PlainTextResponse("This did not come from a page of ours, so it was not done.\n", 403)(
            scope, receive, send
        )

    def _is_ours(self, headers: Headers) -> bool:
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if site is not None:
            return site in {"same-origin", "none"}
        if origin not in {None, "null"}:
            return _netloc(origin) == headers.get("host", "").lower()
        return self._behind_password


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form, the last of each name. Raises `ActionRefused` for what is too long or no form."""
    return dict(await read_fields(request))


async def read_fields(request: Request, most: int = _MAX_FIELDS) -> list[tuple[str, str]]:
    """The fields of a form in their order, at most so many. Raises `ActionRefused` for what is too long or no form."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind not in {"application/x-www-form-urlencoded", ""}:  # a form without fields may come without a kind
        raise ActionRefused("A form is expected here.", 415)
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY:
                raise ActionRefused(f"This is too long; a reply takes {MAX_REPLY:,} characters at the most.", 413)
        fields = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="replace", max_num_fields=most)
    except (ValueError, ClientDisconnect) as error:
        raise ActionRefused("This form cannot be read.") from error
    return fields


def _netloc(origin: str | None) -> str:
    try:
        return urlsplit(origin or "").netloc.lower()
    except ValueError:
        return ""
