"""What machines ask of us, and who may know what."""

from __future__ import annotations

import pytest

from adapters.web.app import create_app
from adapters.web.http.health import impaired_at
from adapters.web.pages.context import Notice
from tests.adapters.web import demo
from tests.local_server import Canned, local_server

TOKEN = "a token for metrics"
PASSWORD = "morning paper"


class Signs:
    """A service that is as well as it is told to be."""

    def __init__(self, **faults: str | None) -> None:
        self.faults = {"clock": None, "database": None, "web": None, **faults}

    async def ready(self) -> dict[str, str | None]:
        return self.faults

    def standing_by(self) -> list[str]:
        return ["discord"]

    def impaired(self) -> dict[str, str]:
        return {"live updates": "windows are told nothing"}

    def last_events(self) -> dict[str, str]:
        return {"web": "2026-08-17T09:00:00+00:00"}

    async def metrics(self) -> tuple[bytes, str]:
        return b"paperround_collects_total 3.0\n", "text/plain; version=1.0.0"


async def test_health(browser, opened, chat):
    """The process turns, whatever else does not."""
    sick = opened(create_app(chat, demo.site(health=Signs(database="does not answer"))))

    assert [(200, "ok")] * 2 == [((r := await one.get("/healthz")).status_code, r.text) for one in (browser, sick)]


async def test_ready(opened, chat):
    """All is well, and that is said."""
    answer = await opened(create_app(chat, demo.site(health=Signs()))).get("/readyz")

    assert 200 == answer.status_code
    assert {
        "ready": True,
        "not_ready": {},
        "well": ["clock", "database", "web"],
        "stands_by": ["discord"],
        "impaired": {"live updates": "windows are told nothing"},
        "last_event": {"web": "2026-08-17T09:00:00+00:00"},
    } == answer.json()


async def test_not_ready(opened, chat, browser):
    """What does not work is named, with 503; a page without a service behind it is not ready either."""
    signs = Signs(slack="is not connected", clock="has not woken for too long")
    answer = await opened(create_app(chat, demo.site(health=signs))).get("/readyz")

    assert 503 == answer.status_code
    assert {"slack": "is not connected", "clock": "has not woken for too long"} == answer.json()["not_ready"]
    assert 503 == (await browser.get("/readyz")).status_code


@pytest.mark.parametrize(
    ("password", "token", "headers", "status"),
    [
        (None, None, {}, 200),
        (None, TOKEN, {}, 401),
        (None, TOKEN, {"Authorization": f"Bearer {TOKEN}"}, 200),
        (None, TOKEN, {"Authorization": "Bearer another"}, 401),
        (PASSWORD, None, {}, 401),
        (PASSWORD, None, {"Authorization": f"Bearer {PASSWORD}"}, 401),
        (PASSWORD, TOKEN, {}, 401),
        (PASSWORD, TOKEN, {"Authorization": f"bearer {TOKEN}"}, 200),
        (PASSWORD, TOKEN, {"Authorization": f"Basic {TOKEN}"}, 401),
        (PASSWORD, TOKEN, {"Authorization": "Bearer a tökén"}, 401),
    ],
)
async def test_who_reads_the_metrics(opened, chat, password, token, headers, status):
    """On loopback anybody; with a password or a token, only who has one of them. Health and readiness stay open."""
    host = "0.0.0.0" if password else "127.0.0.1"
    site = demo.site(health=Signs(), password=password, metrics_token=token, host=host)
    page = opened(create_app(chat, site))
    page.headers.update({name: value.encode() for name, value in headers.items()})

    answer = await page.get("/metrics")

    assert status == answer.status_code
    assert ("collects_total 3.0" in answer.text) == (status == 200)
    assert [200, 200] == [(await page.get(path)).status_code for path in ("/healthz", "/readyz")]
    if status == 401:
        assert "Bearer" == answer.headers["www-authenticate"]


@pytest.mark.parametrize("token", [None, TOKEN])
async def test_metrics_with_the_password(opened, chat, token):
    """Who is logged in reads the metrics, token or not; a token opens nothing else."""
    page = opened(create_app(chat, demo.site(health=Signs(), password=PASSWORD, metrics_token=token, host="0.0.0.0")))
    bearer = {"Authorization": f"Bearer {TOKEN}"}

    assert 303 == (await page.get("/", headers=bearer)).status_code
    assert 303 == (await page.get("/metricsandmore", headers=bearer)).status_code
    await page.post("/login", data={"password": PASSWORD})

    assert 200 == (await page.get("/metrics")).status_code


async def test_another_name(opened, chat):
    """A foreign page that points its name at us learns nothing of our health."""
    page = opened(create_app(chat, demo.site(health=Signs())))

    assert [421] * 3 == [
        (await page.get(path, headers={"Host": "evil.example"})).status_code
        for path in ("/healthz", "/readyz", "/metrics")
    ]


async def test_by_a_container_s_name(opened, chat):
    """A probe finds us by whatever name its network gives us, where a password keeps the page; the page itself it does not find."""
    site = demo.site(health=Signs(), password=PASSWORD, metrics_token=TOKEN, host="0.0.0.0")
    page = opened(create_app(chat, site))
    headers = {"Host": "paperround:8321"}

    assert [200, 200, 401, 421] == [
        (await page.get(path, headers=headers)).status_code for path in ("/healthz", "/readyz", "/metrics", "/")
    ]
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    assert 200 == (await page.get("/metrics", headers=headers | bearer)).status_code


async def test_that_nobody_works_is_on_the_page(opened, chat):
    """What concerns every channel is said as it is, without a channel's name, before what concerns one."""
    all_of_them = Notice(lines=("Nothing is collected or sent for now.",))
    mine = Notice(channel="reading", platform="web", lines=("Paused: Ada paused it.",))

    async def notices():
        return [all_of_them, mine]

    text = (await opened(create_app(chat, demo.site(notices=notices))).get("/")).text
    elsewhere = (await opened(create_app(chat, demo.site(notices=notices, channels=()))).get("/")).text

    for shown in (text, elsewhere):
        assert '<p class="note" role="status">Nothing is collected or sent for now.</p>' in shown
        assert shown.index("Nothing is collected") < shown.index("Paused: Ada paused it.")


async def test_a_pause_is_on_the_page(opened, chat):
    """The page says what is paused, why, since when and what to do, its own channel first; where no channel is here, too."""
    mine = Notice(channel="reading", platform="web", lines=("Paused: <b>Ada</b> paused it.", "Resume it."))
    other = Notice(channel="lab", platform="slack", lines=("Paused: not in the channel (since Monday).", "Invite it."))

    async def notices():
        return [other, mine]

    text = (await opened(create_app(chat, demo.site(notices=notices))).get("/")).text
    elsewhere = (await opened(create_app(chat, demo.site(notices=notices, channels=()))).get("/")).text

    first, second = (
        text.index("Paused: &lt;b&gt;Ada"),
        text.index("Paused: not in the channel (since Monday). Invite it."),
    )
    assert first < second
    assert "Paused: not in the channel" in elsewhere


async def test_what_is_impaired():
    """`doctor` asks a process that runs; one that does not answer, or of an earlier version, tells of nothing."""
    async with local_server() as server:
        server.on("/readyz", Canned(b'{"ready": true, "impaired": {"live updates": "windows are told nothing"}}'))
        assert {"live updates": "windows are told nothing"} == await impaired_at(server.url)
        for earlier in (b'{"ready": true}', b"not ready", b'["impaired"]'):
            server.on("/readyz", Canned(earlier))
            assert {} == await impaired_at(server.url)
    assert {} == await impaired_at(server.url)
