"""Password authentication of the page: signed sessions, the throttle of login attempts, and the middleware that requires a session."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from urllib.parse import quote

from cachetools import LRUCache
from itsdangerous import BadSignature, TimestampSigner
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.web.http.access_store import AccessStore, Person
from adapters.web.http.clients import network_of
from adapters.web.http.health import HEALTH, METRICS, READINESS, SESSION_GOOD, is_bearer, refused

SESSION_COOKIE = "paperround_session"
SESSION_SECONDS = 30 * 24 * 3600

KNOWN_COOKIE = "paperround_known"
"""
Kept by a browser that has logged in before: it waits for its own wrong guesses and for nobody else's.

OWASP's "device cookie" (https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies): whoever does not
know the password never gets one, so however many guess, those who know it come in.
"""

KNOWN_SECONDS = 400 * 24 * 3600  # the longest that browsers grant

_CLOCK_SKEW_SECONDS = 300  # a clock may be set back a little
_FREE_TRIES = 5
_LONGEST_WAIT = 60.0
_REMEMBERED = 1000
_FREE_TRIES_IN_UNREST = 1
_UNREST = 30  # wrong guesses from everywhere, as many as a team of thirty mistypes on a Monday morning
_FORGOTTEN_EVERY = 6.0  # seconds; ten wrong guesses a minute from everywhere are no unrest
_THROUGH_ONE_PROXY = (
    30  # wrong guesses that one proxy may bring, whoever it says they are from; then one every six seconds
)
LIBRARY = "/library"
"""Where the pages of what was read and written begin."""

PERSON = "paperround.person"
"""Key of a request's scope: the `Person` whose session it has, or None."""

_OPEN_PATHS = ("/login", "/enter/", "/feed/")
_OPEN_ADDRESSES = frozenset({HEALTH, READINESS})


class _Signer(TimestampSigner):
    """itsdangerous' signer of a random text and its time, by a clock that is given; HMAC with SHA-256."""

    default_digest_method = staticmethod(hashlib.sha256)

    def __init__(self, key: bytes, now: Callable[[], float], what: str = "session") -> None:
        self._now = now
        super().__init__(key, salt=f"paperround {what}".encode(), key_derivation="hmac")

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
        self._known = _Signer(self._key, now, "known browser")

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

    def issue_known(self) -> str:
        """A cookie by which the browser is known from now on (`KNOWN_COOKIE`)."""
        return self._known.sign(secrets.token_urlsafe(12)).decode()

    def known(self, cookie: str) -> str | None:
        """Which known browser this cookie is of; None if it is none of ours, or too old."""
        try:
            name = self._known.unsign(cookie.encode("utf-8", "replace"), max_age=KNOWN_SECONDS)
        except BadSignature:
            return None
        return name.decode()


class _Recent:
    """A count of wrong guesses, one of which is forgotten every six seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._count = 0.0
        self._counted_at = monotonic()

    def __call__(self) -> float:
        return max(0.0, self._count - (self._monotonic() - self._counted_at) / _FORGOTTEN_EVERY)

    def add(self, guesses: int) -> None:
        self._count = max(0.0, self() + guesses)
        self._counted_at = self._monotonic()


class Throttle:
    """
    Throttle of login attempts: no wait at first, then twice as long after each failure.

    Everybody waits for their own failures only, so one guesser locks nobody else out. Where many guess from many addresses,
    each has one free try instead of five: the right password at the first try passes whatever others do. Not stamina: nothing
    is repeated here.

    An address that a proxy tells is a claim, which whoever sits beside the proxy can forge at will. So the wrong guesses that come
    `through` one proxy are counted together, too: thirty, and then one every six seconds, whomever they are said to be from.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._failures: LRUCache[str, tuple[int, float]] = LRUCache(_REMEMBERED)
        self._everywhere = _Recent(monotonic)
        self._through: LRUCache[str, _Recent] = LRUCache(_REMEMBERED)

    def wait(self, client: str, through: str = "") -> float:
        """Seconds until this client may try again; 0 if it may now. `through` is the proxy that told of it; empty for none."""
        return max(self._own_wait(client), self._wait_of(through))

    def failed(self, client: str, through: str = "") -> None:
        """Note a wrong guess."""
        network = network_of(client)
        failures, _ = self._failures.pop(network, (0, 0.0))
        self._failures[network] = (failures + 1, self._monotonic())
        self._count(1, through)

    def passed(self, client: str, through: str = "") -> None:
        """Forget a client's failures after a login."""
        failures, _ = self._failures.pop(network_of(client), (0, 0.0))
        self._count(-failures, through)

    def _own_wait(self, client: str) -> float:
        failures, last = self._failures.get(network_of(client), (0, 0.0))
        free = _FREE_TRIES if self._everywhere() < _UNREST else _FREE_TRIES_IN_UNREST
        if failures < free:
            return 0.0
        pause = min(2.0 ** min(failures - free, 10), _LONGEST_WAIT)
        return max(0.0, last + pause - self._monotonic())

    def _wait_of(self, proxy: str) -> float:
        recent = self._through.get(network_of(proxy)) if proxy else None
        return max(0.0, recent() - _THROUGH_ONE_PROXY + 1) * _FORGOTTEN_EVERY if recent else 0.0

    def _count(self, guesses: int, through: str) -> None:
        self._everywhere.add(guesses)
        if through:
            self._through.setdefault(network_of(through), _Recent(self._monotonic)).add(guesses)


class AccessGate:
    """
    Middleware that says whose session a request has, and with a password requires one, except for the pages by which one comes in,
    their static files, feeds, and the health checks.

    Who came in with the password reads everything. A member who came in by a link reads the library; the local channel is another
    workspace's. Without a password the local channel is open, as it is to whoever sits at this machine.

    Metrics open to a session, or to their own token; there is no password to be guessed there.
    """

    def __init__(
        self, app: ASGIApp, access: AccessStore, sessions: Sessions | None = None, metrics_token: str | None = None
    ) -> None:
        self._app = app
        self._access = access
        self._sessions = sessions
        self._metrics_token = metrics_token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/static/") or scope["path"] in _OPEN_ADDRESSES:
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        person = await self._person(request.cookies.get(SESSION_COOKIE, ""))
        scope = {**scope, PERSON: person, SESSION_GOOD: bool(person and person.operator)}
        if self._sessions is None or self._may_pass(scope["path"], person):
            await self._app(scope, receive, send)
        elif scope["path"] == METRICS:
            # No way to the login page from here: a machine asks.
            bears = self._metrics_token is not None and is_bearer(request, self._metrics_token)
            await (self._app if bears else refused())(scope, receive, send)
        elif person is not None and request.method == "GET":
            await RedirectResponse(LIBRARY, 303)(scope, receive, send)
        else:
            await self._to_login(request)(scope, receive, send)

    async def _person(self, cookie: str) -> Person | None:
        """Whose session this is: one of the operator's only under the password that it began with."""
        found = await self._access.session(cookie) if cookie else None
        if found and found.operator and (self._sessions is None or not self._sessions.valid(cookie)):
            return None
        return found

    def _may_pass(self, path: str, person: Person | None) -> bool:
        if path.startswith(_OPEN_PATHS) or (person is not None and person.operator):
            return True
        return person is not None and (path.startswith(LIBRARY) or path == "/logout")

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
