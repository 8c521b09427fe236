"""
An app that several workspaces of the fake Slack install: OAuth, tokens that run out, and leaving.

As Slack does, it answers for every workspace at one address, and knows which one is meant by the token.
"""

from __future__ import annotations

import base64
import itertools
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from aiohttp import web

from tests.fake_slack import BOT, SCOPES, SECRET, Called, FakeSlack, Fault, Json, arguments_of, signed

CLIENT_ID = "1234.5678"
CLIENT_SECRET = "client-secret-canary"
COOKIE = "slack-app-oauth-state"


class FakeSlackApp:
    """`workspaces` by team. With `lives`, tokens run out after so many seconds. `faults` are those of oauth.v2.access."""

    def __init__(self, *workspaces: FakeSlack) -> None:
        self.url = ""
        self.workspaces = {one.team: one for one in workspaces}
        self.lives: int | None = None
        self.enterprise = ""
        self.faults: list[Fault] = []
        self.calls: list[Called] = []
        self.given: list[str] = []
        self._codes: dict[str, str] = {}
        self._refresh: dict[str, str] = {}
        self._count = itertools.count(1)
        self._browser: httpx.AsyncClient | None = None
        for one in workspaces:
            one.token = "xoxb-none"

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/api/oauth.v2.access", self._access)
        app.router.add_route("*", "/api/{method}", self._serve)
        app.router.add_post("/{team}/response", self._response)
        return app

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        arguments = await arguments_of(request)
        token = str(arguments.get("token") or request.headers.get("Authorization", "").removeprefix("Bearer "))
        found = next((one for one in self.workspaces.values() if one.token == token), None)
        if found is None:
            return web.json_response({"ok": False, "error": "invalid_auth"})
        return await found._serve(request)

    async def _response(self, request: web.Request) -> web.Response:
        return await self.workspaces[request.match_info["team"]]._response(request)

    async def _access(self, request: web.Request) -> web.StreamResponse:
        arguments = dict(await request.post())
        self.calls.append(Called("oauth.v2.access", arguments, dict(request.headers)))
        wanted = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if request.headers.get("Authorization") != f"Basic {wanted}":
            return web.json_response({"ok": False, "error": "bad_client_secret"})
        if self.faults:
            fault = self.faults.pop(0)
            if fault.drops:
                assert request.transport
                request.transport.close()
                return web.Response()
            return web.json_response({"ok": False, "error": fault.error}, status=fault.status)
        renews = arguments.get("grant_type") == "refresh_token"
        spent = self._refresh if renews else self._codes
        team = spent.pop(str(arguments.get("refresh_token" if renews else "code")), None)
        if team is None:
            return web.json_response({"ok": False, "error": "invalid_refresh_token" if renews else "invalid_code"})
        return web.json_response(self._granted(self.workspaces[team]))

    def _granted(self, slack: FakeSlack) -> Json:
        number = next(self._count)
        slack.token = f"xoxe.xoxb-1-token{number}" if self.lives else f"xoxb-token{number}"
        self.given.append(slack.token)
        answer: dict[str, Any] = {
            "ok": True,
            "access_token": slack.token,
            "token_type": "bot",
            "scope": SCOPES,
            "bot_user_id": BOT,
            "app_id": "A1",
            "team": {"id": slack.team, "name": f"Lab {slack.team}"},
            "enterprise": {"id": self.enterprise, "name": "Labs"} if self.enterprise else None,
            "authed_user": {"id": "UADA"},
            "is_enterprise_install": False,
        }
        if self.lives:
            answer |= {"refresh_token": f"xoxe-1-refresh{number}", "expires_in": self.lives}
            self._refresh[answer["refresh_token"]] = slack.team
            self.given.append(answer["refresh_token"])
        return answer

    # ---- people with browsers

    def serve_to(self, app: Any) -> None:
        """Let browsers and events come to this web application."""
        self._browser = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://papers.example")
        for one in self.workspaces.values():
            one.serve_to(app)

    async def begin(self) -> httpx.Response:
        """Open the page that begins an install; the browser keeps its cookie."""
        assert self._browser
        return await self._browser.get("/slack/install")

    async def come_back(self, **query: str) -> httpx.Response:
        """Come back from Slack."""
        assert self._browser
        return await self._browser.get("/slack/oauth_redirect", params=query)

    async def install(self, team: str) -> httpx.Response:
        """Install from beginning to end."""
        state = state_of(await self.begin())
        return await self.come_back(code=self.agree(team), state=state)

    def agree(self, team: str) -> str:
        """Agree in Slack; gives the code with which Slack sends the browser back."""
        code = f"code-{team}-{next(self._count)}"
        self._codes[code] = team
        return code

    def forget_cookies(self) -> None:
        """Come with another browser from now on."""
        assert self._browser
        self._browser.cookies.clear()

    def keep_cookie(self, state: str) -> None:
        """Come with a browser that still has the cookie of this state."""
        assert self._browser
        self._browser.cookies.set(COOKIE, state)

    async def uninstall(self, team: str, **more: Any) -> None:
        """Take our token away, and tell us so twice, as Slack does."""
        slack = self.workspaces[team]
        slack.token = "xoxb-none"
        self._refresh = {token: whose for token, whose in self._refresh.items() if whose != team}
        await self.told(team, {"type": "tokens_revoked", "tokens": {"bot": [BOT]}}, **more)
        await self.told(team, {"type": "app_uninstalled"}, **more)

    async def told(self, team: str, inner: Json, *, at: float | None = None) -> int:
        """Tell us something that is an event of the app; gives the status with which it was taken."""
        assert self._browser
        body = {
            "type": "event_callback",
            "team_id": team,
            "event_id": f"EvApp{next(self._count)}",
            "event_time": int(time.time() if at is None else at) + 1,
            "event": inner,
        }
        raw = httpx.Request("POST", "https://papers.example", json=body).content
        headers = {"Content-Type": "application/json", **signed(raw, secret=SECRET)}
        return (await self._browser.post("/slack/events", content=raw, headers=headers)).status_code

    async def aclose(self) -> None:
        for one in self.workspaces.values():
            await one.aclose()
        if self._browser:
            await self._browser.aclose()


def state_of(response: httpx.Response) -> str:
    """The state in the address that Slack is asked at."""
    return parse_qs(urlsplit(response.headers["location"]).query)["state"][0]


@asynccontextmanager
async def fake_slack_app(*teams: str) -> AsyncIterator[FakeSlackApp]:
    """Serve one on loopback; of two workspaces, T1 has the channel C1, T2 has C2."""
    found = FakeSlackApp(*(FakeSlack(team, f"C{team[1:]}", int(team[1:]) * 1_000_000) for team in teams))
    runner = web.AppRunner(found.app(), access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    for one in found.workspaces.values():
        one.url = f"{found.url}{one.team}/"
    try:
        yield found
    finally:
        with suppress(httpx.HTTPError):
            await found.aclose()
        await runner.cleanup()
