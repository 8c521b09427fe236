"""Password authentication of the page: signed sessions, the throttle of login attempts, and the middleware that requires a session."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Callable
from urllib.parse import quote

from cachetools import LRUCache
from itsdangerous import BadSignature, TimestampSigner
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.web.http.health import HEALTH, METRICS, READINESS, SESSION_GOOD, is_bearer, refused

SESSION_COOKIE = "paperround_session"
SESSION_SECONDS = 30 * 24 * 3600

_CLOCK_SKEW_SECONDS = 300  # a clock may be set back a little
_FREE_TRIES = 5
_LONGEST_WAIT = 60.0
_REMEMBERED = 1000
_FREE_TRIES_IN_UNREST = 1
_UNREST = 30  # wrong guesses from everywhere, as many as a team of thirty mistypes on a Monday morning
_FORGOTTEN_EVERY = 6.0  # seconds; ten wrong guesses a minute from everywhere are no unrest
_OPEN_PATHS = ("/static/", "/login")
_OPEN_ADDRESSES = frozenset({HEALTH, READINESS})


class _Signer(TimestampSigner):
    """itsdangerous' signer of a random text and its time, by a clock that is given; HMAC with SHA-256."""

    default_digest_method = staticmethod(hashlib.sha256)

    def __init__(self, key: bytes, now: Callable[[], float]) -> None:
        self._now = now
        super().__init__(key, salt=b"paperround session", key_derivation="hmac")

    def get_timestamp(self) -> int:
        return int(self._now())


class Sessions:
    """
    Signed session cookies. The key comes from the password alone, so another password ends every session.

    It is derived slowly (scrypt): whoever gets hold of a cookie must not be able to guess the password from it in a hurry.
    """

    def __init__(self, password: str, now: Callable[[], float]) -> None:
        self._now = now
        self._key = hashlib.scrypt(password.encode(), salt=b"paperround session", n=2**14, r=8, p=1, dklen=32)
        self._signer = _Signer(self._key, now)

    def admits(self, password: str) -> bool:
        """Whether this is the password; takes as long for a wrong one as for the right one."""
        return hmac.compare_digest(Sessions(password, self._now)._key, self._key)  # noqa: SLF001 - one of our own kind

    def issue(self) -> str:
        """A cookie that is good from now on."""
        return self._signer.sign(secrets.token_urlsafe(12)).decode()

    def valid(self, cookie: str) -> bool:
        """Whether this cookie is one of ours and not too old."""
        try:
            _, issued = self._signer.unsign(cookie.encode("utf-8", "replace"), return_timestamp=True)
        except BadSignature:
            return False
        return -_CLOCK_SKEW_SECONDS < self._now() - issued.timestamp() < SESSION_SECONDS


class Throttle:
    """
    Throttle of login attempts: no wait at first, then twice as long after each failure.

    Everybody waits for their own failures only, so one guesser locks nobody else out. Where many guess from many addresses,
    each has one free try instead of five: the right password at the first try passes whatever others do. Not stamina: nothing
    is repeated here.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._failures: LRUCache[str, tuple[int, float]] = LRUCache(_REMEMBERED)
        self._everywhere = 0.0
        self._counted_at = monotonic()

    def wait(self, client: str) -> float:
        """Seconds until this client may try again; 0 if it may now."""
        failures, last = self._failures.get(_network(client), (0, 0.0))
        free = _FREE_TRIES if self._recent() < _UNREST else _FREE_TRIES_IN_UNREST
        if failures < free:
            return 0.0
        pause = min(2.0 ** min(failures - free, 10), _LONGEST_WAIT)
        return max(0.0, last + pause - self._monotonic())

    def failed(self, client: str) -> None:
        """Note a wrong guess."""
        network = _network(client)
        failures, _ = self._failures.pop(network, (0, 0.0))
        self._failures[network] = (failures + 1, self._monotonic())
        self._count(1)

    def passed(self, client: str) -> None:
        """Forget a client's failures after a login."""
        failures, _ = self._failures.pop(_network(client), (0, 0.0))
        self._count(-failures)

    def _recent(self) -> float:
        """The wrong guesses from everywhere that are not forgotten yet."""
        return max(0.0, self._everywhere - (self._monotonic() - self._counted_at) / _FORGOTTEN_EVERY)

    def _count(self, guesses: int) -> None:
        self._everywhere = max(0.0, self._recent() + guesses)
        self._counted_at = self._monotonic()


class PasswordGate:
    """
    Middleware that requires a session, except for the login page, its static files, and the health checks.

    Metrics open to a session, or to their own token; there is no password to be guessed there.
    """

    def __init__(self, app: ASGIApp, sessions: Sessions, metrics_token: str | None = None) -> None:
        self._app = app
        self._sessions = sessions
        self._metrics_token = metrics_token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_OPEN_PATHS) or scope["path"] in _OPEN_ADDRESSES:
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        if self._sessions.valid(request.cookies.get(SESSION_COOKIE, "")):
            await self._app({**scope, SESSION_GOOD: True}, receive, send)
            return
        if scope["path"] == METRICS:
            # No way to the login page from here: a machine asks.
            bears = self._metrics_token is not None and is_bearer(request, self._metrics_token)
            await (self._app if bears else refused())(scope, receive, send)
            return
        await self._to_login(request)(scope, receive, send)

    def _to_login(self, request: Request) -> Response:
        accept = request.headers.get("accept", "")
        if request.method != "GET" or "text/event-stream" in accept or "application/json" in accept:
            return JSONResponse({"need": "login", "say": "Please log in again; nothing was done."}, 401)
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/login?next={quote(request.url.path + query, safe='')}", 303)


def own_path(path: str) -> str:
    """`path` if it leads to a page of ours, the first page otherwise: nobody is sent elsewhere by a login."""
    fair = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if fair else "/"


def _network(client: str) -> str:
    """Who counts as one guesser: an IPv6 user has a whole /64 to guess from, an IPv4 user one address, however written."""
    try:
        address = ipaddress.ip_address(client.partition("%")[0])
    except ValueError:
        return client
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    # A socket for both protocols gives every IPv4 client an address in ::ffff:0:0/96: one /64 for all of them.
    return str(address.ipv4_mapped or ipaddress.ip_network(f"{address}/64", strict=False))
