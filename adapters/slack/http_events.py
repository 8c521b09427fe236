"""
Signed HTTP: `POST /slack/events` receives events, interactivity and commands (docs/platform-facts.md#a9, #a10).

Nothing is parsed before its signature is verified. An event is acknowledged when it is stored; one that could not be stored is
answered with 500 or 503, and Slack delivers it again (at once, after a minute, after five).
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Protocol
from urllib.parse import parse_qsl

from slack_sdk.signature import Clock, SignatureVerifier
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from adapters.slack.intake import NobodyListens
from bot.errors import ChatError
from bot.log_repeats import OnceAMinute

PATH: Final = "/slack/events"
MAX_BODY: Final = 1_000_000
_STAMP: Final = "x-slack-request-timestamp"
_SIGNATURE: Final = "x-slack-signature"

logger = logging.getLogger(__name__)
# Anybody can send the one; the other comes with each event, and with its repetitions, for as long as the database is away.
logger.addFilter(OnceAMinute(actions={"slack_bad_signature", "slack_event_not_stored"}))


class _Clock(Clock):
    """Clock of the signature check, which allows five minutes; seconds since the epoch."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now

    def now(self) -> float:
        return self._now()


class EventHandler(Protocol):
    """Handler of events: the intake of a workspace, or what dispatches to one."""

    async def take(self, body: Mapping[str, Any]) -> None:
        """Store an event. Raises whatever kept it from being stored."""
        ...


class CommandHandler(Protocol):
    """Handler of commands and interactions: those of a workspace, or what dispatches to them."""

    def wants(self, body: Mapping[str, Any]) -> bool:
        """Whether an event is to be answered (the home tab)."""
        ...

    async def over_http(self, body: dict[str, Any]) -> Response:
        """Answer a command or interaction."""
        ...


class HttpEvents:
    """
    Event source over HTTP: a route on the web application. What comes in before there is a sink is answered with 503, for
    delivery later.
    """

    def __init__(
        self, secret: str, intake: EventHandler, commands: CommandHandler, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._verifier = SignatureVerifier(secret, _Clock(clock))
        self._intake = intake
        self._commands = commands

    def routes(self) -> list[Route]:
        """Routes for the web application."""
        return [Route(PATH, self._receive, methods=["POST"])]

    async def open(self) -> None:
        """Nothing to do: Slack makes the requests."""

    async def close(self) -> None:
        """Nothing to do: without a sink, requests are answered with 503."""

    async def _receive(self, request: Request) -> Response:
        body = await _bounded(request)
        if body is None:
            return _refusal(413, "too large")
        if not self._is_signed(body, request):
            logger.warning("A request to %s was not signed by Slack", PATH, extra={"action": "slack_bad_signature"})
            return _refusal(401, "not signed by Slack")
        if request.headers.get("content-type", "").startswith("application/json"):
            return await self._answered(self._event(body))
        return await self._answered(self._command(body))

    def _is_signed(self, body: bytes, request: Request) -> bool:
        stamp, signature = (request.headers.get(name, "") for name in (_STAMP, _SIGNATURE))
        try:
            return self._verifier.is_valid(body, stamp, signature)
        except (ValueError, TypeError):
            # The SDK raises on a timestamp that is no number, a body that is no UTF-8, a signature that is no ASCII (docs/platform-facts.md#a9).
            return False

    async def _command(self, raw: bytes) -> Response:
        return await self._commands.over_http(parse_form(raw))

    async def _event(self, raw: bytes) -> Response:
        body: Any = json.loads(raw)
        kind = body["type"]
        if kind == "url_verification":
            return JSONResponse({"challenge": str(body["challenge"])})
        if kind == "event_callback" and self._commands.wants(body):
            return await self._commands.over_http(body)
        await self._intake.take(body)
        return Response(status_code=200)

    async def _answered(self, answering: Awaitable[Response]) -> Response:
        """The response, or the status that tells Slack to deliver again, or never again."""
        try:
            return await answering
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return _refusal(400, "no event of Slack's")
        except (NobodyListens, ChatError) as error:
            logger.warning("Slack must deliver a request again: %s", error, extra={"action": "slack_event_refused"})
            return _refusal(503, "try again")
        except Exception:
            # The edge: whatever failed behind it, Slack must hear that it was not taken.
            logger.exception("A request of Slack's could not be handled", extra={"action": "slack_event_not_stored"})
            return _refusal(500, "not stored")


def _refusal(status: int, why: str) -> Response:
    return PlainTextResponse(why, status)


async def _bounded(request: Request) -> bytes | None:
    """Body of at most `MAX_BODY` bytes; None for a longer one, or one that was broken off."""
    found = bytearray()
    try:
        async for chunk in request.stream():
            found += chunk
            if len(found) > MAX_BODY:
                return None
    except ClientDisconnect:
        return None
    return bytes(found)


_MOST_FIELDS: Final = 100
_COMMAND: Final = ("command", "user_id", "trigger_id", "response_url")


def parse_form(form: bytes) -> dict[str, Any]:
    """Parse the form of a command or interaction. Raises `ValueError` for what Slack would not send."""
    fields = dict(parse_qsl(form.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    try:
        body = json.loads(fields["payload"]) if "payload" in fields else fields
        check(body)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"this is no question of Slack's: {error!r}") from error
    return dict(body)


def check(body: Mapping[str, Any]) -> None:
    """Raise `ValueError`, `KeyError`, `TypeError` or `AttributeError` where something is missing that our answers rely on."""
    if "payload" not in body and "type" not in body:
        if not body.get("ssl_check"):  # how Slack looks whether an address is there at all
            _texts(body, *_COMMAND)
        return
    _texts(body, "type")
    _texts(body["user"], "id")
    for place in ("team", "channel"):
        if body.get(place) is not None:
            _texts(body[place], "id")
    if body["type"] == "view_submission":
        _check_view(body["view"])
    elif body["type"] == "message_action":
        _texts(body, "callback_id", "response_url")
        body["message"].get("text")


def _check_view(view: Mapping[str, Any]) -> None:
    _texts(view, "callback_id")
    json.loads(view.get("private_metadata") or "{}").get("channel")
    for actions in view["state"]["values"].values():
        for given in actions.values():
            (given.get("selected_option") or {}).get("value")


def _texts(body: Mapping[str, Any], *names: str) -> None:
    for name in names:
        if not isinstance(body[name], str) or not body[name]:
            raise ValueError(f"there is no {name}")
