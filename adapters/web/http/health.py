"""Endpoints for machines: liveness, readiness, and Prometheus metrics."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Mapping
from typing import Final, Protocol

import httpx
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

HEALTH: Final = "/healthz"
READINESS: Final = "/readyz"
METRICS: Final = "/metrics"
MACHINES: Final = frozenset({HEALTH, READINESS, METRICS})
"""
Where probes ask. They come by names of their own (a container's, a pod's), so where a password keeps the page, these are answered
by any name; where nothing but the name keeps foreign pages out, they are not.
"""

SESSION_GOOD: Final = "paperround.session"
"""Set in a request's scope by the gate that has seen a good session."""


INSTANCE: Final = "X-Paper-Round"
"""Header of /healthz: which process answers, so that `paperround doctor` knows its own from another program."""

ASK_SECONDS: Final = 3.0


async def instance_at(address: str) -> str | None:
    """Ask which process serves the page at an address of this machine; None if it is none of ours, or does not answer."""
    try:
        # Whatever proxy the environment names, this machine is asked itself.
        async with httpx.AsyncClient(timeout=ASK_SECONDS, trust_env=False) as client:
            answer = await client.get(f"{address}{HEALTH}")
    except (httpx.HTTPError, httpx.InvalidURL):
        return None
    return str(answer.headers[INSTANCE]) if INSTANCE in answer.headers else None


async def impaired_at(address: str) -> Mapping[str, str]:
    """Ask which parts do not work of the process that serves the page at an address of this machine, though it is ready; none where it does not answer."""
    try:
        async with httpx.AsyncClient(timeout=2 * ASK_SECONDS, trust_env=False) as client:
            told = (await client.get(f"{address}{READINESS}")).json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError):
        return {}
    found = told.get("impaired") if isinstance(told, dict) else None
    return {str(part): str(fault) for part, fault in found.items()} if isinstance(found, dict) else {}


class HealthChecks(Protocol):
    """What the service knows of itself."""

    async def ready(self) -> Mapping[str, str | None]:
        """Each part with what is wrong with it, fit for anybody's ears; None for one that works. Never raises, never waits for long."""
        ...

    def standing_by(self) -> Collection[str]:
        """Platforms that another process listens to, and this one as soon as that is gone. Nothing is wrong with them."""
        ...

    def impaired(self) -> Mapping[str, str]:
        """Parts that do not work and without which we are ready all the same, each with what is missed; fit for anybody's ears."""
        ...

    def last_events(self) -> Mapping[str, str]:
        """When each platform last told us something."""
        ...

    async def metrics(self) -> tuple[bytes, str]:
        """The metrics, and their content type."""
        ...


class Health:
    """The three addresses. Without `signs` there is a page and no service behind it: it is healthy, and that is all it knows."""

    def __init__(self, signs: HealthChecks | None, token: str | None, instance: str = "") -> None:
        self._signs = signs
        self._token = token
        self._headers = {INSTANCE: instance} if instance else {}

    def routes(self) -> list[Route]:
        """Every address that a machine asks."""
        return [Route(HEALTH, self.healthz), Route(READINESS, self.readyz), Route(METRICS, self.metrics)]

    async def healthz(self, request: Request) -> Response:  # noqa: ARG002 - a route takes the request
        """Say that the process' loop turns: this answer is the proof."""
        return PlainTextResponse("ok", headers=self._headers)

    async def readyz(self, request: Request) -> Response:  # noqa: ARG002 - a route takes the request
        """Say whether each part works; 503 where one does not."""
        if self._signs is None:
            return JSONResponse({"ready": False, "not_ready": {"service": "is not running"}}, 503)
        parts = await self._signs.ready()
        faults = {part: fault for part, fault in parts.items() if fault is not None}
        document = {
            "ready": not faults,
            "not_ready": faults,
            "well": [part for part in parts if part not in faults],
            "stands_by": list(self._signs.standing_by()),
            "impaired": dict(self._signs.impaired()),
            "last_event": dict(self._signs.last_events()),
        }
        return JSONResponse(document, 503 if faults else 200)

    async def metrics(self, request: Request) -> Response:
        """Give the metrics to who may have them."""
        if self._token is not None and not is_bearer(request, self._token) and not request.scope.get(SESSION_GOOD):
            return refused()
        if self._signs is None:
            return PlainTextResponse("", 503)
        text, kind = await self._signs.metrics()
        return Response(text, media_type=kind)


def refused() -> Response:
    """Say what is wanted for the metrics."""
    words = "These metrics want their token (PAPERROUND_METRICS_TOKEN), or the page's password.\n"
    return PlainTextResponse(words, 401, {"WWW-Authenticate": "Bearer"})


def is_bearer(request: Request, token: str) -> bool:
    """Tell whether a request bears this token; takes as long for a wrong one as for the right one."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())
